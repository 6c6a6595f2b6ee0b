#!/usr/bin/env python3
"""What learning and asking cost after more and more was learned: flat for memories of constant size.

    Tools/acceptance/growth.py --essay TEXT.txt [--model bundled] [--tokens 10000,100000,1000000] [--arm transformer-xl ...]

Each memory learns the text, again and again from the beginning, up to so many tokens; after each, what the next 4,000 tokens take to be
learned, what a question takes, and how large the file is. Seconds are of the processor, all threads, of whole processes; in brackets those of a memory that was
empty before, measured right beside it.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from natural import ROOT, switches

STEP = 4000
QUESTION = "What is the name of the captain of the ship?"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--essay", required=True)
    parser.add_argument("--tokens", default="10000,100000,1000000")
    parser.add_argument("--arm", action="append", default=[], help="kinds and switches, such as 'lemn lemn.rows=512'")
    parser.add_argument("--model", default=ROOT / "Models/mneme-chat.gguf")
    parser.add_argument("--mneme", default=ROOT / ".build/release/mneme")
    options = parser.parse_args()
    essay = Path(options.essay).read_text(encoding="utf-8")
    lengths = [int(n) for n in options.tokens.split(",")]
    arms = options.arm or ["transformer-xl", "compressive", "lemn", "dct"]

    def run(*words, text=None):
        """Processor seconds."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([str(options.mneme), *map(str, words)], input=text, check=True, capture_output=True, text=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        file, memory, empty = folder / "text.txt", folder / "a.mneme", folder / "empty.mneme"

        def characters(tokens):
            return int(tokens * 3.6)

        def learn(memory, start, tokens):
            wanted = characters(tokens)
            body = ""
            while len(body) < wanted:
                first = (characters(start) + len(body)) % len(essay)
                body += essay[first : first + wanted - len(body)]
            file.write_text(body, encoding="utf-8")
            return run("learn", file, "--memory", memory, "--model", options.model, "-q")

        def ask(memory):
            lines = "/set tokens 1\n" + f"{QUESTION}\n/clear\n" * 8
            return run("chat", "--model", options.model, "--memory", f"{memory}:ro", "--no-history", "-q", text=lines) / 8

        def create(memory, words):
            memory.unlink(missing_ok=True)
            run("memory", "create", memory, "--model", options.model, "-q", "--no-journal", *switches(words))

        print("| memory | tokens before | 4,000 more, s (empty) | a question, s | file, KB |\n|---|---|---|---|---|", flush=True)
        for arm in arms:
            words, done = arm.split(), 0
            create(memory, words)
            for length in lengths:
                while done < length:
                    part = min(100_000, length - done)
                    learn(memory, done, part)
                    done += part
                create(empty, words)
                fresh, full = learn(empty, done, STEP), learn(memory, done, STEP)
                done += STEP
                print(f"| {arm} | {length:,} | {full:.2f} ({fresh:.2f}) | {ask(memory):.3f} | {memory.stat().st_size // 1024:,} |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
