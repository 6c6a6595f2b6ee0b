#!/usr/bin/env python3
"""Counts what a chat writes to the disk for one exchange, with a memory of 1, 100 and 10,000 facts.

    Tools/acceptance/bytes.py [--facts 1,100,10000] [--exchanges 5] [--model smollm2] [--modules episodic] [--kept FOLDER]

A chat attaches the memory and is told as many new things as --exchanges; what its process has written by then (/proc/PID/io,
wchar: files and the reply itself) is read after each. Beside it stands the size of the file, which an exchange cost before there was a log.
The file is written once more when a chat ends; here it is killed before. Linux only. --kept names a folder with files N.mneme of an
earlier run.
"""

import argparse
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "Tools/acceptance"))
import facts  # noqa: E402


def written(pid):
    with open(f"/proc/{pid}/io", encoding="ascii") as lines:
        return {name: int(value) for name, value in (line.split(":") for line in lines)}["wchar"]


def chat(program, memory, model, lines):
    """Bytes that a chat has handed to the system by the time it has answered the lines; it is killed then."""
    process = subprocess.Popen([program, "chat", str(memory), "--model", model, "-q", "--temperature", "0", "--tokens", "8"],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT)
    counts = []
    for line in ["/set tokens", *lines]:
        process.stdin.write((line + "\n/set seed\n").encode())
        process.stdin.flush()
        while True:
            answer = process.stdout.readline()
            if not answer or answer.startswith(b"seed "):
                break
        counts.append(written(process.pid))
    process.send_signal(signal.SIGKILL)
    process.wait()
    return counts


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--facts", default="1,100,10000")
    parser.add_argument("--exchanges", type=int, default=5)
    parser.add_argument("--model", default="smollm2")
    parser.add_argument("--mneme", default=str(ROOT / ".build/release/mneme"))
    parser.add_argument("--kept", type=pathlib.Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        for count in (int(n) for n in options.facts.split(",")):
            rng = random.Random(count)
            memory = pathlib.Path(place) / f"{count}.mneme"
            kept = options.kept / f"{count}.mneme" if options.kept else None
            if kept and kept.exists():
                os.link(kept, memory) if kept.stat().st_dev == memory.parent.stat().st_dev else memory.write_bytes(kept.read_bytes())
            else:
                told = memory.with_suffix(".txt")
                told.write_text("".join(f"{facts.invented_name(rng)} lives in {facts.invented_name(rng)}.\n" for _ in range(count)))
                subprocess.run([options.mneme, "learn", told, "--memory", memory, "--model", options.model, "-q"], check=True, cwd=ROOT,
                               stdout=subprocess.DEVNULL)
            size = memory.stat().st_size
            lines = [f"{facts.invented_name(rng)} works for {facts.invented_name(rng)}." for _ in range(options.exchanges)]
            start = time.time()
            counts = chat(options.mneme, memory, options.model, lines)
            each = [b - a for a, b in zip(counts, counts[1:])]
            print(f"{count} facts: file {size:,} bytes; written for each of {len(each)} exchanges "
                  f"{min(each):,} to {max(each):,} bytes ({time.time() - start:.0f} s)", flush=True)


if __name__ == "__main__":
    main()
