#!/usr/bin/env python3
"""Gradients of fast weights of low rank in every architecture, by PyTorch's autograd in Float64.

    gradients.py Tests/TestSupport/Fixtures/architectures Tests/TransformerTests/Fixtures/gradients

Every matrix W of every block computes y = W x + B (A x) (LoRA, arXiv 2106.09685); A and B are random, of rank 3. The forward pass is
written from the tensors of the GGUF file, widened to Float64, so rows stand in its order. Three losses, over the tokens t[0..<n] that
are recorded beside the model and random weights w[0..<n - 1], each 0, 1/2 or 1:

    loss          sum_i w[i] (-log p[i](t[i + 1])) / sum_i w[i], where p[i] is the softmax of the logits at position i
    kl            sum_i w[i] KL(q[i] || p[i]) / sum_i w[i], where q is what the model says without fast weights, a constant
    context.loss  as `loss`, but sums are over i >= 24 only, and the keys and values of the first 24 tokens, which the same fast weights
                  made, are constants

One file per model, computed in Float64 and stored in Float32: `weights` [n - 1]; the losses, [1]; for every matrix, by its name
(`blocks.0.attn.W_Q`), `NAME.A` [rank, inputs] and `NAME.B` [outputs, rank], and the gradients `NAME.dA` and `NAME.dB`, `NAME.kl.dA` and
`NAME.kl.dB`, `NAME.context.dA` and `NAME.context.dB`.

Nothing is written for a model whose logits, plain or with the fast weights of `low_rank.py`, are not those recorded of `transformers`.
Needs torch, numpy, gguf, safetensors and transformers.
"""

import math
import sys
from pathlib import Path

import gguf
import numpy as np
import torch
from safetensors.numpy import load_file, save_file

sys.path.append(str(Path(__file__).resolve().parents[1] / "peers"))
import low_rank  # noqa: E402

RANK = 3
DEVIATION = 0.1
CONTEXT = 24
SEED = 11
LIMIT = 1e-5


class Model:
    """A model of any of the architectures, from its GGUF file."""

    def __init__(self, path):
        reader = gguf.GGUFReader(path)
        self.fields = reader.fields
        self.tensors = {}
        for tensor in reader.tensors:
            values = gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float64)
            self.tensors[tensor.name] = torch.from_numpy(values.reshape([int(n) for n in reversed(tensor.shape)]))
        self.kind = self.fields["general.architecture"].contents()
        self.is_gemma = self.kind.startswith("gemma")
        self.width, self.layers = self.setting("embedding_length"), self.setting("block_count")
        self.heads = self.setting("attention.head_count")
        self.groups = self.setting("attention.head_count_kv", self.heads)
        self.size = self.setting("attention.key_length", self.width // self.heads)
        self.rotated = 0 if self.kind == "gpt2" else self.setting("rope.dimension_count")
        self.layer_norm = self.kind == "gpt2"
        self.epsilon = self.setting("attention.layer_norm_epsilon" if self.layer_norm else "attention.layer_norm_rms_epsilon")
        self.matrices = self.split()

    def setting(self, name, default=None):
        field = self.fields.get(f"{self.kind}.{name}")
        if field is None and default is None:
            sys.exit(f"no setting {name}")
        return default if field is None else field.contents()

    def split(self):
        """Weight and bias (or None) of every matrix of the blocks by its name; some lie in one tensor."""
        queries, keys, inner = self.heads * self.size, self.groups * self.size, self.setting("feed_forward_length")
        stored = {"attn_q": ["attn.W_Q"], "attn_k": ["attn.W_K"], "attn_v": ["attn.W_V"], "attn_qkv": ["attn.W_Q", "attn.W_K", "attn.W_V"],
                  "attn_output": ["attn.W_O"], "ffn_gate": ["mlp.W_gate"], "ffn_down": ["mlp.W_out"],
                  "ffn_up": ["mlp.W_gate", "mlp.W_in"] if self.kind == "phi3" else ["mlp.W_in"]}
        rows = {"attn.W_Q": queries, "attn.W_K": keys, "attn.W_V": keys, "attn.W_O": self.width, "mlp.W_gate": inner, "mlp.W_in": inner,
                "mlp.W_out": self.width}
        found = {}
        for layer in range(self.layers):
            for name, sites in stored.items():
                weight = self.tensors.get(f"blk.{layer}.{name}.weight")
                if weight is None:
                    continue
                counts = [rows[site] for site in sites]
                bias = self.tensors.get(f"blk.{layer}.{name}.bias")
                biases = [None] * len(sites) if bias is None else bias.split(counts)
                for site, part, added in zip(sites, weight.split(counts), biases):
                    found[f"blocks.{layer}.{site}"] = part, added
        return {name: found[name] for layer in range(self.layers) for site in low_rank.SITES if (name := f"blocks.{layer}.{site}") in found}

    def norm(self, x, name):
        """Nothing where the model has no such norm."""
        weight = self.tensors.get(name + ".weight")
        if weight is None:
            return x
        if self.layer_norm:
            x = x - x.mean(-1, keepdim=True)
        x = x / torch.sqrt((x * x).mean(-1, keepdim=True) + self.epsilon) * weight
        return x + self.tensors[name + ".bias"] if self.layer_norm else x

    def window(self, layer):
        """Tokens that a token of the block attends to, itself included; 0 for all."""
        period = {"gemma2": 2, "gemma3": 6}.get(self.kind)
        return 0 if period and (layer + 1) % period == 0 else self.setting("attention.sliding_window", 0)

    def frequencies(self, layer):
        """The angle per position of every pair, and the factor of what is rotated."""
        steps = torch.arange(0, self.rotated, 2, dtype=torch.float64) / self.rotated
        if self.kind == "gemma3" and self.window(layer):
            return 10000.0**-steps, 1.0
        base = self.setting("rope.freq_base")
        plain = base**-steps
        if "rope_freqs.weight" in self.tensors:
            return plain / self.tensors["rope_freqs.weight"], 1.0
        if "rope_factors_long.weight" in self.tensors:
            is_long = self.setting("context_length") > self.setting("rope.scaling.original_context_length")
            return plain / self.tensors[f"rope_factors_{'long' if is_long else 'short'}.weight"], self.setting("rope.scaling.attn_factor")
        scaling = self.setting("rope.scaling.type", "none")
        if scaling == "none":
            return plain, 1.0
        factor = self.setting("rope.scaling.factor")
        if scaling == "linear":
            return plain / factor, 1.0
        # YaRN (arXiv 2309.00071), whose ramp goes from 32 turns within the original context to one.
        original = self.setting("rope.scaling.original_context_length")

        def pair(turns):
            return self.rotated * math.log(original / (turns * 2 * math.pi)) / (2 * math.log(base))

        low, high = max(0, math.floor(pair(32))), min(self.rotated - 1, math.ceil(pair(1)))
        share = ((torch.arange(self.rotated // 2, dtype=torch.float64) - low) / max(0.001, high - low)).clamp(0, 1)
        return plain * (1 - share) + plain / factor * share, 0.1 * math.log(factor) + 1

    def rotate(self, x, layer, positions):
        """RoPE of [positions, heads, size], or [positions, size] of one head. Llama's pairs are neighbours, the others' lie half of what is
        rotated apart."""
        if self.rotated == 0:
            return x
        frequencies, factor = self.frequencies(layer)
        angles = positions.to(torch.float64).view(-1, *[1] * (x.dim() - 1)) * frequencies
        cosine, sine = factor * angles.cos(), factor * angles.sin()
        if self.kind == "llama":
            a, b = x[..., 0:self.rotated:2], x[..., 1:self.rotated:2]
        else:
            a, b = x[..., :self.rotated].chunk(2, dim=-1)
        turned = a * cosine - b * sine, a * sine + b * cosine
        turned = torch.stack(turned, dim=-1).flatten(-2) if self.kind == "llama" else torch.cat(turned, dim=-1)
        return torch.cat([turned, x[..., self.rotated:]], dim=-1)

    def forward(self, tokens, updates, past=None, prefix=None):
        """Logits of tokens, [tokens, vocabulary], and the rotated keys and the values of every block.

        `updates` holds A and B by name, `past` what this returned beside the logits for the tokens before; `prefix` is a `Prefix`.
        """
        start = len(past[0][0]) if past else 0
        count = len(tokens)
        query_at = start + torch.arange(count)[:, None]
        key_at = torch.arange(start + count)
        positions = start + torch.arange(count)
        if prefix:
            positions = positions + prefix.gap * (positions >= prefix.first)
        remembered = []

        def product(layer, site, x):
            name = f"blocks.{layer}.{site}"
            weight, bias = self.matrices[name]
            y = x @ weight.T
            if name in updates:
                a, b = updates[name]
                y = y + x @ a.T @ b.T
            return y if bias is None else y + bias

        def act(x):
            is_gelu = self.is_gemma or self.kind == "gpt2"
            return torch.nn.functional.gelu(x, approximate="tanh") if is_gelu else torch.nn.functional.silu(x)

        def cap(x, name):
            limit = self.setting(name, 0.0)
            return limit * torch.tanh(x / limit) if limit else x

        x = self.tensors["token_embd.weight"][tokens]
        if self.is_gemma:
            x = x * self.width**0.5
        if "position_embd.weight" in self.tensors:
            x = x + self.tensors["position_embd.weight"][start:start + count]
        for layer in range(self.layers):
            block = f"blk.{layer}."
            h = self.norm(x, block + "attn_norm")
            q = product(layer, "attn.W_Q", h).view(count, self.heads, self.size)
            k = product(layer, "attn.W_K", h).view(count, self.groups, self.size)
            v = product(layer, "attn.W_V", h).view(count, self.groups, self.size)
            q = self.rotate(self.norm(q, block + "attn_q_norm"), layer, positions)
            k = self.rotate(self.norm(k, block + "attn_k_norm"), layer, positions)
            if past:
                k, v = torch.cat([past[layer][0], k]), torch.cat([past[layer][1], v])
            remembered.append((k, v))
            k, v = (t.repeat_interleave(self.heads // self.groups, dim=1) for t in (k, v))
            scores = cap(torch.einsum("qhd,khd->hqk", q, k) / self.size**0.5, "attn_logit_softcapping")
            hidden = key_at > query_at
            if self.window(layer):
                hidden = hidden | (key_at <= query_at - self.window(layer))
            scores = scores.masked_fill(hidden, -torch.inf)
            if prefix:
                mixed = prefix.mixed(self, layer, q, scores, v, cap)
            else:
                mixed = torch.einsum("hqk,khd->qhd", scores.softmax(-1), v).reshape(count, -1)
            x = x + self.norm(product(layer, "attn.W_O", mixed), block + "post_attention_norm")
            h = self.norm(x, block + "ffn_norm")
            inner = product(layer, "mlp.W_in", h)
            inner = act(product(layer, "mlp.W_gate", h)) * inner if f"blocks.{layer}.mlp.W_gate" in self.matrices else act(inner)
            x = x + self.norm(product(layer, "mlp.W_out", inner), block + "post_ffw_norm")
        output = self.tensors.get("output.weight", self.tensors["token_embd.weight"])
        return cap(self.norm(x, "output_norm") @ output.T, "final_logit_softcapping"), remembered


def wide(values):
    return torch.from_numpy(values.astype(np.float64))


def apart(found, expected):
    """The largest difference, relative to the largest value."""
    return ((found - expected).abs().max() / expected.abs().max()).item()


def recorded_updates(model):
    """The fast weights of `low_rank.py`."""
    updates = {}
    for name, (weight, _) in model.matrices.items():
        _, layer, site = name.split(".", 2)
        seed = 2 * (int(layer) * len(low_rank.SITES) + low_rank.SITES.index(site))
        outputs, inputs = weight.shape
        updates[name] = wide(low_rank.entry(low_rank.RANK, inputs, seed)), wide(low_rank.entry(outputs, low_rank.RANK, seed + 1))
    return updates


def losses(model, tokens, weights, updates):
    """The three losses by name."""
    def mean(values, first):
        return (weights[first:] * values).sum() / weights[first:].sum()

    def surprise(logits, first):
        each = torch.nn.functional.cross_entropy(logits[:-1], tokens[first + 1:], reduction="none")
        return mean(each, first)

    logits, _ = model.forward(tokens, updates)
    teacher = model.forward(tokens, {})[0][:-1].log_softmax(-1)
    kl = (teacher.exp() * (teacher - logits[:-1].log_softmax(-1))).sum(-1)
    with torch.no_grad():
        _, past = model.forward(tokens[:CONTEXT], updates)
    later, _ = model.forward(tokens[CONTEXT:], updates, past)
    assert apart(later, logits[CONTEXT:]) < 1e-12
    return {"loss": surprise(logits, 0), "kl": mean(kl, 0), "context.loss": surprise(later, CONTEXT)}


def record(model, tokens, name):
    """The tensors of one file."""
    random = np.random.default_rng([SEED, *name.encode()])
    weights = random.choice([0.0, 0.5, 1.0], len(tokens) - 1).astype(np.float32)
    result, updates = {"weights": weights}, {}
    for point, (weight, _) in model.matrices.items():
        outputs, inputs = weight.shape
        a = result[f"{point}.A"] = random.normal(0, DEVIATION, (RANK, inputs)).astype(np.float32)
        b = result[f"{point}.B"] = random.normal(0, DEVIATION, (outputs, RANK)).astype(np.float32)
        updates[point] = wide(a).requires_grad_(), wide(b).requires_grad_()
    leaves = [leaf for pair in updates.values() for leaf in pair]
    for loss, value in losses(model, tokens, wide(weights), updates).items():
        result[loss] = np.array([value.item()], dtype=np.float32)
        part = loss.removesuffix("loss").removesuffix(".")
        gradients = iter(torch.autograd.grad(value, leaves, retain_graph=True))
        for point in updates:
            for letter in "AB":
                key = ".".join(filter(None, [point, part, f"d{letter}"]))
                result[key] = next(gradients).numpy().astype(np.float32)
    return result


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    # So that sums are formed in one order on every machine.
    torch.set_num_threads(1)
    models, out = (Path(argument) for argument in sys.argv[1:])
    out.mkdir(parents=True, exist_ok=True)
    refused = False
    for path in sorted(models.glob("*.gguf")):
        name = path.stem
        model = Model(path)
        golden = load_file(models / f"{name}.safetensors")
        tokens = torch.from_numpy(golden["tokens"])
        changed = load_file(models / f"{name}.low-rank.safetensors")["logits"]
        plain = apart(model.forward(tokens, {})[0], wide(golden["transformers"]))
        updated = apart(model.forward(tokens, recorded_updates(model))[0], wide(changed))
        if max(plain, updated) > LIMIT:
            print(f"{name}: logits are {plain:.1e} from those of transformers, {updated:.1e} with fast weights; not written", file=sys.stderr)
            refused = True
            continue
        result = record(model, tokens, name)
        file = out / f"{name}.safetensors"
        save_file(result, file)
        figures = ", ".join(f"{loss} {result[loss][0]:.4f}" for loss in ("loss", "kl", "context.loss"))
        print(f"{name:12} {len(model.matrices)} matrices, {plain:.1e} and {updated:.1e} from transformers, {figures}, {file.stat().st_size} bytes")
    sys.exit(refused)


if __name__ == "__main__":
    main()
