"""Train the neural memory's adapter on a frozen base.

    neural.py --model MODEL.gguf --work DIR --minutes 40 [--resume]

Episodes (episodes.py) are told session by session; then their questions are asked with an empty context, and the loss is the
cross-entropy of the answers, back-propagated through all writes. Unrelated text with the filled memory must be predicted as
without one (KL). The number of facts and of distractor turns grows with time.
"""
import os
import random
import re
import time

import numpy as np
import sentencepiece
import torch
import torch.nn.functional as F

from frozen import pad
from conversations import clean, heldout_facts, turn
from export import slow_weights
from episodes import distractors, documents, facts_episode, needles_episode, split
from memory import NeuralMemory
from training import Training, begin, options

SEED = 20261123


class Pool:
    """Activations of sessions nobody is asked about, made once and used in many episodes."""

    def __init__(self, base, sessions):
        self.rows = []
        for i in range(0, len(sessions), 8):
            self.rows += encode(base, sessions[i:i + 8])

    def pick(self, r, tokens):
        out, n = [], 0
        while n < tokens:
            x = r.choice(self.rows)
            out.append(x)
            n += int(x[1].sum())
        return out


def encode(base, sessions):
    """(x [t, width], learned [t]) of each session."""
    order = sorted(range(len(sessions)), key=lambda i: len(sessions[i].ids))
    out = [None] * len(sessions)
    for a in range(0, len(order), 16):
        part = order[a:a + 16]
        x = base.inner(base.trunk(pad([sessions[i].ids for i in part])))
        for row, i in enumerate(part):
            n = len(sessions[i].ids)
            out[i] = (x[row, :n].clone(), torch.tensor(sessions[i].learned).bool())
    return out


def remember(memory, base, told):
    """The state after sessions [(x, learned)] of each episode, in order, and the mean rate of writing."""
    flat = [s for sessions in told for s in sessions]
    length = max(len(x) for x, _ in flat)
    xs = torch.zeros(len(flat), length, base.config.width)
    for i, (x, _) in enumerate(flat):
        xs[i, :len(x)] = x
    k, v, alpha, theta = memory.written(xs)
    index, at = [], 0
    for sessions in told:
        own = []
        for _, learned in sessions:
            own.append(at * length + learned.nonzero()[:, 0])
            at += 1
        index.append(torch.cat(own))
    size = -(-max(len(i) for i in index) // memory.chunk) * memory.chunk
    pick = torch.zeros(len(told), size, dtype=torch.long)
    used = torch.zeros(len(told), size)
    for row, i in enumerate(index):
        pick[row, :len(i)] = i
        used[row, :len(i)] = 1
    take = lambda z: z.flatten(0, 1)[pick]
    k, v, alpha, theta = take(k), take(v), take(alpha) * used, take(theta) * used
    return memory.write(k, v, alpha, theta), (theta * used).sum() / used.sum()


def hear(memory, base, ids, owners, state, voice):
    """Logits with the memory, and the residual stream they come from: ids [n, t] padded, owners [n] the episode of each row,
    voice [n] where the memory begins to speak."""
    residual = base.trunk(ids)
    return base.logits(residual + memory.joined(base, residual, state.of(owners), voice)), residual


def loss_of(memory, base, episodes, told, unrelated, r):
    state, written = remember(memory, base, told)
    rows = [(q, e) for e, episode in enumerate(episodes) for q in episode.questions]
    ids, weights = pad([q.ids for q, _ in rows]), pad([q.weights for q, _ in rows]).float()
    logits, _ = hear(memory, base, ids[:, :-1], torch.tensor([e for _, e in rows]), state, torch.tensor([q.voice for q, _ in rows]))
    ce = F.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten(), reduction="none").view(len(ids), -1)
    w = weights[:, 1:]
    answer = (ce * w).sum() / w.sum()
    values = (w == 3).float()
    hit = ((logits.argmax(-1) == ids[:, 1:]) | (values == 0)).all(1)[values.sum(1) > 0].float().mean()
    some = pad(r.sample(unrelated, 8))
    other, plain = hear(memory, base, some, torch.randint(len(episodes), (len(some),)), state, torch.zeros(len(some), dtype=torch.long))
    with torch.no_grad():
        p = base.logits(plain + base.attention(plain)).log_softmax(-1)
    kl = (p.exp() * (p - other.log_softmax(-1))).sum(-1).mean()
    return answer, kl, hit, written


def curriculum(done, r):
    """Facts and distractor tokens of an episode; `done` is the share of the time."""
    top = 3 + 29 * min(1, done / 0.5)
    return r.randint(2 + int(top / 5), max(2, round(top))), int(2400 * min(1, done / 0.6) ** 1.5 * r.random())


@torch.no_grad()
def evaluate(memory, base, pool, trials=6, facts=20, tokens=1000, seed=1, echoing=True):
    """Recall of reserved names, greedy, from an empty context."""
    hits, asked_, misses = 0, 0, []
    for trial in range(trials):
        r = random.Random(seed * 1000 + trial)
        told = heldout_facts(r, facts)
        exchanges = []
        for f in told:
            said = clean(f.marked(f.answer))
            exchanges.append([turn("user", f.marked(f.say[0], mark=False)), turn("assistant", "Okay, " + said[0].lower() + said[1:] if echoing else "I see.")])
        state, _ = remember(memory, base, [encode(base, split(base, exchanges, 900)) + pool.pick(r, tokens)])
        for f in told:
            got = continue_(memory, base, base.chat.prompt(f.ask[0]), state)
            ok = re.search(r"(?<!\w)" + re.escape(f.value) + r"(?!\w)", got, re.I) is not None
            hits, asked_ = hits + ok, asked_ + 1
            if not ok and len(misses) < 6:
                misses.append((clean(f.marked(f.answer)), got))
    return hits / asked_, misses


def continue_(memory, base, ids, state, limit=24):
    start = len(ids)
    while len(ids) < start + limit:
        logits, _ = hear(memory, base, torch.tensor([ids]), torch.tensor([0]), state, torch.tensor([start - 1]))
        t = int(logits[0, -1].argmax())
        if t in base.chat.ends:
            break
        ids = ids + [t]
    return base.chat.sp.decode(ids[start:])


def main():
    p = options(__doc__, 40, 2e-3)
    p.add_argument("--data", required=True, help="where prepare.py wrote")
    p.add_argument("--episodes", type=int, default=8)
    p.add_argument("--keys", type=int, default=32)
    p.add_argument("--values", type=int, default=128)
    p.add_argument("--degree", type=int, default=3)
    p.add_argument("--kind", default="mag", choices=("mag", "mac"))
    p.add_argument("--begin", help="an adapter (.safetensors) or checkpoint (.pt) for the same model to begin with")
    p.add_argument("--quiet", type=float, default=3, help="weight of unrelated text staying as it is")
    p.add_argument("--waste", type=float, default=0.3, help="weight of not writing small talk")
    p.add_argument("--needles", type=float, default=0.3)
    o = p.parse_args()
    base, r = begin(o, SEED)
    # The corpora as prepare.py left them, in its vocabulary; another model has its own.
    tokens = sentencepiece.SentencePieceProcessor(model_file=os.path.join(o.data, "tokenizer.model"))
    z = np.load(os.path.join(o.data, "books.train.npz"))
    texts = [tokens.decode(z["tokens"][a:b][1:].tolist()) for a, b in zip(z["starts"][:300], z["starts"][1:301])]
    unrelated = []
    for name in ("books", "dialogues", "smalltalk", "encyclopedia"):
        z = np.load(os.path.join(o.data, name + ".train.npz"))
        for i in r.sample(range(len(z["starts"]) - 1), 300):
            ids = base.chat.text(tokens.decode(z["tokens"][z["starts"][i]:z["starts"][i + 1]][1:65].astype(int).tolist()))[:48]
            if len(ids) > 8:
                unrelated.append(ids)
    pool, pages = Pool(base, distractors(base, r, 2500)), Pool(base, documents(base, r, texts, 60))
    shape = dict(keys=o.keys, values=o.values, degree=o.degree, kind=o.kind, attention=base.config.kv_heads * base.config.head_dim)
    memory = NeuralMemory(base.config.width, **shape)
    sample = [s for i in range(24) for s in facts_episode(base, r, 6).sessions]
    xs = encode(base, sample)
    e = base.unembed * base.model.norm.weight
    e = e / e.norm(dim=1, keepdim=True)
    with torch.no_grad():
        size = float(torch.cat([base.trunk(pad([s.ids])).flatten(0, 1)[1:] for s in sample[:8]]).norm(dim=1).median())
    memory.begin(torch.cat([x for x, _ in xs]), e[torch.tensor([i for s in sample for i in s.ids])], torch.Generator(o.device).manual_seed(SEED), size)
    if o.begin:
        # A memory wired in another way shares all but its rows of context.
        state = slow_weights(o.begin) if o.begin.endswith(".safetensors") else torch.load(o.begin, weights_only=False)["memory"]
        missing, _ = memory.load_state_dict(state, strict=False)
        print("begun with", o.begin, "but for", missing or "nothing", flush=True)
    training = Training(o, "neural", "memory", memory, dict(shape, chunk=memory.chunk), r, SEED, cooling=0.3)
    saved, sums = time.time(), []
    while (done := training.done) < 1:
        episodes, told = [], []
        far = r.random() < 0.2 * min(1, done / 0.3)                         # a few episodes as long as a long evening
        for _ in range(max(2, o.episodes // 3) if far else o.episodes):
            facts, size = curriculum(1 if o.begin else done, r)
            size = size * 3 if far else size
            if r.random() < o.needles:
                x = needles_episode(base, r, texts, room=150 + 750 * min(1, done / 0.5))
                size //= 2
            else:
                x = facts_episode(base, r, facts)
            around = pages if x.is_text else pool
            before = around.pick(r, int(size * r.random() * 0.5))
            told.append(before + encode(base, x.sessions) + around.pick(r, size))
            episodes.append(x)
        answer, kl, hit, written = loss_of(memory, base, episodes, told, unrelated, r)
        # Nobody asks about small talk or a novel: what of it is written is only in the way.
        idle = torch.cat([x[learned] for x, learned in r.sample(pool.rows, 8) + r.sample(pages.rows, 1)])
        waste = torch.sigmoid(idle @ memory.rates[:, 1] + memory.rates_bias[1]).mean()
        training.step(answer + o.quiet * kl + o.waste * waste, done)
        sums.append((answer.item(), kl.item(), hit.item(), written.item()))
        if training.steps % 20 == 0:
            m = np.mean(sums, 0)
            print(f"{time.strftime('%H:%M:%S', time.gmtime())} step {training.steps} answers {m[0]:.3f} kl {m[1]:.4f} whole {m[2]:.1%} theta {m[3]:.3f} done {done:.2f} "
                  f"{(time.time() - saved) / 20:.2f} s/step" , flush=True)
            sums = []
            saved = time.time()
            training.save()
        if training.steps % 200 == 0:
            print("recall", evaluate(memory, base, pool, 2), flush=True)
    training.save()
    print("finished", evaluate(memory, base, pool, 6), evaluate(memory, base, pool, 6, echoing=False), flush=True)


if __name__ == "__main__":
    main()
