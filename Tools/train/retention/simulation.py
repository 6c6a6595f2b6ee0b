"""Logged streams, played again in PyTorch: what is kept under a policy, and what that is worth."""

import json

import torch

from policies import AGE, FEATURES, IDLE, MASS, MATCH, NAMES, NOVELTY, PEAK, RECENT, SPOKEN, SURPRISE, TOKENS, USES

SATURATION, LENGTH_WEIGHT = 1.2, 0.75
USE = 0.15


def moments(surprisals, state):
    """The stream's mean and variance after more tokens, as the program counts them."""
    mean, variance, observed = state
    for surprisal in surprisals:
        observed = min(4096, observed + 1)
        difference = surprisal - mean
        mean += difference / observed
        variance += (difference * (surprisal - mean) - variance) / observed
    return mean, variance, observed


class Streams:
    """Some logs, padded to the longest: tensors [streams, things, ...]."""

    def __init__(self, path, form=0):
        with open(path) as file:
            logs = [json.loads(line) for line in file]
        self.count = len(logs)
        self.things = max(len(log["things"]) for log in logs)
        questions = max(len(log["plain"]) for log in logs)
        self.static = torch.zeros(self.count, self.things, FEATURES)
        self.worth = torch.zeros(self.count, questions, self.things)
        self.sizes = torch.tensor([len(log["things"]) for log in logs])
        vocabularies = [sorted({word for thing in log["things"] for word in thing["words"]}) for log in logs]
        self.words = torch.zeros(self.count, self.things, max(map(len, vocabularies)))
        for index, log in enumerate(logs):
            places = {word: place for place, word in enumerate(vocabularies[index])}
            state = (3.5, 9.0, 32.0)
            for number, thing in enumerate(log["things"]):
                spread = max(state[1], 1e-3) ** 0.5
                own = thing["surprisals"]
                row = self.static[index, number]
                row[SURPRISE] = (sum(own) / max(1, len(own)) - state[0]) / spread
                row[PEAK] = (max(own, default=state[0]) - state[0]) / spread / 3
                row[NAMES], row[SPOKEN] = thing["names"], float(thing["spoken"])
                row[TOKENS] = torch.log(torch.tensor(float(max(1, len(own))))) / 5
                row[MASS] = abs(thing["mass"]) ** 0.5
                state = moments(own, state)
                for word in thing["words"]:
                    self.words[index, number, places[word]] += 1
            # What a thing adds, but no more than there is to gain; what harms is not kept for it.
            for question, (plain, row) in enumerate(zip(log["plain"], log["worth"])):
                for number, forms in enumerate(row):
                    self.worth[index, question, number] = min(max(forms[form], 0.0), -plain)

    def shuffled(self, generator):
        """The same streams, each in another order: what a thing is worth does not depend on when it arrives."""
        other = object.__new__(Streams)
        other.count, other.things, other.sizes = self.count, self.things, self.sizes
        keys = torch.rand(self.count, self.things, generator=generator) + (torch.arange(self.things) >= self.sizes[:, None]) * 2
        order = keys.argsort(1)
        other.static = torch.gather(self.static, 1, order[..., None].expand_as(self.static))
        other.words = torch.gather(self.words, 1, order[..., None].expand_as(self.words))
        other.worth = torch.gather(self.worth, 2, order[:, None].expand_as(self.worth))
        return other

    def repeated(self, times):
        """The same streams several times over."""
        other = object.__new__(Streams)
        other.count, other.things = self.count * times, self.things
        for name in ("static", "worth", "sizes", "words"):
            setattr(other, name, getattr(self, name).repeat_interleave(times, 0))
        return other


def matches(counts, arrival):
    """BM25 shares of an arrival with what is kept: counts [b, n, w], arrival [b, w] -> [b, n]."""
    every = torch.cat([counts, arrival[:, None]], 1)
    lengths = every.sum(-1)
    total = every.shape[1]
    mean = lengths.mean(1, keepdim=True).clamp(min=1)
    held = (every > 0).sum(1).float()
    rarity = torch.log(1 + (total - held + 0.5) / (held + 0.5)) * (arrival > 0)
    norm = 1 - LENGTH_WEIGHT + LENGTH_WEIGHT * lengths / mean
    scores = (rarity[:, None] * every * (SATURATION + 1) / (every + SATURATION * norm[..., None])).sum(-1)
    own = scores[:, -1:]
    return torch.where(own > 0, (scores[:, :-1] / own.clamp(min=1e-9)).clamp(max=1), torch.zeros(()))


def losses(kept):
    """What each kept thing's going would cost: kept worth [b, q, n] -> [b, n]."""
    if kept.shape[-1] == 1:
        return kept.sum(1)
    top, place = kept.topk(2, -1)
    gap = top[..., 0] - top[..., 1]
    return torch.zeros(kept.shape[0], kept.shape[2]).scatter_add(1, place[..., 0], gap)


def play(streams, slots, agent=None, score=None, greedy=True):
    """Plays streams with room for some things.

    agent: a module that scores; score: a function of (features, birth, last use) instead.
    Returns the share of what could be kept, [streams], the expected cost of the agent's choices, a scalar, and what is kept, [streams, slots].
    """
    b, step_cost, chosen = streams.count, [], []
    rows = torch.arange(b)
    ids = torch.zeros(b, 0, dtype=torch.long)
    dynamic = {name: torch.zeros(b, 0) for name in ("birth", "last", "uses", "recent", "novelty")}
    histories = torch.zeros(b, 0, 8)
    for step in range(streams.things):
        alive = step < streams.sizes
        count = ids.shape[1]
        arrival = streams.words[:, step]
        kept = streams.words[rows[:, None], ids]
        share = matches(kept, arrival) if count else torch.zeros(b, 0)
        best = share.max(1).values if count else torch.zeros(b)
        dynamic["uses"] = dynamic["uses"] + share
        dynamic["recent"] = 0.9 * dynamic["recent"] + 0.1 * share
        used = (share >= USE) & (share >= best[:, None] / 2)
        clock = step + 1.0
        dynamic["last"] = torch.where(used, torch.tensor(clock), dynamic["last"])
        new = {"birth": torch.full((b,), clock), "last": torch.full((b,), clock), "uses": torch.zeros(b), "recent": torch.zeros(b), "novelty": 1 - best}
        dynamic = {name: torch.cat([value, new[name][:, None]], 1) for name, value in dynamic.items()}
        ids = torch.cat([ids, torch.full((b, 1), step)], 1)
        features = streams.static[rows[:, None], ids].clone()
        n = count + 1
        features[..., NOVELTY] = dynamic["novelty"]
        features[..., AGE] = ((clock - dynamic["birth"]) / n).clamp(max=4)
        features[..., IDLE] = ((clock - dynamic["last"]) / n).clamp(max=4)
        features[..., USES] = torch.log(1 + dynamic["uses"])
        features[..., RECENT] = dynamic["recent"]
        features[..., MATCH] = torch.cat([share, torch.zeros(b, 1)], 1)
        histories = torch.cat([histories, torch.zeros(b, 1, 8)], 1)
        if agent is not None and agent.history is not None:
            histories = agent.history(features.reshape(-1, FEATURES), histories.reshape(-1, 8)).reshape(b, n, 8)
        if n <= slots:
            continue
        scores = agent(features, histories if agent.history is not None else None) if agent is not None else score(features, dynamic)
        old = scores[:, :-1]
        cost = losses(streams.worth[rows[:, None, None], torch.arange(streams.worth.shape[1])[None, :, None], ids[:, None, :]])[:, :-1]
        if agent is not None:
            odds = torch.softmax(-old, 1)
            step_cost.append(((odds * cost).sum(1) - 0.02 * -(odds * torch.log(odds + 1e-9)).sum(1)) * alive)
        gone = old.argmin(1) if greedy else torch.multinomial(torch.softmax(-old.detach(), 1), 1)[:, 0]
        # A stream that is over keeps what it has: its padding goes.
        gone = torch.where(alive, gone, torch.tensor(n - 1))
        stay = torch.ones(b, n, dtype=torch.bool).scatter_(1, gone[:, None], False)
        ids = ids[stay].reshape(b, n - 1)
        dynamic = {name: value[stay].reshape(b, n - 1) for name, value in dynamic.items()}
        histories = histories[stay].reshape(b, n - 1, 8)
    final = streams.worth[rows[:, None, None], torch.arange(streams.worth.shape[1])[None, :, None], ids[:, None, :]].max(-1).values.sum(1)
    whole = streams.worth.max(-1).values.sum(1).clamp(min=1e-6)
    cost = torch.stack(step_cost, 1).sum(1).div(whole).mean() if step_cost else torch.zeros(())
    return final / whole, cost, ids


def plain_scores():
    """The policies without an agent, as the program scores them."""
    generator = torch.Generator().manual_seed(0)
    return {
        "fifo": lambda features, dynamic: dynamic["birth"],
        "lru": lambda features, dynamic: dynamic["last"] + 1e-4 * dynamic["birth"],
        "lfu": lambda features, dynamic: dynamic["uses"] + 1e-6 * dynamic["birth"],
        "random": lambda features, dynamic: torch.rand(features.shape[:2], generator=generator),
        "surprise": lambda features, dynamic: features[..., SURPRISE],
    }
