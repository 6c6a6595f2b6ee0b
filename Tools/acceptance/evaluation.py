#!/usr/bin/env python3
"""The battery as a user runs it: same seed same JSON, interrupted runs, and a report from a text of one's own.

    evaluation.py [--mneme .build/release/mneme] [--suites recall,stream,lifecycle] [--kinds episodic,neighbor]

An arm for every kind of memory that the program lists (about seven minutes of one core).

1. two runs with one seed print the same JSON but for `timings`, another seed another one;
2. a run that is interrupted (SIGINT) after some work exits with 130 and leaves a report that says so and a log;
   `--resume` does the rest only, and its results are those of a run that was never interrupted; the log is gone;
3. the log of another run is refused in a sentence;
4. from a text of one's own to a report: `learn`, `ab --text --report`; the page is one file that names no address.

Prints a line per check; the exit status is the number of checks that failed.
"""

import argparse
import json
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

import kinds as kinds_of

FAILED = []


def report(name, ok, text=""):
    print(f"{'ok  ' if ok else 'FAIL'} {name}{': ' + text if text else ''}", flush=True)
    if not ok:
        FAILED.append(name)


def settled(path):
    """Results without what differs from run to run."""
    results = json.loads(pathlib.Path(path).read_text())
    results.pop("timings")
    return results


def joined(value):
    """Every list of words in a JSON value, as a text: the tokens of a page are among them."""
    if isinstance(value, list) and value and all(isinstance(word, str) for word in value):
        yield "".join(value)
    elif isinstance(value, (list, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from joined(item)


class Battery:
    def __init__(self, mneme, suites, kinds, folder):
        self.mneme, self.folder = mneme, folder
        self.suites = [part for name in suites for part in ("--suite", name)]
        self.arms = [part for kind in kinds for part in ("--arm", kind)]

    def command(self, name, *further):
        return [self.mneme, "ab", *self.suites, *self.arms, "--limit", "3",
                "--results", str(self.folder / f"{name}.json"), "--report", str(self.folder / f"{name}.html"),
                "--quiet", *map(str, further)]

    def run(self, name, *further):
        return subprocess.run(self.command(name, *further), capture_output=True, text=True)

    def same(self):
        for name, seed in (("a", 7), ("b", 7), ("c", 8)):
            done = self.run(name, "--seed", seed)
            if done.returncode != 0:
                return report("runs", False, done.stderr.strip())
        a, b, c = (settled(self.folder / f"{name}.json") for name in "abc")
        report("one seed, one JSON", a == b, f"{len(json.dumps(a)):,} characters")
        report("another seed, other tasks", a["suites"] != c["suites"])
        pages = [(self.folder / f"{name}.html").read_text() for name in "ab"]
        pages = [re.sub(r'"timings":\{.*?\}(?=[,}])', "", page) for page in pages]
        report("a page for each", all(len(page) > 10_000 for page in pages))

    def interrupted(self):
        log = self.folder / "d.json.partial"
        process = subprocess.Popen(self.command("d", "--seed", 7), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2000):
            if log.exists() and log.read_bytes().count(b"\n") >= 6:
                break
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=120)
        done = log.read_bytes().count(b"\n") - 1
        partial = json.loads((self.folder / "d.json").read_text())
        report("interrupted: exit code 130", process.returncode == 130, str(process.returncode))
        report("interrupted: what is finished is kept", partial["done"] == done < partial["total"],
               f"{partial['done']} of {partial['total']}")
        page = (self.folder / "d.html").read_text()
        report("interrupted: the page says so", str(partial["total"]) in page and "topped" in page)
        refused = self.run("d", "--seed", 8, "--resume")
        report("another run's log is refused in a sentence",
               refused.returncode == 1 and "other settings" in refused.stderr and log.exists(), refused.stderr.strip()[:160])
        before = log.read_bytes()
        resumed = self.run("d", "--seed", 7, "--resume")
        report("resumed", resumed.returncode == 0 and not log.exists(), resumed.stderr.strip())
        whole = settled(self.folder / "d.json")
        report("resumed: as if never interrupted", whole == settled(self.folder / "a.json"), f"{len(before):,} bytes of log used")
        nothing = self.run("d", "--seed", 7, "--resume")
        report("nothing to resume: a sentence", nothing.returncode == 1 and "no unfinished run" in nothing.stderr)

    def newcomer(self):
        text = self.folder / "story.txt"
        names = ["Brannoc", "Ottilin", "Feldrake", "Marwyth"]
        text.write_text(" ".join(
            f"{names[n % 4]} of Quillmoor walked to the harbour of {names[(n * 3 + 1) % 4]} on day {n}." for n in range(120)))
        memory, page = self.folder / "story.mneme", self.folder / "story.html"
        for command in (["learn", text, "--memory", memory], ["ab", "--memory", memory, "--text", text, "--report", page]):
            done = subprocess.run([self.mneme, *map(str, command), "--quiet"], capture_output=True, text=True)
            if done.returncode != 0:
                return report("newcomer", False, done.stderr.strip())
        content = page.read_text()
        data = json.loads(re.search(r'<script[^>]*application/json[^>]*>(.*?)</script>', content, re.S).group(1))
        report("a text of one's own: a report in two commands", any("Feldrake" in text for text in joined(data)),
               f"{len(content):,} characters")
        loads = re.findall(r'(?:src|href)\s*=\s*"(?!#)([^"]*)"', content)
        report("the page loads nothing", not [place for place in loads if not place.startswith("data:")], str(loads[:3]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mneme", default=str(pathlib.Path(__file__).resolve().parents[2] / ".build/release/mneme"))
    parser.add_argument("--suites", default="recall,stream,lifecycle")
    parser.add_argument("--kinds", help="default: every kind the program has")
    options = parser.parse_args()
    kinds = options.kinds.split(",") if options.kinds else kinds_of.names(options.mneme)
    with tempfile.TemporaryDirectory() as folder:
        battery = Battery(options.mneme, options.suites.split(","), kinds, pathlib.Path(folder))
        battery.same()
        battery.interrupted()
        battery.newcomer()
    sys.exit(len(FAILED))


if __name__ == "__main__":
    main()
