"""Wires between a frozen language model and the memory of a Neural Turing Machine or a Differentiable Neural Computer.

The model's own activations are the controller. What is told goes in a slot for each token, in order: the slot's content is made of the row that
predicts the token and of the mean row of its sentence, and beside it stands the token. In an answer a read head moves over the slots, as the
papers have it: by content and by shifts (NTM, 1410.5401, equations 5 to 9), or by content and along the temporal links (DNC, Nature 538:471; here
every write is to one slot, so that a link leads to the slot written next). The tokens under the head are mixed into the model's next-token
distribution, p = (1 - o) p_model + o p_head, with an opening o that is learned as well. Rows are those of one layer, `blocks.N.ln1.hook_normalized`.
"""
import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

sys.path.append(str(Path(__file__).resolve().parents[1] / "cells"))
from ntm import cosine, moved  # noqa: E402


class Wire(nn.Module):
    """`width` of the model's rows, `columns` of a slot."""

    def __init__(self, kind, width, columns=64):
        super().__init__()
        self.kind, self.width, self.columns = kind, width, columns
        # What a head is told: a key, a strength, and how it moves.
        self.said = columns + (6 if kind == "ntm" else 4)
        self.content = nn.Linear(2 * width, columns)
        self.address = nn.Linear(2 * width, self.said)
        # The opening: of the row, of the best cosine, of how surely the head points, and of whether it is the first row.
        self.opening = nn.Linear(width + 3, 1)
        for layer in (self.content, self.address, self.opening):
            nn.init.zeros_(layer.bias)
            nn.init.normal_(layer.weight, std=0.3 * width ** -0.5)
        with torch.no_grad():
            # Content and key begin alike, and the strength where a good match stands out of hundreds of slots.
            self.address.weight[:columns] = self.content.weight
            self.address.bias[columns] = 16

    def slots(self, rows, means):
        """[n, width] twice to [n, columns]."""
        return torch.tanh(self.content(torch.cat([rows, means], -1)))

    def read(self, memory, rows, mean):
        """Where the head points at each row of answers [questions, t, width], with the questions' means [questions, width]: weights over the slots
        [questions, t, n], and the logit of the opening [questions, t]."""
        q, t, _ = rows.shape
        said = self.address(torch.cat([rows, mean[:, None].expand(-1, t, -1)], -1))
        key = torch.tanh(said[..., : self.columns])
        strength = F.softplus(said[..., self.columns, None])
        likeness = cosine(key, memory[None])
        content = F.softmax(strength * likeness, -1)
        moves, weights = said[..., self.columns + 1 :], None
        each = []
        for step in range(t):
            weights = self.moved(content[:, step], weights, moves[:, step])
            each.append(weights)
        weights = torch.stack(each, 1)
        first = torch.zeros(q, t, 1)
        first[:, 0] = 1
        sure = weights.max(-1, keepdim=True).values
        seen = torch.cat([rows, likeness.max(-1, keepdim=True).values, sure, first], -1)
        return weights, self.opening(seen)[..., 0]

    def moved(self, content, before, said):
        """Where the head points after a step; at the first it has been nowhere and goes by content."""
        if before is None:
            return content
        if self.kind == "ntm":
            return moved(content, before, torch.sigmoid(said[:, :1]), F.softmax(said[:, 1:4], -1), 1 + F.softplus(said[:, 4:5]))
        modes = F.softmax(said, -1)
        # The last slot is followed by none, and the first by none backwards.
        on, back = F.pad(before[:, :-1], (1, 0)), F.pad(before[:, 1:], (0, 1))
        return modes[:, :1] * back + modes[:, 1:2] * content + modes[:, 2:] * on
