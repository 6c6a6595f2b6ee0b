#!/usr/bin/env python3
"""Makes Tests/TokenizationTests/Fixtures/cases.json: what llama.cpp makes of texts in small vocabularies.

A SentencePiece model is trained on a text, written as GGUF in a few variants, and llama.cpp encodes generated texts
with it, special tokens parsed and not parsed. Needs the packages sentencepiece, gguf and llama-cpp-python.

    Tools/golden/tokenizer_cases.py SOME_ENGLISH_TEXT.txt
"""
import argparse, io, json, pathlib, random, tempfile

import gguf
import llama_cpp
import sentencepiece

OUTPUT = pathlib.Path(__file__).resolve().parents[2] / "Tests/TokenizationTests/Fixtures/cases.json"
USER_DEFINED = ["[NAME]", "[NAME][NAME]", "<tool>", "\n\n", "abca", "bc"]
CONTROL = ["<|user|>", "<|end|>", "<|end|><|user|>"]
ALPHABET = ["é", "ê", "ß", "я", "中", "文", "🦙", "👩‍👧", "e\u0301", "\u2581", "\0", "\t", "\n", "\n\n", "\r", "\u00a0", "\ufffd",
            " ", "  ", "   ", "<", ">", "|", "[", "]", "<s>", "</s>", "<unk>", "<0x0A>", "<0xFF>", "NAME", "abc", "bcabca"]


def vocabulary(text, size):
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(text.splitlines()), model_writer=model, model_type="bpe", vocab_size=size, byte_fallback=True,
        character_coverage=0.999, normalization_rule_name="identity", remove_extra_whitespaces=False, control_symbols=CONTROL,
        pad_id=-1, minloglevel=2)
    processor = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    pieces, scores, kinds = [], [], []
    for index in range(processor.piece_size()):
        pieces.append(processor.id_to_piece(index))
        scores.append(processor.get_score(index))
        kinds.append(2 if processor.is_unknown(index) else 3 if processor.is_control(index) else
                     6 if processor.is_byte(index) else 1)
    for piece in USER_DEFINED:
        pieces.append(piece)
        scores.append(0.0)
        kinds.append(4)
    # A few pieces kept unused: the merges do not care.
    for index in range(300, 330):
        kinds[index] = 5
    return pieces, scores, kinds


def encode_all(pieces, scores, kinds, flags, texts, folder):
    path = str(pathlib.Path(folder) / "vocabulary.gguf")
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(64)
    writer.add_embedding_length(8)
    writer.add_block_count(1)
    writer.add_feed_forward_length(8)
    writer.add_head_count(1)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(len(pieces))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(pieces)
    writer.add_token_scores(scores)
    writer.add_token_types(kinds)
    for key, value in flags.items():
        writer.add_bool(key, value)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    llama = llama_cpp.Llama(path, vocab_only=True, verbose=False)
    cases = []
    for text in texts:
        for special in (False, True):
            ids = llama.tokenize(text.encode(), add_bos=special, special=special)
            cases.append({"text": text, "special": special, "ids": ids})
    return cases


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text", help="an English text to train the vocabulary on")
    parser.add_argument("--size", type=int, default=700)
    parser.add_argument("--cases", type=int, default=120)
    options = parser.parse_args()
    text = pathlib.Path(options.text).read_text()[:400_000]
    pieces, scores, kinds = vocabulary(text, options.size)
    numbers = random.Random(1)
    words = text.split()
    texts = ["", " ", "<|user|>", "\0"]
    while len(texts) < options.cases:
        parts = []
        for _ in range(numbers.randint(1, 8)):
            pool = numbers.choice([words, words, ALPHABET, USER_DEFINED, CONTROL])
            parts.append(numbers.choice(pool) + numbers.choice(["", " "]))
        texts.append("".join(parts))
    variants = [
        {},
        {"tokenizer.ggml.add_space_prefix": False},
        {"tokenizer.ggml.add_bos_token": False, "tokenizer.ggml.add_eos_token": True},
    ]
    with tempfile.TemporaryDirectory() as folder:
        groups = [{"flags": flags, "cases": encode_all(pieces, scores, kinds, flags, texts, folder)} for flags in variants]
    result = {"pieces": pieces, "scores": scores, "kinds": kinds, "groups": groups}
    OUTPUT.write_text(json.dumps(result, separators=(",", ":")) + "\n")
    print(f"{OUTPUT}: {sum(len(group['cases']) for group in groups)} cases, {OUTPUT.stat().st_size} bytes")


main()
