"""Train the model until a given moment, on a CPU or a GPU; start it again with the same command to resume.

    train.py --work DIR --until 11:35        (UTC), or --minutes 120

Muon (orthogonalised momentum) for the hidden matrices, AdamW for embeddings and norms; warm-up, constant, then linear
cool-down over the last part of the time. A row is packed from whole documents of a mixture of sources; attention stays
inside a document. Rows of 512 tokens alternate with rows of the whole context, which hold long conversations and needles.
Sequences of random tokens that repeat teach copying, many at first, few later. WORK/start.pt, when there, is where the
weights begin (grow.py).
"""
import argparse
import datetime
import os
import signal
import time

import numpy as np
import torch

from model import SMALL, Config, Model

SEED = 20261121
# Shares of the tokens, by length of row. `repeats` falls from REPEATS[0] to REPEATS[1] over the first REPEATS[2] tokens.
MIXTURES = {
    512: {"dialogues": 0.36, "generated": 0.30, "smalltalk": 0.05, "books": 0.10, "encyclopedia": 0.09, "qa": 0.04},
    1024: {"long": 0.45, "needles": 0.25, "pages": 0.20, "dialogues": 0.10}}
REPEATS = (0.20, 0.02, 4_000_000)
WHOLE = ("generated", "smalltalk", "qa", "long", "needles")           # worth nothing without their end
FILLER = ("books", "pages", "encyclopedia", "dialogues")


class Source:
    """Documents of one source in an order shuffled anew each time round."""

    def __init__(self, work, name, rng):
        z = np.load(os.path.join(work, name + ".train.npz"))
        self.name, self.rng = name, rng
        self.tokens, self.weights, self.starts = z["tokens"], z["weights"], z["starts"]
        self.order, self.at, self.used = None, 0, 0

    def next(self):
        if self.order is None or self.at == len(self.order):
            self.order, self.at = self.rng.permutation(len(self.starts) - 1), 0
        i = self.order[self.at]
        self.at += 1
        a, b = self.starts[i], self.starts[i + 1]
        return self.tokens[a:b], self.weights[a:b]


class Packer:
    """Rows of `length` + 1 tokens with loss weights and document numbers."""

    def __init__(self, work, length, seed, repeats=REPEATS):
        self.length, self.mixture, self.schedule = length, MIXTURES[length], repeats
        self.rng = np.random.default_rng(seed)
        self.sources = {n: Source(work, n, self.rng) for n in self.mixture}
        self.pending = None
        self.total = 0

    def resume(self, seed, tokens):
        self.rng, self.total = np.random.default_rng(seed), tokens
        for name, s in self.sources.items():
            s.rng, s.used = self.rng, self.mixture[name] * tokens

    def repeats(self):
        """[s] + random string + filler + the same string (+ again): only the repeated tokens count in the loss."""
        r, out, w = self.rng, [1], [0]
        room = int(r.integers(120, self.length))
        while len(out) < room:
            n = int(r.choice((2, 3, 5, 8, 13, 24, 48)))
            k = int(r.integers(1, 5))
            strings = [r.integers(263, 4096, n) for _ in range(k)]
            for s in strings:
                out += s.tolist()
                w += [0] * n
            gap = int(r.choice((0, 0, 4, 16, 40)))
            out += r.integers(263, 4096, gap).tolist()
            w += [0] * gap
            for i in r.permutation(k):
                if n > 1:
                    out += strings[i].tolist()
                    w += [0] + [1] * (n - 1)
        return np.asarray(out[:self.length], np.uint16), np.asarray(w[:self.length], np.uint8)

    def document(self, room):
        """The next document, of the source that lags most behind its share."""
        if self.pending is not None:
            d, self.pending = self.pending, None
            return d
        first, last, over = self.schedule
        share = max(last, first + (last - first) * self.total / over)
        if room == self.length + 1 and self.rng.random() < share:
            return "repeats", self.repeats()
        total = sum(self.mixture.values())
        name = min(self.mixture, key=lambda n: self.sources[n].used / self.mixture[n] * total)
        return name, self.sources[name].next()

    def row(self):
        size = self.length + 1
        ids, ws, docs = np.full(size, 2, np.int64), np.zeros(size, np.float32), np.full(size, -1, np.int64)
        at, n = 0, 0
        while at < size:
            room = size - at
            name, d = self.document(room)
            tokens, weights = d
            if len(tokens) > room and name in WHOLE:
                if len(tokens) <= size:
                    self.pending = (name, d)
                if room < 24:
                    break
                # A short room is filled with running text.
                name = str(self.rng.choice([f for f in FILLER if f in self.sources]))
                tokens, weights = self.sources[name].next()
            k = min(len(tokens), room)
            ids[at:at + k], ws[at:at + k], docs[at:at + k] = tokens[:k], weights[:k], n
            ws[at] = 0                            # nothing can predict the start of a document
            if name != "repeats":
                self.sources[name].used += k
            at, n = at + k, n + 1
        self.total += self.length
        return ids, ws, docs

    def batch(self, rows, device="cpu"):
        ids, ws, docs = (torch.from_numpy(np.stack(x)).to(device) for x in zip(*(self.row() for _ in range(rows))))
        d, t = docs[:, :-1], self.length
        allowed = (d[:, :, None] == d[:, None, :]).tril()
        mask = torch.zeros(rows, 1, t, t, dtype=torch.bfloat16, device=device).masked_fill_(~allowed[:, None], -1e9)
        return ids[:, :-1], ids[:, 1:], ws[:, 1:], mask


def orthogonalise(g, steps=5):
    """Newton-Schulz iteration towards the nearest (semi-)orthogonal matrix; g: [n, rows, columns]."""
    x = g.bfloat16()
    flip = x.shape[1] > x.shape[2]
    x = x.mT if flip else x
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(steps):
        a = x @ x.mT
        x = 3.4445 * x + (-4.7750 * a + 2.0315 * (a @ a)) @ x
    return (x.mT if flip else x).float()


class Muon(torch.optim.Optimizer):
    def __init__(self, params, lr=0.02, momentum=0.95, decay=0.01):
        super().__init__(list(params), dict(lr=lr, momentum=momentum, decay=decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            shapes = {}
            for p in group["params"]:
                shapes.setdefault(p.shape, []).append(p)
            for shape, ps in shapes.items():
                gs = []
                for p in ps:
                    s = self.state[p]
                    if "m" not in s:
                        s["m"] = torch.zeros_like(p)
                    s["m"].lerp_(p.grad, 1 - group["momentum"])
                    gs.append(p.grad.lerp(s["m"], group["momentum"]))
                us = orthogonalise(torch.stack(gs))
                scale = max(1, shape[0] / shape[1]) ** 0.5
                for p, u in zip(ps, us):
                    p.mul_(1 - group["lr"] * group["decay"]).add_(u, alpha=-group["lr"] * scale)


def save(path, state):
    torch.save(state, path + ".tmp")
    os.replace(path + ".tmp", path)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--work", required=True)
    p.add_argument("--data", help="where prepare.py wrote (default: --work)")
    p.add_argument("--until", help="HH:MM, UTC")
    p.add_argument("--minutes", type=float)
    p.add_argument("--small", action="store_true", help="the first stage: the small shape, rows of 512 only")
    p.add_argument("--tokens", type=int, default=8192, help="a step")
    p.add_argument("--micro", type=int, default=4096, help="tokens at a time")
    p.add_argument("--long", type=int, default=3, help="every so many steps have rows of the whole context")
    p.add_argument("--lr", type=float, default=0.02, help="of Muon")
    p.add_argument("--lr-adam", type=float, default=0.004)
    p.add_argument("--cool", type=float, default=0.25, help="share of the time spent cooling down")
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--compile", action="store_true")
    p.add_argument("--device", default="cpu")
    o = p.parse_args()
    torch.set_num_threads(o.threads)
    torch.manual_seed(SEED)
    model = Model(SMALL if o.small else Config())
    begin = os.path.join(o.work, "start.pt")
    if not o.small and os.path.exists(begin):
        model.load_state_dict(torch.load(begin)["model"])
        repeats = (REPEATS[1], REPEATS[1], 1)                     # it can copy already
    else:
        repeats = REPEATS
    model.to(o.device)
    hidden = [q for b in model.blocks for q in b.parameters() if q.ndim == 2]
    rest = [q for q in model.parameters() if all(q is not h for h in hidden)]
    muon = Muon(hidden, lr=o.lr)
    adam = torch.optim.AdamW(rest, lr=o.lr_adam, betas=(0.9, 0.95), eps=1e-10, weight_decay=0.0)
    packers = {n: Packer(o.data or o.work, n, SEED + n, repeats) for n in ((512,) if o.small else MIXTURES)}
    step, tokens, spent, history = 0, 0, 0.0, []
    path = os.path.join(o.work, "checkpoint.pt")
    if os.path.exists(path):
        c = torch.load(path, weights_only=False, map_location=o.device)
        model.load_state_dict(c["model"])
        muon.load_state_dict(c["muon"])
        adam.load_state_dict(c["adam"])
        step, tokens, spent, history = c["step"], c["tokens"], c["spent"], c["history"]
        for n, packer in packers.items():
            packer.resume((SEED, n, step), tokens)
        print(f"resumed at step {step}, {tokens} tokens", flush=True)
    now = time.time()
    if o.until:
        h, m = map(int, o.until.split(":"))
        d = datetime.datetime.now(datetime.timezone.utc)
        end = d.replace(hour=h, minute=m, second=0, microsecond=0).timestamp()
        if end < now - 3600:
            end += 86400
        start = now - spent
    else:
        start = now - spent
        end = start + 60 * (o.minutes or 120)
    if o.compile:
        model.hidden = torch.compile(model.hidden)
    stop = []
    signal.signal(signal.SIGTERM, lambda *_: stop.append(1))      # checkpoint, then leave
    micros = o.tokens // o.micro
    last, saved, acc, acc_n = time.time(), time.time(), 0.0, 0
    while True:
        now = time.time()
        done = (now - start) / (end - start)
        if done >= 1:
            break
        scale = min(1.0, (step + 1) / 60) * min(1.0, max(0.0, (1 - done) / o.cool))
        for opt, lr in ((muon, o.lr), (adam, o.lr_adam)):
            for g in opt.param_groups:
                g["lr"] = lr * scale
        total = 0.0
        packer = packers[512 if o.small or step % o.long else 1024]
        for _ in range(micros):
            ids, targets, ws, mask = packer.batch(o.micro // packer.length, o.device)
            with torch.autocast(model.embed.weight.device.type, dtype=torch.bfloat16):
                loss = model.loss(ids, targets, ws, mask) / micros
            loss.backward()
            total = total + loss.detach()
        torch.nn.utils.clip_grad_norm_(rest, 1.0)
        muon.step()
        adam.step()
        muon.zero_grad(set_to_none=True)
        adam.zero_grad(set_to_none=True)
        step, tokens = step + 1, tokens + o.tokens
        acc, acc_n = acc + float(total), acc_n + 1
        if step % 20 == 0:
            dt = time.time() - last
            history.append((step, tokens, acc / acc_n, round(time.time() - start)))
            print(f"{time.strftime('%H:%M:%S', time.gmtime())} step {step} tokens {tokens} loss {acc / acc_n:.3f} {20 * o.tokens / dt:.0f} tok/s lr x{scale:.2f}", flush=True)
            last, acc, acc_n = time.time(), 0.0, 0
        if time.time() - saved > 300 or stop:
            saved = time.time()
            checkpoint(o, path, model, muon, adam, step, tokens, saved - start, history)
            if stop:
                return
    checkpoint(o, path, model, muon, adam, step, tokens, time.time() - start, history)
    open(os.path.join(o.work, "finished"), "w").write(f"{step} {tokens}\n")
    print("finished", step, tokens, flush=True)


def checkpoint(o, path, model, muon, adam, step, tokens, spent, history):
    save(path, dict(model=model.state_dict(), muon=muon.state_dict(), adam=adam.state_dict(), step=step, tokens=tokens, spent=spent, history=history))


if __name__ == "__main__":
    main()
