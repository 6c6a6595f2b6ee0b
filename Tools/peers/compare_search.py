#!/usr/bin/env python3
"""Mneme's exact neighbor search beside FAISS Flat (faiss-cpu from PyPI): same vectors, one machine, turn by turn.

  compare_search.py path/to/mneme [--entries 10000,100000,1000000] [--columns 512] [--threads 1,2] [--batches 1,64]

Vectors are clustered (a few hundred centres with noise, unit length), as keys of text are. Both libraries look for the
64 largest dot products; the ids are compared. Needs numpy and faiss-cpu.
"""
import argparse
import json
import os
import subprocess
import tempfile
import time

import faiss
import numpy as np


def vectors(count, columns, seed):
    random = np.random.default_rng(seed)
    centres = random.standard_normal((300, columns)).astype(np.float32)
    out = np.empty((count, columns), np.float32)
    for start in range(0, count, 50000):
        end = min(count, start + 50000)
        part = random.standard_normal((end - start, columns), dtype=np.float32)
        part += 0.7 * centres[random.integers(0, 300, end - start)]
        out[start:end] = part / np.linalg.norm(part, axis=1, keepdims=True)
    return out


def faiss_run(index, queries, rounds):
    best, times = None, []
    for _ in range(rounds):
        start = time.perf_counter()
        best = index.search(queries, 64)
        times.append((time.perf_counter() - start) * 1000)
    return min(times), best


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("mneme")
    parser.add_argument("--entries", default="10000,100000,1000000")
    parser.add_argument("--columns", type=int, default=512)
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--batches", default="1,64")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--keys", default="f32,f16,int8")
    arguments = parser.parse_args()
    print(f"faiss {faiss.__version__}, {faiss.get_compile_options()}")
    print("| entries | queries | threads | FAISS Flat ms | " + " | ".join(
        f"Mneme {keys} ms | same 64" for keys in arguments.keys.split(",")) + " |")
    for entries in map(int, arguments.entries.split(",")):
        data = vectors(entries + 64, arguments.columns, 1)
        index = faiss.IndexFlatIP(arguments.columns)
        index.add(data[:entries])
        for batch in map(int, arguments.batches.split(",")):
            queries = np.ascontiguousarray(data[entries:entries + batch])
            with tempfile.NamedTemporaryFile(suffix=".f32", delete=False) as file:
                data[:entries].tofile(file)
                queries.tofile(file)
            try:
                for threads in map(int, arguments.threads.split(",")):
                    faiss.omp_set_num_threads(threads)
                    rounds = arguments.rounds if entries * batch < 3e7 else 3
                    elapsed, (_, ids) = faiss_run(index, queries, rounds)
                    cells = []
                    for keys in arguments.keys.split(","):
                        report = json.loads(subprocess.run(
                            [arguments.mneme, "bench", "search", file.name, "--json", "--entries", str(entries),
                             "--queries", str(batch), "--columns", str(arguments.columns), "--threads", str(threads),
                             "--rounds", str(rounds), "--keys", keys],
                            check=True, capture_output=True, text=True).stdout)
                        found = np.array(report["ids"]).reshape(batch, 64)
                        same = np.mean([len(set(a) & set(b)) / 64 for a, b in zip(found, ids)])
                        cells.append(f"{report['milliseconds']:.2f} | {same:.4f}")
                    print(f"| {entries} | {batch} | {threads} | {elapsed:.2f} | " + " | ".join(cells) + " |", flush=True)
            finally:
                os.unlink(file.name)


if __name__ == "__main__":
    main()
