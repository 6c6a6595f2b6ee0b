#!/usr/bin/env python3
"""What each memory gains on a text it reads for the first time, and what a filled memory costs on a text about other matters.

    Tools/acceptance/streams.py --model MODEL.gguf --text NAME=FILE... --unrelated NAME=FILE [--tokens 32768] [--mneme PROGRAM]

Prints Markdown tables. The gain is `mneme perplexity --learn` against the same without a memory: every window is scored before
it is learned. The cost is the change of NLL on the unrelated text with a memory that was filled with the first text and is only
read.
"""

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

import kinds as kinds_of

ROOT = Path(__file__).resolve().parents[2]


class Mneme:
    def __init__(self, program, model):
        self.program, self.model = str(program), str(model)

    def run(self, *arguments):
        done = subprocess.run([self.program, *map(str, arguments), "--model", self.model], capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(map(str, arguments))}: {done.stderr.strip()}")
        return done.stdout

    def json(self, *arguments):
        return json.loads(self.run(*arguments, "--json", "--quiet"))

    def memory(self, path, kinds):
        self.run("memory", "create", path, "--quiet", *[word for kind in kinds for word in ("--module", kind)])
        return path


def named(text):
    name, _, path = text.partition("=")
    return name, path


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default=ROOT / "Models/mneme-chat.gguf")
    parser.add_argument("--mneme", default=ROOT / ".build/release/mneme")
    parser.add_argument("--text", action="append", default=[], type=named)
    parser.add_argument("--unrelated", type=named)
    parser.add_argument("--tokens", type=int, default=32768)
    options = parser.parse_args()
    mneme = Mneme(options.mneme, options.model)
    sets = kinds_of.sets(options.mneme)
    names = ["+".join(kinds) for kinds in sets]
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        print(f"{Path(options.model).name}, perplexity over {options.tokens} tokens, streamed:\n")
        print("| text | detached | " + " | ".join(names) + " |")
        print("|---" * (len(names) + 2) + "|", flush=True)
        for name, path in options.text:
            plain = mneme.json("perplexity", path, "--limit", options.tokens)
            cells = [f"{plain['perplexity']:.2f}"]
            for kinds in sets:
                memory = mneme.memory(folder / f"{name}-{'-'.join(kinds)}.mneme", kinds)
                learned = mneme.json("perplexity", path, "--limit", options.tokens, "--memory", memory, "--learn")
                cells.append(f"{learned['perplexity']:.2f} ({100 * (learned['perplexity'] / plain['perplexity'] - 1):+.1f} %)")
            print(f"| {name} | " + " | ".join(cells) + " |", flush=True)
        if options.unrelated and options.text:
            (filler, source), (name, path) = options.text[0], options.unrelated
            plain = mneme.json("perplexity", path, "--limit", options.tokens)["nll"]
            cells = []
            for kinds in sets:
                memory = mneme.memory(folder / f"filled-{'-'.join(kinds)}.mneme", kinds)
                mneme.run("learn", source, "--memory", memory, "--limit", options.tokens, "--quiet")
                attached = mneme.json("perplexity", path, "--limit", options.tokens, "--memory", f"{memory}:ro")["nll"]
                cells.append(f"{100 * (attached / plain - 1):+.3f} %")
            print(f"\nChange of NLL on {name} ({plain:.4f} nats detached) with a memory that was filled with {filler} and only read:\n")
            print("| " + " | ".join(names) + " |")
            print("|---" * len(names) + "|")
            print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
