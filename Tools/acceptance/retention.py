#!/usr/bin/env python3
"""What a memory with a budget keeps of a stream of facts and noise, by its policy: answers to the facts afterwards.

    Tools/acceptance/retention.py STREAMS.jsonl [--kind lemn] [--limit rows] [--rows 128,256,512,1024] [--policies fifo,lru,...] [--model smollm2]

STREAMS is made by Tools/train/retention/streams.py (--part test). Everything is told as one text, in windows of 512 tokens, by
`mneme learn` (with --apart as conversations of their own); then each question is asked in an empty context by another process, greedy. Beside the policies: nothing attached, and the
fact itself as text before the question. --arm "kind setting=value ..." asks other memories as well.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from documents import right
from natural import ROOT, Chat, switches

POLICIES = "fifo,lru,lfu,random,attention,surprise,input-matching,spatial,spatio-temporal"


def told(program, model, segments, memory, words, folder, apart):
    """Fills a memory: with one text, read in windows of 512 tokens, or with conversations."""
    file = folder / ("stream.jsonl" if apart else "stream.txt")
    with file.open("w", encoding="utf-8") as out:
        if not apart:
            out.write("\n\n".join(segment["text"] for segment in segments))
        for segment in segments if apart else []:
            out.write(json.dumps({"turns": [{"role": "user", "text": segment["text"]}, {"role": "assistant", "text": "Okay."}]}) + "\n")
    for command in (["memory", "create", memory, "--model", model, "-q", *switches(words)], ["learn", file, "--memory", memory, "--model", model, "--context", 512, "-q"]):
        subprocess.run([str(program), *map(str, command)], check=True, capture_output=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("streams")
    parser.add_argument("--kind", default="lemn")
    parser.add_argument("--limit", default="rows", help="the setting that limits: rows of lemn, budget of block, episodic and neighbor")
    parser.add_argument("--with", dest="settings", action="append", default=[], help="further settings, such as block.shown=128")
    parser.add_argument("--rows", default="128,256,512,1024")
    parser.add_argument("--policies", default=POLICIES)
    parser.add_argument("--arm", action="append", default=[])
    parser.add_argument("--model", default="smollm2")
    parser.add_argument("--mneme", default=ROOT / ".build/release/mneme")
    parser.add_argument("--apart", action="store_true", help="every segment is a conversation of its own")
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    streams = [json.loads(line) for line in open(options.streams, encoding="utf-8")]
    rows = [int(n) for n in options.rows.split(",") if n]
    chat = Chat(options.mneme, options.model)
    total = sum(len(stream["questions"]) for stream in streams)

    def asked(stream, prompts, memory=None):
        replies = [reply for reply, _ in chat.ask(prompts, memory)]
        hits = [right(reply, [item["answer"]]) for reply, item in zip(replies, stream["questions"])]
        if options.show:
            for prompt, reply, hit in zip(prompts, replies, hits):
                print(f"    {'+' if hit else '-'} {prompt[-80:]} {reply[:100]}")
        return sum(hits)

    def facts(stream):
        """The segment that holds each question's answer, as text before it."""
        for item in stream["questions"]:
            fact = next((s["text"] for s in stream["segments"] if item["answer"] in s["text"].replace(".", "").split() and "wondering" not in s["text"]), "")
            yield f"{fact} {item['question']}"

    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        questions = lambda stream: [item["question"] for item in stream["questions"]]
        print(f"of {total} questions: detached {sum(asked(s, questions(s)) for s in streams)}, the fact as text {sum(asked(s, list(facts(s))) for s in streams)}\n", flush=True)

        def arm(words):
            hits = 0
            for number, stream in enumerate(streams):
                memory = folder / f"{number}.mneme"
                told(options.mneme, options.model, stream["segments"], memory, words, folder, options.apart)
                hits += asked(stream, questions(stream), memory)
                memory.unlink()
            return hits

        for words in options.arm:
            print(f"{words}: {arm(words.split())}", flush=True)
        if rows:
            print("| policy | " + " | ".join(f"{options.limit} {n}" for n in rows) + " |\n|---" + "|---" * len(rows) + "|", flush=True)
        for policy in options.policies.split(",") if rows else []:
            cells = [arm([options.kind, f"{options.kind}.{options.limit}={n}", f"{options.kind}.retention={policy}", *options.settings]) for n in rows]
            print(f"| {policy} | " + " | ".join(map(str, cells)) + " |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
