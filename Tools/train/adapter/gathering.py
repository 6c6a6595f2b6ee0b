"""What a cache of activations holds, and how it is made: each session and question goes through the frozen model once.

A group is what is told about a few facts, perhaps with corrections in a later session, and the questions about them; an episode is
put together out of groups. Of a session the rows that a memory learns are kept, of a question those of the answer, each with the
rows before that convolutions reach. What is predicted from an answer's row needs only that row behind the last block's attention.
"""
import os

import torch
import torch.nn.functional as F

from chat import USER
from conversations import PLAIN, Names, answer, correction, distinct_facts, echo, heldout_facts, question, statement, turn
from episodes import Question, Session, documents, small_talk, tokens

REACH = 4                                                                  # rows that convolutions look back
BATCH = 16
HELD_PEOPLE, HELD_FACTS = 3, 20                                            # with reserved names
A_GROUP, A_BREATH = 4, 8                                                   # facts of a session, and of a single message


def session(base, turns):
    ids, _, roles = tokens(base, turns)
    return Session(ids, [int(x == USER) for x in roles])


def facts_group(base, r, plain=0.3, wrong=0.25):
    told, first, second = distinct_facts(r, Names(r), r.randint(1, A_GROUP)), [], []
    for f in told:
        first += [statement(f, r), turn("assistant", r.choice(PLAIN)) if r.random() < plain else echo(f, r)]
        if r.random() < 0.1:
            first += small_talk(r)
    if r.random() < wrong:
        for f in r.sample(told, r.randint(1, len(told))):
            second += correction(f, r, latest=False)
    questions = [Question(base, [question(f, r), answer(f, r)]) for f in told]
    return [session(base, s) for s in (first, second) if s], questions, [f.key for f in told]


def names_group(base, r):
    """Facts told in one breath, which nobody asks about: they show what tokens that are parts of names look like."""
    told = " ".join(statement(f, r)["text"] for f in distinct_facts(r, Names(r), A_BREATH))
    return [session(base, [turn("user", told)])], [], []


def held_groups(base, r):
    """A person with reserved names, in the canonical wording, as one group for every few facts."""
    told = heldout_facts(r, HELD_FACTS)
    for i in range(0, HELD_FACTS, A_GROUP):
        part, turns = told[i:i + A_GROUP], []
        for f in part:
            turns += [turn("user", f.marked(f.say[0], mark=False)), echo(f, r)]
        questions = [Question(base, [turn("user", f.ask[0]), answer(f, r)]) for f in part]
        yield [session(base, turns)], questions, [f.key for f in part]


def residuals(base, sequences):
    """The residual stream before the last block of each sequence, [t, width]; what all begin with is read once."""
    shared = os.path.commonprefix(sequences)
    shared = shared[:min(map(len, sequences)) - 1]
    past, head = [], torch.zeros(0, base.config.width)
    if shared:
        head = base.trunk(torch.tensor([shared]), past)[0]
    order, out = sorted(range(len(sequences)), key=lambda i: len(sequences[i])), [None] * len(sequences)
    for a in range(0, len(order), BATCH):
        part = [sequences[i][len(shared):] for i in order[a:a + BATCH]]
        ids = torch.zeros(len(part), max(map(len, part)), dtype=torch.long)
        for row, own in enumerate(part):
            ids[row, :len(own)] = torch.tensor(own)
        x = base.trunk(ids, [[z.expand(len(part), *z.shape[1:]) for z in kv] for kv in past] or None)
        for row, i in enumerate(order[a:a + BATCH]):
            out[i] = torch.cat((head, x[row, :len(part[row])]))
    return out


def lead(x, first):
    """Rows of x from REACH before `first` on; where none are, zeros."""
    rows = x[max(0, first - REACH):]
    return F.pad(rows, (0, 0, REACH - min(first, REACH), 0))


@torch.no_grad()
def add(base, store, kind, groups):
    """Groups [(sessions, questions, keys)] into the store; sequences of one portion should begin alike."""
    trimmed = []
    for sessions, questions, _ in groups:
        for s in sessions:
            trimmed.append(s.ids[:len(s.learned) - s.learned[::-1].index(1)])      # nobody hears what is said last
        for q in questions:
            end = next((i + 1 for i in range(q.voice + 1, len(q.ids)) if q.ids[i] in base.chat.ends), len(q.ids))
            trimmed.append(q.ids[:end])
    rows = iter(zip(trimmed, residuals(base, trimmed)))
    for sessions, questions, keys in groups:
        told, asked = [], []
        for s in sessions:
            ids, x = next(rows)
            first = s.learned.index(1)
            told.append({"at": store.put(lead(base.inner(x), first)), "ids": ids[first:], "learned": s.learned[first:len(ids)]})
        for q in questions:
            ids, x = next(rows)
            heard = x + base.attention(x[None])[0]
            asked.append({"at": store.put(torch.cat((lead(base.inner(x[:-1]), q.voice), heard[q.voice:-1]))),
                          "targets": ids[q.voice + 1:], "weights": q.weights[q.voice + 1:len(ids)]})
        store.note({"kind": kind, "sessions": told, "questions": asked, "keys": keys})


class Text:
    """A text in a question's place: everything behind a few tokens is to be predicted."""

    def __init__(self, ids, r):
        self.ids, self.voice, self.weights = ids, r.randint(REACH, len(ids) // 2), [1] * len(ids)


def fill(base, store, r, texts, unrelated, exchanges, facts, names, say=print):
    """Whatever the store lacks of `facts` facts, `names` more that nobody asks about, small talk, pages of text, and exchanges and
    texts that concern no fact."""
    have = lambda kind: len(store.of(kind))
    while have("held") < HELD_PEOPLE * HELD_FACTS // A_GROUP:
        add(base, store, "held", list(held_groups(base, r)))
    while have("talk") < 48:
        add(base, store, "talk", [([session(base, sum((small_talk(r) for _ in range(3)), []))], [], []) for _ in range(12)])
    while have("page") < 24:
        add(base, store, "page", [([Session(s.ids[:160], s.learned[:160])], [], []) for s in documents(base, r, texts, 6)])
    while have("unrelated") < 120:
        add(base, store, "unrelated", [([], [Question(base, e)], []) for e in r.sample(exchanges, 30)])
        add(base, store, "unrelated", [([], [Text(t[:32], r)], []) for t in r.sample(unrelated, 10)])
    while (count := sum(len(x["questions"]) for x in store.of("facts"))) < facts:
        say(f"activations of {count} of {facts} facts, {store.end} rows", flush=True)
        add(base, store, "facts", [facts_group(base, r) for _ in range(24)])
    while (count := A_BREATH * have("names")) < names:
        say(f"activations of {count} of {names} names, {store.end} rows", flush=True)
        add(base, store, "names", [names_group(base, r) for _ in range(48)])
