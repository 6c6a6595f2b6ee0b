"""The agents of LEMN and the write policy as PyTorch modules; the program's RetentionNetwork and WriteNetwork compute the same."""

import torch
from torch import nn

FEATURES, WIDTH, WRITE_WIDTH = 12, 8, 16
# The place of each feature (RetentionRecord.features).
SURPRISE, PEAK, NAMES, TOKENS, NOVELTY, AGE, IDLE, USES, RECENT, MATCH, SPOKEN, MASS = range(FEATURES)


class InputMatching(nn.Module):
    """A score for each slot by its own features."""

    name = "input-matching"

    def __init__(self):
        super().__init__()
        self.history = None
        self.first, self.last = nn.Linear(FEATURES, WIDTH), nn.Linear(WIDTH, 1)

    def forward(self, features, histories=None):
        return self.last(torch.tanh(self.first(features)))[..., 0]


class Spatial(nn.Module):
    """A bidirectional recurrent network over the slots, in the order of their arrival."""

    name = "spatial"

    def __init__(self, inputs=FEATURES):
        super().__init__()
        self.history = None
        self.over = nn.GRU(inputs, WIDTH, batch_first=True, bidirectional=True)
        self.last = nn.Linear(2 * WIDTH, 1)

    def forward(self, features, histories=None):
        if histories is not None:
            features = torch.cat([features, histories], -1)
        return self.last(self.over(features)[0])[..., 0]


class SpatioTemporal(Spatial):
    """Likewise, with the state of a recurrent network that saw each slot's features at every arrival."""

    name = "spatio-temporal"

    def __init__(self):
        super().__init__(FEATURES + WIDTH)
        self.history = nn.GRUCell(FEATURES, WIDTH)


class Write(nn.Module):
    """What a segment is worth whole rather than compressed, and compressed rather than discarded."""

    name = "write"

    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(FEATURES, WRITE_WIDTH), nn.Linear(WRITE_WIDTH, 2)

    def forward(self, features):
        return self.last(torch.tanh(self.first(features)))


def exported(modules):
    """Tensors by the names of the program."""
    parts = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    result = {}
    for module in modules:
        for key, value in module.state_dict().items():
            if key.startswith("over."):
                direction = "backward" if key.endswith("_reverse") else "forward"
                part = next(part for part in parts if key.startswith(f"over.{part}"))
                key = f"{direction}.{part}"
            result[f"{module.name}.{key}"] = value.detach().contiguous().float()
    return result


def loaded(module, tensors):
    """A module with the program's weights."""
    state = {}
    for key in module.state_dict():
        name = key
        if key.startswith("over."):
            direction = "backward" if key.endswith("_reverse") else "forward"
            name = f"{direction}.{key.removeprefix('over.').replace('_l0', '').replace('_reverse', '')}"
        state[key] = torch.as_tensor(tensors[f"{module.name}.{name}"])
    module.load_state_dict(state)
    return module
