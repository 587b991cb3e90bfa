#!/usr/bin/env python3
"""Writes tests/golden/pytorch: small files as torch.save makes them, and NAME.expected.json with what each holds: by the
tensor's name its type (safetensors' name), shape, and bytes in order (hexadecimal). Writes also
tests/golden/models/hf-llama-sharded-bin: hf-llama-sharded as sharded .bin files, with the same expected answers.

Needs torch, safetensors and numpy (written with 2.11.0, 0.8.0, 2.4.6); `make test` needs none of them.

    python make_pytorch.py
"""
import collections
import json
import shutil
from pathlib import Path

import torch
from safetensors import safe_open

HERE = Path(__file__).parent
FOLDER = HERE / "pytorch"
NAMES = {torch.float64: "F64", torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.int64: "I64",
         torch.int32: "I32", torch.int16: "I16", torch.int8: "I8", torch.uint8: "U8", torch.bool: "BOOL",
         torch.complex64: "C64", torch.uint16: "U16", torch.float8_e4m3fn: "F8_E4M3"}


def bytes_of(tensor):
    # A tensor without dimensions has no view as bytes.
    return tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes() if tensor.numel() else b""


def save(name, state, **options):
    torch.save(state, FOLDER / f"{name}.bin", **options)
    expected = {key: {"type": NAMES[value.dtype], "shape": list(value.shape), "bytes": bytes_of(value).hex()}
                for key, value in state.items()}
    (FOLDER / f"{name}.expected.json").write_text(json.dumps(expected) + "\n")


def types():
    numbers = torch.arange(6).reshape(2, 3)
    return {NAMES[dtype].lower(): (numbers % 2 if dtype == torch.bool else numbers).to(dtype) for dtype in NAMES}


def views():
    base = torch.arange(24, dtype=torch.float32).reshape(4, 6)
    half = torch.arange(12, dtype=torch.float16).reshape(2, 2, 3)
    odd = torch.arange(3, dtype=torch.float32).as_strided((1, 3), (77, 1))
    return {"whole": base, "tied": base, "transposed": base.t(), "transposed again": base.t(), "rows": base[1:3],
            "columns": base[:, 2:4], "every other": base[::2, ::3], "last": base[3, 5], "nothing": base[4:],
            "permuted": half.permute(2, 0, 1), "one row": odd, "parameter": torch.nn.Parameter(half[1].t())}


def module():
    torch.manual_seed(0)
    layers = torch.nn.Sequential(collections.OrderedDict(
        embedding=torch.nn.Embedding(5, 4), norm=torch.nn.BatchNorm1d(4), output=torch.nn.Linear(4, 5, bias=False)))
    layers.output.weight = layers.embedding.weight
    return layers.state_dict()


def sharded_model():
    source, target = HERE / "models/hf-llama-sharded", HERE / "models/hf-llama-sharded-bin"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    shutil.copy(source / "config.json", target)
    shutil.copy(HERE / "models/hf-llama-sharded.expected.json", HERE / "models/hf-llama-sharded-bin.expected.json")
    index = json.loads((source / "model.safetensors.index.json").read_text())
    shards = {}
    for name, file in index["weight_map"].items():
        with safe_open(source / file, "pt") as tensors:
            shards.setdefault(file, collections.OrderedDict())[name] = tensors.get_tensor(name)
    for i, file in enumerate(sorted(shards)):
        renamed = f"pytorch_model-{i + 1:05}-of-{len(shards):05}.bin"
        torch.save(shards[file], target / renamed)
        index["weight_map"] |= {name: renamed for name in shards[file]}
    (target / "pytorch_model.bin.index.json").write_text(json.dumps(index, indent=2) + "\n")


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    save("types", types())
    save("views", views())
    save("module", module())
    save("protocol-4", module(), pickle_protocol=4)
    torch.save(module(), FOLDER / "before-1.6.bin", _use_new_zipfile_serialization=False)
    torch.save({"state_dict": module(), "epoch": 3}, FOLDER / "checkpoint-of-training.bin")
    torch.save(torch.nn.Linear(2, 2), FOLDER / "whole-module.bin")
    torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), FOLDER / "torchscript.bin")
    sharded_model()


if __name__ == "__main__":
    main()
