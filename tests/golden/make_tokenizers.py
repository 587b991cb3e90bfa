#!/usr/bin/env python3
"""Writes tokenizers/: small vocabularies of every kind and the ids of HF's tokenizers for the strings of tokenizer_strings.py.

    python3.11 -m venv oracle && oracle/bin/pip install tokenizers==0.23.3 sentencepiece==0.2.3 gguf
    oracle/bin/python tests/golden/make_tokenizers.py [FOLDER of the cached models]

strings.json.gz is shared; KIND.ids.json.gz has {"before", "after": ids put around with add_special; "ids": one list a
string; "decoded": {index: HF's decode(ids) where that is not the string}; "gguf_ids": {index: ids by the GGUF's rules
where they differ}}. KIND.tokenizer.json.gz, KIND.gguf.gz and KIND.model.gz are the vocabularies. The kinds qwen2.5 and
smollm2 take theirs from the cached GGUFs, which are not in the tree: they have ids only. GGUFs follow llama.cpp: no
normalizer, contractions without case folding beyond ASCII, added tokens found in the text as it is.
"""
import copy
import gzip
import io
import json
import pathlib
import random
import re
import sys

import gguf
import sentencepiece
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

import tokenizer_strings

GOLDEN = pathlib.Path(__file__).resolve().parent
OUT = GOLDEN / "tokenizers"
METASPACE = "▁"
QWEN2 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
LLAMA3 = QWEN2.replace(r"\p{N}| ?", r"\p{N}{1,3}| ?")
BYTE_LEVEL = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}
GPT2_WORDS = {**BYTE_LEVEL, "use_regex": True}


def split(pattern):
    return {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}


def sequence(*steps):
    return {"type": "Sequence", "pretokenizers": list(steps)}


DIGITS = {"type": "Digits", "individual_digits": True}
DEEPSEEK = sequence(split(r"[\r\n]"), split(r"\s?\p{L}+"), split(r"\s?\p{P}+"), split("[一-龥ࠀ-一가-퟿]+"), DIGITS, BYTE_LEVEL)
# name: pre-tokenizer, normalizer, vocabulary size, tokenizer.ggml.pre, special tokens, added tokens that are not special
BYTE_LEVEL_KINDS = {
    "starcoder": (sequence(DIGITS, GPT2_WORDS), None, 900, "starcoder", ["<|endoftext|>", "<fim_prefix>", "<fim_middle>", "<fim_suffix>", "<repo_name>"], []),
    "deepseek-coder": (DEEPSEEK, None, 800, "deepseek-coder", ["<｜begin▁of▁sentence｜>", "<|EOT|>"], ["õ", "÷", "Á", "<｜fim▁hole｜>"]),
    "llama-bpe": (sequence(split(LLAMA3), BYTE_LEVEL), None, 900, "llama-bpe", ["<|begin_of_text|>", "<|eot_id|>", "<|reserved_special_token_0|>"], []),
    "gpt2": (GPT2_WORDS, None, 700, "gpt-2", ["<|endoftext|>"], []),
    "qwen2": (sequence(split(QWEN2), BYTE_LEVEL), {"type": "NFC"}, 800, "qwen2", ["<|endoftext|>", "<|im_start|>", "<|im_end|>"], ["<tool_call>", "<|fim_prefix|>"]),
}


def write(name, data):
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=9, mtime=0) as file:
        file.write(data)
    (OUT / name).write_bytes(packed.getvalue())


def write_json(name, value):
    write(name, json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def added_token(id, text, special, **flags):
    return {"id": id, "content": text, "single_word": False, "lstrip": False, "rstrip": False, "normalized": not special, "special": special, **flags}


def ids_of(tokenizer, texts):
    return [tokenizer.encode(text, add_special_tokens=False).ids for text in texts]


def golden(name, texts, hf, gguf_like=None):
    """Writes the ids of the tokenizer.json `hf`, and how those of `gguf_like` differ."""
    tokenizer = Tokenizer.from_str(json.dumps(hf))
    ids = ids_of(tokenizer, texts)
    around = tokenizer.encode("a", add_special_tokens=True).ids
    plain = tokenizer.encode("a", add_special_tokens=False).ids
    begin = next(i for i in range(len(around) + 1) if around[i:i + len(plain)] == plain)
    decoded = {i: tokenizer.decode(ids[i], skip_special_tokens=False) for i in range(len(texts))}
    entry = {"before": around[:begin], "after": around[begin + len(plain):], "ids": ids,
             "decoded": {i: text for i, text in decoded.items() if text != texts[i]}, "gguf_ids": {}}
    if gguf_like:
        other = ids_of(Tokenizer.from_str(json.dumps(gguf_like)), texts)
        entry["gguf_ids"] = {i: other[i] for i in range(len(texts)) if other[i] != ids[i]}
    write_json(name + ".ids.json.gz", entry)
    print(name, len(texts), "strings,", len(entry["decoded"]), "not decoded to themselves,", len(entry["gguf_ids"]), "other ids in a GGUF")


def like_gguf(hf):
    changed = copy.deepcopy(hf)
    changed["normalizer"] = None
    for token in changed["added_tokens"]:
        token.update(normalized=False, lstrip=False, rstrip=False, single_word=False)
    text = json.dumps(changed, ensure_ascii=False)
    for fold in "s t re ve m ll d".split():
        text = text.replace("'" + fold + "|", "'" + "".join(f"[{c}{c.upper()}]" for c in fold) + "|", 1) if "(?i:" in text else text
    return json.loads(text.replace("|'d)", "|'[dD])").replace("(?i:", "(?:"))


def write_gguf(name, model, tokens, types, merges=None, scores=None, **more):
    writer = gguf.GGUFWriter(OUT / "written.gguf", "llama")
    writer.add_tokenizer_model(model)
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    if merges is not None:
        writer.add_token_merges(merges)
    if scores is not None:
        writer.add_token_scores(scores)
    for key, value in more.items():
        getattr(writer, "add_" + key)(value)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    write(name + ".gguf.gz", (OUT / "written.gguf").read_bytes())
    (OUT / "written.gguf").unlink()


def byte_level_kind(name, corpus, texts):
    pre, normalizer, size, gguf_pre, special, plain = BYTE_LEVEL_KINDS[name]
    tokenizer = Tokenizer(models.BPE())
    base = json.loads(tokenizer.to_str())
    # DeepSeek-Coder's õ, ÷ and Á are left out of the alphabet: those bytes occur in no UTF-8.
    base.update(pre_tokenizer=pre, normalizer=normalizer, decoder={"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True})
    tokenizer = Tokenizer.from_str(json.dumps(base))
    tokenizer.train_from_iterator(corpus, trainers.BpeTrainer(vocab_size=size, show_progress=False, initial_alphabet=sorted(set(pre_tokenizers.ByteLevel.alphabet()) - set(plain))))
    hf = json.loads(tokenizer.to_str())
    merges = hf["model"]["merges"]
    if name == "llama-bpe":  # whole words that no merges reach show ignore_merges
        hf["model"]["ignore_merges"] = True
        used = {part for merge in merges for part in merge}
        rng = random.Random(1)
        merges[:] = [merge for merge in merges if "".join(merge) in used or rng.random() < 0.5]
    added = [added_token(len(hf["model"]["vocab"]) + i, text, i < len(special)) for i, text in enumerate(special + plain)]
    if name == "gpt2":
        id = added[-1]["id"]
        added += [added_token(id + 1, "<mask>", True, lstrip=True), added_token(id + 2, "<right>", False, rstrip=True),
                  added_token(id + 3, "WORD", False, single_word=True), added_token(id + 4, "<left>", False, lstrip=True, normalized=False)]
    hf["added_tokens"] = added
    if name in ("llama-bpe", "deepseek-coder"):
        begin = added[0]["content"]
        template = {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": begin, "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
                    "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
                    "special_tokens": {begin: {"id": begin, "ids": [added[0]["id"]], "tokens": [begin]}}}
        hf["post_processor"] = {"type": "Sequence", "processors": [BYTE_LEVEL, template]}
    write_json(name + ".tokenizer.json.gz", hf)
    golden(name, texts, hf, like_gguf(hf))
    tokens = sorted(hf["model"]["vocab"], key=hf["model"]["vocab"].get)
    types = [gguf.TokenType.NORMAL] * len(tokens) + [gguf.TokenType.CONTROL if t["special"] else gguf.TokenType.USER_DEFINED for t in added]
    write_gguf(name, "gpt2", tokens + [t["content"] for t in added], types, [" ".join(m) for m in merges],
               tokenizer_pre=gguf_pre, bos_token_id=added[0]["id"], eos_token_id=added[0]["id"], add_bos_token="post_processor" in hf and bool(hf["post_processor"]))


def sentence_piece_kinds(corpus, texts):
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(corpus), model_writer=model, model_type="bpe", vocab_size=1000, byte_fallback=True, character_coverage=0.995,
        normalization_rule_name="identity", remove_extra_whitespaces=False, add_dummy_prefix=True, split_digits=True,
        allow_whitespace_only_pieces=True, max_sentence_length=100000, num_threads=1, minloglevel=2)
    write("sentencepiece.model.gz", model.getvalue())
    processor = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    count = processor.get_piece_size()
    pieces = [processor.id_to_piece(i) for i in range(count)]
    scores = [processor.get_score(i) for i in range(count)]
    ids = {piece: i for i, piece in enumerate(pieces)}
    # As transformers' converter: every cut of a piece into two pieces, in the order of the piece's score.
    merges = []
    for piece in sorted(pieces[259:], key=lambda p: -scores[ids[p]]):
        local = [(piece[:i], piece[i:]) for i in range(1, len(piece)) if piece[:i] in ids and piece[i:] in ids]
        merges += sorted(local, key=lambda pair: (ids[pair[0]], ids[pair[1]]))
    added = [added_token(i, pieces[i], True) for i in range(3)]
    template = {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
                "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}], "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}}}
    decoder = {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": METASPACE}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"},
                                                {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}
    hf = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": added, "post_processor": template, "decoder": decoder,
          "normalizer": {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": METASPACE}, {"type": "Replace", "pattern": {"String": " "}, "content": METASPACE}]},
          "pre_tokenizer": None,
          "model": {"type": "BPE", "dropout": None, "unk_token": "<unk>", "continuing_subword_prefix": None, "end_of_word_suffix": None, "fuse_unk": True,
                    "byte_fallback": True, "ignore_merges": False, "vocab": ids, "merges": merges}}
    write_json("llama-old.tokenizer.json.gz", hf)
    golden("llama-old", texts, hf)
    new = copy.deepcopy(hf)
    new.update(normalizer=None, pre_tokenizer={"type": "Metaspace", "replacement": METASPACE, "prepend_scheme": "first", "split": False})
    write_json("llama-new.tokenizer.json.gz", new)
    golden("llama-new", texts, new)
    metaspace = copy.deepcopy(hf)
    metaspace.update(normalizer=None, pre_tokenizer={"type": "Metaspace", "replacement": METASPACE, "prepend_scheme": "always", "split": True},
                     decoder={"type": "Sequence", "decoders": [{"type": "ByteFallback"}, {"type": "Metaspace", "replacement": METASPACE, "prepend_scheme": "always", "split": True}]})
    write_json("metaspace.tokenizer.json.gz", metaspace)
    golden("metaspace", texts, metaspace)
    # The library's own ids are those of the old-style tokenizer.json.
    old = ids_of(Tokenizer.from_str(json.dumps(hf)), texts)
    assert library_ids(processor, texts) == old
    types = [gguf.TokenType.UNKNOWN, gguf.TokenType.CONTROL, gguf.TokenType.CONTROL] + [gguf.TokenType.BYTE] * 256 + [gguf.TokenType.NORMAL] * (count - 259)
    write_gguf("llama-old", "llama", pieces, types, scores=scores, bos_token_id=1, eos_token_id=2, unk_token_id=0, add_bos_token=True)


def library_ids(processor, texts):
    result = []
    for text in texts:
        ids = []
        for part in re.split("(<s>|</s>|<unk>)", text):
            if part:
                ids += [processor.piece_to_id(part)] if part in ("<s>", "</s>", "<unk>") else processor.encode(part)
        result.append(ids)
    return result


def replace(pattern, content):
    return {"type": "Replace", "pattern": pattern, "content": content}


def step_variants():
    """Normalizers and pre-tokenizers; a space in front of each piece shows in the ids where a text is cut."""
    words = {**BYTE_LEVEL, "use_regex": True}
    shown = {**BYTE_LEVEL, "add_prefix_space": True}
    normalizers = [{"type": "NFD"}, {"type": "NFKC"}, {"type": "NFKD"}, {"type": "Lowercase"}, {"type": "Strip", "strip_left": True, "strip_right": True},
                   {"type": "Strip", "strip_left": False, "strip_right": True}, replace({"Regex": r"\s+"}, "_"), replace({"Regex": r"[^\w]"}, "-"), replace({"Regex": r"\d|\D\b"}, "#"),
                   replace({"String": "(."}, "[]"), {"type": "Prepend", "prepend": "x "},
                   {"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Lowercase"}, replace({"String": " "}, "__")]}]
    found = [(normalizer, words) for normalizer in normalizers]
    found += [(None, sequence({"type": kind}, shown)) for kind in ("Whitespace", "WhitespaceSplit")]
    behaviors = ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"]
    found += [(None, sequence({"type": "Punctuation", "behavior": behavior}, shown)) for behavior in behaviors]
    found += [(None, sequence({"type": "Split", "pattern": pattern, "behavior": behavior, "invert": invert}, shown))
              for behavior in behaviors for pattern, invert in (({"String": "  "}, False), ({"Regex": r"\p{L}+|[\s\d]"}, False), ({"Regex": r"\S"}, True))]
    found += [(None, sequence({"type": "Digits", "individual_digits": False}, words)), (None, {**words, "add_prefix_space": True}),
              (None, sequence(split(r"\n"), {**words, "add_prefix_space": True}))]
    found += [(None, sequence({"type": "Metaspace", "replacement": "_", "prepend_scheme": scheme, "split": cut}, shown))
              for scheme in ("always", "first", "never") for cut in (True, False)]
    patterns = [
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s",
        r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        r"[\w]+|[^\w\s]|\s+$|^\s|.", r"[[:alpha:]_]\w*|\h+|\b", r"[\S]\s?|[^\S\n]+", r"(?<=\d)\D|\R|\s{2,3}\w{2}|(?:[a-c]x?|\p{Lu}){1,2}+_"]
    return found + [(None, sequence(split(pattern), shown)) for pattern in [*patterns, QWEN2, LLAMA3]] + [
        (None, sequence(*DEEPSEEK["pretokenizers"][:-1], shown)), (None, sequence(DIGITS, split(GPT2), shown))]


def golden_steps(texts, every):
    hf = json.loads(gzip.decompress((OUT / "starcoder.tokenizer.json.gz").read_bytes()))
    chosen = range(0, len(texts), every)
    entries = []
    for normalizer, pre in step_variants():
        hf.update(normalizer=normalizer, pre_tokenizer=pre)
        ids = ids_of(Tokenizer.from_str(json.dumps(hf)), [texts[i] for i in chosen])
        entries.append({"normalizer": normalizer, "pre_tokenizer": pre, "ids": ids})
    write_json("steps.ids.json.gz", {"every": every, "variants": entries})


def cached_model(name, file, pre, texts):
    if not file.exists():
        print(name, "left as it is:", file, "is not there")
        return
    fields = gguf.GGUFReader(file).fields
    tokens = fields["tokenizer.ggml.tokens"].contents()
    types = fields["tokenizer.ggml.token_type"].contents()
    merges = [tuple(m.split(" ")) for m in fields["tokenizer.ggml.merges"].contents()]
    tokenizer = Tokenizer(models.BPE(vocab={text: i for i, text in enumerate(tokens)}, merges=merges))
    hf = json.loads(tokenizer.to_str())
    hf["pre_tokenizer"] = pre
    hf["decoder"] = {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True}
    hf["added_tokens"] = [added_token(i, text, types[i] == gguf.TokenType.CONTROL, normalized=False) for i, text in enumerate(tokens)
                          if types[i] in (gguf.TokenType.CONTROL, gguf.TokenType.USER_DEFINED)]
    golden(name, texts, like_gguf(hf))


def main():
    cache = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path.home() / ".cache/qualm/models"
    OUT.mkdir(exist_ok=True)
    corpus = []
    for file in sorted((GOLDEN / "reference").glob("humaneval-*-0.8-reworded/*.json.gz")):
        if not file.name.endswith(".results.json.gz"):
            predictions = json.loads(gzip.decompress(file.read_bytes()))
            corpus += [predictions["prompt"], *predictions["completions"][:2]]
    texts = tokenizer_strings.strings(corpus)
    write_json("strings.json.gz", texts)
    corpus = [text for text in corpus if len(text) < 4000][::2] + tokenizer_strings.SNIPPETS * 20 + tokenizer_strings.WORDS * 5
    for name in BYTE_LEVEL_KINDS:
        byte_level_kind(name, corpus, texts)
    sentence_piece_kinds(corpus, texts)
    golden_steps(texts, int(sys.argv[2]) if len(sys.argv) > 2 else 13)
    cached_model("qwen2.5", cache / "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf", sequence(split(QWEN2), BYTE_LEVEL), texts)
    cached_model("smollm2", cache / "smollm2-135m-instruct-q4_1.gguf", sequence(DIGITS, GPT2_WORDS), texts)


if __name__ == "__main__":
    main()
