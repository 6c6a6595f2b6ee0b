"""The papers' tasks, generated: what a cell sees [steps, batch, inputs], what it should say [steps, batch, outputs], and at which steps it is asked.

Each task is an object with `inputs`, `outputs`, `loss` ("bits": each output by itself, "class": one of the outputs), `batch(size, random, **range)`,
and `curve()`, the sizes at which a trained cell is measured, by name. `random` is a torch.Generator: the same one gives the same batches.
"""

import json
import lzma
import re
import tarfile

import torch


def whole(random, low, high):
    return int(torch.randint(low, high + 1, (1,), generator=random))


class Copy:
    """Eight-bit vectors, a mark, and then the same again (1410.5401, section 4.1)."""

    name, loss, width = "copy", "bits", 8
    inputs, outputs = 9, 8

    def batch(self, size, random, low=1, high=20):
        length = whole(random, low, high)
        bits = torch.randint(0, 2, (length, size, self.width), generator=random).float()
        x, y = torch.zeros(2 * length + 1, size, self.inputs), torch.zeros(2 * length + 1, size, self.outputs)
        x[:length, :, : self.width], x[length, :, self.width] = bits, 1
        y[length + 1 :] = bits
        asked = torch.arange(2 * length + 1) > length
        return x, y, asked[:, None].expand(-1, size)

    def curve(self):
        return {str(n): dict(low=n, high=n) for n in (5, 10, 20, 30, 50, 80, 120)}


class RepeatCopy:
    """The same, said as often as asked, and a mark at the end (section 4.2)."""

    name, loss, width = "repeat-copy", "bits", 8
    inputs, outputs = 10, 9

    def batch(self, size, random, low=1, high=10, least=1, most=10):
        length, times = whole(random, low, high), whole(random, least, most)
        bits = torch.randint(0, 2, (length, size, self.width), generator=random).float()
        steps = length + 1 + length * times + 1
        x, y = torch.zeros(steps, size, self.inputs), torch.zeros(steps, size, self.outputs)
        x[:length, :, : self.width] = bits
        # As the paper has it: the number of repeats on a channel of its own, of mean 0 and variance 1 over 1 to 10.
        x[length, :, self.width], x[length, :, self.width + 1] = 1, (times - 5.5) / 2.8723
        y[length + 1 : -1, :, : self.width] = bits.repeat(times, 1, 1)
        y[-1, :, self.width] = 1
        asked = torch.arange(steps) > length
        return x, y, asked[:, None].expand(-1, size)

    def curve(self):
        sizes = ((5, 5), (10, 10), (10, 15), (10, 20), (20, 10))
        return {f"{n}x{k}": dict(low=n, high=n, least=k, most=k) for n, k in sizes}


class Recall:
    """Items of three six-bit vectors; one of them is shown again, and the next one is wanted (section 4.3)."""

    name, loss, width, vectors = "associative-recall", "bits", 6, 3
    inputs, outputs = 8, 6

    def batch(self, size, random, low=2, high=6):
        count, v = whole(random, low, high), self.vectors
        items = torch.randint(0, 2, (count, v, size, self.width), generator=random).float()
        chosen = torch.randint(0, count - 1, (size,), generator=random)
        steps = count * (v + 1) + v + 2 + v
        x, y = torch.zeros(steps, size, self.inputs), torch.zeros(steps, size, self.outputs)
        for number in range(count):
            x[number * (v + 1), :, self.width] = 1
            x[number * (v + 1) + 1 : (number + 1) * (v + 1), :, : self.width] = items[number]
        at, batch = count * (v + 1), torch.arange(size)
        x[at, :, self.width + 1] = x[at + v + 1, :, self.width + 1] = 1
        x[at + 1 : at + v + 1, :, : self.width] = items[chosen, :, batch].transpose(0, 1)
        y[at + v + 2 :] = items[chosen + 1, :, batch].transpose(0, 1)
        asked = torch.arange(steps) >= at + v + 2
        return x, y, asked[:, None].expand(-1, size)

    def curve(self):
        return {str(n): dict(low=n, high=n) for n in (2, 4, 6, 8, 10, 12, 16, 20)}


class Traversal:
    """A random graph, edge by edge, then a start and the edges to follow from it; wanted is the place after each (Nature 538:471, small).

    Every place has one edge of each label to another place.
    """

    name, loss = "traversal", "class"

    def __init__(self, places=6, labels=2, longest=4):
        self.places, self.labels, self.longest = places, labels, longest
        self.inputs, self.outputs = 2 * places + labels + 3, places

    def batch(self, size, random, low=1, high=None, places=None):
        used, steps = places or self.places, whole(random, low, high or self.longest)
        edges, n = used * self.labels, self.places
        to = torch.randint(1, used, (size, used, self.labels), generator=random)
        to = (torch.arange(used)[None, :, None] + to) % used
        order = torch.rand(size, edges, generator=random).argsort(1)
        start, own = torch.arange(edges) // self.labels, torch.arange(edges) % self.labels
        x, y = torch.zeros(edges + 2 * steps + 1, size, self.inputs), torch.zeros(edges + 2 * steps + 1, size, n)
        batch = torch.arange(size)
        for step in range(edges):
            edge = order[:, step]
            a, label = start[edge], own[edge]
            x[step, batch, a] = x[step, batch, n + label] = x[step, batch, n + self.labels + to[batch, a, label]] = 1
            x[step, :, 2 * n + self.labels] = 1
        here = torch.randint(0, used, (size,), generator=random)
        for step in range(steps):
            label = torch.randint(0, self.labels, (size,), generator=random)
            if step == 0:
                x[edges, batch, here] = 1
            x[edges + step, batch, n + label] = 1
            x[edges + step, :, 2 * n + self.labels + 1] = 1
            here = to[batch, here, label]
            y[edges + steps + 1 + step, batch, here] = 1
        x[edges + steps :, :, 2 * n + self.labels + 2] = 1
        asked = torch.arange(x.shape[0]) > edges + steps
        return x, y, asked[:, None].expand(-1, size)

    def curve(self):
        return {f"{n} steps": dict(low=n, high=n) for n in (1, 2, 3, 4)}


class Stories:
    """The first bAbI tasks (Weston et al. 2015, arXiv 1502.05698) together, a sentence a step: each word at each place has an input of its own.

    Nine stories of ten are learned from, the tenth is held out. A story is read with all its questions; an answer is wanted at the step of its question.
    Each time a story is learned from, its persons, places and things have changed their names among themselves, and the compass is turned or
    mirrored: so few stories would be learned by heart otherwise.
    """

    name, loss, places = "stories", "class", 12
    named = ("bill daniel fred jeff john mary sandra".split(), "bathroom bedroom garden hallway kitchen office".split(), "apple football milk".split())
    compass = "north east south west".split()
    odds = {2: 3, 3: 3, 4: 12}

    def __init__(self, archive, tasks=(1, 2, 3, 4, 5)):
        self.tasks, self.stories = tasks, {}
        with tarfile.open(fileobj=lzma.open(archive)) as tar:
            for member in tar.getmembers():
                number = re.match(r"(?:\./)?qa(\d+)_", member.name)
                if number and int(number[1]) in tasks:
                    self.stories[int(number[1])] = self.read(tar.extractfile(member).read().decode())
        every = [story for task in tasks for story in self.stories[task]]
        self.occurring = {task: {word for story in self.stories[task] for sentence, _ in story for word in sentence} for task in tasks}
        self.words = sorted({word for story in every for sentence, _ in story for word in sentence})
        self.answers = sorted({answer for story in every for _, answer in story if answer})
        self.number = {word: n for n, word in enumerate(self.words)}
        self.inputs, self.outputs = len(self.words) * self.places, len(self.answers)

    @staticmethod
    def read(text):
        stories = []
        for line in text.splitlines():
            number, rest = line.split(" ", 1)
            if number == "1":
                stories.append([])
            sentence, *answer = rest.split("\t")
            words = re.findall(r"[a-z]+|\?", sentence.lower())
            assert len(words) <= Stories.places, sentence
            stories[-1].append((words, answer[0] if answer else None))
        return stories

    def renamed(self, task, story, random):
        """The story with other persons of its task, other places and things, and its compass turned and mirrored."""
        new = {}
        for group in self.named:
            own = [name for name in group if name in self.occurring[task]]
            new |= {old: own[n] for old, n in zip(own, torch.randperm(len(own), generator=random).tolist())}
        # The eight turns and mirror images of a compass are the only changes that leave north across from south.
        by, mirrored = whole(random, 0, 3), 1 - 2 * whole(random, 0, 1)
        new |= {old: self.compass[(by + mirrored * n) % 4] for n, old in enumerate(self.compass)}

        def answer(word):
            name = word and new.get(word.lower(), word)
            return name.capitalize() if word and word[0].isupper() else name

        return [([new.get(word, word) for word in sentence], answer(said)) for sentence, said in story]

    def of(self, task, held):
        stories = self.stories[task]
        cut = len(stories) * 9 // 10
        return stories[cut:] if held else stories[:cut]

    def encoded(self, stories):
        steps = max(map(len, stories))
        x, y = torch.zeros(steps, len(stories), self.inputs), torch.zeros(steps, len(stories), self.outputs)
        asked = torch.zeros(steps, len(stories), dtype=torch.bool)
        for column, story in enumerate(stories):
            for step, (words, answer) in enumerate(story):
                for place, word in enumerate(words):
                    x[step, column, place * len(self.words) + self.number[word]] = 1
                if answer:
                    y[step, column, self.answers.index(answer)], asked[step, column] = 1, True
        return x, y, asked

    def batch(self, size, random, task=None, held=False):
        if task:
            return self.encoded(self.of(task, held))
        # One task a batch, so that its stories are of about one length; those of several facts are harder, and come more often.
        odds = torch.tensor([self.odds.get(task, 1) for task in self.tasks], dtype=torch.float)
        task = self.tasks[int(torch.multinomial(odds, 1, generator=random))]
        own = self.of(task, held)
        chosen = [own[int(n)] for n in torch.randint(0, len(own), (size,), generator=random)]
        return self.encoded(chosen if held else [self.renamed(task, story, random) for story in chosen])

    def curve(self):
        return {f"task {task}": dict(task=task, held=True) for task in self.tasks}

    def vocabulary(self):
        return json.dumps({"words": self.words, "answers": self.answers, "places": self.places})
