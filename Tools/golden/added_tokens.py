#!/usr/bin/env python3
"""Makes two files in Tests/TokenizationTests/Fixtures about tokens that are matched as wholes:

user_defined.json: small SentencePiece models with user-defined pieces, and what the package sentencepiece makes of texts.
added_tokens.json: small tokenizers whose added tokens have flags, and what the package tokenizers makes of texts.

    Tools/golden/added_tokens.py
"""
import base64, io, json, pathlib, random

import sentencepiece
import tokenizers
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "Tests/TokenizationTests/Fixtures"
LINES = ["milk and eggs", "if x: return y", "the list: bread, milk, eggs", "  if x:", "hello world", "a tool in a name, the name of a tool"]


def write(name, value):
    path = FIXTURES / name
    path.write_text(json.dumps(value, ensure_ascii=True, separators=(",", ":")) + "\n")
    print(f"{path}: {path.stat().st_size} bytes")


# SentencePiece

def user_defined():
    numbers = random.Random(3)
    pool = ["milk", "eggs", "if x:", "the", "tool", "name", "\n", "\n", "\n\n", " ", "  ", "    ", "<sep>", "é", "\t", "\u2581"]
    texts = ["milk\neggs", "milk\n eggs", "\n  if x:", "\nmilk", " milk", "milk\n\n", "", "\n", "a <sep> b", "a<sep>b", "x\n    y"]
    texts += ["".join(numbers.choice(pool) for _ in range(numbers.randint(1, 7))) for _ in range(60)]
    rules = FIXTURES / "rules.tsv"
    rules.write_text("A\t20\n9\t20\n")  # a line break and a tab become a space, if they are no pieces of their own
    result = []
    for kind, dummy, replaces, collapses in [("bpe", True, False, False), ("bpe", False, False, False), ("unigram", True, False, False),
                                             ("unigram", True, True, True)]:
        model = io.BytesIO()
        rule = {"normalization_rule_tsv": str(rules)} if replaces else {"normalization_rule_name": "identity"}
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(LINES * 20), model_writer=model, model_type=kind, vocab_size=330 if kind == "bpe" else 290,
            hard_vocab_limit=False, byte_fallback=True, remove_extra_whitespaces=collapses, add_dummy_prefix=dummy,
            user_defined_symbols=["\n", "<sep>"] + (["\u2581\u2581\u2581"] if kind == "bpe" else []), pad_id=-1, minloglevel=2, **rule)
        processor = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
        cases = []
        for text in texts:
            # Where spaces are collapsed, those written as U+2581 are not compared.
            if collapses and "\u2581" in text:
                continue
            ids = processor.encode(text)
            cases.append({"text": text, "ids": ids, "decoded": processor.decode(ids)})
        name = f"{kind}{'' if dummy else ', no prefix'}{', replacing' if replaces else ''}"
        result.append({"name": name, "model": base64.b64encode(model.getvalue()).decode(), "cases": cases})
    rules.unlink()
    write("user_defined.json", {"made_with": f"sentencepiece {sentencepiece.__version__}", "models": result})


# Hugging Face's tokenizers

ADDED = [
    ("<left>", dict(lstrip=True)), ("<right>", dict(rstrip=True)), ("<both>", dict(lstrip=True, rstrip=True)),
    ("word", dict(single_word=True)), ("wo", dict()), ("caf\u00e9", dict(normalized=True)), ("<raw>", dict()),
    ("<norm>", dict(normalized=True)), ("norm", dict(normalized=True, single_word=True)), ("<strip>", dict(normalized=True, lstrip=True)),
    ("\n", dict()),
]


def letters(space):
    alphabet = [chr(c) for c in range(33, 127)]
    return ["<unk>"] + space + alphabet + ["\u00e9", "\u0301", "\u00a0", "\u3000", "\u4e2d", "\t"]


def tokenizer(kind):
    if kind.startswith("bytes"):
        alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
        result = Tokenizer(models.BPE(vocab={piece: index for index, piece in enumerate(alphabet)}, merges=[]))
        result.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        if kind == "bytes, composed":
            result.normalizer = normalizers.NFC()
    else:
        vocabulary = {piece: index for index, piece in enumerate(letters(["\u2581"]))}
        result = Tokenizer(models.BPE(vocab=vocabulary, merges=[], unk_token="<unk>", fuse_unk=False))
        if kind == "prepended":
            result.normalizer = normalizers.Sequence([normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")])
        elif kind == "replaced":
            result.normalizer = normalizers.Replace(" ", "\u2581")
        else:
            result.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme=kind, split=False)
    for number, (content, flags) in enumerate(ADDED):
        # In a text whose spaces are U+2581 there is no white space to take.
        if content == "<strip>" and kind in ("prepended", "replaced"):
            continue
        flags = {"normalized": False, **flags}
        # Every other one is special, which text becomes only on demand.
        token = AddedToken(content, **flags)
        result.add_special_tokens([token]) if number % 2 else result.add_tokens([token])
    return result


def added_tokens():
    numbers = random.Random(4)
    pool = [content for content, _ in ADDED] + ["a", "words", "sword", "_word", "norm", "cafe\u0301", "\u4e2d", "1", "-", ".", "'"]
    spaces = ["", "", " ", " ", "  ", "\n", "\t", "\u00a0", "\u3000 "]
    texts = ["", " ", " <left> <right> ", "a <both> b", "sword word words wo", "<norm>a <norm>", "cafe\u0301 caf\u00e9", "<right>\n a"]
    texts += ["".join(numbers.choice(pool) + numbers.choice(spaces) for _ in range(numbers.randint(1, 7))) for _ in range(150)]
    result = []
    for kind in ["bytes", "bytes, composed", "prepended", "replaced", "always", "first", "never"]:
        made = tokenizer(kind)
        cases = [{"text": text, "ids": made.encode(text, add_special_tokens=False).ids} for text in texts]
        result.append({"name": kind, "tokenizer": json.loads(made.to_str()), "cases": cases})
    write("added_tokens.json", {"made_with": f"tokenizers {tokenizers.__version__}", "tokenizers": result})


user_defined()
added_tokens()
