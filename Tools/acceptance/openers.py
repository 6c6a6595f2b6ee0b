#!/usr/bin/env python3
"""What the model says to twenty opening lines (openers.txt), each in a conversation of its own, as it comes.

    Tools/acceptance/openers.py [--model MODEL.gguf] [--temperature 0.7] [--seed 7]
"""

import argparse
from pathlib import Path

from streams import ROOT, Mneme


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=ROOT / "Models/mneme-chat.gguf")
    parser.add_argument("--mneme", default=ROOT / ".build/release/mneme")
    parser.add_argument("--temperature", default="0.7")
    parser.add_argument("--seed", default="7")
    options = parser.parse_args()
    mneme = Mneme(options.mneme, options.model)
    print("| to | it says |\n|---|---|")
    for line in (Path(__file__).parent / "openers.txt").read_text(encoding="utf-8").splitlines():
        said = mneme.json("generate", line, "--chat", "--temperature", options.temperature, "--seed", options.seed, "--tokens", 80)
        print(f"| {line} | {said['text'].strip()} |", flush=True)


if __name__ == "__main__":
    main()
