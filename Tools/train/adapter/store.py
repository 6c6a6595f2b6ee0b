"""Activations on disk: rows in half precision, mapped into memory, and a line of JSON for what they are of."""
import json
import os

import numpy as np
import torch


class Store:
    """Rows of `width` values in FOLDER/rows.f16. A line of FOLDER/index.jsonl says what was added and where the rows ended then; what
    stands behind that was written by a run that was interrupted, and is cut off."""

    def __init__(self, folder, width, about):
        os.makedirs(folder, exist_ok=True)
        self.width, self.items, self.end = width, [], 0
        rows, index = os.path.join(folder, "rows.f16"), os.path.join(folder, "index.jsonl")
        if os.path.exists(index):
            lines = open(index, encoding="utf-8").read().split("\n")[:-1]
            if not lines or json.loads(lines[0]) != about:
                raise SystemExit(f"{folder} holds the activations of another model; remove it, or give another folder")
            self.items = [json.loads(line) for line in lines[1:]]
            self.end = self.items[-1]["end"] if self.items else 0
        kept = [about] + self.items
        with open(index + ".tmp", "w", encoding="utf-8") as f:
            f.writelines(json.dumps(x) + "\n" for x in kept)
        os.replace(index + ".tmp", index)
        self.rows, self.index = open(rows, "ab"), open(index, "a", encoding="utf-8")
        self.rows.truncate(2 * width * self.end)
        self.path, self.map = rows, None

    def put(self, rows):
        """Adds rows [n, width]; returns where they begin."""
        at = self.end
        self.rows.write(rows.to(torch.float16).cpu().numpy().tobytes())
        self.end += len(rows)
        return at

    def note(self, item):
        """Says what the rows since the last call are of."""
        self.rows.flush()
        item = dict(item, end=self.end)
        self.index.write(json.dumps(item) + "\n")
        self.index.flush()
        self.items.append(item)

    def of(self, kind):
        return [x for x in self.items if x["kind"] == kind]

    def take(self, at, count):
        """Rows as [count, width] float."""
        if self.map is None or len(self.map) < at + count:
            self.map = np.memmap(self.path, np.float16, "r", shape=(self.end, self.width))
        return torch.tensor(self.map[at:at + count].astype(np.float32))
