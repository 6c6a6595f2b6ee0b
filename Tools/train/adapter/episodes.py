"""Episodes an adapter is trained on: facts told in earlier sessions among small talk, asked later with an empty context."""
import re

from chat import ASSISTANT, USER
from conversations import (PLAIN, VALUE_OFF, VALUE_ON, Names, answer, clean, correction, distinct_facts, echo, needle_conversation,
                           question, smalltalk_distractor, statement, turn)

MARKED = re.compile(VALUE_ON + "(.*?)" + VALUE_OFF)


class Session:
    """One context: ids and which of them a memory learns."""

    def __init__(self, ids, learned):
        self.ids, self.learned = ids, learned


class Question:
    """An exchange with nothing before it: ids, the weights of the reply's tokens (values three times), and the last position of
    the prompt."""

    def __init__(self, base, turns):
        values = [v for t in turns for v in MARKED.findall(t["text"])]
        self.ids, weights, roles = tokens(base, turns, values)
        self.voice = roles.index(ASSISTANT) - 1
        self.weights = [0] * (self.voice + 1) + weights[self.voice + 1:]


class Episode:
    """Sessions in order, then questions; `is_text` where a text was read and nothing was said."""

    def __init__(self, sessions, questions, is_text=False):
        self.sessions, self.questions, self.is_text = sessions, questions, is_text


def tokens(base, turns, values=()):
    return base.chat.turns([dict(t, text=clean(t["text"])) for t in turns], values)


def split(base, exchanges, room):
    """Sessions of at most `room` tokens out of exchanges in order; the user's words are what a memory learns."""
    groups, turns, size = [], [], 0
    for exchange in exchanges:
        n = len(tokens(base, exchange)[0])
        if turns and size + n > room:
            groups.append(turns)
            turns, size = [], 0
        turns = turns + exchange
        size += n
    sessions = []
    for turns in groups + [turns]:
        ids, _, roles = tokens(base, turns)
        limit = base.config.context
        sessions.append(Session(ids[:limit], [int(x == USER) for x in roles[:limit]]))
    return sessions


def small_talk(r):
    return smalltalk_distractor(r)[:2]


def facts_episode(base, r, facts, room=400, plain=0.3, wrong=0.3):
    """Told, a share `wrong` of them corrected, then some of them asked; every question stands alone."""
    told, exchanges = distinct_facts(r, Names(r), facts), []
    for f in told:
        said = statement(f, r)
        exchanges.append([said, turn("assistant", r.choice(PLAIN)) if r.random() < plain else echo(f, r)])
        if r.random() < 0.15:
            exchanges.append(small_talk(r))
    for f in told:
        if r.random() < wrong:
            if r.random() < 0.5:
                exchanges.append(small_talk(r))
            exchanges.append(correction(f, r, latest=False))
    # What was put right is asked first: it is the harder half.
    asked = sorted(r.sample(told, len(told)), key=lambda f: f.old is None)[:16]
    questions = [Question(base, [question(f, r), answer(f, r)]) for f in asked]
    return Episode(split(base, exchanges, r.randint(room // 3, room)), questions)


def needles_episode(base, r, texts, room=900):
    """A message or a text with needles in it, cut as `mneme learn` cuts what is longer than a context."""
    turns = needle_conversation(r, Names(r), texts, room)
    if r.random() < 0.6:
        ids = base.chat.text(turns[0]["text"])
        learned = [0] + [1] * (len(ids) - 1)
    else:
        ids, _, roles = tokens(base, turns[:2])
        learned = [int(x == USER) for x in roles]
    step, sessions = base.config.context - 1, []
    for a in range(0, len(ids), step):
        start = [base.chat.bos] if a else []
        sessions.append(Session(start + ids[a:a + step], [0] * len(start) + learned[a:a + step]))
    return Episode(sessions, [Question(base, turns[i:i + 2]) for i in range(2, len(turns), 2)], True)


def documents(base, r, texts, count, longest=1024):
    """Windows of running text, all of it learned."""
    out, longest = [], min(longest, base.config.context)
    for _ in range(count):
        ids = base.chat.text(" ".join(r.choice(texts) for _ in range(3)).replace("\n", " "))[:r.randint(longest // 4, longest)]
        out.append(Session(ids, [0] + [1] * (len(ids) - 1)))
    return out


def distractors(base, r, count, room=700):
    """Sessions of small talk."""
    return split(base, [small_talk(r) for _ in range(count)], room)


def curriculum(done, r):
    """Facts and distractor tokens of an episode; `done` is the share of the time."""
    top = 3 + 29 * min(1, done / 0.5)
    return r.randint(2 + int(top / 5), max(2, round(top))), int(2400 * min(1, done / 0.6) ** 1.5 * r.random())
