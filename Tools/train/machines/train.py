#!/usr/bin/env python3
"""Trains the wires of a machine (wires.py) on the activations that gather.py kept; goes on where it stopped when it is given again.

    Tools/train/machines/train.py ntm --work DIR --layer 18 [--minutes 10] [--seed 1]

An episode tells some facts among small talk, and asks about some of them with nothing else in the context. The loss is the cross-entropy of the
mixed distribution at the answer's tokens, and of an opening that should be shut: behind the answer, and after what concerns no fact.
"""
import argparse
import os
import random
import time
from pathlib import Path

import torch
import torch.nn.functional as F

from wires import Wire

HELD, DROPPED = 2, 0.1


def material(folder, layer):
    """What gather.py kept of one layer, a list of items for each part."""
    ends = set(torch.load(Path(folder) / "ends.pt"))
    first, parts = torch.load(Path(folder) / "first.pt", weights_only=False).float(), []
    for path in sorted(Path(folder).glob("part*.pt"), key=lambda p: int(p.stem[4:])):
        part = torch.load(path, weights_only=False)
        place = part["layers"].index(layer)
        parts.append([prepared(i, place, part["after"], first[place], ends) for i in part["items"]])
    return parts


def prepared(item, place, after, first, ends):
    """What training needs of a message or a question."""
    made = {"kind": item["kind"], "key": item.get("key")}
    if "rows" in item:
        ids, rows = item["told"][0], item["rows"][place].float()
        made["tokens"] = torch.tensor(ids)
        made["rows"] = torch.cat([first[None], rows[:-1]])
        made["means"] = means(ids, rows, ends)
    if "question" in item:
        rows, asked, n = item["question"][place].float(), len(item["asked"]), len(item["answer"])
        made["mean"] = rows[:asked].mean(0)
        made["heard"] = rows[asked + after - 1:asked + after + n]
        made["answer"], made["plain"] = torch.tensor(item["answer"], dtype=torch.long), item["heard"]
    return made


def means(ids, rows, ends):
    """The mean row of each token's sentence."""
    out, start = torch.empty_like(rows), 0
    for i, token in enumerate(ids):
        if token in ends or i + 1 == len(ids):
            out[start:i + 1] = rows[start:i + 1].mean(0)
            start = i + 1
    return out


def episode(parts, r, facts, talk, questions):
    """Messages in the order in which they are told, and questions, of which some concern none."""
    items, keys, told = [i for p in r.sample(parts, min(2, len(parts))) for i in p], set(), []
    for item in r.sample([i for i in items if i["kind"] == "fact"], min(len(items), 150)):
        if item["key"] not in keys and len(told) < facts:
            keys.add(item["key"])
            told.append(item)
    other = [i for i in items if i["kind"] == "talk"]
    messages = told + [r.choice(other) for _ in range(talk)]
    r.shuffle(messages)
    idle = [i for i in items if i["kind"] == "idle"] + [i for i in items if i["kind"] == "fact" and i["key"] not in keys]
    return messages, r.sample(told, min(questions, len(told))), [r.choice(idle) for _ in range(4)]


def heard(wire, messages, asked):
    """Weights [questions, t, slots], openings' logits, and the slots' tokens."""
    drop = lambda x: F.dropout(x, DROPPED, wire.training)  # facts are few
    memory = wire.slots(drop(torch.cat([m["rows"] for m in messages])), drop(torch.cat([m["means"] for m in messages])))
    tokens = torch.cat([m["tokens"] for m in messages])
    rows = torch.nn.utils.rnn.pad_sequence([q["heard"] for q in asked], batch_first=True)
    weights, opening = wire.read(memory, drop(rows), drop(torch.stack([q["mean"] for q in asked])))
    return weights, opening, tokens


def loss_of(wire, parts, r, size):
    messages, asked, idle = episode(parts, r, *size)
    weights, opening, tokens = heard(wire, messages, asked + idle)
    loss = pointer = torch.zeros(())
    count, right = 0, 0
    for number, question in enumerate(asked):
        n, best = len(question["answer"]), True
        for step, token in enumerate(question["answer"]):
            is_it = (tokens == token).float()
            p = weights[number, step] @ is_it
            o = torch.sigmoid(opening[number, step])
            loss = loss - torch.log((1 - o) * question["plain"][step].exp() + o * p + 1e-6)
            pointer = pointer - torch.log(p + 1e-6)
            best = best and int(tokens[weights[number, step].argmax()]) == int(token) and o.item() > 0.5
        loss = loss + F.softplus(opening[number, n])
        count += n + 1
        right += best
    quiet = F.softplus(opening[len(asked):, 0]).mean()
    return loss / count + 0.3 * pointer / count + 0.5 * quiet, right / len(asked), (opening[len(asked):, 0] > 0).float().mean().item()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=("ntm", "dnc"))
    parser.add_argument("--work", required=True)
    parser.add_argument("--layer", type=int, required=True)
    parser.add_argument("--columns", type=int, default=64)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=1)
    o = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(o.seed)
    parts = material(o.work, o.layer)
    held, parts = parts[:HELD], parts[HELD:]
    width = parts[0][0]["rows"].shape[1]
    wire, r = Wire(o.kind, width, o.columns), random.Random(o.seed)
    adam = torch.optim.AdamW(wire.parameters(), lr=o.rate, weight_decay=0.01)
    path, steps, seconds = Path(o.work) / f"{o.kind}.{o.layer}.pt", 0, 0.0
    if path.exists():
        saved = torch.load(path, weights_only=False)
        wire.load_state_dict(saved["wire"])
        adam.load_state_dict(saved["adam"])
        steps, seconds = saved["steps"], saved["seconds"]
        r.seed(o.seed + steps)

    def keep(figures):
        torch.save({"wire": wire.state_dict(), "adam": adam.state_dict(), "steps": steps, "seconds": seconds, "kind": o.kind, "layer": o.layer,
                    "width": width, "columns": o.columns, "seed": o.seed, "figures": figures}, path.with_suffix(".new"))
        os.replace(path.with_suffix(".new"), path)

    last, sums, figures = time.process_time(), [], {}
    while seconds < 60 * o.minutes:
        done = seconds / (60 * o.minutes)
        for group in adam.param_groups:
            group["lr"] = o.rate * min(1, (steps + 1) / 50) * min(1, max(0.03, 2 * (1 - done)))
        top = 4 + int(20 * min(1, 2 * done))
        loss, right, loud = loss_of(wire, parts, r, (r.randint(2, top), r.randint(0, 3 * top), 10))
        adam.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(wire.parameters(), 1.0)
        adam.step()
        sums.append((loss.item(), right, loud))
        steps += 1
        now = time.process_time()
        seconds, last = seconds + now - last, now
        if steps % 200 == 0:
            wire.eval()
            with torch.no_grad():
                test = random.Random(0)
                tries = [loss_of(wire, held, test, (20, 60, 20)) for _ in range(10)]
            wire.train()
            figures = {"loss": sum(t[0].item() for t in tries) / 10, "right": sum(t[1] for t in tries) / 10, "loud": sum(t[2] for t in tries) / 10}
            print(steps, round(seconds), *("%.3f" % (sum(s) / len(sums)) for s in zip(*sums)), "held: " + " ".join(f"{k} {v:.3f}" for k, v in figures.items()), flush=True)
            sums = []
            keep(figures)
    keep(figures)


if __name__ == "__main__":
    main()
