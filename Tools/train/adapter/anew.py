"""Episodes whose activations are made anew at each step: no session comes twice. For models small enough for it."""
import torch
import torch.nn.functional as F

from frozen import pad  # first: it says where the modules of Tools/train are
from chat import VALUE_WEIGHT
from episodes import curriculum, distractors, documents, facts_episode, needles_episode

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


class Anew:
    """Small talk and pages, which nobody asks about, are read once; `unrelated` are tokens of texts."""

    def __init__(self, base, r, texts, unrelated, episodes, needles):
        self.base, self.r, self.texts, self.unrelated, self.episodes, self.needles = base, r, texts, unrelated, episodes, needles
        self.talk, self.pages = Pool(base, distractors(base, r, 2500)), Pool(base, documents(base, r, texts, 60))
        self.first = [s for _ in range(24) for s in facts_episode(base, r, 6).sessions]

    def sample(self):
        """What some sessions' rows are, and their tokens."""
        return torch.cat([x for x, _ in encode(self.base, self.first)]), torch.tensor([i for s in self.first for i in s.ids])

    def length(self):
        """What the residual stream's rows measure."""
        return float(torch.cat([self.base.trunk(pad([s.ids])).flatten(0, 1)[1:] for s in self.first[:8]]).norm(dim=1).median())

    def draw(self, done, begun):
        base, r = self.base, self.r
        episodes, told = [], []
        far = r.random() < 0.2 * min(1, done / 0.3)                         # a few episodes as long as a long evening
        for _ in range(max(2, self.episodes // 3) if far else self.episodes):
            facts, size = curriculum(1 if begun else done, r)
            size = size * 3 if far else size
            if r.random() < self.needles:
                x = needles_episode(base, r, self.texts, room=150 + 750 * min(1, done / 0.5))
                size //= 2
            else:
                x = facts_episode(base, r, facts)
            around = self.pages if x.is_text else self.talk
            before = around.pick(r, int(size * r.random() * 0.5))
            told.append(before + encode(base, x.sessions) + around.pick(r, size))
            episodes.append(x)
        return episodes, told

    def loss(self, memory, done, begun):
        """Loss of the answers, KL of what is unrelated, the share of values said whole, and the rates of writing facts and what
        nobody asks about."""
        base, r = self.base, self.r
        episodes, told = self.draw(done, begun)
        state, written = remember(memory, base, told)
        rows = [(q, e) for e, episode in enumerate(episodes) for q in episode.questions]
        ids, weights = pad([q.ids for q, _ in rows]), pad([q.weights for q, _ in rows]).float()
        logits, _ = hear(memory, base, ids[:, :-1], torch.tensor([e for _, e in rows]), state, torch.tensor([q.voice for q, _ in rows]))
        ce = F.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten(), reduction="none").view(len(ids), -1)
        w = weights[:, 1:]
        answer = (ce * w).sum() / w.sum()
        values = (w == VALUE_WEIGHT).float()
        hit = ((logits.argmax(-1) == ids[:, 1:]) | (values == 0)).all(1)[values.sum(1) > 0].float().mean()
        some = pad(r.sample(self.unrelated, 8))
        other, plain = hear(memory, base, some, torch.randint(len(episodes), (len(some),)), state, torch.zeros(len(some), dtype=torch.long))
        with torch.no_grad():
            p = base.logits(plain + base.attention(plain)).log_softmax(-1)
        kl = (p.exp() * (p - other.log_softmax(-1))).sum(-1).mean()
        # Nobody asks about small talk or a novel: what of it is written is only in the way.
        idle = torch.cat([x[learned] for x, learned in r.sample(self.talk.rows, 8) + r.sample(self.pages.rows, 1)])
        return answer, kl, hit, written, torch.sigmoid(idle @ memory.rates[:, 1] + memory.rates_bias[1]).mean()

    def around(self, r, tokens):
        """Sessions of small talk."""
        return self.talk.pick(r, tokens)
