"""Write a checkpoint as GGUF: F16 matrices, F32 norms, the tokenizer and the chat template inside.

    export_gguf.py --work DIR --out mneme-chat.gguf
"""
import argparse
import os

import gguf
import numpy as np
import sentencepiece
import torch

from model import SMALL, Config

TEMPLATE = ("{{ bos_token }}{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}<|end|>{% endfor %}"
            "{% if add_generation_prompt %}<|assistant|>{% endif %}")
DESCRIPTION = ("A very small conversational model for Mneme: short small talk, and answers about facts that stand in its context or come "
               "from a memory. Trained from scratch on a CPU.")


def vocabulary(path):
    sp = sentencepiece.SentencePieceProcessor(model_file=path)
    tokens, scores, kinds = [], [], []
    for i in range(sp.vocab_size()):
        piece = sp.id_to_piece(i)
        kind = (gguf.TokenType.UNKNOWN if sp.is_unknown(i) else gguf.TokenType.CONTROL if sp.is_control(i) else
                gguf.TokenType.BYTE if sp.is_byte(i) else gguf.TokenType.USER_DEFINED if piece == "\n" else gguf.TokenType.NORMAL)
        tokens.append(piece.encode("utf-8"))
        scores.append(sp.get_score(i))
        kinds.append(kind)
    return tokens, scores, kinds


def export(state, tokenizer, out, c=Config()):
    temporary = out + ".tmp"
    w = gguf.GGUFWriter(temporary, "llama")
    w.add_name("Mneme Chat")
    w.add_description(DESCRIPTION)
    w.add_license("cc-by-sa-4.0")
    w.add_languages(["en"])
    w.add_size_label(f"{sum(t.numel() for t in state.values()) / 1e6:.1f}M")
    w.add_float32("general.sampling.temp", 0.3)  # so small a model talks better calmly
    w.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    w.add_context_length(c.context)
    w.add_embedding_length(c.width)
    w.add_block_count(c.layers)
    w.add_feed_forward_length(c.ffn)
    w.add_head_count(c.heads)
    w.add_head_count_kv(c.kv_heads)
    w.add_key_length(c.head_dim)
    w.add_value_length(c.head_dim)
    w.add_rope_dimension_count(c.head_dim)
    w.add_rope_freq_base(c.theta)
    w.add_layer_norm_rms_eps(c.eps)
    w.add_vocab_size(c.vocab)
    tokens, scores, kinds = vocabulary(tokenizer)
    w.add_tokenizer_model("llama")
    w.add_tokenizer_pre("default")
    w.add_token_list(tokens)
    w.add_token_scores(scores)
    w.add_token_types(kinds)
    w.add_unk_token_id(0)
    w.add_bos_token_id(1)
    w.add_eos_token_id(2)
    w.add_eot_token_id(6)
    w.add_add_bos_token(True)
    w.add_add_eos_token(False)
    w.add_add_space_prefix(True)
    w.add_chat_template(TEMPLATE)

    def put(name, tensor):
        a = tensor.detach().float().numpy()
        w.add_tensor(name, a.astype(np.float16) if a.ndim == 2 else a.astype(np.float32))

    put("token_embd.weight", state["embed.weight"])
    for i in range(c.layers):
        for ours, theirs in (("attn_norm", "attn_norm"), ("q", "attn_q"), ("k", "attn_k"), ("v", "attn_v"), ("o", "attn_output"),
                             ("ffn_norm", "ffn_norm"), ("gate", "ffn_gate"), ("up", "ffn_up"), ("down", "ffn_down")):
            put(f"blk.{i}.{theirs}.weight", state[f"blocks.{i}.{ours}.weight"])
    put("output_norm.weight", state["norm.weight"])
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()
    os.replace(temporary, out)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--work", required=True)
    p.add_argument("--out", required=True)
    p.add_argument("--small", action="store_true", help="a checkpoint of the first stage")
    p.add_argument("--tokenizer", help="(default: the one in --work)")
    o = p.parse_args()
    c = torch.load(os.path.join(o.work, "checkpoint.pt"), weights_only=False, map_location="cpu")
    export(c["model"], o.tokenizer or os.path.join(o.work, "tokenizer.model"), o.out, c=SMALL if o.small else Config())
    print(f"{o.out}: step {c['step']}, {c['tokens']} tokens seen")


if __name__ == "__main__":
    main()
