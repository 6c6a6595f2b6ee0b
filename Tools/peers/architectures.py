#!/usr/bin/env python3
"""Random small models of every architecture, and the logits of `transformers` and of llama.cpp for them.

    architectures.py Tests/TestSupport/Fixtures/architectures

For each model a GGUF file with its weights in F16 (they are rounded to it first, so that nothing is lost) and a safetensors file:
`tokens`, `transformers` and `llama.cpp` (both Float32, of the weights widened to F32), and `llama.cpp.f16` for the file as it is.
Prints how far the two programs lie apart; where that is much, the docstring of the case says who is right.
Needs torch, transformers, gguf, safetensors and llama-cpp-python.
"""

import argparse
import os
import tempfile

import gguf
import numpy as np
import torch
import transformers as hf
from safetensors.numpy import save_file

TOKENS = 40
PLAIN = {"rope_type": "default", "rope_theta": 10000.0}


def cases(width=32, vocabulary=96, context=64):
    """Name, architecture in GGUF, configuration, and whether llama.cpp computes what the model's makers do."""
    common = dict(vocab_size=vocabulary, hidden_size=width, intermediate_size=2 * width, num_hidden_layers=2, num_attention_heads=4,
                  num_key_value_heads=2, max_position_embeddings=context, bos_token_id=1, eos_token_id=2, pad_token_id=0)
    both = {"head_dim": width // 2}
    half = width // 8
    yield "llama", "llama", hf.LlamaConfig(**common, rope_parameters=PLAIN), True
    yield "llama3", "llama", hf.LlamaConfig(**common, tie_word_embeddings=True, attention_bias=True, mlp_bias=True, rope_parameters={
        "rope_type": "llama3", "rope_theta": 500000.0, "factor": 4.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
        "original_max_position_embeddings": 32}), True
    # llama.cpp does not know Mistral's window.
    yield "mistral", "llama", hf.MistralConfig(**common, **both, sliding_window=12, rope_parameters=PLAIN), False
    yield "qwen2", "qwen2", hf.Qwen2Config(**common, rope_parameters={"rope_type": "default", "rope_theta": 1e6}), True
    yield "qwen2-yarn", "qwen2", hf.Qwen2Config(**common, tie_word_embeddings=True, rope_parameters={
        "rope_type": "yarn", "rope_theta": 1e6, "factor": 4.0, "original_max_position_embeddings": 16}), True
    yield "qwen3", "qwen3", hf.Qwen3Config(**common, **both, tie_word_embeddings=True, rope_parameters={"rope_type": "default", "rope_theta": 1e6}), True
    yield "gemma", "gemma", hf.GemmaConfig(**common, **both, rope_parameters=PLAIN), True
    yield "gemma2", "gemma2", hf.Gemma2Config(**{**common, "num_hidden_layers": 4}, **both, sliding_window=12, query_pre_attn_scalar=width // 2,
                                              attn_logit_softcapping=5.0, final_logit_softcapping=4.0, rope_parameters=PLAIN), True
    yield "gemma3", "gemma3", hf.Gemma3TextConfig(
        **{**common, "num_hidden_layers": 7}, **both, sliding_window=12, query_pre_attn_scalar=width // 2, rope_parameters={
            "sliding_attention": PLAIN, "full_attention": {"rope_type": "linear", "rope_theta": 1e6, "factor": 8.0}}), True
    yield "phi3", "phi3", hf.Phi3Config(**common, rope_parameters={**PLAIN, "partial_rotary_factor": 1.0}), True
    # llama.cpp leaves Phi-3's window out.
    yield "phi3-window", "phi3", hf.Phi3Config(**common, sliding_window=12, rope_parameters={**PLAIN, "partial_rotary_factor": 0.5}), False
    yield "phi3-long", "phi3", hf.Phi3Config(**common, original_max_position_embeddings=16, rope_parameters={
        "rope_type": "longrope", "rope_theta": 10000.0, "partial_rotary_factor": 1.0, "original_max_position_embeddings": 16, "factor": 4.0,
        "short_factor": [1 + 0.1 * i for i in range(half)], "long_factor": [1.5 + 0.5 * i for i in range(half)]}), True
    yield "gpt2", "gpt2", hf.GPT2Config(vocab_size=vocabulary, n_embd=width, n_layer=2, n_head=4, n_positions=context, bos_token_id=1, eos_token_id=2), True


def randomise(model, is_gemma):
    """Weights that keep activations near one, exact in F16."""
    generator = torch.Generator().manual_seed(7)
    for name, value in model.named_parameters():
        noise = torch.randn(value.shape, generator=generator)
        if value.dim() == 2:
            fan = value.shape[0] if "c_" in name else value.shape[1]
            noise = noise * (0.4 if "emb" in name or "wte" in name or "lm_head" in name else 1.2 / fan ** 0.5)
        elif "norm" in name or ".ln_" in name:
            noise = 0.1 * noise if name.endswith("bias") else 0.1 * noise + (0 if is_gemma else 1)
        else:
            noise = 0.2 * noise
        value.data = noise.half().float()


def write(path, name, arch, config, model, half):
    """The model as a GGUF file, its matrices in F16 or F32."""
    writer = gguf.GGUFWriter(path, arch)
    writer.add_name(name)
    heads = config.num_attention_heads
    width, layers = config.hidden_size, config.num_hidden_layers
    keys = getattr(config, "num_key_value_heads", heads)
    dimension = getattr(config, "head_dim", None) or width // heads
    context, vocabulary = config.max_position_embeddings, config.vocab_size
    writer.add_context_length(context)
    writer.add_embedding_length(width)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(getattr(config, "intermediate_size", None) or 4 * width)
    writer.add_head_count(heads)
    if arch != "gpt2":
        writer.add_head_count_kv(keys)
        writer.add_key_length(dimension)
        writer.add_value_length(dimension)
        writer.add_layer_norm_rms_eps(config.rms_norm_eps)
        rope = config.rope_parameters
        rope = rope.get("full_attention", rope)
        writer.add_rope_freq_base(rope["rope_theta"])
        writer.add_rope_dimension_count(int(dimension * rope.get("partial_rotary_factor", 1.0)))
        scaling(writer, config, rope, dimension)
    else:
        writer.add_layer_norm_eps(config.layer_norm_epsilon)
    if getattr(config, "sliding_window", None):
        writer.add_sliding_window(config.sliding_window)
    if arch == "gemma2":
        writer.add_attn_logit_softcapping(config.attn_logit_softcapping)
        writer.add_final_logit_softcapping(config.final_logit_softcapping)
    writer.add_tokenizer_model("llama")
    # llama.cpp looks up the last of the marks in vocabularies of Phi-3.
    marks = ["<unk>", "<s>", "</s>", "<0x0A>", "<|endoftext|>"]
    writer.add_token_list(marks + [chr(0x4E00 + i) for i in range(vocabulary - len(marks))])
    writer.add_token_scores([-float(i) for i in range(vocabulary)])
    writer.add_token_types([2, 3, 3, 6, 3] + [1] * (vocabulary - len(marks)))
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    names = gguf.get_tensor_name_map(next(a for a, n in gguf.MODEL_ARCH_NAMES.items() if n == arch), layers)
    for key, value in model.state_dict().items():
        if key == "lm_head.weight" and config.tie_word_embeddings or key.endswith((".attn.bias", "masked_bias", "inv_freq")):
            continue
        value = value.detach().float()
        if arch == "gpt2" and value.dim() == 2 and ".c_" in key:
            value = value.T
        if arch.startswith("gemma") and "norm" in key:
            value = value + 1
        if arch == "llama" and ("q_proj" in key or "k_proj" in key):
            count = heads if "q_proj" in key else keys
            value = value.reshape(count, 2, value.shape[0] // count // 2, *value.shape[1:]).transpose(1, 2).reshape(value.shape)
        target = names.get_name(key, try_suffixes=(".weight", ".bias"))
        data = np.ascontiguousarray(value.numpy())
        writer.add_tensor(target, data.astype(np.float16) if half and data.ndim == 2 else data)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def scaling(writer, config, rope, dimension):
    kind = rope["rope_type"]
    if kind == "linear":
        writer.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
        writer.add_rope_scaling_factor(rope["factor"])
    elif kind == "yarn":
        writer.add_rope_scaling_type(gguf.RopeScalingType.YARN)
        writer.add_rope_scaling_factor(rope["factor"])
        writer.add_rope_scaling_orig_ctx_len(rope["original_max_position_embeddings"])
    elif kind == "llama3":
        frequencies, _ = hf.modeling_rope_utils.ROPE_INIT_FUNCTIONS["llama3"](config, torch.device("cpu"))
        plain = rope["rope_theta"] ** (-torch.arange(0, dimension, 2).float() / dimension)
        writer.add_tensor("rope_freqs.weight", (plain / frequencies).numpy().astype(np.float32))
    elif kind == "longrope":
        original = rope["original_max_position_embeddings"]
        writer.add_rope_scaling_orig_ctx_len(original)
        writer.add_rope_scaling_attn_factors((1 + np.log(config.max_position_embeddings / original) / np.log(original)) ** 0.5)
        writer.add_tensor("rope_factors_long.weight", np.array(rope["long_factor"], dtype=np.float32))
        writer.add_tensor("rope_factors_short.weight", np.array(rope["short_factor"], dtype=np.float32))


def random_model(name, arch, config):
    config._attn_implementation = "eager"
    model = hf.AutoModelForCausalLM.from_config(config, attn_implementation="eager").float().eval()
    randomise(model, arch.startswith("gemma"))
    model.tie_weights()
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    options = parser.parse_args()
    # Here, so that others can import the models without llama.cpp.
    from llama_logits import logits_of
    os.makedirs(options.folder, exist_ok=True)
    ids = [1] + np.random.default_rng(3).integers(5, 96, TOKENS - 1).tolist()
    for name, arch, config, agrees in cases():
        model = random_model(name, arch, config)
        path = os.path.join(options.folder, f"{name}.gguf")
        write(path, name, arch, config, model, half=True)
        with torch.no_grad():
            theirs = model(torch.tensor([ids])).logits[0].numpy()
        results = {"tokens": np.array(ids, dtype=np.int64), "transformers": theirs}
        with tempfile.TemporaryDirectory() as folder:
            wide = os.path.join(folder, "wide.gguf")
            write(wide, name, arch, config, model, half=False)
            full = logits_of(wide, lambda _: ids)[1]
        if agrees:
            results["llama.cpp"] = full
            results["llama.cpp.f16"] = logits_of(path, lambda _: ids)[1]
        save_file(results, path.replace(".gguf", ".safetensors"))
        apart = np.abs(theirs - full).max() / np.abs(theirs).max()
        print(f"{name:12} transformers and llama.cpp {apart:.1e} apart{'' if agrees else ' (known)'}, deviation {theirs.std():.2f}, {os.path.getsize(path)} bytes")


if __name__ == "__main__":
    main()
