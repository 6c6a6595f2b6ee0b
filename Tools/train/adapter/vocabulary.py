"""The vocabulary of a GGUF: SentencePiece's or a byte-level BPE, both as ids and the characters that each id stands for."""
import os

import sentencepiece
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers

from grow import tokenizer

# How texts are cut into words before BPE joins bytes, by `tokenizer.ggml.pre`; as llama.cpp does it.
GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
QWEN2 = (r"(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
         r"|\s*[\r\n]+|\s+(?!\S)|\s+")
CUTS = {"gpt-2": [GPT2], "smollm": [r"\p{N}", GPT2], "qwen2": [QWEN2]}


class SentencePiece:
    """`path` is where the vocabulary is written as a SentencePiece model file."""

    def __init__(self, reader, path):
        tokenizer(reader, path)
        self.sp = sentencepiece.SentencePieceProcessor(model_file=path)

    def encode(self, text):
        return self.sp.encode(text)

    def decode(self, ids):
        return self.sp.decode(ids)

    def spans(self, ids, text):
        """Which characters of the text each id stands for, (from, to); the leading space stands at -1."""
        out, at = [], -1
        for i in ids:
            n = 1 if self.sp.is_byte(i) else len(self.sp.id_to_piece(i))
            out.append((at, at + n))
            at += n
        return out


class ByteLevel:
    """Byte-level BPE, by the `tokenizers` library."""

    def __init__(self, reader):
        fields = reader.fields
        pre = fields["tokenizer.ggml.pre"].contents() if "tokenizer.ggml.pre" in fields else "gpt-2"
        if pre not in CUTS:
            raise SystemExit(f"texts of this vocabulary are cut into words in a way that is not known here ({pre}); known are {', '.join(CUTS)}")
        tokens = fields["tokenizer.ggml.tokens"].contents()
        merges = [tuple(m.split(" ")) for m in fields["tokenizer.ggml.merges"].contents()]
        self.made = Tokenizer(models.BPE(vocab={t: i for i, t in enumerate(tokens)}, merges=merges))
        cuts = [pre_tokenizers.Split(Regex(cut), "isolated") for cut in CUTS[pre]]
        self.made.pre_tokenizer = pre_tokenizers.Sequence(cuts + [pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
        self.made.decoder = decoders.ByteLevel()

    def encode(self, text):
        return self.made.encode(text).ids

    def decode(self, ids):
        return self.made.decode(ids)

    def spans(self, ids, text):
        return self.made.encode(text).offsets


def vocabulary(reader, work):
    kind = reader.fields["tokenizer.ggml.model"].contents()
    if kind == "llama":
        return SentencePiece(reader, os.path.join(work, "adapter-tokenizer.model"))
    if kind == "gpt2":
        return ByteLevel(reader)
    raise SystemExit(f"adapters are trained for models whose vocabulary is SentencePiece's or a byte-level BPE; this one's is {kind}")
