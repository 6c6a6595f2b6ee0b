"""The Differentiable Neural Computer (Graves et al. 2016, Nature 538:471) as a PyTorch module; the program's DifferentiableNeuralComputer
computes the same.

Options: the three repairs of Csordas and Schmidhuber (2019, arXiv 1904.10278): `masked` keys, `erasing` what is freed, `sharp` temporal links; and
`sparse`, the number of rows that a content lookup and a row of links keep (Rae et al. 2016, arXiv 1610.09027), 0 for all.
"""

import torch
import torch.nn.functional as F
from controller import controlled
from torch import nn

TINY, USED = 1e-6, 1e-6


def oneplus(x):
    return 1 + F.softplus(x)


class DNC(nn.Module):
    kind = "dnc"

    def __init__(self, inputs, outputs, rows=32, columns=16, hidden=64, reads=1, controller="lstm", encoded=0, masked=True, erasing=True, sharp=True, sparse=0):
        super().__init__()
        self.shape = dict(inputs=inputs, outputs=outputs, rows=rows, columns=columns, hidden=hidden, reads=reads, controller=controller,
                          encoded=encoded, masked=masked, erasing=erasing, sharp=sharp, sparse=sparse)
        self.rows, self.columns, self.hidden, self.reads = rows, columns, hidden, reads
        self.masked, self.erasing, self.sharp, self.sparse = masked, erasing, sharp, sparse
        # Words are many and mostly absent: they come in through a matrix of their own.
        self.encoder = nn.Linear(inputs, encoded, bias=False) if encoded else None
        seen = (encoded or inputs) + reads * columns
        self.controller = nn.LSTMCell(seen, hidden) if controller == "lstm" else nn.Linear(seen, hidden)
        # Read keys, read strengths, write key, write strength, erase, write, free gates, allocation gate, write gate, modes; then the repairs'.
        self.parts = [reads * columns, reads, columns, 1, columns, columns, reads, 1, 1, 3 * reads,
                      (reads + 1) * columns if masked else 0, 2 * reads if sharp else 0]
        self.interface = nn.Linear(hidden, sum(self.parts))
        self.output = nn.Linear(hidden + reads * columns, outputs)

    def start(self, batch):
        rows, reads = self.rows, self.reads
        state = {
            "memory": torch.zeros(batch, rows, self.columns), "usage": torch.zeros(batch, rows), "link": torch.zeros(batch, rows, rows),
            "precedence": torch.zeros(batch, rows), "read_weights": torch.zeros(batch, reads, rows), "write_weights": torch.zeros(batch, rows),
            "read": torch.zeros(batch, reads, self.columns), "hidden": torch.zeros(batch, self.hidden),
        }
        if isinstance(self.controller, nn.LSTMCell):
            state["cell"] = torch.zeros(batch, self.hidden)
        return state

    def lookup(self, memory, keys, strengths, masks):
        """Rows by content: [batch, heads, columns], [batch, heads] to [batch, heads, rows]."""
        if masks is None:
            similar = keys @ memory.transpose(1, 2) / (keys.norm(dim=-1)[..., None] * memory.norm(dim=-1)[:, None] + TINY)
        else:
            # Both sides are masked: (k m) . (M m), and lengths alike.
            keys = keys * masks
            squares = (memory * memory) @ (masks * masks).transpose(1, 2)
            similar = (keys * masks) @ memory.transpose(1, 2) / (keys.norm(dim=-1)[..., None] * (squares + TINY * TINY).sqrt().transpose(1, 2) + TINY)
        weights = F.softmax(strengths[..., None] * similar, -1)
        return self.few(weights, normal=True)

    def few(self, weights, normal=False):
        """The largest weights of the last axis."""
        if not self.sparse or self.sparse >= weights.shape[-1]:
            return weights
        # Of equals the first; those of a fresh memory are all equal.
        top, places = (part[..., : self.sparse] for part in weights.sort(dim=-1, descending=True, stable=True))
        if normal:
            top = top / top.sum(-1, keepdim=True)
        return torch.zeros_like(weights).scatter(-1, places, top)

    def forward(self, x, state):
        batch, reads, columns = x.shape[0], self.reads, self.columns
        if self.encoder is not None:
            x = self.encoder(x)
        new, said = controlled(self, x, state)
        keys, strengths, write_key, write_strength, erase, write, free, allocation, writing, modes, masks, sharpness = said.split(self.parts, 1)
        masks = torch.sigmoid(masks).view(batch, reads + 1, columns) if self.masked else None
        free = torch.sigmoid(free)
        # Usage, and what is free of it.
        retention = (1 - free[..., None] * state["read_weights"]).prod(1)
        written = state["write_weights"].detach()
        usage = (state["usage"] + written - state["usage"] * written) * retention
        allocated = self.allocation(usage)
        # Write.
        content = self.lookup(state["memory"], write_key[:, None], oneplus(write_strength), None if masks is None else masks[:, reads:])[:, 0]
        gate, share = torch.sigmoid(writing), torch.sigmoid(allocation)
        weights = gate * (share * allocated + (1 - share) * content)
        memory = state["memory"]
        if self.erasing:
            memory = memory * retention[..., None]
        memory = memory * (1 - weights[..., None] * torch.sigmoid(erase)[:, None]) + weights[..., None] * write[:, None]
        # Temporal links.
        own, others = weights[..., None], weights[:, None]
        link = (1 - own - others) * state["link"] + own * state["precedence"][:, None]
        link = self.few(link * (1 - torch.eye(self.rows)))
        precedence = (1 - weights.sum(-1, keepdim=True)) * state["precedence"] + weights
        # Read.
        content = self.lookup(memory, keys.view(batch, reads, columns), oneplus(strengths), None if masks is None else masks[:, :reads])
        forward, backward = state["read_weights"] @ link.transpose(1, 2), state["read_weights"] @ link
        if self.sharp:
            sharpness = oneplus(sharpness).view(batch, reads, 2, 1)
            forward, backward = self.sharpened(forward, sharpness[:, :, 0]), self.sharpened(backward, sharpness[:, :, 1])
        back, here, on = F.softmax(modes.view(batch, reads, 3), -1).split(1, -1)
        read_weights = back * backward + here * content + on * forward
        new.update(memory=memory, usage=usage, link=link, precedence=precedence, read_weights=read_weights, write_weights=weights,
                   read=read_weights @ memory)
        return self.output(torch.cat([new["hidden"], new["read"].flatten(1)], 1)), new

    @staticmethod
    def allocation(usage):
        """The most to the least used row, equation 1 of the paper's methods; of equals the first."""
        used = USED + (1 - USED) * usage
        ascending, order = used.sort(stable=True, dim=-1)
        before = torch.cat([torch.ones_like(ascending[:, :1]), ascending[:, :-1].cumprod(-1)], -1)
        return torch.zeros_like(usage).scatter(-1, order, (1 - ascending) * before)

    @staticmethod
    def sharpened(weights, power):
        raised = ((weights + TINY) / (weights + TINY).max(-1, keepdim=True).values) ** power
        return raised / raised.sum(-1, keepdim=True)
