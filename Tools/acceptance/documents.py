#!/usr/bin/env python3
"""Questions about a document that was read once: what a memory of it answers, against the document in the prompt.

    Tools/acceptance/documents.py [--module document --set document.ratio=10 ...] [--tokens 2000,4000,6000] [--seeds 1]
    Tools/acceptance/documents.py --file DOCUMENTS.jsonl ...
    Tools/acceptance/documents.py --write DOCUMENTS.jsonl        only make the documents

The documents are invented and made by seed: a town's handbook, a company's, a machine's manual, with 40 questions each that have one short
answer. A file has a line per document instead: {"text": ..., "questions": [{"q": ..., "a": [...]}]}. Every question is asked by itself,
greedy, of a chat that holds nothing else. The arms: nothing attached; the whole document in the user's message; the passages that BM25
finds, of as many tokens as the memory has rows (--ratio); and one memory for each --arm, which `mneme learn` filled in a process of
its own, such as --arm "document document.ratio=10" --arm "document document.ratio=50". A reply is right when it holds an accepted answer as whole words, whatever
the case, punctuation and commas in numbers.
"""

import argparse
import json
import math
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from natural import Chat, switches

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("town", "company", "product")
QUESTIONS = 40

# What {v} and the words in braces may become.
FIRST = "Agnes Albert Beatrice Bernard Clara Conrad Dorothy Edmund Eleanor Felix Florence Gilbert Harriet Hugo Ingrid Isaac Judith Julian Laura Leonard Lydia Martin Matilda Nathan Olive Oscar Pauline Philip Rosa Rupert Sylvia Simon Teresa Thomas Ursula Victor Wanda Walter".split()
LAST = "Abbott Ashdown Barlow Bexley Calloway Carver Dunmore Ellery Fairfax Fenwick Garland Goddard Hargrove Holloway Ingram Jessop Kendrick Lambert Langley Marlowe Mercer Norwood Oakes Pemberton Quimby Radcliffe Redfern Sawyer Sheldon Thorne Tolliver Underhill Vaughan Wakefield Weston Whitlock Yardley".split()
WORDS = {
    "colour": "red blue green yellow white black orange purple grey brown pink".split(),
    "weekday": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(),
    "month": "January February March April May June July August September October November December".split(),
    "stone": "granite marble sandstone slate limestone basalt".split(),
    "metal": "copper steel brass aluminium bronze zinc".split(),
    "tree": "oak beech walnut cherry maple birch chestnut".split(),
    "fruit": "pears plums cherries figs lemons apricots melons raspberries".split(),
    "vegetable": "leeks turnips pumpkin spinach carrots beans cabbage mushrooms".split(),
    "animal": "heron badger otter fox lion horse swan bear hare owl".split(),
    "instrument": "trumpet violin flute drum harp accordion clarinet piano".split(),
    "object": "silver spoon|brass compass|wooden chess set|glass lamp|leather saddle|copper kettle|pocket watch|woollen blanket|telescope|music box".split("|"),
    "pet": "Biscuit Pepper Marble Ginger Button Pickle Clover Muffin".split(),
    "river": "Arlen Wendle Tamsin Corrow Lathe Brindle Ferren Osmer".split(),
    "street": "Candle Orchard Chapel Tanner Foundry Meadow Harbour Mason".split(),
    "inn": "Golden Anchor|Three Foxes|Silver Plough|Red Lantern|Old Compass|White Stag|Blue Barrel".split("|"),
    "city": "Brighton Geneva Lisbon Oslo Dublin Vienna Hamburg Bergen Antwerp Turin Krakow Seville".split(),
    "product": "Falcon Comet Pioneer Meridian Atlas Beacon Summit Voyager".split(),
    "season": "spring|summer|autumn|winter|the cold months|the harvest|the rainy season".split("|"),
    "thing": "an umbrella|a torch|a warm coat|a notebook|a spare key|a length of string|a folding chair|a thermos flask|a basket|a pair of gloves".split("|"),
    "topic": "the accounts|the garden|the old drains|the heating|the notice board|the spare parts|the postal service|the lost property|the window frames|the timetable|the guest list|the choice of wallpaper|the collection of coins|the fire wood|the bicycles".split("|"),
}
SUBJECTS = {"town": ["Harrowmere", "Eastonby", "Tarnwick", "Millbeck"], "company": ["Dalton and Finch", "Northgate Works", "Bellamy Tools", "Larkfield Glass"],
            "product": ["Alba Washing Machine", "Quantor Coffee Maker", "Norvik Dish Washer", "Solis Bread Oven"]}
DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]


class Values:
    """Values by type; within a document none comes twice while there are others."""

    def __init__(self, r):
        self.r, self.left, self.last = r, {}, r.sample(LAST, len(LAST))

    def draw(self, kind):
        """The value as it is written and the answers that are accepted."""
        r = self.r
        if kind == "name":
            last = self.last.pop() if self.last else r.choice(LAST)
            return f"{r.choice(FIRST)} {last}", [last]
        if kind in WORDS:
            if not self.left.get(kind):
                self.left[kind] = r.sample(WORDS[kind], len(WORDS[kind]))
            value = self.left[kind].pop()
            return value, [value] + [value[:-1] for _ in [0] if kind in ("fruit", "vegetable") and value.endswith("s")] + (["gray"] if value == "grey" else [])
        if kind == "time":
            hour, minute = r.randint(5, 11), r.choice([15, 30, 45])
            return f"{hour}:{minute}", [f"{hour}:{minute}", f"{hour}.{minute}"]
        low, high = {"year": (1781, 1989), "small": (13, 29), "number": (31, 389), "thousands": (2100, 9800), "phone": (4100, 9900)}[kind]
        taken = self.left.setdefault("numbers", set())
        value = next(n for n in iter(lambda: r.randint(low, high), None) if n not in taken)
        taken.add(value)
        words = [DIGITS[value]] if value < len(DIGITS) else []
        return (f"{value:,}" if kind == "thousands" else str(value)), [str(value)] + words

    def fill(self, text):
        """Running text with its words in braces filled in; these names are of people who are not asked about."""
        pick = lambda m: f"{self.r.choice(FIRST)} {self.r.choice(LAST)}" if m[1] == "name" else str(self.r.randint(1781, 1989)) if m[1] == "year" else self.r.choice(WORDS[m[1]])
        text = re.sub(r"\{(\w+)\}", pick, text.replace("{thing}s", "blankets"))
        return text[0].upper() + text[1:]


def material():
    """kind: (title, sections), a section being (heading, facts, running text); "*": sentences that fit anywhere."""
    kinds, here = {}, None
    for line in Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("== "):
            name, *title = (part.strip() for part in line[3:].split("|"))
            here = kinds[name] = (title[0] if title else "", [] if title else [("", [], [])])
        elif line.startswith("# ") and here:
            here[1].append((line[2:], [], []))
        elif line.strip() and here:
            parts = [part.strip() for part in line.split(" | ")]
            here[1][-1][1 if len(parts) == 3 else 2].append(parts if len(parts) == 3 else line)
    return kinds


def document(kind, characters, seed):
    """One document of about so many characters."""
    r = random.Random(f"{kind} {seed} {characters}")
    values, kinds = Values(r), material()
    title, sections = kinds[kind]
    subject = r.choice(SUBJECTS[kind])
    parts, questions = [], []
    for heading, facts, running in sections:
        sentences = [[values.fill(line)] for line in running]
        for sentence, question, type_ in facts:
            value, accepted = values.draw(type_)
            sentences.append([re.sub(r"\ba (?=[aeiou])", "an ", sentence.replace("{v}", value)) if "a {v}" in sentence else sentence.replace("{v}", value)])
            questions.append({"q": question, "a": accepted, "kind": type_})
        parts.append([heading, sentences])
    length = len(title) + sum(len(h) + 3 + sum(len(s) + 1 for (s,) in sentences) for h, sentences in parts)
    told = kinds["*"][1][0][2]
    # A sentence with nothing to fill in stands only once.
    fillers, open_ = r.sample(told, len(told)), [line for line in told if "{" in line]
    while length < characters:
        if not fillers:
            fillers = r.sample(open_, len(open_))
        text = values.fill(fillers.pop())
        r.choice(parts)[1].append([text])
        length += len(text) + 1
    text = "# " + title.replace("{s}", subject) + "\n"
    for heading, sentences in parts:
        r.shuffle(sentences)
        text += f"\n## {heading}\n"
        while sentences:
            size = r.randint(4, 7)
            text += " ".join(s for (s,) in sentences[:size]) + "\n"
            del sentences[:size]
    return {"name": f"{kind}-{seed}", "text": text.replace("{s}", subject).strip(), "questions": r.sample(questions, min(QUESTIONS, len(questions)))}


def plain(text):
    text = re.sub(r"(?<=\d),(?=\d{3})", "", text.lower())
    return " " + " ".join(re.findall(r"[^\W_]+(?:[.:][0-9]+)?", text)) + " "


def right(reply, accepted):
    return any(plain(answer) in plain(reply) for answer in accepted)


def passages(text, question, budget, size=60):
    """BM25 (Lucene's form, k1 1.2, b 0.75) over passages of about `size` words, best first up to `budget` words, in the text's order."""
    words = lambda s: re.findall(r"\w+", s.lower())
    pieces, here = [], []
    for sentence in re.split(r"(?<=[.!?])\s+", text):
        here.append(sentence)
        if sum(len(s.split()) for s in here) >= size:
            pieces.append(" ".join(here))
            here = []
    pieces += [" ".join(here)] if here else []
    bags = [words(p) for p in pieces]
    mean = sum(map(len, bags)) / len(bags)
    found = {w: sum(w in bag for bag in bags) for w in set(words(question))}
    idf = {w: math.log(1 + (len(bags) - n + 0.5) / (n + 0.5)) for w, n in found.items()}
    score = lambda bag: sum(i * bag.count(w) / (bag.count(w) + 1.2 * (0.25 + 0.75 * len(bag) / mean)) for w, i in idf.items())
    chosen = []
    for index in sorted(range(len(bags)), key=lambda i: -score(bags[i])):
        if chosen and sum(len(bags[i]) for i in chosen) + len(bags[index]) > budget:
            break
        chosen.append(index)
    # At least the budget's beginning of the best one.
    return "\n".join(" ".join(pieces[i].split()[: max(8, budget)]) for i in sorted(chosen))


class Bench:
    def __init__(self, options, folder):
        self.options, self.folder, self.chat, self.number = options, folder, Chat(options.mneme, options.model), 0

    def run(self, *words):
        return subprocess.run([str(self.options.mneme), *map(str, words)], check=True, capture_output=True, text=True).stdout

    def tokens(self, text):
        file = self.folder / "count.txt"
        file.write_text(text, encoding="utf-8")
        return len(json.loads(self.run("tokenize", "--file", file, "--model", self.options.model, "--json"))["ids"])

    def memory(self, words, text):
        """A file that has read the document: path, seconds, bytes."""
        self.number += 1
        file, memory = self.folder / f"{self.number}.txt", self.folder / f"{self.number}.mneme"
        file.write_text(text, encoding="utf-8")
        self.run("memory", "create", memory, "--model", self.options.model, "-q", *switches(words))
        began = time.time()
        self.run("learn", file, "--memory", memory, "--model", self.options.model, "-q")
        return memory, time.time() - began, memory.stat().st_size

    def asked(self, document, prompts, memory=None):
        """Right or wrong by question, seconds a question, replies."""
        began = time.time()
        replies = [reply for reply, _ in self.chat.ask(prompts, memory)]
        return [right(reply, q["a"]) for reply, q in zip(replies, document["questions"])], (time.time() - began) / len(prompts), replies


def documents(options, bench):
    if options.file:
        for number, line in enumerate(open(options.file, encoding="utf-8")):
            if line.strip():
                yield {"name": f"{Path(options.file).stem}-{number}", **json.loads(line)}
        return
    rate = None
    for tokens in (int(n) for n in options.tokens.split(",")):
        for seed in range(options.seeds):
            for kind in options.kinds.split(","):
                if rate is None:
                    sample = document(kind, 8000, 0)["text"]
                    rate = len(sample) / bench.tokens(sample)
                made = document(kind, int(tokens * rate), seed)
                yield {**made, "name": f"{made['name']}-{tokens}"}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="smollm2")
    parser.add_argument("--mneme", default=ROOT / ".build/release/mneme")
    parser.add_argument("--file", help="documents with questions, a line each")
    parser.add_argument("--write", help="write the documents into this file and stop")
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--tokens", default="2000,4000,6000", help="lengths of the made documents")
    parser.add_argument("--seeds", type=int, default=1, help="documents of each kind and length")
    parser.add_argument("--limit", type=int, help="only the first N questions of a document")
    parser.add_argument("--arm", action="append", default=[], help="a memory: kinds and switches, such as 'document document.ratio=10'")
    parser.add_argument("--module", action="append", default=[], help="kinds of one more memory")
    parser.add_argument("--set", action="append", default=[], help="its switches")
    parser.add_argument("--ratio", default="10,50", help="BM25 may use one token in so many; empty for none")
    parser.add_argument("--skip", default="", help="arms to leave out, of detached, context")
    parser.add_argument("--show", action="store_true", help="print every question with its reply")
    options = parser.parse_args()
    arms = [arm.split() for arm in options.arm] + ([options.module + options.set] if options.module else [])
    totals = {}
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(options, Path(folder))
        found = list(documents(options, bench))
        if options.write:
            with open(options.write, "w", encoding="utf-8") as file:
                file.writelines(json.dumps(d) + "\n" for d in found)
            return
        print("| document | tokens | arm | right | of the context's | learned in s | bytes | questions a second |\n|---|---|---|---|---|---|---|---|", flush=True)
        for document_ in found:
            document_["questions"] = document_["questions"][: options.limit]
            text, questions = document_["text"], [q["q"] for q in document_["questions"]]
            size, ceiling = bench.tokens(text), None
            work = []
            if "context" not in options.skip:
                work.append(("whole document in the prompt", [f"{text}\n\n{q}" for q in questions], None))
            if "detached" not in options.skip:
                work.append(("detached", questions, None))
            for ratio in (float(n) for n in options.ratio.split(",") if n):
                # Words for tokens: the document's own rate.
                budget = int(len(text.split()) / ratio)
                work.append((f"BM25 {ratio:g}:1", [f"{passages(text, q, budget)}\n\n{q}" for q in questions], None))
            work += [(" ".join(words), questions, words) for words in arms]
            for name, prompts, words in work:
                memory, seconds, length = bench.memory(words, text) if words else (None, None, None)
                hits, pace, replies = bench.asked(document_, prompts, memory)
                if name.startswith("whole"):
                    ceiling = hits
                kept = f"{100 * sum(a and b for a, b in zip(hits, ceiling)) / max(1, sum(ceiling)):.0f} %" if ceiling else ""
                cost = f"{seconds:.1f} | {length}" if words else " | "
                print(f"| {document_['name']} | {size} | {name} | {sum(hits)} of {len(hits)} | {kept} | {cost} | {1 / pace:.2f} |", flush=True)
                total = totals.setdefault(name, [0, 0, 0, 0])
                for i, n in enumerate((sum(hits), len(hits), sum(a and b for a, b in zip(hits, ceiling or hits)), sum(ceiling or hits))):
                    total[i] += n
                if options.show:
                    for q, reply, hit in zip(document_["questions"], replies, hits):
                        print(f"    {'+' if hit else '-'} {q['q']} {q['a']} {reply[:120]}")
        print("\n| arm | right | relative to the context | of the context's right answers |\n|---|---|---|---|")
        top = totals.get("whole document in the prompt", [0])[0]
        for name, (hits, count, kept, ceiling) in totals.items():
            print(f"| {name} | {100 * hits / count:.1f} % | {f'{100 * hits / top:.0f} %' if top else ''} | {f'{100 * kept / max(1, ceiling):.0f} %' if top else ''} |")


if __name__ == "__main__":
    sys.exit(main())
