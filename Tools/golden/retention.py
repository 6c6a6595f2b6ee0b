#!/usr/bin/env python3
"""What the agents of LEMN score and keep, by PyTorch's own recurrent networks, with weights drawn at random.

    Tools/golden/retention.py --out Tests/MemoryModulesTests/Fixtures/retention.safetensors

`features` [arrivals, slots, features] are what an agent sees of seven slots at five arrivals; `scores.<agent>` [slots] its scores after the
last. `worth` [slots, 2] is what the write policy says of the last features. `stream.tokens` [things, tokens] and `stream.surprisals` are a
stream, whose things have all the tokens that are not -1; `kept.<policy>` [5] is what is left of it under each policy where five are kept.
"""

import argparse
import json
import random
import sys
import tempfile
from pathlib import Path

import torch
from safetensors.torch import save_file

sys.path.append(str(Path(__file__).resolve().parents[1] / "train" / "retention"))
from policies import FEATURES, InputMatching, Spatial, SpatioTemporal, Write, exported  # noqa: E402
from simulation import Streams, plain_scores, play  # noqa: E402


def stream(drawn):
    things = []
    for _ in range(16):
        count = drawn.randint(4, 9)
        things.append(([drawn.randint(1, 25) for _ in range(count)], [round(drawn.uniform(0, 9), 3) for _ in range(count)]))
    return things


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True)
    out = parser.parse_args().out
    torch.manual_seed(5)
    agents, writer = [InputMatching(), Spatial(), SpatioTemporal()], Write()
    tensors = exported([*agents, writer])
    features = torch.randn(5, 7, FEATURES)
    tensors["features"] = features
    with torch.no_grad():
        for agent in agents:
            histories = None
            if agent.history is not None:
                histories = torch.zeros(7, 8)
                for step in features:
                    histories = agent.history(step, histories)
                histories = histories[None]
            tensors[f"scores.{agent.name}"] = agent(features[-1:], histories)[0].contiguous()
        tensors["worth"] = writer(features[-1])
        things = stream(random.Random(3))
        width = max(len(tokens) for tokens, _ in things)
        tensors["stream.tokens"] = torch.tensor([tokens + [-1] * (width - len(tokens)) for tokens, _ in things], dtype=torch.int32)
        tensors["stream.surprisals"] = torch.tensor([own + [0.0] * (width - len(own)) for _, own in things])
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
            log = {"things": [{"words": [str(token) for token in tokens], "surprisals": own, "names": 0, "mass": 0, "spoken": False, "features": []} for tokens, own in things],
                   "plain": [-1.0], "worth": [[[0.0]] * len(things)]}
            file.write(json.dumps(log) + "\n")
            file.flush()
            streams = Streams(file.name)
        for name, score in plain_scores().items():
            if name != "random":
                tensors[f"kept.{name}"] = play(streams, 5, score=score)[2][0].int()
        for agent in agents:
            tensors[f"kept.{agent.name}"] = play(streams, 5, agent)[2][0].int()
    save_file(tensors, out)


main()
