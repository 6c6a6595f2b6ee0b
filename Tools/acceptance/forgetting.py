#!/usr/bin/env python3
"""Forgetting on the bundled model, end to end: the file afterwards is that of a memory that never saw it.

    forgetting.py [--mneme .build/release/mneme] [--kinds KIND,KIND...]

For every kind of memory and all together, and for each way to forget (by digits, question, source):

1. a life is told (facts, a text), the file is forked, a secret is told, and forgotten again: the data section must be that of
   the fork, byte for byte, and the metadata but for dates;
2. a secret is told in the middle of a life and forgotten at its end: the file must be that of a memory made from an export from
   which the secret's lines were left out;
3. nothing of the secret may be in the file: its words, its token ids in any width, its key vectors.

Prints one line of JSON; exits with 1 when anything differs.
"""

import argparse
import json
import pathlib
import struct
import subprocess
import sys
import tempfile

import kinds as kinds_of

LIFE = ["My dog is called Bozkif.", "I live in Turin.", "My sister collects old maps."]
SECRET = "My secret garden is in Quillmoor."
LATER = ["My boat is called Halpit.", "I drive a green van."]
TEXT = "The rain came early that year and the river rose over the lower fields. " * 6


def run(mneme, *arguments):
    done = subprocess.run([mneme, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"mneme {' '.join(map(str, arguments))}: {done.stderr.strip()}")
    return done.stdout


def parts(path):
    """Metadata without dates, and the data section."""
    raw = pathlib.Path(path).read_bytes()
    length = struct.unpack("<Q", raw[:8])[0]
    header = json.loads(raw[8 : 8 + length])
    metadata = header.pop("__metadata__")
    for key in ("mneme.created", "mneme.updated", "mneme.header_sha256"):
        metadata.pop(key)
    return metadata, header, raw[8 + length :]


def differences(left, right):
    """What two files differ in, tensor by tensor."""
    (ma, ha, da), (mb, hb, db) = parts(left), parts(right)
    found = [key for key in sorted(set(ma) | set(mb)) if ma.get(key) != mb.get(key)]
    for name in sorted(set(ha) | set(hb)):
        a, b = ha.get(name), hb.get(name)
        if a is None or b is None or a["shape"] != b["shape"]:
            found.append(name)
        elif da[slice(*a["data_offsets"])] != db[slice(*b["data_offsets"])]:
            found.append(name)
    return found


def traces(path, ids, vectors):
    """Where something of the secret is still in a file."""
    raw = pathlib.Path(path).read_bytes()
    found = [word for word in ("Quillmoor", "secret garden") if word.encode() in raw]
    for start in range(len(ids) - 3):
        run_of = ids[start : start + 4]
        for name, code in (("u16", "<4H"), ("i32", "<4i"), ("i64", "<4q"), ("f32", "<4f")):
            if struct.pack(code, *run_of) in raw:
                found.append(f"{name} {run_of}")
        if ",".join(map(str, run_of)).encode() in raw:
            found.append(f"text {run_of}")
    return found + [f"vector {index}" for index, vector in enumerate(vectors) if vector in raw]


def vectors_of(path, count):
    """The first 32 bytes of the keys of the last tokens learned."""
    _, header, data = parts(path)
    found = []
    for name in sorted(header):
        # Keys of single tokens: of every kind that keeps them, but not those of adapters or of whole blocks.
        if name.endswith(".keys") and name.count(".") == 1 and len(header[name]["shape"]) == 2:
            start, end = header[name]["data_offsets"]
            size = (end - start) // max(1, header[name]["shape"][0])
            rows = range(max(0, header[name]["shape"][0] - count), header[name]["shape"][0])
            found += [data[start + row * size : start + row * size + 32] for row in rows]
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mneme", default=".build/release/mneme")
    parser.add_argument("--kinds", help="default: every kind the program has")
    options = parser.parse_args()
    mneme = options.mneme
    single = options.kinds.split(",") if options.kinds else kinds_of.names(mneme)
    keeps_facts = {kind["kind"] for kind in kinds_of.described(mneme) if kind["facts"]}
    ids = json.loads(run(mneme, "tokenize", "--json", SECRET))
    ids = [token["id"] if isinstance(token, dict) else token for token in ids.get("tokens", ids.get("ids", []))]
    checks, failures = 0, []
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        text = folder / "text.txt"
        text.write_text(TEXT)
        # One kind alone is also all kinds together.
        together = [single] if len(single) > 1 else []
        for kinds in [[kind] for kind in single] + together:
            name = "+".join(kinds)
            modules = [argument for kind in kinds for argument in ("--module", kind)]
            base = folder / f"{name}.mneme"
            run(mneme, "memory", "create", base, *modules)
            for fact in LIFE:
                run(mneme, "memory", "write", "--memory", base, fact)
            run(mneme, "learn", text, "--memory", base)
            ways = ["--source"] + (["--id", "--query"] if keeps_facts & set(kinds) else [])
            for way in ways:
                fork = folder / f"{name}{way}.mneme"
                run(mneme, "memory", "fork", base, fork)
                before = json.loads(run(mneme, "memory", "write", "--memory", fork, SECRET, "--source", "garden", "--json"))
                vectors = vectors_of(fork, 4)
                value = {"--source": "garden", "--id": before.get("fact"), "--query": "Where is my secret garden?"}[way]
                run(mneme, "memory", "forget", fork, way, value)
                for found in (differences(fork, base), traces(fork, ids, vectors)):
                    checks += 1
                    if found:
                        failures.append({"kinds": name, "way": way, "differs": found[:8]})
            middle = folder / f"{name}-middle.mneme"
            run(mneme, "memory", "fork", base, middle)
            run(mneme, "memory", "write", "--memory", middle, SECRET, "--source", "garden")
            vectors = vectors_of(middle, 4)
            for fact in LATER:
                run(mneme, "memory", "write", "--memory", middle, fact)
            lines = [json.loads(line) for line in run(mneme, "memory", "export", middle).splitlines()]
            gone = [number for number, line in enumerate(x for x in lines if x["type"] == "commit") if line["source"] == "garden"]
            kept = [line for line in lines if line.get("source") != "garden"]
            for line in kept:
                if line["type"] == "commit" and line["parent"] >= 0:
                    line["parent"] -= sum(number < line["parent"] for number in gone)
            export = folder / f"{name}.jsonl"
            export.write_text("".join(json.dumps(line) + "\n" for line in kept))
            fresh = folder / f"{name}-fresh.mneme"
            run(mneme, "memory", "import", export, fresh)
            run(mneme, "memory", "forget", middle, "--source", "garden")
            for found in (differences(middle, fresh), traces(middle, ids, vectors)):
                checks += 1
                if found:
                    failures.append({"kinds": name, "way": "middle", "differs": found[:8]})
            run(mneme, "memory", "verify", middle)
    print(json.dumps({"checks": checks, "failures": failures}))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
