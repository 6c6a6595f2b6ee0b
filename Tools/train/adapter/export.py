"""Put trained slow weights into an adapter that `mneme adapter train` made for the same model.

    export.py --adapter MODEL.adapter.safetensors [--neural WORK/neural.pt --layer LAST] [--episodic WORK/episodic.pt]
              [--readout votes|context|both|latents]

The neural memory keeps what it had (texts, through logit mixing) and gets a wired companion. The episodic memory gets the
encoder and decoder of its latents; `--readout` says how its facts are heard.
"""
import argparse
import json
import os

import torch
from safetensors import safe_open
from safetensors.numpy import save_file

from memory import SEGMENT

PREFIX, EPISODIC = "adapter.neural.", "adapter.episodic."


def tensors(state):
    """Names and layouts as Sources/MemoryModules/NeuralMemory/Wiring/NeuralWiring.swift states them."""
    rates = torch.zeros(state["rates"].shape[0], 3)
    rates[:, 0], rates[:, 2] = state["rates"][:, 0], state["rates"][:, 1]
    bias = torch.tensor([state["rates_bias"][0], -40.0, state["rates_bias"][1]])        # no momentum
    taps = state["key_taps"].clone()
    taps[:, -1] = 0                                                        # as trained: never the token itself
    named = {"wiring.query": state["query"], "wiring.key": state["key"], "wiring.value": state["value"], "wiring.output": state["output"],
             "wiring.gate": state["gate"], "wiring.gate.bias": state["gate_bias"], "wiring.rates": rates, "wiring.rates.bias": bias,
             "wiring.query.convolution": state["query_taps"], "wiring.key.convolution": taps, "initial.0.0": state["initial"]}
    if "context_key" in state:
        named.update({"wiring.context.key": state["context_key"], "wiring.context.value": state["context_value"],
                      "wiring.context.bias": state["context_bias"], "wiring.query.attention": state["heard_query"]})
    return {PREFIX + k: v.detach().float().contiguous().numpy() for k, v in named.items()}


def slow_weights(path):
    """The other way round: the state of a memory from an adapter file, to train on from there."""
    with safe_open(path, "pt") as f:
        t = {k[len(PREFIX):]: f.get_tensor(k) for k in f.keys() if k.startswith((PREFIX + "wiring.", PREFIX + "initial."))}
        module = json.loads(json.loads(f.metadata()["mneme.adapter"])["modules"]["neural"]["configuration"])
    mix = torch.tensor(module["companion"][0]["keyFeatures"]["coefficients"])
    state = {"query": t["wiring.query"], "key": t["wiring.key"], "value": t["wiring.value"], "output": t["wiring.output"],
             "gate": t["wiring.gate"], "gate_bias": t["wiring.gate.bias"], "rates": t["wiring.rates"][:, [0, 2]],
             "rates_bias": t["wiring.rates.bias"][[0, 2]], "query_taps": t["wiring.query.convolution"],
             "key_taps": t["wiring.key.convolution"], "mix": 2 * mix.log(), "initial": t["initial.0.0"]}
    for name in ("key", "value", "bias"):
        if f"wiring.context.{name}" in t:
            state[f"context_{name}"] = t[f"wiring.context.{name}"]
    if "wiring.query.attention" in t:
        state["heard_query"] = t["wiring.query.attention"]
    return state


def configuration(shape, kind, layer, state):
    mix = state["mix"].softmax(0).sqrt().tolist()
    return {"hiddenWidth": 1, "depth": 1, "loss": "associative", "stepBound": "weighted", "chunkLength": shape["chunk"],
            "keyFeatures": {"monomials": "products", "degree": shape["degree"], "coefficients": mix},
            "learningRate": {"base": 1, "slope": 0}, "momentum": {"base": 0, "slope": 0}, "forget": {"base": 0, "slope": 0},
            "wiring": {"kind": kind, "layer": layer, "activatesProjections": False, "normalizesRecall": False,
                       "segmentLength": SEGMENT, "rowsPerSegment": 1}}


def neural(module, checkpoint, layer):
    """The configuration of a neural memory with a companion, and the companion's tensors."""
    c = torch.load(checkpoint, weights_only=False)
    module["companion"] = [configuration(c["shape"], c["shape"]["kind"], layer, c["memory"])]
    return tensors(c["memory"])


def episodic(module, checkpoint):
    c = torch.load(checkpoint, weights_only=False)
    module["rowSlots"] = c["shape"]["slots"]
    return {f"{EPISODIC}rows.{k}": v.detach().float().contiguous().numpy() for k, v in c["codec"].items()}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--adapter", required=True)
    p.add_argument("--neural")
    p.add_argument("--layer", type=int)
    p.add_argument("--episodic")
    p.add_argument("--readout")
    o = p.parse_args()
    if (o.neural is None) != (o.layer is None):
        p.error("--neural needs --layer, the last block's number")
    with safe_open(o.adapter, "np") as f:
        metadata = f.metadata()
        held = {k: f.get_tensor(k) for k in f.keys()}
    description = json.loads(metadata["mneme.adapter"])

    def change(kind, how):
        module = description["modules"][kind]
        parameters = json.loads(module["configuration"])
        made = how(parameters) or {}
        module["configuration"] = json.dumps(parameters, sort_keys=True)
        return made

    if o.neural:
        for k in [k for k in held if k.startswith((PREFIX + "wiring.", PREFIX + "initial."))]:
            del held[k]
        held.update(change("neural", lambda m: neural(m, o.neural, o.layer)))
    if o.episodic:
        held.update(change("episodic", lambda m: episodic(m, o.episodic)))
    if o.readout:
        change("episodic", lambda m: m.update(readout=o.readout))
    metadata["mneme.adapter"] = json.dumps(description, sort_keys=True)
    save_file(held, o.adapter + ".tmp", metadata)
    os.replace(o.adapter + ".tmp", o.adapter)
    print(f"{o.adapter}: {len(held)} tensors, {sum(v.nbytes for v in held.values()) / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
