"""The token streams that prepare.py wrote, as text: another model reads them in its own vocabulary."""
import os

import numpy as np
import sentencepiece


class Corpus:
    def __init__(self, folder):
        self.folder = folder
        self.sp = sentencepiece.SentencePieceProcessor(model_file=os.path.join(folder, "tokenizer.model"))
        self.roles = {self.sp.piece_to_id(f"<|{role}|>"): role for role in ("user", "assistant")}
        self.end = self.sp.piece_to_id("<|end|>")

    def documents(self, name):
        """The documents of a stream as lists of ids, without the begin of sequence."""
        z = np.load(os.path.join(self.folder, name + ".train.npz"))
        tokens, starts = z["tokens"].astype(int).tolist(), z["starts"]
        return [tokens[a + 1:b] for a, b in zip(starts, starts[1:])]

    def texts(self, name, count):
        return [self.sp.decode(d) for d in self.documents(name)[:count]]

    def openings(self, name, count, r, tokens=64):
        """The first tokens of some documents."""
        return [self.sp.decode(d[:tokens]) for d in r.sample(self.documents(name), count)]

    def exchanges(self, name, count, r):
        """The first message and reply of some conversations."""
        out = []
        for d in r.sample(self.documents(name), count):
            turns, at = [], 0
            while len(turns) < 2 and d[at] in self.roles:
                end = d.index(self.end, at)
                turns.append({"role": self.roles[d[at]], "text": self.sp.decode(d[at + 1:end])})
                at = end + 1
            if [t["role"] for t in turns] == ["user", "assistant"] and all(t["text"] for t in turns):
                out.append(turns)
        return out
