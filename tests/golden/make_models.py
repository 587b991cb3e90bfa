#!/usr/bin/env python3
"""Writes tests/golden/models: tiny random models of every architecture and weight type, and what they must answer.

NAME/ (Hugging Face) or NAME.gguf is the model; NAME.expected.json has, from a float32 forward of transformers on the
dequantized weights, for some sequences the argmax and log-sum-exp at each position and the logits at the last, and a
greedy continuation.

Needs torch, transformers, safetensors, gguf and numpy (written with 2.11.0, 5.24.0, 0.8.0, 0.19.0, 2.4.6); `make test` needs
none of them. Weights have gains that make attention, rotations and biases matter, and no greedy choice is close.

    python make_models.py [NAME...]
"""
import json
import math
import shutil
import sys
from pathlib import Path

import gguf
import numpy as np
import torch
import transformers
from gguf import GGMLQuantizationType as Type
from gguf import quants

FOLDER = Path(__file__).parent / "models"
CLASSES = {"llama": "Llama", "qwen2": "Qwen2", "gpt_bigcode": "GPTBigCode"}


# --- random weights -------------------------------------------------------------------------------------------------

def gain(name):
    """The standard deviation of a matrix's outputs for inputs of 1, by the last parts of its HF name."""
    if "embed_tokens" in name or "wte" in name:
        return None  # 1 a value, not an output
    if any(part in name for part in ("q_proj", "k_proj", "c_attn")):
        return 1.5  # scores of about 2: attention is neither flat nor on one token
    return 2.0 if "lm_head" in name else 1.0


def random_state(model, random):
    """A float32 state for `model` (tied tensors left out), by HF's names."""
    state = {}
    tied = model.config.tie_word_embeddings
    for name, tensor in model.state_dict().items():
        if tied and name == "lm_head.weight":
            continue
        shape = tuple(tensor.shape)
        if name.endswith(".attn.bias") and len(shape) > 1 or "inv_freq" in name:
            continue
        if len(shape) == 1 and name.endswith("weight"):
            values = 1 + 0.3 * random.standard_normal(shape)
        elif len(shape) == 1:
            values = 0.5 * random.standard_normal(shape)
        else:
            wanted = gain(name)
            deviation = 0.5 if wanted is None or "wpe" in name else wanted / math.sqrt(shape[1])
            values = deviation * random.standard_normal(shape)
        state[name] = values.astype(np.float32)
    return state


# --- quantized blocks -----------------------------------------------------------------------------------------------

K_BLOCKS = {Type.Q4_K: (144, 0, 2), Type.Q5_K: (176, 0, 2), Type.Q6_K: (210, 208, None)}  # bytes, place of d, of dmin


def random_k_blocks(kind, shape, deviation, random):
    """Random valid K blocks whose weights have about mean 0 and the deviation given: gguf's Python cannot quantize to
    these types."""
    size, place, minimum = K_BLOCKS[kind]
    blocks = random.integers(0, 256, (shape[0] * shape[1] // 256, size), dtype=np.uint8)

    def put(where, values):
        blocks[:, where:where + 2] = values.astype(np.float16).view(np.uint8).reshape(-1, 2)

    def dequantized():
        return quants.dequantize(blocks.reshape(shape[0], -1), kind)

    ones = np.ones(len(blocks))
    middle = {Type.Q4_K: 7.5, Type.Q5_K: 15.5}.get(kind)
    put(place, ones)
    if minimum is not None:
        put(minimum, middle * ones)
    scale = deviation / dequantized().std() * random.uniform(0.6, 1.4, len(blocks))
    put(place, scale)
    if minimum is not None:
        put(minimum, middle * scale)
    return blocks.reshape(shape[0], -1)


def pack(values, kind, random):
    """(what the file stores, its dequantized values)"""
    if kind in K_BLOCKS:
        data = random_k_blocks(kind, values.shape, values.std(), random)
    else:
        data = quants.quantize(values, kind)
    return data, quants.dequantize(data, kind).astype(np.float32).reshape(values.shape)


# --- GGUF -----------------------------------------------------------------------------------------------------------

GGUF_LLAMA = {
    "model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output",
    "input_layernorm": "attn_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output", "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
}
GGUF_BIGCODE = {
    "transformer.wte": "token_embd", "transformer.wpe": "position_embd", "transformer.ln_f": "output_norm",
    "lm_head": "output", "ln_1": "attn_norm", "attn.c_attn": "attn_qkv", "attn.c_proj": "attn_output",
    "ln_2": "ffn_norm", "mlp.c_fc": "ffn_up", "mlp.c_proj": "ffn_down",
}


def gguf_name(name):
    stem, _, kind = name.rpartition(".")
    for prefix, table in (("model.layers.", GGUF_LLAMA), ("transformer.h.", GGUF_BIGCODE)):
        if stem.startswith(prefix):
            layer, _, part = stem[len(prefix):].partition(".")
            return f"blk.{layer}.{table[part]}.{kind}"
    return f"{(GGUF_LLAMA | GGUF_BIGCODE)[stem]}.{kind}"


def permuted(values, heads):
    """Rows of q or k in GGUF's llama order, where a rotation's pair are neighbours."""
    return values.reshape(heads, 2, values.shape[0] // heads // 2, -1).swapaxes(1, 2).reshape(values.shape)


def unpermuted(values, heads):
    return values.reshape(heads, values.shape[0] // heads // 2, 2, -1).swapaxes(1, 2).reshape(values.shape)


def heads_to_permute(config, name):
    if config.model_type == "llama" and "self_attn.q_proj" in name:
        return config.num_attention_heads
    if config.model_type == "llama" and "self_attn.k_proj" in name:
        return config.num_key_value_heads
    return None


def llama3_divisors(config):
    rope = config.rope_parameters
    inverse = 1.0 / (rope["rope_theta"] ** (np.arange(0, config.head_dim, 2) / config.head_dim))
    wavelength = 2 * math.pi / inverse
    context, low, high = rope["original_max_position_embeddings"], rope["low_freq_factor"], rope["high_freq_factor"]
    smooth = np.clip((context / wavelength - low) / (high - low), 0, 1)
    return (1 / ((1 - smooth) / rope["factor"] + smooth)).astype(np.float32)


def write_gguf_keys(writer, config):
    bigcode = config.model_type == "gpt_bigcode"
    writer.add_block_count(config.num_hidden_layers)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(1 if bigcode else config.num_key_value_heads)
    writer.add_vocab_size(config.vocab_size)
    if bigcode:
        writer.add_feed_forward_length(config.n_inner)
        writer.add_layer_norm_eps(config.layer_norm_epsilon)
        return
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    head_dim = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    writer.add_key_length(head_dim)
    writer.add_value_length(head_dim)
    writer.add_rope_dimension_count(head_dim)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    if config.rope_parameters["rope_type"] == "linear":
        writer.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
        writer.add_rope_scaling_factor(config.rope_parameters["factor"])


def write_gguf(path, model, types, random, with_tokenizer):
    """`types` gives a type by GGUF's part of a name; "" is for the rest. Loads the dequantized weights into `model`."""
    config = model.config
    writer = gguf.GGUFWriter(path, {"gpt_bigcode": "starcoder"}.get(config.model_type, config.model_type))
    write_gguf_keys(writer, config)
    if with_tokenizer:
        write_gguf_tokenizer(writer)
    if not config.model_type == "gpt_bigcode" and config.rope_parameters["rope_type"] == "llama3":
        writer.add_tensor("rope_freqs.weight", llama3_divisors(config))
    state = random_state(model, random)
    for name, values in state.items():
        heads = heads_to_permute(config, name)
        stored = permuted(values, heads) if heads else values
        ours = gguf_name(name)
        part = ours.split(".")[-2]
        kind = types.get(part, types[""]) if values.ndim == 2 and part != "position_embd" else Type.F32
        data, dequantized = pack(stored, kind, random)
        writer.add_tensor(ours, data, raw_dtype=kind)
        state[name] = unpermuted(dequantized, heads) if heads else dequantized
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    load(model, state)


# --- a byte-level tokenizer of 288 tokens ---------------------------------------------------------------------------

def byte_characters():
    """GPT-2's characters for bytes."""
    shown = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [byte for byte in range(256) if byte not in shown]
    table = {byte: chr(byte) for byte in shown} | {byte: chr(256 + i) for i, byte in enumerate(others)}
    return [table[byte] for byte in range(256)]


MERGES = ["Ġ Ġ", "ĠĠ ĠĠ", "r e", "re t", "u r", "ret ur", "retur n", "d e", "de f", "i n", "i f", "f o", "fo r", "Ġ =",
          "s e", "se l", "sel f", "( )", ": Ċ", "e l", "Ġ i", "t h", "o r", "a n", "e r", "Ġ a", "Ġ t", "Ċ ĠĠĠĠ"]
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|fim_pad|>"]
TOKENS = byte_characters() + [merge.replace(" ", "") for merge in MERGES] + SPECIAL
assert len(TOKENS) == len(set(TOKENS)) == 288


def write_gguf_tokenizer(writer):
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(TOKENS)
    writer.add_token_types([gguf.TokenType.NORMAL] * 284 + [gguf.TokenType.CONTROL] * 4)
    writer.add_token_merges(MERGES)
    writer.add_eos_token_id(286)
    writer.add_add_bos_token(False)


def write_hf_tokenizer(folder):
    pattern = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
               r"|\s+(?!\S)|\s+")
    special = [{"id": 284 + i, "content": text, "single_word": False, "lstrip": False, "rstrip": False,
                "normalized": False, "special": True} for i, text in enumerate(SPECIAL)]
    tokenizer = {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": special, "normalizer": {"type": "NFC"},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
            {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False},
            {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False}]},
        "post_processor": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False},
        "decoder": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False},
        "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": "",
                  "end_of_word_suffix": "", "fuse_unk": False, "byte_fallback": False,
                  "vocab": {token: i for i, token in enumerate(TOKENS[:284])}, "merges": MERGES}}
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer, ensure_ascii=False) + "\n")
    (folder / "tokenizer_config.json").write_text(json.dumps(
        {"tokenizer_class": "Qwen2Tokenizer", "eos_token": "<|im_end|>", "bos_token": None, "add_prefix_space": False}) + "\n")
    (folder / "generation_config.json").write_text(json.dumps({"eos_token_id": [286, 284]}) + "\n")


# --- models ---------------------------------------------------------------------------------------------------------

def make_model(config):
    kind = CLASSES[config["model_type"]]
    made = getattr(transformers, kind + "Config")(**{k: v for k, v in config.items() if k != "model_type"})
    made._attn_implementation = "eager"
    return getattr(transformers, kind + "ForCausalLM")(made).float().eval()


def load(model, state):
    missing, unexpected = model.load_state_dict({k: torch.from_numpy(v) for k, v in state.items()}, strict=False)
    assert not unexpected, unexpected
    assert all(name == "lm_head.weight" and model.config.tie_word_embeddings for name in missing), missing
    model.tie_weights()


def llama(**changes):
    return dict(model_type="llama", hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
                num_key_value_heads=2, head_dim=16, vocab_size=64, max_position_embeddings=128, rms_norm_eps=1e-5,
                rope_parameters={"rope_type": "default", "rope_theta": 10000.0}, tie_word_embeddings=False,
                bos_token_id=1, eos_token_id=2) | changes


def qwen2(**changes):
    return dict(model_type="qwen2", hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2,
                num_key_value_heads=1, vocab_size=64, max_position_embeddings=128, rms_norm_eps=1e-6,
                rope_parameters={"rope_type": "default", "rope_theta": 1000000.0}, tie_word_embeddings=True,
                bos_token_id=None, eos_token_id=2) | changes


def bigcode(**changes):
    return dict(model_type="gpt_bigcode", n_embd=32, n_inner=64, n_layer=2, n_head=4, n_positions=64, vocab_size=64,
                multi_query=True, bos_token_id=0, eos_token_id=0) | changes


LINEAR = {"rope_type": "linear", "rope_theta": 100000.0, "factor": 4.0}
LLAMA3 = {"rope_type": "llama3", "rope_theta": 10000.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
          "original_max_position_embeddings": 64}

# name: (configuration, how it is stored)
HF_MODELS = {
    "hf-llama-sharded": (llama(), dict(dtype="bfloat16", shards="24KB")),
    # As DeepSeek-Coder's config.json says it, before rope_parameters.
    "hf-llama-linear": (llama(rope_parameters=LINEAR, attention_bias=True, tie_word_embeddings=True), dict(
        dtype="float32", old={"rope_theta": 100000.0, "rope_scaling": {"type": "linear", "factor": 4.0}})),
    # As Llama 3's old config.json says it.
    "hf-llama-llama3-bin": (llama(rope_parameters=LLAMA3), dict(dtype="float16", bin=True, old={
        "rope_theta": 10000.0, "rope_scaling": {k: v for k, v in LLAMA3.items() if k != "rope_theta"}})),
    "hf-llama-llama3": (llama(rope_parameters=LLAMA3, mlp_bias=True), dict(dtype="float16")),
    "hf-qwen2": (qwen2(vocab_size=288, eos_token_id=286), dict(dtype="bfloat16", tokenizer=True)),
    "hf-qwen2-untied": (qwen2(tie_word_embeddings=False), dict(dtype="float16")),
    "hf-bigcode": (bigcode(), dict(dtype="float16")),
    "hf-bigcode-heads-bin": (bigcode(multi_query=False), dict(dtype="float16", bin=True)),
}

K_MIX = {"": Type.Q4_K, "attn_k": Type.Q5_K, "attn_v": Type.Q6_K, "ffn_up": Type.Q5_K, "ffn_down": Type.Q6_K,
         "attn_output": Type.Q8_0, "token_embd": Type.Q6_K, "output": Type.Q5_K}
WIDE = dict(hidden_size=256, intermediate_size=256, num_hidden_layers=1)
GGUF_MODELS = {
    "llama-f32": (llama(), {"": Type.F32}),
    "llama-f16-linear": (llama(rope_parameters=LINEAR), {"": Type.F16}),
    "llama-bf16-llama3": (llama(rope_parameters=LLAMA3, tie_word_embeddings=True), {"": Type.BF16}),
    "llama-q8_0-bias": (llama(attention_bias=True), {"": Type.Q8_0}),
    "llama-q4_0": (llama(), {"": Type.Q4_0}),
    "llama-q4_1": (llama(tie_word_embeddings=True), {"": Type.Q4_1}),
    "llama-q5_0": (llama(), {"": Type.Q5_0}),
    "llama-q5_1": (llama(), {"": Type.Q5_1}),
    "llama-k": (llama(**WIDE), K_MIX),
    "qwen2-q8_0": (qwen2(vocab_size=288, eos_token_id=286), {"": Type.Q8_0}),
    "qwen2-q4_0-untied": (qwen2(tie_word_embeddings=False), {"": Type.Q4_0, "output": Type.Q8_0}),
    "qwen2-k": (qwen2(hidden_size=256, intermediate_size=256, num_hidden_layers=1, num_attention_heads=8,
                      num_key_value_heads=2, tie_word_embeddings=False), {"": Type.Q4_K, "attn_k": Type.Q5_0, "ffn_up": Type.Q5_K,
                                               "attn_q": Type.Q6_K, "ffn_down": Type.Q4_1}),
    "starcoder-q8_0": (bigcode(), {"": Type.Q8_0}),
    "starcoder-q5_1": (bigcode(), {"": Type.Q5_1, "token_embd": Type.F16}),
}


def write_hf(name, config, stored, random):
    folder = FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    model = make_model(config)
    load(model, random_state(model, random))
    model.to(getattr(torch, stored["dtype"])).save_pretrained(folder, max_shard_size=stored.get("shards", "5GB"))
    if stored.get("bin"):
        (folder / "model.safetensors").unlink()
        state = model.state_dict()  # an OrderedDict in which tied tensors share a storage
        if config["model_type"] == "llama":  # as old checkpoints have it
            for layer in range(config["num_hidden_layers"]):
                state[f"model.layers.{layer}.self_attn.rotary_emb.inv_freq"] = torch.ones(config["head_dim"] // 2)
        torch.save(state, folder / "pytorch_model.bin")
    (folder / "generation_config.json").unlink(missing_ok=True)
    if "old" in stored:
        written = json.loads((folder / "config.json").read_text())
        del written["rope_parameters"]
        (folder / "config.json").write_text(json.dumps(written | stored["old"], indent=2) + "\n")
    if stored.get("tokenizer"):
        write_hf_tokenizer(folder)
    # Read back, so that what is expected is what transformers makes of these very files.
    return transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()


def expected(model, random):
    """None where a greedy choice is too close to be the same in other arithmetic."""
    vocabulary = model.config.vocab_size
    sequences = []
    with torch.no_grad():
        for length in (1, 7, 48):
            tokens = random.integers(0, vocabulary, length).tolist()
            logits = model(torch.tensor([tokens])).logits[0].double()
            sequences.append({"tokens": tokens, "argmax": logits.argmax(-1).tolist(),
                              "logsumexp": [round(x, 6) for x in logits.logsumexp(-1).tolist()],
                              "last_logits": [round(x, 6) for x in logits[-1].tolist()]})
            top = logits.topk(2).values
            if (top[:, 0] - top[:, 1]).min() < 1e-3 * logits.std():
                return None
        tokens = random.integers(0, vocabulary, 5).tolist()
        prompt, completion = list(tokens), []
        for _ in range(24):
            logits = model(torch.tensor([tokens])).logits[0, -1].double()
            top = logits.topk(2).values
            if top[0] - top[1] < 2e-3 * logits.std():
                return None
            completion.append(int(logits.argmax()))
            tokens.append(completion[-1])
    return {"sequences": sequences, "greedy": {"prompt": prompt, "completion": completion}}


def make(name):
    for seed in range(1000):
        random = np.random.default_rng([seed, *name.encode()])
        if name in HF_MODELS:
            model = write_hf(name, *HF_MODELS[name], random)
        else:
            config, types = GGUF_MODELS[name]
            model = make_model(config)
            FOLDER.mkdir(parents=True, exist_ok=True)
            write_gguf(FOLDER / f"{name}.gguf", model, types, random, config["vocab_size"] == 288)
        answer = expected(model, random)
        if answer and len(set(answer["greedy"]["completion"])) >= 5:
            (FOLDER / f"{name}.expected.json").write_text(json.dumps(answer) + "\n")
            print(name, "seed", seed, flush=True)
            return
    raise SystemExit(f"{name}: no seed without close choices")


if __name__ == "__main__":
    torch.set_num_threads(2)
    for wanted in sys.argv[1:] or [*HF_MODELS, *GGUF_MODELS]:
        make(wanted)
