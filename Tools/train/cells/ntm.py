"""The Neural Turing Machine (Graves et al. 2014, arXiv 1410.5401) as a PyTorch module; the program's NeuralTuringMachine computes the same.

All heads address the memory as it was before the step; reads come before the write. Bounds and the initial memory are those with which Collier and
Beel (2018, arXiv 1807.08518) found training stable: keys and additions through tanh, what the controller says to the heads within 20, and a memory
that begins as a small constant.
"""

import torch
import torch.nn.functional as F
from controller import controlled
from torch import nn

START, TINY = 1e-6, 1e-8


class NTM(nn.Module):
    kind = "ntm"

    def __init__(self, inputs, outputs, rows=128, columns=20, hidden=100, reads=1, writes=1, controller="lstm"):
        super().__init__()
        self.shape = dict(inputs=inputs, outputs=outputs, rows=rows, columns=columns, hidden=hidden, reads=reads, writes=writes, controller=controller)
        self.rows, self.columns, self.hidden, self.reads, self.writes = rows, columns, hidden, reads, writes
        heads, seen = reads + writes, inputs + reads * columns
        self.controller = nn.LSTMCell(seen, hidden) if controller == "lstm" else nn.Linear(seen, hidden)
        self.interface = nn.Linear(hidden, heads * (columns + 6) + writes * 2 * columns)
        self.output = nn.Linear(hidden + reads * columns, outputs)
        self.first_read = nn.Parameter(torch.randn(reads, columns) * 0.1)
        # Heads begin at the first row: all rows of a fresh memory are alike, so that content could not bring them to any.
        self.first_weights = nn.Parameter(torch.randn(heads, rows) * 0.1)
        with torch.no_grad():
            self.first_weights[:, 0] += 8
        nn.init.xavier_uniform_(self.interface.weight, gain=1.0)
        nn.init.zeros_(self.interface.bias)

    def start(self, batch):
        state = {
            "memory": torch.full((batch, self.rows, self.columns), START),
            "weights": F.softmax(self.first_weights, -1).expand(batch, -1, -1),
            "read": torch.tanh(self.first_read).expand(batch, -1, -1),
            "hidden": torch.zeros(batch, self.hidden),
        }
        if isinstance(self.controller, nn.LSTMCell):
            state["cell"] = torch.zeros(batch, self.hidden)
        return state

    def forward(self, x, state):
        memory, before = state["memory"], state["weights"]
        batch, heads, columns = x.shape[0], self.reads + self.writes, self.columns
        new, said = controlled(self, x, state)
        address, change = said.split([heads * (columns + 6), self.writes * 2 * columns], 1)
        address = address.view(batch, heads, columns + 6)
        key = torch.tanh(address[..., :columns])
        strength = F.softplus(address[..., columns : columns + 1])
        gate = torch.sigmoid(address[..., columns + 1 : columns + 2])
        shift = F.softmax(address[..., columns + 2 : columns + 5], -1)
        sharpen = 1 + F.softplus(address[..., columns + 5 :])
        # Equations 5 to 9: by content, interpolated, shifted (by -1, 0, +1), sharpened.
        content = F.softmax(strength * cosine(key, memory), -1)
        weights = moved(content, before, gate, shift, sharpen)
        read = weights[:, : self.reads] @ memory
        erase, add = change.view(batch, self.writes, 2, columns).unbind(2)
        writing = weights[:, self.reads :, :, None]
        kept = (1 - writing * torch.sigmoid(erase)[:, :, None]).prod(1) if self.writes > 1 else 1 - writing[:, 0] * torch.sigmoid(erase)[:, 0, None]
        new["memory"] = memory * kept + weights[:, self.reads :].transpose(1, 2) @ torch.tanh(add)
        new["weights"], new["read"] = weights, read
        return self.output(torch.cat([new["hidden"], read.flatten(1)], 1)), new


def moved(content, before, gate, shift, sharpen):
    """Equations 7 to 9, along the last axis: interpolated, shifted by -1, 0 and +1, sharpened."""
    mixed = before + gate * (content - before)
    back, stay, on = shift.split(1, -1)
    shifted = back * mixed.roll(-1, -1) + stay * mixed + on * mixed.roll(1, -1)
    powered = (shifted + TINY) ** sharpen
    return powered / powered.sum(-1, keepdim=True)


def cosine(keys, memory):
    """[batch, heads, columns] and [batch, rows, columns] to [batch, heads, rows]."""
    products = keys @ memory.transpose(1, 2)
    return products / (keys.norm(dim=-1)[..., None] * memory.norm(dim=-1)[:, None] + TINY)
