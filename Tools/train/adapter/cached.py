"""Episodes put together at random out of cached activations (gathering.py): a step costs the last block's feed-forward part, the
memory, and logits at the tokens of answers.

Rows of an episode's sessions stand one behind the other, and so do those of its questions; each begins with the rows that
convolutions reach back to, so none sees into another.
"""
import torch
import torch.nn.functional as F

from frozen import pad  # first: it says where the modules of Tools/train are
from chat import VALUE_WEIGHT
from episodes import curriculum
from gathering import A_GROUP, HELD_FACTS, REACH

QUIET, QUIET_ROWS = 4, 64                                                  # unrelated questions an episode, and rows of them a step


class Rows:
    """Activations [REACH + t, width], and which of the last t count: those that are learned, or those of an answer's logits."""

    def __init__(self, x, used, is_idle=False):
        self.x, self.used, self.is_idle = x, used, is_idle


class Asked(Rows):
    """A question's rows, and what the residual stream behind the last block's attention is at the answer's."""

    def __init__(self, x, heard, targets, weights, is_related=True):
        super().__init__(x, [1] * len(targets))
        self.heard, self.targets, self.weights, self.is_related = heard, targets, weights, is_related


def stacked(episodes):
    """Lists of Rows as x [episodes, t, width], and the places of what counts in it [episodes, n] with 1 where there is any."""
    x = torch.nn.utils.rnn.pad_sequence([torch.cat([rows.x for rows in own]) for own in episodes], batch_first=True)
    places = [torch.tensor(sum(([0] * REACH + rows.used for rows in own), [])).nonzero()[:, 0].tolist() for own in episodes]
    return x, pad(places), pad([[1.0] * len(p) for p in places])


class Cached:
    """Questions of a group are asked where the group was told, at most `questions` an episode."""

    def __init__(self, base, store, r, episodes, questions=10):
        self.base, self.store, self.r, self.episodes, self.questions = base, store, r, episodes, questions
        self.facts, self.talk, self.held = store.of("facts"), store.of("talk"), store.of("held")
        self.idle = self.talk + store.of("page")                           # nobody asks about them
        self.unrelated = [q for item in store.of("unrelated") for q in item["questions"]]

    def session(self, s, is_idle=False):
        return Rows(self.store.take(s["at"], REACH + len(s["learned"])), s["learned"], is_idle)

    def question(self, q, is_related=True):
        n = len(q["targets"])
        rows = self.store.take(q["at"], REACH + 2 * n)
        return Asked(rows[:REACH + n], rows[REACH + n:], q["targets"], q["weights"], is_related)

    def sample(self):
        """What the sessions' rows are, and their tokens."""
        told = [s for item in self.facts + self.idle + self.store.of("names") for s in item["sessions"]]
        x = torch.cat([self.session(s).x[REACH:] for s in told])
        return x, torch.tensor([i for s in told for i in s["ids"]])

    def length(self):
        """What the residual stream's rows measure, where answers are predicted."""
        asked = [q for item in self.r.sample(self.facts, min(40, len(self.facts))) for q in item["questions"]]
        return float(torch.cat([self.question(q).heard for q in asked]).norm(dim=1).median())

    # --- episodes ------------------------------------------------------------------------------

    def groups(self, facts):
        """Groups of about so many facts, no two of which answer the same question."""
        groups, keys = [], set()
        for item in self.r.sample(self.facts, len(self.facts)):
            if len(keys) + len(item["keys"]) <= facts and not keys.intersection(item["keys"]):
                groups.append(item)
                keys.update(item["keys"])
            if len(keys) >= facts - 1:
                break
        return groups

    def told(self, groups, tokens):
        """The sessions of groups, later ones of a group behind its earlier ones, among about so many tokens of other talk."""
        r, sessions, size = self.r, [], 0
        for item in groups:
            places = sorted(r.random() for _ in item["sessions"])
            sessions += [(place, self.session(s)) for place, s in zip(places, item["sessions"])]
        while size < tokens:
            other = self.session(r.choice(self.idle)["sessions"][0], is_idle=True)
            sessions.append((r.random(), other))
            size += sum(other.used)
        return [s for _, s in sorted(sessions, key=lambda s: s[0])]

    def episode(self, facts, tokens):
        groups = self.groups(facts)
        asked = [q for item in groups for q in item["questions"]]
        asked = [self.question(q) for q in self.r.sample(asked, min(self.questions, len(asked)))]
        return self.told(groups, tokens), asked + [self.question(q, is_related=False) for q in self.r.sample(self.unrelated, QUIET)]

    # --- the memory at work --------------------------------------------------------------------

    def remember(self, memory, told):
        """The state after each episode's sessions, and the mean rates of writing facts and what nobody asks about."""
        x, places, there = stacked(told)
        k, v, alpha, theta = memory.written(x)
        idle = pad([[float(s.is_idle) for s in own for u in s.used if u] for own in told])
        fill = -places.shape[1] % memory.chunk
        places, there, idle = (F.pad(z, (0, fill)) for z in (places, there, idle))
        rows = torch.arange(len(told))[:, None]
        k, v, alpha, theta = (z[rows, places] for z in (k, v, alpha, theta))
        mean = lambda w: (theta * w).sum() / w.sum().clamp(min=1)
        return memory.write(k, v, alpha * there, theta * there), mean(there - idle), mean(idle)

    def hear(self, memory, asked, state):
        """The residual stream behind the last block's attention at every row of the answers, without and with the memory."""
        x, places, there = stacked(asked)
        read = memory.read(memory.queries(x), state)
        rows = torch.arange(len(asked))[:, None].expand_as(places)[there > 0], places[there > 0]
        plain = torch.cat([q.heard for own in asked for q in own])
        return plain, plain + memory.gates(x[rows]) * (read[rows] @ memory.output)

    def loss(self, memory, done, begun):
        """Loss of the answers, KL of what is unrelated, the share of values said whole, and the rates of writing facts and what
        nobody asks about."""
        sizes = [curriculum(1 if begun else done, self.r) for _ in range(self.episodes)]
        told, asked = zip(*(self.episode(facts, tokens // 4) for facts, tokens in sizes))
        state, written, wasted = self.remember(memory, told)
        plain, heard = self.hear(memory, asked, state)
        questions = [q for own in asked for q in own]
        each = lambda of: torch.tensor([z for q in questions for z in of(q)])
        related = each(lambda q: [q.is_related] * len(q.targets))
        targets, weights = each(lambda q: q.targets)[related], each(lambda q: q.weights)[related].float()
        logits = self.base.logits(heard[related])
        answer = (F.cross_entropy(logits, targets, reduction="none") * weights).sum() / weights.sum()
        whole = self.whole(logits, [q for q in questions if q.is_related])
        rest = (~related).nonzero()[:, 0]
        rest = rest[torch.randperm(len(rest))[:QUIET_ROWS]]
        with torch.no_grad():
            p = self.base.logits(plain[rest]).log_softmax(-1)
        kl = F.kl_div(self.base.logits(heard[rest]).log_softmax(-1), p, log_target=True, reduction="batchmean")
        return answer, kl, torch.tensor(whole).mean(), written, wasted

    def whole(self, logits, questions):
        """Per question 1 where each token of its value is the most probable one behind those before it."""
        hits = []
        for q, best in zip(questions, logits.argmax(-1).split([len(q.targets) for q in questions])):
            values = torch.tensor(q.weights) == VALUE_WEIGHT
            hits.append(float((best == torch.tensor(q.targets))[values].all()))
        return hits

    @torch.no_grad()
    def reserved(self, memory, tokens=400):
        """The share of reserved names said whole, each where those before it are right."""
        hits = []
        for first in range(0, len(self.held), HELD_FACTS // A_GROUP):
            groups = self.held[first:first + HELD_FACTS // A_GROUP]
            asked = [self.question(q) for item in groups for q in item["questions"]]
            state, _, _ = self.remember(memory, [self.told(groups, tokens)])
            hits += self.whole(self.base.logits(self.hear(memory, [asked], state)[1]), asked)
        return sum(hits) / len(hits)

    def around(self, r, tokens):
        """Sessions of small talk, as (x, learned)."""
        out, n = [], 0
        while n < tokens:
            s = self.session(r.choice(self.talk)["sessions"][0])
            out.append((s.x, torch.tensor([0] * REACH + s.used).bool()))
            n += sum(s.used)
        return out
