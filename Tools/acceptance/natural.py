#!/usr/bin/env python3
"""Facts told in people's own words, asked in another process: is the right one found, and does the reply name it?

    Tools/acceptance/natural.py FILE.jsonl [--model smollm2] [--limit N] [--apart]

FILE has a line per statement: {"told": [...], "ask": [{"question": ..., "pattern": ...}]}; a reply is right when the pattern (a
regular expression, case ignored) is found in it. All statements are told in one life (with --apart a memory file per line), by `mneme
learn` of conversations; then every question is asked in an empty context, greedy. Beside it: nothing attached, and the ceiling, the
same model with the statements of the question's own line as text in the prompt, in the form the memory uses.
"""

import argparse
import json
import re
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def switches(words):
    """The flags of `mneme memory create` for kinds, settings and an adapter, such as "block block.shown=448" or "ntm wires.safetensors"."""
    return [flag for word in words for flag in ("--adapter" if word.endswith(".safetensors") else "--set" if "=" in word else "--module", word)]


class Chat:
    """Questions asked one by one of a chat: each with an empty context, one process for all."""

    def __init__(self, program, model, kinds=""):
        """`kinds` and settings of the memories that are made (`switches`); without them the standard ones."""
        self.program, self.model, self.kinds = str(program), str(model), kinds.split()

    def ask(self, questions, memory=None):
        """Per question the reply and the lines of citation after it."""
        lines = ["/set stats on"]
        for question in questions:
            # A message of several lines stands between triple quotes.
            lines += ["/clear", f'"""{question}"""' if "\n" in question else question]
        command = [self.program, "chat", "--model", self.model, "--no-history", "--temperature", "0", "--repeat-penalty", "1", "--repetition-guard", "off", "-q", "--tokens", "40"]
        if memory:
            command += ["--memory", f"{memory}:ro"]
        out = subprocess.run(command, input="\n".join(lines) + "\n", capture_output=True, text=True, check=True).stdout
        replies = []
        for part in re.split(r"^\[prompt .*\]$", out, flags=re.M)[:-1]:
            rows = [r for r in part.strip().split("\n") if r not in ("stats on", "The conversation is empty.")]
            cited = [r for r in rows if r.startswith(("from memory: ", "in memory, perhaps: ", "nothing in memory"))]
            replies.append((" ".join(r for r in rows if r not in cited), cited))
        assert len(replies) == len(questions), (len(replies), len(questions), out[-500:])
        return replies

    def recall(self, questions, memory, limit=5):
        """Per question, on one line each, the facts of a memory that fit it, best first, as `mneme memory facts --json` gives them."""
        command = [self.program, "memory", "facts", str(memory), "--model", self.model, "--query", "-", "--limit", str(limit), "--json"]
        out = subprocess.run(command, input="\n".join(" ".join(q.split()) for q in questions) + "\n", capture_output=True, text=True, check=True).stdout
        return [json.loads(line)["facts"] for line in out.splitlines()]

    def learn(self, statements, memory, folder):
        if self.kinds and not Path(memory).exists():
            subprocess.run([self.program, "memory", "create", str(memory), "--model", self.model, "-q", *switches(self.kinds)], check=True, capture_output=True)
        path = folder / "life.jsonl"
        with path.open("w", encoding="utf-8") as file:
            for told in statements:
                turns = []
                for text in told:
                    turns += [{"role": "user", "text": text}, {"role": "assistant", "text": "Okay."}]
                file.write(json.dumps({"turns": turns}) + "\n")
        subprocess.run([self.program, "learn", str(path), "--memory", str(memory), "--model", self.model, "-q"], check=True, capture_output=True)


FORMS = {"text": 'Text: "{f}"\nAccording to the text: {q}', "fact": "Fact: {f}\nQuestion: {q}\nAnswer the question using the fact.", "use": "{f}\nUse this to answer: {q}", "plain": "{f} {q}", "earlier": 'Earlier I told you: "{f}"\n{q}'}


def closed(text):
    line = " ".join(text.split())
    return line if line[-1] in ".!?\"')]}" else line + "."


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file")
    parser.add_argument("--model", default="smollm2")
    parser.add_argument("--mneme", default=ROOT / ".build/release/mneme")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--apart", action="store_true")
    parser.add_argument("--form", choices=FORMS, default="text", help="of the ceiling")
    parser.add_argument("--only", choices=["ceiling", "memory"], help="one part: the ceiling, or the memory without its controls")
    parser.add_argument("--show", action="store_true", help="print every question with its reply")
    options = parser.parse_args()
    rows = [json.loads(line) for line in open(options.file, encoding="utf-8") if line.strip()][: options.limit]
    chat = Chat(options.mneme, options.model)
    asked = [(n, a["question"], a["pattern"]) for n, row in enumerate(rows) for a in row["ask"]]
    right = lambda pattern, text: re.search(pattern, text, re.I) is not None
    share = lambda hits: f"{100 * sum(hits) / max(1, len(hits)):.1f} %"
    best = []
    if options.only != "memory":
        # The newest of corrected values only.
        ceiling = chat.ask([FORMS[options.form].format(f=closed(rows[n]["told"][-1]), q=q) for n, q, _ in asked])
        best = [right(p, reply) for (_, _, p), (reply, _) in zip(asked, ceiling)]
        print(f"the right statement in the prompt ({options.form}): {share(best)}", flush=True)
    if options.only == "ceiling":
        return
    if not options.only:
        plain = [right(p, reply) for (_, _, p), (reply, _) in zip(asked, chat.ask([q for _, q, _ in asked]))]
        print(f"nothing attached: {share(plain)}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        replies = []
        if options.apart:
            for n, row in enumerate(rows):
                memory = folder / f"{n}.mneme"
                chat.learn([row["told"]], memory, folder)
                replies += chat.ask([q for m, q, _ in asked if m == n], memory)
        else:
            memory = folder / "life.mneme"
            chat.learn([row["told"] for row in rows], memory, folder)
            replies = chat.ask([q for _, q, _ in asked], memory)
    said = [right(p, reply) for (_, _, p), (reply, _) in zip(asked, replies)]
    first = [bool(c) and right(p, c[0]) for (_, _, p), (_, c) in zip(asked, replies)]
    sure = [bool(c) and c[0].startswith("from memory") and right(p, c[0]) for (_, _, p), (_, c) in zip(asked, replies)]
    either = [s or any(right(p, c) for c in cited) for s, (_, _, p), (_, cited) in zip(said, asked, replies)]
    print(f"right fact cited first: {share(first)} (put into the prompt: {share(sure)})")
    ratio = f"of the ceiling {sum(said) / max(1, sum(best)):.2f}, " if best else ""
    print(f"reply right: {share(said)}, {ratio}reply or citation: {share(either)}")
    if options.show:
        for (_, q, p), (reply, cited), s, c in zip(asked, replies, said, best or [True] * len(asked)):
            print(f"{'+' if s else '-'}{'' if c else '(ceiling -)'} {q} [{p}]\n    {reply[:150]}\n    {' | '.join(cited)}")


if __name__ == "__main__":
    main()
