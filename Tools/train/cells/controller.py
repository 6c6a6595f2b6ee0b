"""What both machines do before their heads move: the controller reads the input and what was read last, and says something to the heads."""

import torch

# What is said is held within this.
LIMIT = 20.0


def controlled(cell, x, state):
    """The beginning of the next state, and what the controller says, [batch, interface]."""
    seen, new = torch.cat([x, state["read"].flatten(1)], 1), {}
    if "cell" in state:
        new["hidden"], new["cell"] = cell.controller(seen, (state["hidden"], state["cell"]))
    else:
        new["hidden"] = torch.tanh(cell.controller(seen))
    return new, cell.interface(new["hidden"]).clamp(-LIMIT, LIMIT)
