#!/usr/bin/env python3
"""Writes tests/golden/greedy-0.5b.jsonl: greedy tokens of a real model, Qwen2.5-Coder-0.5B-Instruct Q4_K_M, by a float32
forward of transformers on the dequantized weights. A line a problem: its name and language, the prompt's tokens, 48 tokens,
and for each of these by how much its logit led the next one's, as a share of the range of the logits.

Needs what make_models.py needs, and the model (tools/fetch_model.sh qwen2.5-coder-0.5b-instruct-q4_k_m):

    python make_greedy.py MODEL.gguf
"""
import gzip
import json
import sys
from pathlib import Path

import gguf
import torch
import transformers
from gguf import quants

import make_models

HERE = Path(__file__).parent
PROBLEMS, TOKENS = 20, 48


def hf_names():
    names = {v: k for k, v in make_models.GGUF_LLAMA.items()}

    def name(ours):
        parts = ours.split(".")
        if parts[0] == "blk":
            return f"model.layers.{parts[1]}.{names[parts[2]]}.{parts[3]}"
        return f"{names[parts[0]]}.{parts[1]}"
    return name


def load(path):
    reader = gguf.GGUFReader(path)

    def value(key):
        return reader.fields[f"qwen2.{key}"].contents()

    config = transformers.Qwen2Config(
        hidden_size=value("embedding_length"), intermediate_size=value("feed_forward_length"),
        num_hidden_layers=value("block_count"), num_attention_heads=value("attention.head_count"),
        num_key_value_heads=value("attention.head_count_kv"), max_position_embeddings=value("context_length"),
        rms_norm_eps=value("attention.layer_norm_rms_epsilon"), vocab_size=151936, tie_word_embeddings=True,
        rope_parameters={"rope_type": "default", "rope_theta": value("rope.freq_base")})
    name = hf_names()
    state = {}
    for tensor in reader.tensors:
        values = quants.dequantize(tensor.data, tensor.tensor_type)
        state[name(tensor.name)] = torch.from_numpy(values.reshape(tensor.shape[::-1]).copy())
    with torch.device("meta"):
        model = transformers.Qwen2ForCausalLM(config)
    untied = "lm_head.weight" in state
    model.config.tie_word_embeddings = not untied
    if not untied:
        state["lm_head.weight"] = state["model.embed_tokens.weight"]
    model.load_state_dict(state, strict=True, assign=True)
    model.model.rotary_emb = type(model.model.rotary_emb)(config)  # its frequencies are no weights
    return model.float().eval()


def main():
    torch.set_num_threads(2)
    model = load(sys.argv[1])
    problems = [json.loads(line) for line in gzip.open(HERE / "reference/greedy-tokens.jsonl.gz", "rt")]
    # Spread over the lengths of prompts; those that llama.cpp ended earlier have too little to compare.
    chosen = []
    for language in ("py", "java"):
        fitting = sorted((p for p in problems if p["language"] == language and len(p["completion_tokens"]) >= TOKENS),
                         key=lambda p: (len(p["prompt_tokens"]), p["name"]))
        half = PROBLEMS // 2
        chosen += [fitting[(2 * i + 1) * len(fitting) // (2 * half)] for i in range(half)]
    # All at once, padded on the left: a step reads the weights once for all problems.
    longest = max(len(p["prompt_tokens"]) for p in chosen)
    step = torch.tensor([[0] * (longest - len(p["prompt_tokens"])) + p["prompt_tokens"] for p in chosen])
    mask = torch.tensor([[0] * (longest - len(p["prompt_tokens"])) + [1] * len(p["prompt_tokens"]) for p in chosen])
    positions = (mask.cumsum(-1) - 1).clamp(min=0)
    tokens, leads, cache = [], [], None
    with torch.no_grad():
        for _ in range(TOKENS):
            out = model(step, attention_mask=mask, position_ids=positions, past_key_values=cache, use_cache=True,
                        logits_to_keep=1)
            cache, logits = out.past_key_values, out.logits[:, -1]
            top = logits.topk(2).values
            tokens.append(logits.argmax(-1))
            leads.append((top[:, 0] - top[:, 1]) / (logits.amax(-1) - logits.amin(-1)))
            step, positions = tokens[-1][:, None], positions[:, -1:] + 1
            mask = torch.cat([mask, torch.ones(len(chosen), 1, dtype=mask.dtype)], dim=1)
    with open(HERE / "greedy-0.5b.jsonl", "w") as file:
        for i, problem in enumerate(chosen):
            line = {"name": problem["name"], "language": problem["language"], "prompt": problem["prompt_tokens"],
                    "tokens": [int(t[i]) for t in tokens], "leads": [round(float(lead[i]), 6) for lead in leads]}
            file.write(json.dumps(line) + "\n")
            print(problem["name"], problem["language"], line["tokens"] == problem["completion_tokens"][:TOKENS], min(line["leads"]))


if __name__ == "__main__":
    main()
