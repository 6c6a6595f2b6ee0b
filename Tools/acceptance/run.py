#!/usr/bin/env python3
"""Runs what Mneme promises, end to end, through the `mneme` program a user has: nothing is mocked.

    Tools/acceptance/run.py [--mneme .build/release/mneme] [--only recall,crash] [--corpora DIR]

Each check prints one line with its figures; the exit status is the number of checks that failed. Checks of single memories
run over every kind that the program lists (`kinds.py`).
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import facts
import kinds

ROOT = Path(__file__).resolve().parents[2]
FAILED = []
# The kinds that are claimed to lower the perplexity of an unseen novel; others are measured beside them.
LOWER_NOVELS = {"neural", "episodic", "neighbor"}


def report(name, ok, text):
    print(f"{'ok  ' if ok else 'FAIL'} {name}: {text}", flush=True)
    if not ok:
        FAILED.append(name)


class Mneme:
    """The program under test."""

    def __init__(self, path):
        self.path = str(path)

    def run(self, *arguments, text=None, check=True, timeout=900):
        done = subprocess.run([self.path, *map(str, arguments)], input=text, capture_output=True, text=True, timeout=timeout)
        if check and done.returncode != 0:
            raise RuntimeError(f"mneme {' '.join(map(str, arguments))} ended with {done.returncode}: {done.stderr[-500:]}")
        return done

    def json(self, *arguments, **options):
        return json.loads(self.run(*arguments, "--json", **options).stdout)

    def chat(self, memory, lines, modules=()):
        """Types lines into a chat in a process of its own, as a user would from a script."""
        if modules and not Path(memory).exists():
            self.run("memory", "create", memory, *[part for kind in modules for part in ("--module", kind)])
        self.run("chat", "--memory", memory, "--temperature", "0", "--seed", "1", "--repetition-guard", "off", text="\n".join(lines) + "\n/quit\n")


def delta(outcome, metric, arm=None):
    """The paired difference of a metric: attached against detached, or against another arm."""
    table = outcome["delta"] if arm is None else outcome["delta_" + arm] if "delta_" + arm in outcome else outcome["deltas"][arm]
    return table[metric]


def recall(mneme, folder):
    """Two processes: facts told in one, asked in the other; six facts a person, ten people."""
    for kind in kinds.names(mneme.path):
        hits = {"attached": 0, "detached": 0}
        total = 0
        for seed in range(10):
            lines, items = facts.person(100 + seed, facts=6, small_talk=2)
            memory, prompts = folder / f"{kind}{seed}.mneme", folder / f"person{seed}.jsonl"
            facts.write_items(prompts, items)
            mneme.chat(memory, lines, modules=[kind])
            outcome = mneme.json("ab", "--memory", memory, "--prompts", prompts, "--seed", 1, "--temperature", 0)
            for arm in hits:
                hits[arm] += round(outcome["arms"][arm]["contains"] * len(items))
            total += len(items)
        report(f"recall of told facts ({kind} memory, 6 facts a person)", hits["attached"] >= total / 2 and hits["detached"] == 0,
               f"attached {hits['attached']}/{total}, detached {hits['detached']}/{total}")


def likelihood(mneme, folder):
    """Answers' NLL: attached below detached and below another person's memory, for each memory alone."""
    lines, items = facts.person(1, facts=24, small_talk=8)
    others, _ = facts.person(2, facts=24, small_talk=8)
    prompts = folder / "questions.jsonl"
    facts.write_items(prompts, items)
    for kind in kinds.names(mneme.path):
        mine, wrong = folder / f"{kind}.mneme", folder / f"{kind}-wrong.mneme"
        mneme.chat(mine, lines, modules=[kind])
        mneme.chat(wrong, others, modules=[kind])
        outcome = mneme.json("ab", "--memory", mine, "--prompts", prompts, "--control", wrong, "--seed", 1, "--temperature", 0)
        arms = outcome["arms"]
        against_detached = outcome["delta"]["nll"]
        against_wrong = outcome["controls"]["wrong-memory"]["nll"] if "controls" in outcome else None
        text = ", ".join(f"{name} {arm['nll']:.3f}" for name, arm in arms.items()) + f"; delta {against_detached['mean']:+.3f} {against_detached['ci95']}"
        ok = against_detached["ci95"][1] < 0
        if against_wrong:
            text += f"; against wrong memory {against_wrong['mean']:+.3f} {against_wrong['ci95']}"
            ok = ok and against_wrong["ci95"][1] < 0
        else:
            ok = False
        report(f"answers' NLL ({kind} memory, {len(items)} questions)", ok, text)


def novel(mneme, folder, corpora):
    """An unseen novel, streamed: attached with --learn against detached."""
    import lzma

    with lzma.open(Path(corpora) / "books.jsonl.xz", "rt", encoding="utf-8") as file:
        books = [json.loads(line) for line in file][-10:]
    for book in (books[0], books[5]):
        path = folder / "novel.txt"
        path.write_text(book["text"].replace("\ufeff", "")[20000:120000], encoding="utf-8")
        plain = mneme.json("perplexity", path)
        line = [f"detached {plain['perplexity']:.2f}"]
        ok = True
        for modules in kinds.sets(mneme.path):
            memory = folder / f"novel-{'-'.join(modules)}-{book['title']}.mneme"
            mneme.run("memory", "create", memory, *[part for kind in modules for part in ("--module", kind)])
            learned = mneme.json("perplexity", path, "--memory", memory, "--learn")
            change = 100 * (learned["perplexity"] / plain["perplexity"] - 1)
            ok = ok and (change < 0 or not LOWER_NOVELS.issuperset(modules))
            line.append(f"{'+'.join(modules)} {learned['perplexity']:.2f} ({change:+.1f} %)")
        report(f"unseen novel {book['title']} ({plain['tokens']} tokens)", ok, ", ".join(line))


def irrelevant(mneme, folder, text_file):
    """A filled memory costs little on unrelated text, whatever its kind."""
    lines, _ = facts.person(3, facts=20, small_talk=10)
    text = folder / "unrelated.txt"
    text.write_text(Path(text_file).read_text(encoding="utf-8")[:60000], encoding="utf-8")
    plain = mneme.json("perplexity", text)["nll"]
    for modules in kinds.sets(mneme.path):
        name = "+".join(modules)
        memory = folder / f"{name}.mneme"
        mneme.chat(memory, lines, modules=modules)
        attached = mneme.json("perplexity", text, "--memory", memory)["nll"]
        cost = 100 * (attached / plain - 1)
        report(f"attached but irrelevant memory ({name})", cost <= 0.5,
               f"NLL {plain:.4f} -> {attached:.4f} ({cost:+.3f} %, at most +0.5 %)")


def crash(mneme, folder):
    """kill -9 in the middle of 100 saves never leaves a file that does not load."""
    memory = folder / "crash.mneme"
    mneme.chat(memory, ["My dog is called Bozkif."])
    rng = random.Random(5)
    loaded, rounds, leftovers = 0, 20, 0
    for attempt in range(rounds):
        script = "".join(f"/remember Fact number {attempt}-{i} is {rng.randrange(10**6)}.\n/memory save\n" for i in range(100))
        process = subprocess.Popen([mneme.path, "chat", "--memory", str(memory)], stdin=subprocess.PIPE,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True)
        try:
            process.stdin.write(script)
            process.stdin.flush()
        except BrokenPipeError:
            pass
        time.sleep(0.15 + rng.random() * 0.8)
        process.send_signal(signal.SIGKILL)
        process.wait()
        loaded += mneme.run("memory", "verify", memory, check=False).returncode == 0
    leftovers = len([p for p in folder.iterdir() if p.name.startswith("crash.mneme") and p != memory])
    report("kill -9 while saving", loaded == rounds, f"{loaded}/{rounds} files verify afterwards ({leftovers} temporary files left beside it)")


def bad_input(mneme, folder, model):
    """A JPEG, an empty file, truncated or flipped files, a directory, a missing path, invalid UTF-8: one sentence, exit 1."""
    memory = folder / "good.mneme"
    mneme.chat(memory, ["My cat is called Mirlo."])
    model_bytes, memory_bytes = Path(model).read_bytes(), memory.read_bytes()
    jpeg = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + bytes(range(256)) * 8 + b"\xff\xd9"
    flipped = bytearray(memory_bytes)
    flipped[len(flipped) - 100] ^= 0x40
    header = bytearray(model_bytes)
    header[9] ^= 0x80
    bad = {"jpeg": jpeg, "empty": b"", "text": b"hello\n" * 100}
    cases = []
    for name, content in bad.items():
        path = folder / f"bad-{name}"
        path.write_bytes(content)
        cases += [(f"model is {name}", ["generate", "hi", "--model", path]), (f"memory is {name}", ["memory", "info", path]),
                  (f"chat memory is {name}", ["chat", "--memory", path, "-c", "hi"])]
    for name, content in {"truncated": model_bytes[: len(model_bytes) // 2], "flipped": bytes(header)}.items():
        path = folder / f"model-{name}.gguf"
        path.write_bytes(content)
        cases.append((f"{name} GGUF", ["generate", "hi", "--model", path]))
    for name, content in {"truncated": memory_bytes[:-1000], "flipped": bytes(flipped), "header": memory_bytes[:20]}.items():
        path = folder / f"memory-{name}.mneme"
        path.write_bytes(content)
        cases += [(f"{name} memory file", ["memory", "verify", path]), (f"{name} memory in chat", ["chat", "--memory", path, "-c", "hi"])]
    invalid = folder / "invalid.txt"
    invalid.write_bytes(b"abc \xff\xfe\xfa def")
    cases += [("directory as model", ["generate", "hi", "--model", folder]), ("missing model", ["generate", "hi", "--model", folder / "none.gguf"]),
              ("directory as memory", ["chat", "--memory", folder, "-c", "hi"]), ("missing memory", ["memory", "info", folder / "none.mneme"]),
              ("invalid UTF-8 text", ["perplexity", invalid]), ("invalid UTF-8 learned", ["learn", invalid, "--memory", memory]),
              ("directory as text", ["perplexity", folder]), ("missing prompts", ["ab", "--memory", memory, "--prompts", folder / "none.jsonl"])]
    before = {p: p.read_bytes() for p in folder.iterdir() if p.is_file()}
    wrong = []
    for name, arguments in cases:
        done = mneme.run(*arguments, check=False, text="")
        sentence = done.stderr.strip()
        if done.returncode != 1 or not sentence or len(sentence.splitlines()) > 2:
            wrong.append(f"{name}: exit {done.returncode}, stderr {sentence[:200]!r}")
    changed = [p.name for p, content in before.items() if not p.exists() or p.read_bytes() != content]
    report("bad input", not wrong and not changed, f"{len(cases)} cases" + "".join(f"\n     {line}" for line in wrong) + (f"\n     changed: {changed}" if changed else ""))


def wrong_model(mneme, folder, other):
    """A memory made for one model is refused by another, naming both fingerprints."""
    memory = folder / "mine.mneme"
    mneme.chat(memory, ["My dog is called Bozkif."])
    done = mneme.run("chat", "--memory", memory, "--model", other, "-c", "hi", check=False)
    fingerprint = mneme.json("memory", "info", memory)["model_fingerprint"]
    ok = done.returncode == 1 and fingerprint[:8] in done.stderr
    report("wrong model refused", ok, done.stderr.strip()[:300])


def golden_story(mneme, shared):
    """stories260K, greedy, 200 tokens, at 1 and 2 threads, equals llama2.c's own text."""
    expected = (Path(shared) / "stories260K.golden.txt").read_text().strip()
    for threads in (1, 2):
        got = mneme.run("generate", "", "--model", Path(shared) / "stories260K.gguf", "--temperature", 0, "--repeat-penalty", 1,
                        "--tokens", 200, "--threads", threads, "--quiet").stdout.strip()
        report(f"golden story at {threads} thread(s)", got == expected, f"{len(got)} characters")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mneme", default=ROOT / ".build/release/mneme")
    parser.add_argument("--model", default=ROOT / "Models/mneme-chat.gguf")
    parser.add_argument("--corpora", help="folder with books.jsonl.xz; the novel check is left out without it")
    parser.add_argument("--weights", help="folder with stories260K.gguf and its golden text; its checks are left out without it")
    parser.add_argument("--unrelated", help="a text file on other matters; its check is left out without it")
    parser.add_argument("--only", help="comma-separated names of checks")
    options = parser.parse_args()
    mneme = Mneme(options.mneme)
    os.environ.setdefault("MNEME_MODEL", str(options.model))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        checks = {"recall": lambda f: recall(mneme, f), "likelihood": lambda f: likelihood(mneme, f),
                  "crash": lambda f: crash(mneme, f), "bad": lambda f: bad_input(mneme, f, options.model)}
        if options.corpora:
            checks["novel"] = lambda f: novel(mneme, f, options.corpora)
        if options.unrelated:
            checks["irrelevant"] = lambda f: irrelevant(mneme, f, options.unrelated)
        if options.weights:
            checks["golden"] = lambda f: golden_story(mneme, options.weights)
            checks["wrong-model"] = lambda f: wrong_model(mneme, f, Path(options.weights) / "stories260K.gguf")
        for check in options.only.split(",") if options.only else checks:
            place = folder / check
            place.mkdir()
            started = time.time()
            try:
                checks[check](place)
            except Exception as error:  # a check that cannot run is a check that failed
                report(check, False, f"{type(error).__name__}: {error}")
            print(f"     {time.time() - started:.0f} s", flush=True)
    print(f"{len(FAILED)} failed" + (": " + "; ".join(FAILED) if FAILED else ""))
    sys.exit(len(FAILED))


if __name__ == "__main__":
    main()
