#!/usr/bin/env python3
"""Speed beside llama.cpp: both programs take turns within one run.

    speed.py MODEL.gguf [MODEL.gguf ...] [--types Q4_0,Q8_0,...] [--threads 1,2] [--rounds 3] [--prompt 512] [--generate 128]

For each model, and for each type that it is quantised to by llama.cpp (--types; of a model in F32 or F16), the table gives tokens a second
of Mneme and of llama.cpp, the ratio of the best rounds, and the ratios of single rounds from the lowest to the highest. Needs
llama-cpp-python, built for this machine (pip install --no-binary llama-cpp-python llama-cpp-python), and a release build of Mneme.
"""

import argparse
import ctypes
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
QUANTISED = {"F32": 0, "F16": 1, "Q4_0": 2, "Q4_1": 3, "Q8_0": 7, "Q5_0": 8, "Q5_1": 9, "Q2_K": 10, "Q3_K_M": 12, "Q4_K_M": 15, "Q5_K_M": 17,
             "Q6_K": 18, "IQ4_NL": 25, "IQ3_S": 26, "IQ4_XS": 30}  # llama_ftype


def silenced():
    """llama.cpp without its log; the second value is to be kept, since the library calls it to the end."""
    import llama_cpp as api

    quiet = api.llama_log_callback(lambda *_: None)
    api.llama_log_set(quiet, ctypes.c_void_p(0))
    return api, quiet


def theirs(path, threads, prompt, generate):
    """Tokens a second of llama.cpp: through the prompt, and one by one after it. Run in a process of its own."""
    api, quiet = silenced()
    model = api.llama_model_load_from_file(str(path).encode(), api.llama_model_default_params())
    settings = api.llama_context_default_params()
    settings.n_ctx, settings.n_batch, settings.n_ubatch = prompt + generate + 16, prompt, 512
    settings.n_threads = settings.n_threads_batch = threads
    context = api.llama_init_from_model(model, settings)
    size = api.llama_vocab_n_tokens(api.llama_model_get_vocab(model))
    tokens = [(7919 * i + 13) % size for i in range(prompt)]

    def decode(ids):
        array = (api.llama_token * len(ids))(*ids)
        if api.llama_decode(context, api.llama_batch_get_one(array, len(ids))) != 0:
            sys.exit("llama_decode failed")
        api.llama_get_logits_ith(context, -1)

    best = [float("inf"), float("inf")]
    for _ in range(2):  # the first warms up
        api.llama_memory_clear(api.llama_get_memory(context), True)
        start = time.perf_counter()
        decode(tokens)
        middle = time.perf_counter()
        for i in range(generate):
            decode([tokens[i % prompt]])
        end = time.perf_counter()
        best = [min(best[0], (middle - start) / prompt), min(best[1], (end - middle) / generate)]
    print(json.dumps([1 / best[0], 1 / best[1]]))
    del quiet


def run_theirs(path, options, threads):
    words = [sys.executable, __file__, "--theirs", path, "--threads", str(threads), "--prompt", str(options.prompt),
             "--generate", str(options.generate)]
    return json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout.splitlines()[-1])


def run_ours(path, options, threads):
    words = [options.mneme, "bench", "--plain", "--model", path, "--threads", str(threads), "--prompt", str(options.prompt),
             "--generate", str(options.generate), "--rounds", "1", "--json", "--quiet"]
    report = json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)
    return report["prefill_per_second"], report["decode_per_second"]


def quantise(source, kind, folder):
    api, quiet = silenced()
    path = Path(folder) / f"{Path(source).stem}-{kind}.gguf"
    settings = api.llama_model_quantize_default_params()
    settings.ftype, settings.allow_requantize = QUANTISED[kind], True
    if api.llama_model_quantize(str(source).encode(), str(path).encode(), settings) != 0:
        sys.exit(f"llama.cpp cannot make {kind} of {source}")
    del quiet
    return path


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+")
    parser.add_argument("--types", default="")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--prompt", type=int, default=512)
    parser.add_argument("--generate", type=int, default=128)
    parser.add_argument("--mneme", default=str(ROOT / ".build/release/mneme"))
    parser.add_argument("--theirs", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.theirs:
        theirs(options.models[0], int(options.threads), options.prompt, options.generate)
        return
    print(f"Tokens a second, Mneme / llama.cpp; prompt {options.prompt}, {options.generate} tokens after it; "
          f"best of {options.rounds} rounds, in brackets the ratios of single rounds\n")
    print("| model | threads | prefill | ratio | decode | ratio |\n|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for source in options.models:
            for kind in options.types.split(",") if options.types else [None]:
                path = quantise(source, kind, folder) if kind else source
                for threads in map(int, options.threads.split(",")):
                    rounds = [(run_ours(path, options, threads), run_theirs(path, options, threads)) for _ in range(options.rounds)]
                    cells = []
                    for part in (0, 1):
                        mine, other = max(r[0][part] for r in rounds), max(r[1][part] for r in rounds)
                        ratios = sorted(r[0][part] / r[1][part] for r in rounds)
                        cells += [f"{mine:.0f} / {other:.0f}", f"**{mine / other:.2f}** ({ratios[0]:.2f}-{ratios[-1]:.2f})"]
                    print(f"| {Path(path).stem} | {threads} | " + " | ".join(cells) + " |", flush=True)
                if kind:
                    Path(path).unlink()


if __name__ == "__main__":
    main()
