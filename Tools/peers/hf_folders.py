#!/usr/bin/env python3
"""Small random models as Hugging Face folders: made, converted by `mneme model convert`, and compared.

    hf_folders.py make DIR                                     # a folder per case
    hf_folders.py check DIR --mneme .build/debug/mneme         # logits of Mneme and transformers, and of llama.cpp after conversion
    hf_folders.py golden DIR Tests/ModelFilesTests/Fixtures    # the smallest of them, with what a converter must make of each

`check` lets Mneme run every folder, converts it for llama.cpp and prints the largest difference of the logits, relative to the largest logit: as F32, which
must stay below 1e-3 (Mneme's, too, on folders stored as F32), and as stored, where llama.cpp rounds inputs to the weights' precision. `golden` copies folders and
writes beside each a `NAME.json`: metadata made with the `gguf` package's writer from what `transformers` reads in the
folder's settings, and shape, type and SHA-256 of every tensor, named by the `gguf` package's own map and changed here.

Needs torch, transformers, tokenizers, sentencepiece, safetensors, gguf and llama-cpp-python.
"""

import argparse
import hashlib
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile

import gguf
import numpy as np
import sentencepiece
import tokenizers
import torch
import transformers
from safetensors import safe_open
from tokenizers import decoders, models, pre_tokenizers, processors, trainers

TEXT = ["the cat sat on the mat and the dog ran to the old house near the sea", "a red hat, a blue hat: 12 hats!",
        "where is the tree that stood there in 1999?", "they said it was near the sea, on the sand"] * 8
GPT = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
QWEN2 = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
VOCABULARY = 72


def bpe_tokenizer(folder, pattern, tokenizer_class, bos, eos):
    """A byte-level BPE tokenizer with its two special tokens at the end."""
    t = tokenizers.Tokenizer(models.BPE())
    if pattern == GPT:
        t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    else:
        t.pre_tokenizer = pre_tokenizers.Sequence([
            pre_tokenizers.Split(tokenizers.Regex(pattern), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    t.decoder = decoders.ByteLevel()
    special = [bos] if bos == eos else [bos, eos]
    t.train_from_iterator(TEXT, trainers.BpeTrainer(vocab_size=VOCABULARY - len(special), show_progress=False))
    t.add_special_tokens(special)
    if pattern == LLAMA3:
        t.post_processor = processors.TemplateProcessing(
            single=f"{bos} $A", special_tokens=[(bos, t.token_to_id(bos))])
    t.save(os.path.join(folder, "tokenizer.json"))
    with open(os.path.join(folder, "tokenizer_config.json"), "w") as f:
        json.dump({"tokenizer_class": tokenizer_class, "bos_token": bos, "eos_token": eos, "add_bos_token": pattern == LLAMA3,
                   "chat_template": "{% for m in messages %}{{ m['content'] }}{% endfor %}"}, f, indent=1)


def sentencepiece_tokenizer(folder, tokenizer_class):
    with tempfile.TemporaryDirectory() as place:
        path = os.path.join(place, "t.txt")
        with open(path, "w") as f:
            f.write("\n".join(TEXT))
        sentencepiece.SentencePieceTrainer.train(
            input=path, model_prefix=os.path.join(place, "t"), vocab_size=VOCABULARY, model_type="bpe",
            normalization_rule_name="identity", user_defined_symbols=["<|endoftext|>"], pad_id=0, eos_id=1, bos_id=2, unk_id=3, minloglevel=2)
        shutil.copy(os.path.join(place, "t.model"), os.path.join(folder, "tokenizer.model"))
    with open(os.path.join(folder, "tokenizer_config.json"), "w") as f:
        json.dump({"tokenizer_class": tokenizer_class, "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>",
                   "add_bos_token": True, "add_eos_token": False}, f, indent=1)


def tokenizer(folder, family):
    if family in ("llama", "qwen2", "qwen3", "gpt2"):
        pattern, name, bos, eos = {
            "llama": (LLAMA3, "PreTrainedTokenizerFast", "<|begin_of_text|>", "<|eot_id|>"),
            "gpt2": (GPT, "GPT2Tokenizer", "<|endoftext|>", "<|endoftext|>"),
        }.get(family, (QWEN2, "Qwen2Tokenizer", "<|endoftext|>", "<|im_end|>"))
        bpe_tokenizer(folder, pattern, name, bos, eos)
    else:
        sentencepiece_tokenizer(
            folder, {"gemma2": "GemmaTokenizer", "gemma3": "GemmaTokenizer"}.get(family, "LlamaTokenizer"))


def decoder(width=32, inner=48, layers=2, heads=4, kv=2, context=256, **more):
    return dict(vocab_size=VOCABULARY, hidden_size=width, intermediate_size=inner, num_hidden_layers=layers,
                num_attention_heads=heads, num_key_value_heads=kv, max_position_embeddings=context,
                bos_token_id=1, eos_token_id=2, pad_token_id=0, **more)


def rope(kind="default", theta=10000.0, **more):
    return {"rope_type": kind, "rope_theta": theta, **more}


def factors(count, scale):
    return [round(1 + scale * i / count, 3) for i in range(count)]


LLAMA3_ROPE = dict(factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=64)
F32, F16, BF16 = torch.float32, torch.float16, torch.bfloat16
T = transformers


def cases():
    """Name: (family, configuration, class, stored as, options)."""
    c = {}
    c["llama"] = ("llama", T.LlamaConfig(**decoder(rope_parameters=rope("llama3", 500000.0, **LLAMA3_ROPE), tie_word_embeddings=True)),
                  T.LlamaForCausalLM, BF16, {"golden": True})
    c["llama-biases"] = ("llama", T.LlamaConfig(**decoder(head_dim=16, attention_bias=True, mlp_bias=True, rope_parameters=rope())),
                         T.LlamaForCausalLM, F32, {})
    c["llama-linear-old"] = ("llama", T.LlamaConfig(**decoder(kv=4, rope_parameters=rope("linear", factor=4.0))),
                             T.LlamaForCausalLM, F16, {"old": True})
    c["llama-llama3-old"] = ("llama", T.LlamaConfig(**decoder(rope_parameters=rope("llama3", 500000.0, **LLAMA3_ROPE))),
                             T.LlamaForCausalLM, F32, {"old": True})
    c["llama-yarn"] = ("llama", T.LlamaConfig(**decoder(rope_parameters=rope("yarn", factor=4.0, original_max_position_embeddings=64))),
                       T.LlamaForCausalLM, F32, {})
    c["llama-yarn-attention"] = (
        "llama", T.LlamaConfig(**decoder(rope_parameters=rope("yarn", factor=8.0, original_max_position_embeddings=32, attention_factor=1.4,
                                                              beta_fast=16.0, beta_slow=2.0))), T.LlamaForCausalLM, F32, {})
    c["mistral-shards-old"] = ("mistral", T.MistralConfig(**decoder(width=16, inner=24, heads=2, kv=1, rope_parameters=rope(theta=1e6), sliding_window=None)),
                               T.MistralForCausalLM, F16, {"golden": True, "old": True, "shards": "8KB"})
    c["qwen2"] = ("qwen2", T.Qwen2Config(**decoder(width=16, inner=24, heads=2, kv=1, rope_parameters=rope(theta=1e6), tie_word_embeddings=True)),
                  T.Qwen2ForCausalLM, BF16, {"golden": True})
    c["qwen2-yarn-old"] = ("qwen2", T.Qwen2Config(**decoder(rope_parameters=rope("yarn", 1e6, factor=4.0, original_max_position_embeddings=64))),
                           T.Qwen2ForCausalLM, F32, {"old": True})
    c["qwen3"] = ("qwen3", T.Qwen3Config(**decoder(width=16, inner=24, heads=2, kv=1, head_dim=16, rope_parameters=rope(theta=1e6))), T.Qwen3ForCausalLM, F16, {"golden": True})
    gemma = dict(head_dim=16, query_pre_attn_scalar=16, sliding_window=16)
    c["gemma2"] = ("gemma2", T.Gemma2Config(**decoder(width=16, inner=24, rope_parameters=rope(), **gemma)), T.Gemma2ForCausalLM, BF16, {"golden": True})
    both = {"full_attention": rope("linear", 1e6, factor=8.0), "sliding_attention": rope()}
    c["gemma3"] = ("gemma3", T.Gemma3TextConfig(**decoder(width=16, inner=24, layers=7, heads=2, kv=1, rope_parameters=both, **gemma)),
                   T.Gemma3ForCausalLM, BF16, {"golden": True})
    c["gemma3-old"] = ("gemma3", T.Gemma3TextConfig(**decoder(layers=7, rope_parameters=json.loads(json.dumps(both)), **gemma)),
                       T.Gemma3ForCausalLM, F32, {"old": True})
    vision = dict(hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=2, image_size=8, patch_size=4)
    c["gemma3-vision"] = (
        "gemma3", T.Gemma3Config(
            text_config=decoder(width=16, inner=24, layers=7, heads=2, kv=1, rope_parameters=json.loads(json.dumps(both)), **gemma),
            vision_config=vision, mm_tokens_per_image=4, boi_token_index=3, eoi_token_index=4, image_token_index=5),
        T.Gemma3ForConditionalGeneration, F16, {"golden": True})
    phi = dict(tie_word_embeddings=False, sliding_window=200)
    c["phi3"] = ("phi3", T.Phi3Config(**decoder(rope_parameters=rope(), **phi)), T.Phi3ForCausalLM, BF16, {})
    for name, original in (("phi3-short", 512), ("phi3-long", 32)):
        c[name] = ("phi3", T.Phi3Config(**decoder(
            inner=40, context=2048, original_max_position_embeddings=original,
            rope_parameters=rope("longrope", short_factor=factors(3, 0.5), long_factor=factors(3, 3), partial_rotary_factor=0.75,
                                 original_max_position_embeddings=original), **phi)),
            T.Phi3ForCausalLM, F16, {"golden": name == "phi3-short", "old": name == "phi3-long"})
    gpt = dict(vocab_size=VOCABULARY, n_positions=64, n_embd=16, n_layer=2, n_head=2, bos_token_id=0, eos_token_id=0)
    c["gpt2"] = ("gpt2", T.GPT2Config(**gpt), T.GPT2LMHeadModel, F16, {"golden": True})
    c["gpt2-bare"] = ("gpt2", T.GPT2Config(**gpt), T.GPT2Model, F32, {})
    return c


def old_spelling(folder):
    """The settings as older versions of the library wrote them."""
    path = os.path.join(folder, "config.json")
    with open(path) as f:
        config = json.load(f)
    config["torch_dtype"] = config.pop("dtype")
    parameters = config.pop("rope_parameters")
    if "full_attention" in parameters:
        config["rope_local_base_freq"] = parameters["sliding_attention"]["rope_theta"]
        parameters = parameters["full_attention"]
        config["sliding_window_pattern"] = 6
        config.pop("layer_types", None)
    config["rope_theta"] = parameters.pop("rope_theta")
    if "partial_rotary_factor" in parameters:
        config["partial_rotary_factor"] = parameters.pop("partial_rotary_factor")
    kind = parameters.pop("rope_type")
    if kind == "default":
        config["rope_scaling"] = None
    else:
        config["rope_scaling"] = {("rope_type" if kind in ("llama3", "linear") else "type"): kind, **parameters}
    with open(path, "w") as f:
        json.dump(config, f, indent=2)


def make(o):
    for index, (name, (family, config, kind, dtype, options)) in enumerate(cases().items()):
        folder = os.path.join(o.folder, name)
        shutil.rmtree(folder, ignore_errors=True)
        torch.manual_seed(index)
        model = kind(config).eval()
        with torch.no_grad():
            for key, value in model.named_parameters():
                # Larger than usual, so that positions and norms show in the logits.
                norm = "norm" in key or ".ln_" in key
                value.copy_(torch.randn_like(value) * (0.2 if norm or key.endswith("bias") else 0.9 / math.sqrt(value.shape[-1]))
                            + (1.0 if norm and key.endswith("weight") and "gemma" not in family else 0.0))
        model.to(dtype).save_pretrained(folder, **({"max_shard_size": options["shards"]} if "shards" in options else {}))
        if options.get("old"):
            old_spelling(folder)
        tokenizer(folder, family)
        print(f"{name}: {sum(os.path.getsize(os.path.join(folder, f)) for f in os.listdir(folder))} bytes")


# What a converter must make of a folder.

def text_tensors(folder, architecture):
    """The language model's tensors by the names the `gguf` package knows."""
    for file in sorted(f for f in os.listdir(folder) if f.endswith(".safetensors")):
        with safe_open(os.path.join(folder, file), "pt") as f:
            for name in f.keys():
                if "vision_tower" in name or "multi_modal" in name:
                    continue
                if architecture == "gemma3":
                    name_there = name.replace("language_model.model.", "model.").replace("model.language_model.", "model.")
                else:
                    name_there = name
                yield name_there, f.get_tensor(name)


def paired(w, heads):
    return w.reshape(heads, 2, w.shape[0] // heads // 2, *w.shape[1:]).swapaxes(1, 2).reshape(w.shape)


def raw(t):
    return t.contiguous().view(torch.uint8 if t.dim() else torch.uint8).numpy().tobytes()


def translate(folder, family):
    """Keys and values, and tensors: name -> (shape in ggml's order, type, bytes)."""
    c = transformers.AutoConfig.from_pretrained(folder).get_text_config()
    arch = {"mistral": "llama"}.get(family, family)
    w = gguf.GGUFWriter(None, arch)
    names = gguf.get_tensor_name_map({v: k for k, v in gguf.MODEL_ARCH_NAMES.items()}[arch], c.num_hidden_layers)
    tensors = {}

    def add(name, t):
        kind = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16"}[t.dtype]
        assert name not in tensors, name
        tensors[name] = (list(reversed(t.shape)), kind, raw(t))

    for name, t in text_tensors(folder, arch):
        if arch == "llama" and ".q_proj." in name:
            t = paired(t, c.num_attention_heads)
        if arch == "llama" and ".k_proj." in name:
            t = paired(t, c.num_key_value_heads)
        if arch.startswith("gemma") and name.endswith("norm.weight"):
            t = t.float() + 1
        if arch == "gpt2" and name.endswith((".c_attn.weight", ".c_proj.weight", ".c_fc.weight")):
            t = t.T
        made = names.get_name(name, try_suffixes=(".weight", ".bias"))
        assert made, name
        add(made, t)

    describe(w, c, arch, add)
    values = {key: v.value for key, v in w.kv_data[0].items()}
    return values, tensors


def describe(w, c, arch, add):
    w.add_type(gguf.GGUFType.MODEL)
    w.add_block_count(c.num_hidden_layers)
    w.add_context_length(c.max_position_embeddings)
    w.add_embedding_length(c.hidden_size)
    w.add_head_count(c.num_attention_heads)
    if arch == "gpt2":
        w.add_feed_forward_length(4 * c.n_embd)
        w.add_layer_norm_eps(c.layer_norm_epsilon)
        return
    w.add_feed_forward_length(c.intermediate_size)
    w.add_head_count_kv(c.num_key_value_heads)
    w.add_layer_norm_rms_eps(c.rms_norm_eps)
    if arch not in ("qwen2", "phi3"):
        w.add_key_length(c.head_dim)
        w.add_value_length(c.head_dim)
    r = c.rope_parameters.get("full_attention", c.rope_parameters)
    w.add_rope_freq_base(r["rope_theta"])
    dim = getattr(c, "head_dim", None) or c.hidden_size // c.num_attention_heads
    if arch == "llama":
        w.add_vocab_size(c.vocab_size)
        w.add_rope_dimension_count(dim)
        if r["rope_type"] == "llama3":
            frequencies, _ = transformers.modeling_rope_utils.ROPE_INIT_FUNCTIONS["llama3"](c, torch.device("cpu"))
            plain = r["rope_theta"] ** (-torch.arange(0, dim, 2).float() / dim)
            add("rope_freqs.weight", plain / frequencies)
    if r["rope_type"] == "linear":
        w.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
        w.add_rope_scaling_factor(r["factor"])
    if arch == "gemma2":
        w.add_attn_logit_softcapping(c.attn_logit_softcapping)
        w.add_final_logit_softcapping(c.final_logit_softcapping)
    if arch.startswith("gemma"):
        w.add_sliding_window(c.sliding_window)
    if arch == "gemma3":
        w.add_float32("gemma3.rope.freq_base_swa", c.rope_parameters["sliding_attention"]["rope_theta"])
    if arch == "phi3":
        original = r["original_max_position_embeddings"]
        w.add_rope_scaling_orig_ctx_len(original)
        w.add_rope_dimension_count(int(r["partial_rotary_factor"] * c.hidden_size) // c.num_attention_heads)
        w.add_sliding_window(c.sliding_window or 0)
        scale = c.max_position_embeddings / original
        w.add_rope_scaling_attn_factors(math.sqrt(1 + math.log(scale) / math.log(original)))
        for key in ("long", "short"):
            add(f"rope_factors_{key}.weight", torch.tensor(r[f"{key}_factor"], dtype=torch.float32))


def golden(o):
    for name, (family, _, _, _, options) in cases().items():
        if not options.get("golden"):
            continue
        source, target = os.path.join(o.folder, name), os.path.join(o.output, name)
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target)
        values, tensors = translate(source, family)
        facts = {"metadata": {k: v for k, v in sorted(values.items())}, "tensors": {}}
        for key, (shape, kind, data) in sorted(tensors.items()):
            facts["tensors"][key] = {"shape": shape, "type": kind, "sha256": hashlib.sha256(data).hexdigest()[:32]}
            if key == "rope_freqs.weight":
                facts["tensors"][key]["values"] = np.frombuffer(data, np.float32).tolist()
        with open(target + ".json", "w") as f:
            f.write(json.dumps(facts, separators=(",", ":")).replace("},", "},\n"))
        print(f"{target}: {len(values)} keys, {len(tensors)} tensors")


# Logits.

def with_vocabulary(path):
    """A file without a vocabulary gets one of numbered tokens: llama.cpp opens none without."""
    reader = gguf.GGUFReader(path)
    if "tokenizer.ggml.model" in reader.fields:
        return path
    arch = reader.fields["general.architecture"].contents()
    w = gguf.GGUFWriter(path + ".vocab", arch)
    for key, field in reader.fields.items():
        if not key.startswith("GGUF.") and key != "general.architecture":
            w.add_key_value(key, field.contents(), field.types[0], field.types[1] if len(field.types) > 1 else None)
    count = next(int(t.shape[1]) for t in reader.tensors if t.name == "token_embd.weight")
    w.add_tokenizer_model("llama")
    w.add_tokenizer_pre("default")
    w.add_token_list(["<unk>", "<s>", "</s>", "<|endoftext|>"] + [f"t{i}" for i in range(4, count)])
    w.add_token_scores([0.0] * count)
    w.add_token_types([2, 3, 3] + [1] * (count - 3))
    for t in reader.tensors:
        w.add_tensor(t.name, np.array(t.data), raw_dtype=t.tensor_type)
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()
    return path + ".vocab"


def llama_logits(path, ids):
    import llama_cpp
    model = llama_cpp.Llama(path, n_ctx=256, n_batch=256, n_ubatch=256, n_threads=2, logits_all=True, flash_attn=False, n_gpu_layers=0,
                            verbose=False, type_k=llama_cpp.GGML_TYPE_F32, type_v=llama_cpp.GGML_TYPE_F32)
    model.eval(ids)
    return np.array(model.scores[: len(ids)], dtype=np.float64)


class TableGELU(torch.nn.Module):
    """ggml's GELU on a CPU: a table of Float16 over Float16. The exact function differs by 1e-4 to 1e-3 of the largest logit."""

    def forward(self, x):
        y = torch.nn.functional.gelu(x.half().float(), approximate="tanh").half().float()
        return torch.where(x <= -10, torch.zeros_like(x), torch.where(x >= 10, x, y))


def peer_logits(folder, kind, ids):
    if kind is T.GPT2Model:
        kind = T.GPT2LMHeadModel
    model = kind.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    for module in list(model.modules()):
        for name, inner in list(module.named_children()):
            if name in ("act", "act_fn") and "GELU" in type(inner).__name__:
                setattr(module, name, TableGELU())
    with torch.no_grad():
        return model(input_ids=torch.tensor([ids])).logits[0].double().numpy()


def difference(a, b):
    return np.abs(a - b).max() / np.abs(b).max()


def check(o):
    worst = 0.0
    print("| folder | F32 | as stored | Q8_0 | Mneme, the folder |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as place:
        for name, (family, config, kind, dtype, options) in cases().items():
            folder = os.path.join(o.folder, name)
            generator = np.random.default_rng(1)
            count = 60 if family != "gpt2" else 40
            ids = [int(i) for i in generator.integers(6, VOCABULARY, count)]
            theirs = peer_logits(folder, kind, ids)
            row = []
            for arguments in (["--type", "F32"], [], ["--type", "Q8_0"]):
                path = os.path.join(place, f"{name}.gguf")
                subprocess.run([o.mneme, "model", "convert", folder, path, *arguments], check=True, stdout=subprocess.DEVNULL)
                row.append(difference(llama_logits(with_vocabulary(path), ids), theirs))
            path = os.path.join(place, "trace.safetensors")
            subprocess.run([o.mneme, "trace", "--model", folder, "--ids", ",".join(map(str, ids)), "--hooks", "none", "--context", "256",
                            "--output", path], check=True, stdout=subprocess.DEVNULL)
            with safe_open(path, "np") as f:
                row.append(difference(f.get_tensor("logits").astype(np.float64), theirs))
            worst = max(worst, row[0], row[3] if dtype == F32 else 0)
            stored = str(dtype).replace("torch.", "").replace("bfloat", "BF").replace("float", "F")
            print(f"| {name} | {row[0]:.1e} | {row[1]:.1e} ({stored}) | {row[2]:.1e} | {row[3]:.1e} |", flush=True)
    print(f"largest in Float32: {worst:.1e}")
    sys.exit(0 if worst <= 1e-3 else 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    for name, run in (("make", make), ("check", check), ("golden", golden)):
        command = commands.add_parser(name)
        command.add_argument("folder")
        command.set_defaults(run=run)
        if name == "check":
            command.add_argument("--mneme", required=True)
        if name == "golden":
            command.add_argument("output")
    o = parser.parse_args()
    o.run(o)


if __name__ == "__main__":
    main()
