#!/usr/bin/env python3
"""Makes Tests/TokenizationTests/Fixtures/vocabularies: small tokenizers of every published kind and what peers do with them.

Tokenizers are trained on the text of mixed_text.py: byte-level BPE with each published pre-tokenizer (package tokenizers),
BPE and unigram with SentencePiece (package sentencepiece), these also as the tokenizer.json that transformers' converters
make of them. sample.bin is a text; expected.json holds, for each vocabulary, a hash of the token ids of every part of 400
characters of it, and of the whole ("-" where two segmentations of a word have the same score, so that rounding decides).
What the tokenizers library makes of the unigram model is not asked for: its table of replacements works on grapheme clusters
and loses marks (o + U+0308 + U+0304 becomes a mere ö), so SentencePiece's own ids are recorded for both forms. With --vocabularies FOLDER the same is asked of llama.cpp for the GGUF vocabularies there.

    Tools/golden/vocabularies.py --vocabularies FOLDER_WITH_GGML_VOCABULARIES
"""
import argparse
import io
import json
import pathlib
import re
import shutil

import sentencepiece
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers.convert_slow_tokenizer import generate_merges

import mixed_text

OUTPUT = pathlib.Path(__file__).resolve().parents[2] / "Tests/TokenizationTests/Fixtures/vocabularies"
PART = 400
CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
SPACES = r"\s*[\r\n]+|\s+(?!\S)|\s+"
LLAMA3 = CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|" + SPACES
QWEN2 = CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|" + SPACES
QWEN35 = CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|" + SPACES
UPPER, LOWER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
FRONT = r"[^\r\n\p{L}\p{N}]?"
GPT4O = (f"{FRONT}{UPPER}*{LOWER}+{CONTRACTIONS}?|{FRONT}{UPPER}+{LOWER}*{CONTRACTIONS}?|"
         + r"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|" + SPACES)
TEKKEN = f"{FRONT}{UPPER}*{LOWER}+|{FRONT}{UPPER}+{LOWER}*|" + r"\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|" + SPACES
EAST_ASIAN = "[一-龥ࠀ-一가-퟿]+"
CASED = (
    "A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-ՖႠ-ჅᎠ-Ᏽᏸ-ᏽᲐ-ᲺᲽ-Ჿᴀ-ᴫᵫ-ᵷᵹ-ᶚ"
    "Ḁ-ἕἘ-Ἕἠ-ὅὈ-Ὅὐ-ὗὙὛὝὟ-\u1f7dᾀ-ᾴᾶ-ᾼ\u1fbeῂ-ῄῆ-ῌῐ-\u1fd3ῖ-\u1fdbῠ-Ῥῲ-ῴῶ-ῼℂℇℊ-ℓℕℙ-ℝℤ\u2126ℨ\u212a-ℭ"
    "ℯ-ℴℹℼ-ℿⅅ-ⅉⅎↃↄⰀ-ⱻⱾ-ⳤⳫ-ⳮⳲⳳꙀ-ꙭꚀ-ꚛꜢ-ꝯꝱ-ꞇꞋ-ꞎꭰ-ꮿﬀ-ﬆﬓ-ﬗＡ-Ｚａ-ｚ𐐀-𐑏𐒰-𐓓𐓘-𐓻𐲀-𐲲𐳀-𐳲𑢠-𑣟𞤀-𞥃")
MARKED = (r"""[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^"""
          + "\r\n" + r"\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[" + "\r\n" + r"]*|\s*[" + "\r\n" + r"]+|\s+(?!\S)|\s+")


def split(pattern):
    return pre_tokenizers.Split(Regex(pattern), "isolated")


def covered(pattern):
    """As the converters of tiktoken vocabularies write it."""
    return pre_tokenizers.Split(Regex(pattern), "removed", invert=True)


def in_bytes(cuts=False):
    return pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=cuts)


DIGITS = pre_tokenizers.Digits(individual_digits=True)
BYTE_LEVEL = {
    "gpt-2": dict(steps=[in_bytes(True)], special=["<|endoftext|>"]),
    "phi-2": dict(steps=[in_bytes(True)], special=["<|endoftext|>"], added=["      ", "   ", "\t\t"]),
    "llama-bpe": dict(steps=[split(LLAMA3), in_bytes()], special=["<|begin_of_text|>", "<|end_of_text|>", "<|eot_id|>"], whole_words=True,
                      template="<|begin_of_text|>"),
    "dbrx": dict(steps=[covered(LLAMA3), in_bytes()], special=["<|endoftext|>"]),
    "qwen2": dict(steps=[split(QWEN2), in_bytes()], special=["<|endoftext|>", "<|im_start|>", "<|im_end|>"], normalizer=normalizers.NFC(),
                  added=["<tool_call>"]),
    "qwen35": dict(steps=[split(QWEN35), in_bytes()], special=["<|endoftext|>"], normalizer=normalizers.NFC()),
    "smollm": dict(steps=[DIGITS, in_bytes(True)], special=["<|endoftext|>"]),
    "gpt-4o": dict(steps=[split(GPT4O), in_bytes()], special=["<|endoftext|>"]),
    "tekken": dict(steps=[split(TEKKEN), in_bytes()], special=["<unk>", "<s>", "</s>"], whole_words=True),
    "deepseek-llm": dict(steps=[split("[\r\n]"), split(rf"\s?[{CASED}]+"), split(r"\s?[!-/:-~！-／：-～‘-‟　-。]+"), split(r"\s+$"),
                                split(EAST_ASIAN), DIGITS, in_bytes()], special=["<｜begin▁of▁sentence｜>"]),
    "deepseek-coder": dict(steps=[split("[\r\n]"), split(r"\s?\p{L}+"), split(r"\s?\p{P}+"), split(EAST_ASIAN), DIGITS, in_bytes()],
                           special=["<｜begin▁of▁sentence｜>"]),
    "deepseek-v3": dict(steps=[split(r"\p{N}{1,3}"), split("[一-龥\u3040-ゟ゠-ヿ]+"), split(MARKED), in_bytes()],
                        special=["<｜begin▁of▁sentence｜>"]),
}


def byte_level(text, steps, special, added=(), normalizer=None, whole_words=False, template=None):
    tokenizer = Tokenizer(models.BPE(ignore_merges=whole_words))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(steps) if len(steps) > 1 else steps[0]
    tokenizer.decoder = decoders.ByteLevel()
    if normalizer:
        tokenizer.normalizer = normalizer
    trainer = trainers.BpeTrainer(vocab_size=700, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    tokenizer.train_from_iterator(text.splitlines(keepends=True), trainer)
    tokenizer.add_tokens([AddedToken(token, normalized=False) for token in added])
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in special])
    if template:
        tokenizer.post_processor = processors.TemplateProcessing(
            single=f"{template} $A", special_tokens=[(template, tokenizer.token_to_id(template))])
    return tokenizer


def sentence_piece(text, kind, **options):
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(line for line in text.replace("\0", " ").splitlines() if line.strip()), model_writer=model, model_type=kind,
        vocab_size=1800, character_coverage=0.98, pad_id=-1, minloglevel=2, num_threads=1, max_sentence_length=20_000, **options)
    return sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())


def pieces(processor):
    return [(processor.id_to_piece(i), processor.get_score(i)) for i in range(processor.piece_size())]


def llama_json(processor, normalizer, pre_tokenizer):
    """As transformers' converter makes it of a SentencePiece model."""
    entries = pieces(processor)
    vocabulary = {piece: i for i, (piece, _) in enumerate(entries)}
    merges = generate_merges(vocabulary, dict(entries))
    tokenizer = Tokenizer(models.BPE(vocabulary, merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in ["<unk>", "<s>", "</s>"]])
    tokenizer.normalizer = normalizer
    if pre_tokenizer:
        tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    return tokenizer


def unigram_json(processor, charsmap):
    tokenizer = Tokenizer(models.Unigram(pieces(processor), unk_id=processor.unk_id(), byte_fallback=False))
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in ["<unk>", "<s>", "</s>"]])
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Precompiled(charsmap), normalizers.Strip(left=False, right=True), normalizers.Replace(Regex(" {2,}"), "▁")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=True)
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 2)])
    return tokenizer


def charsmap(processor):
    from transformers.convert_slow_tokenizer import import_protobuf
    proto = import_protobuf().ModelProto()
    proto.ParseFromString(processor.serialized_model_proto())
    return proto.normalizer_spec.precompiled_charsmap


def digest(ids):
    """FNV-1a over the ids, 32 bits each, little-endian."""
    value = 0xcbf29ce484222325
    for token in ids:
        for byte in token.to_bytes(4, "little"):
            value = (value ^ byte) * 0x100000001b3 & 0xffffffffffffffff
    return f"{value:016x}"


def is_tied(processor, part):
    """Whether the two best segmentations of a word have the same score, but for rounding."""
    for word in re.split(" +", part):
        best = [sum(processor.get_score(i) for i in ids) for ids in processor.nbest_encode_as_ids(word, 2)] if word else []
        if len(best) == 2 and abs(best[0] - best[1]) < 1e-3:
            return True
    return False


def expect(encode, sample, processor=None):
    parts = [sample[i:i + PART] for i in range(0, len(sample), PART)]
    hashes = ["-" if processor and is_tied(processor, part) else digest(encode(part))[:8] for part in parts]
    ids = encode(sample)
    return {"parts": " ".join(hashes), "whole": "-" if processor else digest(ids), "count": len(ids)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vocabularies", type=pathlib.Path, help="a folder of ggml-vocab-*.gguf")
    parser.add_argument("--full", type=int, help="compare this many bytes more, written to --full-output")
    parser.add_argument("--full-output", type=pathlib.Path)
    options = parser.parse_args()
    shutil.rmtree(OUTPUT, ignore_errors=True)
    OUTPUT.mkdir(parents=True)
    text = mixed_text.text(400_000, seed=2).decode("utf8", "replace")
    raw = mixed_text.text(120_000, seed=3)
    (OUTPUT / "sample.bin").write_bytes(raw)
    sample = raw.decode("utf8", "replace")
    full = mixed_text.text(options.full, seed=4).decode("utf8", "replace") if options.full else None
    expected, encoders = {}, {}

    def tokenizer_json(name, tokenizer):
        folder = OUTPUT / name
        folder.mkdir()
        (folder / "tokenizer.json").write_text(json.dumps(json.loads(tokenizer.to_str()), ensure_ascii=False, separators=(",", ":")))
        encoders[name] = lambda text: tokenizer.encode(text, add_special_tokens=False).ids

    for name, settings in BYTE_LEVEL.items():
        tokenizer_json(name, byte_level(text, **settings))
    bpe = sentence_piece(text, "bpe", byte_fallback=True, normalization_rule_name="identity", remove_extra_whitespaces=False)
    unigram = sentence_piece(text, "unigram", normalization_rule_name="nmt_nfkc")
    for name, processor in (("sentencepiece-bpe", bpe), ("sentencepiece-unigram", unigram)):
        (OUTPUT / name).mkdir()
        (OUTPUT / name / "tokenizer.model").write_bytes(processor.serialized_model_proto())
        encoders[name] = processor.encode
    prepend, escape = normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")
    tokenizer_json("llama-legacy", llama_json(bpe, normalizers.Sequence([prepend, escape]), None))
    tokenizer_json("gemma", llama_json(bpe, escape, pre_tokenizers.Split(" ", "merged_with_previous")))
    tokenizer_json("llama-metaspace", llama_json(bpe, None, pre_tokenizers.Metaspace(prepend_scheme="first", split=False)))
    tokenizer_json("unigram", unigram_json(unigram, charsmap(unigram)))
    encoders["unigram"] = unigram.encode
    for name, encode in encoders.items():
        expected[name] = expect(encode, sample, unigram if "unigram" in name else None)
        if full and options.full_output:
            options.full_output.mkdir(exist_ok=True)
            (options.full_output / f"{name}.ids").write_text(" ".join(map(str, encode(full))))
            (options.full_output / "text.txt").write_text(full, newline="")
    result = {"folders": expected, "ggml": {}}
    if options.vocabularies:
        import llama_cpp
        for path in sorted(options.vocabularies.glob("ggml-vocab-*.gguf")):
            llama = llama_cpp.Llama(str(path), vocab_only=True, verbose=False)
            result["ggml"][path.name] = expect(lambda part: llama.tokenize(part.encode(), add_bos=False, special=False), sample)
    (OUTPUT / "expected.json").write_text(json.dumps(result, indent=1) + "\n")
    print(f"{OUTPUT}: {len(expected)} vocabularies, {sum(f.stat().st_size for f in OUTPUT.rglob('*') if f.is_file())} bytes")


main()
