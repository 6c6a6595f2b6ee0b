"""Train the episodic memory's latents on a frozen base: the encoder of a fact and the decoder to key/value rows.

    episodic.py --model MODEL.gguf --work DIR --minutes 15

A fact is read alone, encoded, decoded, and asked for with nothing else in the context; the loss is the cross-entropy of the
answer, back-propagated through the frozen model into the rows. Noise on the codes stands for what other facts leave in a
least-squares memory; now and then other facts stand further back.
"""
import random
import re

import torch
import torch.nn.functional as F

from frozen import pad
from conversations import Names, answer, clean, correction, distinct_facts, heldout_facts, question, statement, turn
from episodes import Question
from rows import Codec, hear, of_facts
from training import Training, begin, options

SEED = 20261124


def sentence(base, text, value):
    """The tokens of the sentence that says the value, as a memory cuts what people say."""
    parts = re.split(r"(?<=[.!?]) +", clean(text))
    at = next((p for p in parts if clean(value).lower() in p.lower()), parts[-1])
    return base.chat.encode(at)


def examples(base, r, count, wrong=0.2):
    """Sentences and questions about them."""
    out = []
    while len(out) < count:
        for f in distinct_facts(r, Names(r), 12):
            said = correction(f, r, latest=False)[0] if r.random() < wrong else statement(f, r)
            out.append((sentence(base, said["text"], f.value), Question(base, [question(f, r), answer(f, r)])))
    return out[:count]


def held(base, seed, people):
    """Facts with reserved names, 20 of each person."""
    out = []
    for f in [f for i in range(people) for f in heldout_facts(random.Random(seed * 1000 + i), 20)]:
        q = Question(base, [turn("user", f.ask[0]), turn("assistant", f.marked(f.answer))])
        out.append((sentence(base, f.marked(f.say[0], mark=False), f.value), q))
    return out


def run(base, codec, batch, noise=0.0, others=0, r=random):
    """Loss and the share of answers whose values are said whole; codec None: the facts' own rows."""
    rows, present = of_facts(base, [s for s, _ in batch])
    if codec is not None:
        latents = codec.encode(rows)
        slots = codec.slots
        present = F.pad(present[:, -slots:], (max(0, slots - present.shape[1]), 0))
        latents = latents + noise * torch.randn_like(latents) * torch.rand(len(latents), 1, 1).to(latents)
        rows = codec.decode(latents)
    else:
        slots = rows.shape[1]
    for _ in range(others):
        # What else may be in scope stands further back.
        order = torch.tensor(r.sample(range(len(batch)), len(batch)))
        keep = torch.rand(len(batch), 1) < 0.5
        rows = torch.cat((rows[order][:, -slots:], rows), 1)
        present = torch.cat((present[order][:, -slots:] & keep & (order != torch.arange(len(batch)))[:, None], present), 1)
    ids, weights = pad([q.ids for _, q in batch]), pad([q.weights for _, q in batch]).float()
    logits = hear(base, ids[:, :-1], rows, present, torch.tensor([q.voice for _, q in batch])).float()
    ce = F.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten(), reduction="none").view(len(ids), -1)
    w = weights[:, 1:]
    values = w == 3
    hit = ((logits.argmax(-1) == ids[:, 1:]) | ~values).all(1)[values.any(1)].float().mean()
    return (ce * w).sum() / w.sum(), hit


def main():
    p = options(__doc__, 15, 2e-3)
    p.add_argument("--columns", type=int, default=48)
    p.add_argument("--slots", type=int, default=16)
    p.add_argument("--batch", type=int, default=48)
    p.add_argument("--noise", type=float, default=0.3)
    o = p.parse_args()
    base, r = begin(o, SEED)
    rows, present = of_facts(base, [s for s, _ in examples(base, r, 400)])
    codec = Codec(rows.shape[-1], o.columns, o.slots)
    codec.begin(rows[present], base.config.head_dim)
    test = held(base, 1, 10)
    with torch.no_grad():
        print("own rows %.1f %%" % (100 * run(base, None, test)[1]), "principal components %.1f %%" % (100 * run(base, codec, test)[1]), flush=True)
    training = Training(o, "episodic", "codec", codec, dict(columns=o.columns, slots=o.slots), r, SEED, cooling=0.4)
    sums = []
    while (done := training.done) < 1:
        loss, hit = run(base, codec, examples(base, r, o.batch), o.noise, r.choice((0, 0, 1, 2)), r)
        training.step(loss, done)
        sums.append((loss.item(), hit.item()))
        if training.steps % 50 == 0:
            a, b = (sum(z) / len(sums) for z in zip(*sums))
            with torch.no_grad():
                whole = run(base, codec, test)[1]
            print(f"step {training.steps} answers {a:.3f} whole {b:.1%} reserved names {whole:.1%} done {done:.2f}", flush=True)
            sums = []
            training.save()
    training.save()
    print("finished", flush=True)


if __name__ == "__main__":
    main()
