#!/usr/bin/env python3
"""Writes tokenizers/sentencepiece-added.json.gz: what transformers makes of sentencepiece.model.gz with the files that name
added tokens beside it. One entry a folder: {"files": {name: its JSON}, "added": {text: id}, "special": [texts],
"around": ids of "a" with special tokens, "texts": [strings], "ids": [a list each]}.

Needs transformers 5.24.0 with sentencepiece and protobuf, and what make_tokenizers.py wrote. The folders name no
tokenizer_class, for which transformers follows the SentencePiece library: its LlamaTokenizer leaves out the space in front
of a text that begins with one, which neither that library nor transformers 4 does.

    python make_added_tokens.py
"""
import gzip
import io
import json
import os
import pathlib
import random
import tempfile

os.environ["TRANSFORMERS_VERBOSITY"] = "error"
from transformers import AutoTokenizer  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent / "tokenizers"


def token(text, **rules):
    return {"content": text, "lstrip": False, "rstrip": False, "normalized": False, "single_word": False, "special": True} | rules


INFILL = {str(1000 + i): token(text) for i, text in enumerate(["<PRE>", "<SUF>", "<MID>", "<EOT>"])}
FOLDERS = {
    "infill, as CodeLlama's": {"tokenizer_config.json": {"add_bos_token": True, "added_tokens_decoder": INFILL}},
    "no space behind added tokens": {"tokenizer_config.json": {
        "add_bos_token": True, "add_eos_token": True, "legacy": False, "added_tokens_decoder": INFILL}},
    "rules of tokens": {"tokenizer_config.json": {"add_bos_token": False, "added_tokens_decoder": {
        "1000": token("<MID>", lstrip=True), "1001": token("<SUF>", rstrip=True, special=False, normalized=True),
        "1002": token("<PRE>", single_word=True), "1003": token("<EOT>", special=False, normalized=True)}}},
    "added_tokens.json": {"tokenizer_config.json": {"add_bos_token": True, "pad_token": "<EOT>"},
                          "added_tokens.json": {"<SUF>": 1001, "<EOT>": 1002, "<PRE>": 1000, "return": 1003}},
    "special_tokens_map.json": {"tokenizer_config.json": {"add_bos_token": True},
                                "special_tokens_map.json": {"pad_token": token("<PRE>"), "sep_token": "<SUF>"}},
    "another beginning": {"tokenizer_config.json": {"add_bos_token": True, "bos_token": "<PRE>", "added_tokens_decoder": INFILL}},
    "a piece that is added, and ids with holes": {"tokenizer_config.json": {"add_bos_token": False, "added_tokens_decoder": {
        "5": token("<SUF>"), "1": token("<s>"), "1007": token("<PRE>"), "1005": token("self", special=False)}}},
}


def texts(strings, legacy):
    rng = random.Random(1)
    marks = ["<PRE>", "<SUF>", "<MID>", "<EOT>", "<s>", "</s>", " <MID> ", "<SUF>  ", "<PRE><SUF>", "return", "self", "<PRE", "<PRE>x"]
    found = ["<PRE>", "<PRE> def f(x):\n<SUF>\n    return x<MID>", "x<PRE>", "x <PRE> y", "_<PRE>_", "<MID> <MID>", ""]
    for text in strings:
        place = rng.randrange(len(text) + 1)
        found.append(text[:place] + rng.choice(marks) + text[place:] + rng.choice(["", rng.choice(marks)]))
    # Without "legacy" transformers 5 leaves out the space in front of a text that begins with one.
    return [text for text in found if legacy or not text.startswith((" ", "▁"))]


def main():
    strings = json.loads(gzip.decompress((HERE / "strings.json.gz").read_bytes()))[::17]
    model = gzip.decompress((HERE / "sentencepiece.model.gz").read_bytes())
    entries = []
    for name, files in FOLDERS.items():
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            (folder / "tokenizer.model").write_bytes(model)
            (folder / "config.json").write_text('{"model_type": "llama"}')
            for file, value in files.items():
                (folder / file).write_text(json.dumps(value))
            tokenizer = AutoTokenizer.from_pretrained(folder)
            assert type(tokenizer).__name__ == "TokenizersBackend"
            chosen = texts(strings, files["tokenizer_config.json"].get("legacy", True))
            entries.append({
                "name": name, "files": files, "added": tokenizer.added_tokens_encoder, "around": tokenizer.encode("a"),
                "special": [str(t) for t in tokenizer.added_tokens_decoder.values() if t.special], "texts": chosen,
                "ids": [tokenizer.encode(text, add_special_tokens=False) for text in chosen]})
        print(name, entries[-1]["added"], len(chosen))
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=9, mtime=0) as file:
        file.write(json.dumps(entries, ensure_ascii=False, separators=(",", ":")).encode())
    (HERE / "sentencepiece-added.json.gz").write_bytes(packed.getvalue())


if __name__ == "__main__":
    main()
