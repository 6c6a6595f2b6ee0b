"""The neural memory of an adapter in PyTorch: Titans' chunk form on polynomial features of keys, wired as MAG or MAC.

The same mathematics as the Swift module: keys and values of a token come from the input of the last block's attention,
gradients are taken at the start of a chunk, the step of a token is its rate over the largest eigenvalue of the chunk's
weighted Gram matrix (at least 1), decay goes towards M_0. Row vectors throughout.

The memory is linear in features of the key (ATLAS, arXiv 2505.23735: the capacity of a layer grows with their degree), so it
is trained in its dual form: M = M_0 + sum_j phi(k_j)^T a_j, with the kernel phi(x) . phi(y) = sum_d w_d (x . y)^d in place of
the features. The outer loss is back-propagated through all writes, second-order effects included.
"""
import torch
import torch.nn as nn
import torch.nn.functional as F

POWER_STEPS = 16
BLOCK = 256                                                                # tokens solved for at once, whole chunks
SEGMENT = 4                                                                # positions a row of MAC's context stands for


def largest_eigenvalue(gram):
    """[..., n, n] -> [...]: by power iteration from a fixed start; the vector is a constant for the gradient."""
    n = gram.shape[-1]
    with torch.no_grad():
        v = (1 + 0.01 * (torch.arange(n) % 5).to(gram)).expand(gram.shape[:-1])
        for _ in range(POWER_STEPS - 1):
            v = (gram @ v[..., None])[..., 0]
            v = v / v.norm(dim=-1, keepdim=True).clamp(min=1e-20)
    return (gram @ v[..., None])[..., 0].norm(dim=-1) / v.norm(dim=-1).clamp(min=1e-20)


class State:
    """M after some writes, in dual form: keys [n, t, keys] and what each adds [n, t, values]."""

    def __init__(self, keys, added):
        self.keys, self.added = keys, added

    def of(self, owners):
        """The states of rows that belong to episodes `owners`."""
        return State(self.keys[owners], self.added[owners])


class NeuralMemory(nn.Module):
    """Sizes: `width` of the model, `keys` and `values` columns, `degree` of the features."""

    def __init__(self, width, keys=32, values=128, degree=3, kernel=4, chunk=16, kind="mag", attention=0):
        super().__init__()
        self.keys, self.values, self.degree, self.chunk, self.kind = keys, values, degree, chunk, kind
        self.query = nn.Parameter(torch.zeros(width, keys))
        self.key = nn.Parameter(torch.zeros(width, keys))
        self.value = nn.Parameter(torch.zeros(width, values))
        self.output = nn.Parameter(torch.zeros(values, width))
        self.gate = nn.Parameter(torch.zeros(width, width))
        self.gate_bias = nn.Parameter(torch.full((width,), -1.0))
        self.rates = nn.Parameter(torch.zeros(width, 2))                   # alpha, theta
        self.rates_bias = nn.Parameter(torch.tensor([-10.0, 0.0]))
        # Taps [columns, kernel]; the last is the token itself. A key's stop one token earlier: it says what came before.
        self.query_taps = nn.Parameter(torch.zeros(keys, kernel))
        self.key_taps = nn.Parameter(torch.zeros(keys, kernel + 1))
        self.mix = nn.Parameter(torch.zeros(degree))                       # softmax: w_d
        self.initial = nn.Parameter(torch.zeros(keys, values))             # the rows of M_0 for degree 1; others are 0
        if kind == "mac":
            # What is recalled of a segment as a row of attention's context (eq. 22).
            self.context_key = nn.Parameter(torch.randn(width, attention) * 0.02)
            self.context_value = nn.Parameter(torch.zeros(width, attention))
            self.context_bias = nn.Parameter(torch.full((1,), -3.0))       # at first hardly anybody looks there
            # The second read asks with attention's output (eq. 25) beside the input it was made of: an output of one
            # attention, without the residual stream it is added to, does not say what was said last.
            self.heard_query = nn.Parameter(torch.zeros(width, keys))

    # --- slow weights at work ------------------------------------------------------------------

    def projected(self, x, weights, taps):
        """x [n, t, width] -> [n, t, keys], convolved."""
        y = (x @ weights).transpose(1, 2)
        k = taps.shape[1]
        return F.conv1d(F.pad(y, (k - 1, 0)), taps[:, None, :], groups=y.shape[1]).transpose(1, 2)

    def convolved(self, x, weights, taps):
        """The same as directions of length 1."""
        return F.normalize(self.projected(x, weights, taps), dim=-1, eps=1e-12)

    def written(self, x):
        """Keys, values, alpha, theta of rows x [n, t, width]."""
        rates = torch.sigmoid(x @ self.rates + self.rates_bias)
        key = self.key_taps * torch.cat((torch.ones(self.key_taps.shape[1] - 1), torch.zeros(1))).to(x)    # never the token itself
        return self.convolved(x, self.key, key), x @ self.value, rates[..., 0], rates[..., 1]

    def queries(self, x):
        return self.convolved(x, self.query, self.query_taps)

    def gates(self, x):
        return torch.sigmoid(x @ self.gate + self.gate_bias)

    # --- fast weights --------------------------------------------------------------------------

    def coefficients(self):
        """a_d, the factors of the features of degree d."""
        return self.mix.softmax(0).sqrt()

    def kernel(self, cosine):
        w = self.mix.softmax(0)
        result = w[-1] * cosine
        for d in range(self.degree - 2, -1, -1):
            result = (result + w[d]) * cosine
        return result

    def ground(self, keys):
        """What M_0 says."""
        return (self.coefficients()[0] * keys) @ self.initial

    def write(self, k, v, alpha, theta):
        """All chunks of k [n, t, keys], v [n, t, values], alpha and theta [n, t]; t a multiple of the chunk length. A token
        of theta 0 and alpha 0 changes nothing."""
        n, t, _ = k.shape
        c = self.chunk
        kept = torch.cumsum(torch.log1p(-alpha.clamp(max=0.999999)), 1)        # log of what is left of a write by then
        chunks = k.view(n, -1, c, k.shape[-1])
        r = theta.clamp(min=1e-12).sqrt().view(n, -1, c)
        bound = largest_eigenvalue(self.kernel(chunks @ chunks.mT) * r[..., None] * r[..., None, :]).clamp(min=1)
        step = theta / bound.repeat_interleave(c, 1)
        target = v - self.ground(k)
        before = F.pad(kept[:, :-1], (1, 0))[:, ::c].repeat_interleave(c, 1)   # of what is left at the start of a token's chunk
        earlier = torch.arange(BLOCK)[:, None] // c > torch.arange(BLOCK)[None, :] // c
        added = []
        for i in range(0, t, BLOCK):
            block = slice(i, i + BLOCK)
            e = target[:, block]
            if i:
                past = ((kept[:, i - 1, None] - kept[:, :i]).exp() * step[:, :i])[..., None] * torch.cat(added, 1)
                e = e - (before[:, block] - kept[:, i - 1, None]).exp()[..., None] * (self.kernel(k[:, block] @ k[:, :i].mT) @ past)
            # Within the block every chunk hears those before it: a triangular system.
            m = e.shape[1]
            reach = ((before[:, block, None] - kept[:, None, block]).clamp(max=0).exp() * step[:, None, block]) * earlier[:m, :m]
            heard = self.kernel(k[:, block] @ k[:, block].mT) * reach
            added.append(torch.linalg.solve_triangular(heard, e, upper=False, unitriangular=True))
        left = (kept[:, -1:] - kept).exp() * step
        return State(k, left[..., None] * torch.cat(added, 1))

    def read(self, queries, state):
        """M(q) of queries [n, t, keys]."""
        return self.kernel(queries @ state.keys.mT) @ state.added + self.ground(queries)

    def joined(self, base, residual, state, voice=None):
        """The last block's attention with the memory, [n, t, width]; `voice` [n] are the positions from which it speaks (it
        matters for rows of context only: nothing behind this block looks back)."""
        x = base.inner(residual)
        q = self.queries(x)
        if self.kind == "mag":
            return base.attention(residual) + self.gates(x) * (self.read(q, state) @ self.output)
        n, t, _ = q.shape
        count = t // SEGMENT
        rows = None
        if count:
            mean = F.normalize(q[:, :count * SEGMENT].view(n, count, SEGMENT, -1).mean(2), dim=-1, eps=1e-12)
            h = self.read(mean, state) @ self.output
            first = (torch.arange(count) + 1) * SEGMENT
            first = first.expand(n, count) if voice is None else torch.maximum(first[None], voice[:, None])
            visible = torch.arange(t)[None, :, None] >= first[:, None, :]
            rows = (h @ self.context_key, h @ self.context_value, self.context_bias, visible)
        y = base.attention(residual, rows)
        q = F.normalize(self.projected(x, self.query, self.query_taps) + y @ self.heard_query, dim=-1, eps=1e-12)
        return y + self.gates(x) * (self.read(q, state) @ self.output)

    # --- beginnings ----------------------------------------------------------------------------

    @torch.no_grad()
    def begin(self, x, tokens, embeddings, generator, scale=1.0):
        """Starts from the statistics of activations x [rows, width], the token of each row, and what makes a token's logit of the
        residual stream [vocabulary, width]; a read of full strength has length `scale`."""
        mean, width = x.mean(0), x.shape[1]
        values, vectors = torch.linalg.eigh((x - mean).T @ (x - mean) / len(x))
        turn = torch.linalg.qr(torch.randn(width, width, generator=generator))[0][:, :self.keys]
        basis = (vectors * values.clamp(min=1e-3 * values.max()) ** -0.5) @ turn
        # What all activations share would be in all keys, and in all values.
        unit = mean / mean.norm()
        without = lambda m: m - unit[:, None] * (unit @ m)
        basis = without(basis)
        self.query.copy_(basis)
        self.key.copy_(basis)
        kernel = self.query_taps.shape[1]
        back = torch.multinomial(torch.tensor([0.7, 0.2, 0.1, 0][:kernel]), self.keys, True, generator=generator)
        for column, offset in enumerate(back.tolist()):
            self.query_taps[column, kernel - 1 - offset] = 1
            self.key_taps[column, kernel - 1 - offset] = 1                 # one earlier: the row has one tap more
        # A value says which token was read. Most of what embeddings consist of they share: only where their mean is taken out and
        # all directions count alike do tokens that the fit saw once or never lie next to themselves.
        e = F.normalize(embeddings - embeddings.mean(0), dim=1)
        spread, directions = torch.linalg.eigh(e.T @ e / len(e))
        code = directions[:, -self.values:] * spread[-self.values:].clamp(min=1e-6 * spread.max()) ** -0.5 * self.values ** -0.5
        weight = torch.bincount(tokens, minlength=len(e)).clamp(min=1)[tokens].to(x) ** -0.5
        left = ((x - mean) * weight[:, None]).T
        gram = left @ (x - mean)
        gram += 3e-3 * gram.diagonal().mean() * torch.eye(width)
        target = e[tokens] @ code
        self.value.copy_(without(torch.linalg.solve(gram, left @ target)))
        self.output.copy_(code.T * (scale / (target @ code.T).norm(dim=1).mean()))
        self.mix.copy_(torch.tensor([0.02, 0.08, 0.9, 0.9, 0.9][:self.degree]).log())
