#!/usr/bin/env python3
"""What a memory does on a chat model that other people trained: facts told in one process, asked in another, greedy.

    Tools/acceptance/host.py --talk dialogues.jsonl.xz --trivia qa.jsonl.xz [--model smollm2] [--only invented,everyday,...]

    invented     20 invented facts among 100 lines of small talk, a file per person: does the reply name them? Another person's memory?
    everyday     200 prompts that concern no fact, 100 facts in memory: how many are in scope, and do replies repeat themselves?
    corrections  facts corrected in everyday words, others beside them: the new value, the old one, what was retired by mistake
    many         1,000 and 10,000 facts: is the right one first, and how long does a question take?

Each check prints one line with its figures. Invented names come from facts.py; the small talk and the questions that concern no fact are
read from the files given (JSON Lines of {"turns": [{"text": ...}]} and {"question": ...}).
"""

import argparse
import json
import lzma
import random
import re
import subprocess
import tempfile
import time
from collections import Counter
from pathlib import Path

import facts
from natural import Chat

ROOT = Path(__file__).resolve().parents[2]

ASKING = ["What is my {s} called?", "What is the name of my {s}?", "what's my {s}'s name", "Do you remember what my {s} is called?",
          "How is my {s} called?", "Tell me the name of my {s}."]
REQUESTS = (
    "Write a haiku about autumn.|Explain how a microwave oven works.|Give me a recipe for pancakes.|Translate 'good night' into French.|"
    "What is the capital of Australia?|Tell me a joke about cats.|Summarise the plot of Hamlet.|How do I sort a list in Python?|"
    "What are the benefits of exercise?|Write a short story about a lonely robot.|Can you help me with my homework?|"
    "What time is it in Tokyo?|How many planets are there?|Who won the world cup in 1998?|Suggest a name for my bakery.|"
    "What is the best way to learn Spanish?|Hello, how are you?|Thanks a lot!|Good night.|What should I cook tonight?|"
    "Explain quantum computing to a child.|List three fruits.|Do you have feelings?|What is 17 times 23?|Why is grass green?|"
    "How can I fall asleep faster?|Write an email to my boss asking for a day off.|What does carpe diem mean?|Recommend a movie.|"
    "Who are you?|What can you do?|How does the stock market work?|Is Pluto a planet?|Tell me about the Eiffel Tower.|"
    "What's a good gift for my sister?|How do I tie a tie?|Describe a sunset.|What is love?|How tall is the Statue of Liberty?|"
    "Give me advice on public speaking."
).split("|")
# (what is told, how it is corrected, the question, old value, new value); {a} and {b} are invented names.
CORRECTIONS = [
    ("My dog is called {a}.", "Actually no, he's called {b}.", "What is my dog called?", "{a}", "{b}"),
    ("My sister's name is {a}.", "Sorry, I meant {b}, not {a}.", "What is my sister's name?", "{a}", "{b}"),
    ("I live in {a}.", "We moved, I live in {b} now.", "Where do I live?", "{a}", "{b}"),
    ("My boss is called {a}.", "No, my boss is called {b}.", "What is my boss called?", "{a}", "{b}"),
    ("The plumber comes on Tuesday.", "The plumber got moved to Friday.", "When does the plumber come?", "Tuesday", "Friday"),
    ("My favourite colour is green.", "I changed my mind, my favourite colour is teal.", "What is my favourite colour?", "green", "teal"),
    ("My locker code is 4417.", "My locker code has changed, it's 8206 now.", "What is my locker code?", "4417", "8206"),
    ("Our cat is called {a}.", "Wait, I mean {b}, not {a}.", "What is our cat called?", "{a}", "{b}"),
    ("I am 41 years old.", "Correction: I am 42.", "How old am I?", "41", "42"),
    ("My doctor is Dr. {a}.", "My doctor isn't Dr. {a} anymore, it's Dr. {b}.", "Who is my doctor?", "{a}", "{b}"),
    ("I work at {a}.", "I don't work at {a} anymore, I work at {b} now.", "Where do I work?", "{a}", "{b}"),
    ("My car is red.", "I had my car repainted, it's silver now.", "What colour is my car?", "red", "silver"),
]


class Host:
    def __init__(self, options):
        self.program, self.model = str(options.mneme), options.model
        self.chat = Chat(options.mneme, options.model, options.kinds)
        self.options = options
        self.draw = random.Random(options.seed)
        self.talk, self.questions = self.lines(options.talk)
        self.trivia = self.lines(options.trivia)[1]

    def lines(self, path):
        """Short lines of conversations, and those among them that ask."""
        said = []
        with lzma.open(path, "rt", encoding="utf-8") as file:
            for number, line in enumerate(file):
                if number > 12000:
                    break
                row = json.loads(line)
                said += [row["question"]] if row.get("question") else [t["text"] for t in row.get("turns", [])]
        said = [" ".join(text.split()) for text in said if 10 < len(text) < 120]
        self.draw.shuffle(said)
        return said, [text for text in said if text.endswith("?")]

    def person(self, seed, count=20):
        """Invented facts and, for each, a question and the name."""
        rng = random.Random(seed)
        rows = []
        for subject in rng.sample(facts.SUBJECTS, count - 1):
            name = facts.invented_name(rng)
            rows.append((f"My {subject} is called {name}.", rng.choice(ASKING).format(s=subject), name))
        name = facts.invented_name(rng)
        return rows + [(f"I live in {name}.", "Where do I live?", name)]


def invented(host, folder):
    named = cited = other = detached = total = 0
    for number in range(host.options.people):
        rows, talk = host.person(100 + number), host.talk[100 * number : 100 * number + 100]
        lines = [[row[0]] for row in rows] + [[text] for text in talk]
        host.draw.shuffle(lines)
        mine, theirs = folder / f"mine{number}.mneme", folder / f"theirs{number}.mneme"
        host.chat.learn(lines, mine, folder)
        host.chat.learn([[row[0]] for row in host.person(500 + number)], theirs, folder)
        questions = [row[1] for row in rows]
        has = lambda text, name: name.lower() in text.lower()
        for (_, question, name), (reply, cites) in zip(rows, host.chat.ask(questions, mine)):
            named += has(reply, name)
            cited += has(reply, name) or any(has(c, name) for c in cites)
            if host.options.show and not has(reply, name):
                print(f"    {question} [{name}] {reply[:120]} | {' | '.join(cites)}")
        other += sum(has(reply, name) for (_, _, name), (reply, _) in zip(rows, host.chat.ask(questions, theirs)))
        if number == 0:
            detached = sum(has(reply, name) for (_, _, name), (reply, _) in zip(rows, host.chat.ask(questions)))
        total += len(rows)
    print(f"invented facts among small talk: reply names it {100 * named / total:.1f} %, reply or citation {100 * cited / total:.1f} % of {total}; "
          f"another person's memory {other}, detached {detached} of 20", flush=True)


def repeated(text):
    """Share of the 4-grams of words that occurred before in the text."""
    words = text.split()
    grams = list(zip(words, words[1:], words[2:], words[3:]))
    return sum(n - 1 for n in Counter(grams).values()) / max(1, len(grams))


def everyday(host, folder):
    memory = folder / "hundred.mneme"
    rows = [row[0] for seed in range(5) for row in host.person(900 + seed)]
    host.chat.learn([[text] for text in rows], memory, folder)
    prompts = host.questions[-100:] + host.trivia[:60] + REQUESTS
    found = host.chat.recall(prompts, memory, limit=1)
    sure = [(prompt, row[0]["text"]) for prompt, row in zip(prompts, found) if row and row[0]["in_scope"]]
    perhaps = sum(bool(row) and row[0]["certainty"] == "perhaps" for row in found)
    if host.options.show:
        for prompt, text in sure:
            print(f"    {prompt} | {text}")
    some = host.draw.sample(prompts, 40)
    with_memory, without = host.chat.ask(some, memory), host.chat.ask(some)
    same = sum(a[0] == b[0] for a, b in zip(with_memory, without))
    rate = lambda replies: 100 * sum(repeated(r) for r, _ in replies) / len(replies)
    print(f"everyday prompts, {len(rows)} facts in memory: in scope {len(sure)}, cited only {perhaps} of {len(prompts)}; of 40 replies {same} are "
          f"the plain model's; repeated 4-grams {rate(with_memory):.1f} % attached, {rate(without):.1f} % detached", flush=True)


def corrections(host, folder):
    new_named = old_named = total = retired = kept = 0
    for number in range(host.options.people):
        rng = random.Random(700 + number)
        beside = [row[0] for row in host.person(800 + number) if not re.search(r"\b(dog|cat|sister|boss|doctor|live)\b", row[0])]
        rows = []
        for told, fixed, question, old, new in CORRECTIONS:
            names = {"a": facts.invented_name(rng), "b": facts.invented_name(rng)}
            rows.append([part.format(**names) for part in (told, fixed, question, old, new)])
        memory = folder / f"corrected{number}.mneme"
        host.chat.learn([[text] for text in beside] + [row[:2] for row in rows], memory, folder)
        listed = json.loads(subprocess.run([host.program, "memory", "facts", str(memory), "--model", host.model, "--json"],
                                           capture_output=True, text=True, check=True).stdout)["facts"]
        held = {fact["text"].strip() for fact in listed}
        retired += sum(text not in held for text in beside)
        kept += len(beside)
        for row, (reply, cites) in zip(rows, host.chat.ask([row[2] for row in rows], memory)):
            said = lambda value: re.search(rf"\b{re.escape(value)}\b", reply, re.I) is not None
            new_named += said(row[4])
            # A reply that names both says what has changed.
            old_named += said(row[3]) and not said(row[4])
            if host.options.show and not said(row[4]):
                print(f"    {row[2]} [{row[3]} -> {row[4]}] {reply[:120]} | {' | '.join(cites)}")
        total += len(rows)
    print(f"corrections in everyday words: new value {100 * new_named / total:.1f} %, old one only {100 * old_named / total:.1f} % of {total}; "
          f"unrelated facts retired {retired} of {kept}", flush=True)


def many(host, folder):
    for count in (int(n) for n in host.options.counts.split(",")):
        rng = random.Random(count)
        rows, names = [], set()
        while len(rows) < count:
            name = facts.invented_name(rng)
            if name in names and len(names) < 4000:
                continue
            names.add(name)
            value = facts.invented_name(rng)
            rows.append(rng.choice([
                (f"{name} lives in {value}.", f"Where does {name} live?", value),
                (f"{name} works as a {(job := rng.choice('baker pilot nurse painter farmer lawyer driver tailor'.split()))} for {value}.", f"Who is {name}'s employer?", value),
                (f"{name}'s dog is called {value}.", f"What is the name of {name}'s dog?", value),
                (f"{name} was born in {value}.", f"What is {name}'s birthplace?", value),
                (f"{name} is married to {value}.", f"Who is {name}'s husband or wife?", value)]))
        path, memory = folder / f"{count}.txt", folder / f"{count}.mneme"
        path.write_text("\n".join(row[0] for row in rows) + "\n", encoding="utf-8")
        learned = "told before"
        if not memory.exists():
            start = time.time()
            subprocess.run([host.program, "learn", str(path), "--memory", str(memory), "--model", host.model, "-q"], check=True, capture_output=True)
            learned = f"learned in {time.time() - start:.0f} s"
        asked = rng.sample(rows, 100)
        start = time.time()
        host.chat.recall([asked[0][1]], memory)
        one = time.time() - start
        start = time.time()
        found = host.chat.recall([row[1] for row in asked], memory)
        per = (time.time() - start - one) / (len(asked) - 1)
        first = sum(bool(f) and row[2] in f[0]["text"] for row, f in zip(asked, found))
        within = sum(any(row[2] in g["text"] for g in f) for row, f in zip(asked, found))
        print(f"{count} facts: first {first} %, among five {within} %, {1000 * per:.0f} ms a question, {one:.1f} s to open the file; "
              f"{learned}, {memory.stat().st_size / 1e6:.1f} MB", flush=True)


CHECKS = {"invented": invented, "everyday": everyday, "corrections": corrections, "many": many}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--talk", required=True)
    parser.add_argument("--trivia", required=True)
    parser.add_argument("--model", default="smollm2")
    parser.add_argument("--mneme", default=ROOT / ".build/release/mneme")
    parser.add_argument("--kinds", default="", help='kinds and settings of the memories, such as "sdm sdm.candidates=8"; the standard ones otherwise')
    parser.add_argument("--only", default=",".join(CHECKS))
    parser.add_argument("--people", type=int, default=5)
    parser.add_argument("--counts", default="1000,10000", help="of the check many")
    parser.add_argument("--keep", type=Path, help="a folder that keeps the files of the check many, so that a second run only asks")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", action="store_true", help="print what went wrong")
    options = parser.parse_args()
    host = Host(options)
    with tempfile.TemporaryDirectory() as folder:
        for check in options.only.split(","):
            CHECKS[check](host, options.keep if check == "many" and options.keep else Path(folder))


if __name__ == "__main__":
    main()
