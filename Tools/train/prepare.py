"""Tokenizer and token streams.

    prepare.py --corpora DIR --work DIR

writes WORK/tokenizer.model and, per source, WORK/NAME.train.npz and WORK/NAME.held.npz: `tokens` (uint16), `weights`
(uint8, the weight of a token in the loss), `starts` (where each document begins). What exists is not made again.
"""
import argparse
import json
import lzma
import os
import random
import re

import numpy as np
import sentencepiece

from conversations import Names, VALUE_ON, VALUE_OFF, clean, generated, long_conversation, needle_conversation, smalltalk, smalltalk_distractor

VOCAB = 4096
ROLES = {"system": 3, "user": 4, "assistant": 5}
BOS, END, NEWLINE = 1, 6, 7
SEED = 20261121
VALUE_WEIGHT = 3
HELD_BOOKS = 10
SYSTEM = ("You are Mneme.", "You are Mneme, a friendly assistant.", "You are a helpful assistant.", "Talk with the user.", "You remember what the user tells you.")
# How many conversations of each source are kept, and how often each is repeated: casual talk is preferred.
KEEP = {"self_dialogue": (None, 1), "topical_chat": (None, 1), "synthetic_persona_chat": (None, 3), "chatterbot": (None, 4),
        "sgd": (2500, 1), "taskmaster4": (1200, 1), "casino": (400, 1)}
RUDE = re.compile(r"\b(nigg\w*|fagg?ot\w*|retard\w*|rapist|bitch\w*|fuck\w*|cunt\w*|porn\w*|negro\w*|darky|darkies)\b", re.I)
ODD = re.compile(r"[^\x20-\x7e‘’“”–—…é£°]")


def records(corpora, name):
    with lzma.open(os.path.join(corpora, name + ".jsonl.xz"), "rt", encoding="utf-8") as f:
        for line in f:
            yield json.loads(line)


def tidy(text):
    text = text.replace("’", "'").replace("‘", "'").replace("“", '"').replace("”", '"').replace("…", "...")
    text = re.sub(r"\s+", " ", text).strip()
    if text and text[0].islower():
        text = text[0].upper() + text[1:]
    text = re.sub(r"\bi\b(?=$|[ ',.!?])", "I", text)
    return text if not text or text[-1] in ".!?\"')" else text + "."


def names_share(turns):
    """Share of the words inside sentences that begin with a capital: talk about teams and film stars has many."""
    words = [w for t in turns for w in re.findall(r"(?<=[a-z,] )[A-Za-z']+", t["text"])]
    return sum(w[0].isupper() and w != "I" and not w.startswith("I'") for w in words) / max(1, len(words))


def dialogues(corpora):
    """Clean conversations: strictly alternating, user first, no odd characters, no very long turns."""
    r, bags = random.Random(SEED), {}
    for rec in records(corpora, "dialogues"):
        turns = [{"role": t["role"], "text": t["text"]} for t in rec["turns"]]
        joined = " ".join(t["text"] for t in turns)
        if ODD.search(joined) or RUDE.search(joined) or "[" in joined or "http" in joined:
            continue
        if turns and turns[0]["role"] == "assistant":
            turns = turns[1:]
        if len(turns) < 2 or any(t["role"] != ("user", "assistant")[i % 2] for i, t in enumerate(turns)):
            continue
        if any(len(t["text"]) > 320 or not t["text"].strip() for t in turns):
            continue
        if len(turns) % 2:
            turns = turns[:-1]
        if rec["source"] == "self_dialogue" and names_share(turns) > 0.06:
            continue
        bags.setdefault(rec["source"], []).append([dict(t, text=tidy(t["text"])) for t in turns])
    out = []
    for source, (n, times) in KEEP.items():
        bag = bags.get(source, [])
        r.shuffle(bag)
        out += [(source, c) for c in bag[:n] for _ in range(times)]
    r.shuffle(out)
    return out


def chunks(text, size=1900):
    """Pieces of running text cut at line ends."""
    piece = ""
    for line in text.replace("\ufeff", "").split("\n"):
        line = line.strip()
        if not line:
            continue
        if piece and len(piece) + len(line) > size:
            yield piece
            piece = ""
        piece += line[: 2 * size] + "\n"
    if len(piece) > 200:
        yield piece


def books(corpora, held, size=1900, count=150):
    all_books = list(records(corpora, "books"))
    r, out = random.Random(SEED), []
    for b in (all_books[-HELD_BOOKS:] if held else all_books[:-HELD_BOOKS]):
        c = [x for x in chunks(b["text"], size) if not RUDE.search(x)]
        r.shuffle(c)
        out += c[: 8 if held else count]
    r.shuffle(out)
    return out


def encyclopedia(corpora):
    r, out = random.Random(SEED + 1), []
    for i, rec in enumerate(records(corpora, "encyclopedia")):
        c = [x for x in chunks(rec["text"]) if not RUDE.search(x)]
        out += c[:1] if i % 3 == 0 else []
    r.shuffle(out)
    return out


def qa(corpora):
    r, out = random.Random(SEED + 2), []
    for rec in records(corpora, "qa"):
        if rec["source"] == "opentriviaqa":
            q, a = rec.get("question"), rec.get("answer")
            if not q or not a or RUDE.search(q + a) or ODD.search(q + a) or "____" in q or re.search(r"\b(these|following)\b", q):
                continue
            out.append([{"role": "user", "text": q}, {"role": "assistant", "text": tidy(a)}])
        elif r.random() < 0.2:
            w, d = rec["words"][0], rec["definition"][0]
            if not ODD.search(w + d) and not RUDE.search(w + d):
                q = r.choice(("What is {}?", "What does {} mean?", "Define {}.")).format(w)
                out.append([{"role": "user", "text": q}, {"role": "assistant", "text": tidy(d)}])
    r.shuffle(out)
    return out


def generated_conversations(real, count, seed, make=generated):
    r = random.Random(seed)
    names = Names(r)
    pairs = [(c[i], c[i + 1]) for s, c in real if s in ("self_dialogue", "synthetic_persona_chat") for i in range(0, len(c) - 1, 2)
             if len(c[i]["text"]) < 90 and len(c[i + 1]["text"]) < 110 and " my " not in c[i]["text"].lower()]

    def distractor(r):
        if r.random() < 0.6:
            return smalltalk_distractor(r)
        return list(r.choice(pairs))

    out = []
    for _ in range(count):
        c = make(r, names, distractor)
        if r.random() < 0.05:
            c = [{"role": "system", "text": r.choice(SYSTEM)}] + c
        out.append(c)
    return out


def needles(texts, count, seed):
    r = random.Random(seed)
    names = Names(r)
    return (needle_conversation(r, names, texts) for _ in range(count))


def fitting(documents, least, most):
    """Those of a length in tokens."""
    return (d for d in documents if least <= len(d[0]) <= most)


def train_tokenizer(corpora, work, real):
    sample, r = os.path.join(work, "tokenizer.txt"), random.Random(SEED + 3)
    with open(sample, "w", encoding="utf-8") as f:
        def put(texts, limit):
            for t in texts:
                f.write(t.replace("\n", " ") + "\n")
                limit -= len(t)
                if limit < 0:
                    return
        put((t["text"] for _, c in real for t in c), 7_000_000)
        put((clean(t["text"]) for c in generated_conversations(real, 9000, SEED + 4) for t in c), 4_000_000)
        put(books(corpora, False), 5_000_000)
        put(encyclopedia(corpora), 3_000_000)
        put((t["text"] for c in qa(corpora) for t in c), 1_500_000)
    sentencepiece.SentencePieceTrainer.train(
        input=sample, model_prefix=os.path.join(work, "tokenizer"), vocab_size=VOCAB, model_type="bpe", byte_fallback=True,
        normalization_rule_name="identity", remove_extra_whitespaces=False, add_dummy_prefix=True, split_digits=True,
        character_coverage=0.9995, unk_id=0, bos_id=1, eos_id=2, pad_id=-1, control_symbols=["<|system|>", "<|user|>", "<|assistant|>", "<|end|>"],
        user_defined_symbols=["\n"], num_threads=2, input_sentence_size=400_000, shuffle_input_sentence=True, minloglevel=1)


class Encoder:
    def __init__(self, path):
        self.sp = sentencepiece.SentencePieceProcessor(model_file=path)
        assert [self.sp.piece_to_id(f"<|{x}|>") for x in ("system", "user", "assistant", "end")] == [3, 4, 5, 6]

    def encode(self, text):
        """Line by line, as llama.cpp and Mneme do: each line gets its own leading space."""
        ids = []
        for i, line in enumerate(text.split("\n")):
            ids += ([NEWLINE] if i else []) + self.sp.encode(line)
        return ids

    def text(self, text):
        ids = [BOS] + self.encode(text)
        return ids, [1] * len(ids)

    def turns(self, turns, value_weight=VALUE_WEIGHT):
        ids, ws = [BOS], [1]
        for t in turns:
            plain = clean(t["text"])
            e = self.encode(plain)
            w = [1] * len(e)
            if VALUE_ON in t["text"]:
                w = value_weights(self.sp, e, t["text"], value_weight)
            ids += [ROLES[t["role"]]] + e + [END]
            ws += [1] + w + [1]
        return ids, ws


def value_weights(sp, ids, marked, weight):
    flags, on = [False], False                      # the dummy prefix, then a flag per character
    for ch in marked:
        if ch == VALUE_ON:
            on = True
        elif ch == VALUE_OFF:
            on = False
        else:
            flags.append(on)
    w, at = [], 0
    for i in ids:
        n = len(sp.id_to_piece(i)) if not sp.is_byte(i) else 1
        w.append(weight if any(flags[at:at + n]) else 1)
        at += n
    return w if at == len(flags) else [1] * len(ids)


def save(path, documents):
    tokens, weights, starts, at = [], [], [], 0
    for ids, ws in documents:
        tokens.append(np.asarray(ids, np.uint16))
        weights.append(np.asarray(ws, np.uint8))
        starts.append(at)
        at += len(ids)
    temporary = path + ".tmp.npz"
    np.savez(temporary, tokens=np.concatenate(tokens), weights=np.concatenate(weights), starts=np.asarray(starts + [at], np.int64))
    os.replace(temporary, path)
    print(f"{os.path.basename(path)}: {len(starts)} documents, {at} tokens", flush=True)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--corpora", required=True)
    p.add_argument("--work", required=True)
    p.add_argument("--generated", type=int, default=80_000, help="generated conversations")
    o = p.parse_args()
    os.makedirs(o.work, exist_ok=True)
    real = dialogues(o.corpora)
    print(len(real), "clean dialogues", flush=True)
    model = os.path.join(o.work, "tokenizer.model")
    if not os.path.exists(model):
        train_tokenizer(o.corpora, o.work, real)
    enc = Encoder(model)

    def make(name, train, held):
        for part, docs in (("train", train), ("held", held)):
            path = os.path.join(o.work, f"{name}.{part}.npz")
            if not os.path.exists(path):
                save(path, docs())

    def split(items, held):
        return [x for i, x in enumerate(items) if (i % 100 == 0) == held]

    unique = {}
    for s, c in real:
        unique.setdefault(json.dumps(c), (s, c))
    # Held-out dialogues: every hundredth different conversation; a repeated one is repeated on its own side only.
    keys = list(unique)
    held_keys = set(keys[::100])
    make("dialogues", lambda: (enc.turns(c) for s, c in real if json.dumps(c) not in held_keys),
         lambda: (enc.turns(unique[k][1]) for k in keys[::100]))
    real_train = [(s, c) for s, c in real if json.dumps(c) not in held_keys]
    make("generated", lambda: (enc.turns(c) for c in generated_conversations(real_train, o.generated, SEED + 5)),
         lambda: (enc.turns(c) for c in generated_conversations(real_train, 300, SEED + 6)))
    make("long", lambda: fitting((enc.turns(c) for c in generated_conversations(real_train, 12000, SEED + 9, long_conversation)), 300, 1025),
         lambda: fitting((enc.turns(c) for c in generated_conversations(real_train, 100, SEED + 10, long_conversation)), 300, 1025))
    pages = books(o.corpora, False, 3800, 60)
    make("pages", lambda: (enc.text(t) for t in pages), lambda: (enc.text(t) for t in books(o.corpora, True, 3800)))
    make("needles", lambda: fitting((enc.turns(c) for c in needles(pages, 9000, SEED + 11)), 1, 1025),
         lambda: fitting((enc.turns(c) for c in needles(books(o.corpora, True, 3800), 100, SEED + 12)), 1, 1025))
    make("smalltalk", lambda: (enc.turns(smalltalk(r)) for r in [random.Random(SEED + 7)] for _ in range(12000)),
         lambda: (enc.turns(smalltalk(r)) for r in [random.Random(SEED + 8)] for _ in range(100)))
    make("books", lambda: (enc.text(t) for t in books(o.corpora, False)), lambda: (enc.text(t) for t in books(o.corpora, True)))
    e = encyclopedia(o.corpora)
    make("encyclopedia", lambda: (enc.text(t) for t in split(e, False)), lambda: (enc.text(t) for t in split(e, True)))
    q = qa(o.corpora)
    make("qa", lambda: (enc.turns(c) for c in split(q, False)), lambda: (enc.turns(c) for c in split(q, True)))


if __name__ == "__main__":
    main()
