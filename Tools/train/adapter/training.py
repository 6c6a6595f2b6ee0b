"""What the trainers of adapters share: options, steps, and checkpoints from which they go on."""
import argparse
import os
import random
import time

import torch

from frozen import Frozen


def options(description, minutes, lr):
    p = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--model", required=True)
    p.add_argument("--work", required=True, help="where the checkpoint lies; run again to go on")
    p.add_argument("--minutes", type=float, default=minutes)
    p.add_argument("--lr", type=float, default=lr)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--device", default="cpu")
    return p


def begin(o, seed):
    """The frozen model and a source of episodes."""
    torch.set_num_threads(o.threads)
    torch.set_default_device(o.device)
    torch.manual_seed(seed)
    return Frozen(o.model, o.work), random.Random(seed)


class Training:
    """A module that is trained, `name` in the checkpoint FILE.pt; `shape` is what makes a module of its kind again. Parameters named
    in `relative` go by steps of a hundredth of their own size at the usual rate of 0.002, all others by the rate itself."""

    def __init__(self, o, file, name, module, shape, r, seed, cooling, relative=()):
        self.o, self.name, self.module, self.shape, self.cooling = o, name, module, shape, cooling
        self.path = os.path.join(o.work, file + ".pt")
        named = dict(module.named_parameters())
        groups = [{"params": [p for n, p in named.items() if n not in relative], "factor": 1.0}]
        groups += [{"params": [named[n]], "factor": 5 * float(named[n].detach().pow(2).mean().sqrt())} for n in relative]
        self.adam = torch.optim.AdamW(groups, lr=o.lr, weight_decay=0.0)
        self.steps, spent = 0, 0.0
        if os.path.exists(self.path):
            c = torch.load(self.path, weights_only=False)
            module.load_state_dict(c[name])
            self.adam.load_state_dict(c["adam"])
            self.steps, spent = c["step"], c["spent"]
            r.seed(seed + self.steps)
        self.start = time.time() - spent

    @property
    def done(self):
        """The share of the time that is over."""
        return (time.time() - self.start) / (60 * self.o.minutes)

    def step(self, loss, done):
        """A step downhill; the last `cooling` of the time in ever smaller ones. One that is not finite is left out."""
        loss.backward()
        for g in self.adam.param_groups:
            g["lr"] = g.get("factor", 1) * self.o.lr * min(1, (self.steps + 1) / 30) * min(1, max(0.02, (1 - done) / self.cooling))
        torch.nn.utils.clip_grad_norm_(self.module.parameters(), 1.0)
        if all(q.grad is None or q.grad.isfinite().all() for q in self.module.parameters()):
            self.adam.step()
        self.adam.zero_grad(set_to_none=True)
        self.steps += 1

    def save(self):
        torch.save({self.name: self.module.state_dict(), "adam": self.adam.state_dict(), "step": self.steps,
                    "spent": time.time() - self.start, "shape": self.shape}, self.path + ".tmp")
        os.replace(self.path + ".tmp", self.path)
