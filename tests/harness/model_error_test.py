#!/usr/bin/env python3
"""Models and requests that cannot work, given to every subcommand that takes a model: each ends before any work with a
message that names what is wrong, and exit status 2 (input) or 3 (the machine).

model_error_test.py QUALM SOURCE_DIR [unittest arguments]"""
import json
import os
import shutil
import struct
import subprocess

from command_line import QUALM, SOURCE, InFolder, main

MODELS = os.path.join(SOURCE, "tests/golden/models")
WITH_TOKENIZER = os.path.join(MODELS, "qwen2-q8_0.gguf")  # a context of 128 tokens
WITHOUT_TOKENIZER = os.path.join(MODELS, "llama-q4_0.gguf")


def problem(name, prompt):
    return {"name": name, "language": "py", "prompt": prompt, "doctests": "keep", "original": "", "prompt_terminology": "",
            "tests": "", "stop_tokens": ["\ndef"]}


class Case(InFolder):
    def setUp(self):
        super().setUp()
        self.problems = self.path("problems.jsonl")
        with open(self.problems, "w") as file:
            for i in range(2):
                file.write(json.dumps(problem(f"HumanEval_{i}_f", "def f(x):\n")) + "\n")

    def put(self, name, data):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "wb") as file:
            file.write(data)
        return self.path(name)

    def copy(self, model):
        return shutil.copytree(os.path.join(MODELS, model), self.path(model))

    def command(self, name, model, *options):
        """Runs a subcommand on `model`, with something sensible to do."""
        arguments = {
            "generate": ["--model", model, "--dataset", self.problems, "--n", "1", "--max-tokens", "4", "-o", self.path("out")],
            "eval": ["--model", model, "--dataset", self.problems, "--n", "1", "--max-tokens", "4", "-o", self.path("out")],
            "logits": ["--model", model], "bench": ["--model", model, "--streams", "1", "--tokens", "2"],
            "tokenize": ["--model", model], "inspect": [model]}[name]
        if name == "bench" and "--prompt" not in options:
            options = ("--prompt", "4", *options)
        text = {"logits": "[1, 2]\n", "tokenize": '"def"\n'}.get(name, "")
        return subprocess.run([QUALM, name, *arguments, *options], input=text, capture_output=True, text=True, timeout=120)

    def assertRefused(self, done, status, *words):
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        self.assertTrue(done.stderr.startswith("qualm: "), done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)
        found = [name for _, _, files in os.walk(self.path("out")) for name in files]
        self.assertEqual(found, [], "nothing may have been written")

    def refused_by(self, commands, model, status, *words):
        for name in commands.split():
            with self.subTest(command=name):
                self.assertRefused(self.command(name, model), status, *words)


RUNNING = "generate eval logits bench"
READING = RUNNING + " inspect"
ALL = READING + " tokenize"


class Requests(Case):
    def test_a_prompt_longer_than_the_context_is_refused_before_any_problem_is_answered(self):
        with open(self.problems, "a") as file:
            file.write(json.dumps(problem("HumanEval_2_long", "x = 1\n" * 100)) + "\n")
        self.refused_by("generate eval", WITH_TOKENIZER, 2, "HumanEval_2_long", "context", "128")

    def test_a_prompt_that_leaves_nothing_of_the_maximal_length_is_refused(self):
        done = self.command("generate", WITH_TOKENIZER, "--max-length", "3")
        self.assertRefused(done, 2, "HumanEval_0_f", "--max-length")

    def test_more_token_ids_than_the_context_are_refused(self):
        done = subprocess.run([QUALM, "logits", "--model", WITH_TOKENIZER], input=json.dumps([1] * 129) + "\n",
                              capture_output=True, text=True, timeout=120)
        self.assertRefused(done, 2, "129", "128")
        self.assertRefused(self.command("bench", WITH_TOKENIZER, "--prompt", "127"), 2, "128")

    def test_a_cache_that_cannot_hold_one_sequence_is_the_machines(self):
        bounds = {"generate": "--memory", "eval": "--cache-memory", "logits": "--memory", "bench": "--memory"}
        for name, option in bounds.items():
            with self.subTest(command=name):
                self.assertRefused(self.command(name, WITH_TOKENIZER, option, "1024"), 3, "cache", "--memory")


class Machine(Case):
    def test_weights_that_do_not_fit_in_memory_are_said_before_they_are_read(self):
        # A sparse file: 2^20 tokens x 2^17 values in float32 are 512 GiB.
        writer = Gguf("llama", vocabulary=1 << 20, hidden=1 << 17)
        model = self.put("large.gguf", writer.bytes())
        os.truncate(model, writer.size())
        self.refused_by(RUNNING, model, 3, "large.gguf", "MiB", "memory")
        done = self.command("inspect", model, "--format", "json")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertGreater(json.loads(done.stdout)["memory"]["weight_bytes"], 1 << 39)


class Gguf:
    """A llama of one layer whose tensors are all float32 zeros; sizes and tensor types can be anything."""

    def __init__(self, architecture, vocabulary=64, hidden=32, kind=0):
        self.infos, self.offset = b"", 0
        keys = [("general.architecture", architecture)]
        for key, value in [("block_count", 1), ("context_length", 64), ("embedding_length", hidden), ("feed_forward_length", 32),
                           ("attention.head_count", 2), ("attention.head_count_kv", 1), ("vocab_size", vocabulary),
                           ("attention.key_length", 16), ("attention.value_length", 16), ("rope.dimension_count", 16)]:
            keys.append((f"{architecture}.{key}", value))
        keys.append((f"{architecture}.attention.layer_norm_rms_epsilon", 1e-5))
        self.tensors = 0
        self.tensor("token_embd.weight", [hidden, vocabulary])
        self.tensor("output_norm.weight", [hidden])
        for name, shape in [("attn_norm", [hidden]), ("attn_q", [hidden, 32]), ("attn_k", [hidden, 16]), ("attn_v", [hidden, 16]),
                            ("attn_output", [32, hidden]), ("ffn_norm", [hidden]), ("ffn_gate", [hidden, 32]),
                            ("ffn_up", [hidden, 32]), ("ffn_down", [32, hidden])]:
            self.tensor(f"blk.0.{name}.weight", shape, kind if name == "ffn_up" else 0)
        self.header = b"GGUF" + struct.pack("<IQQ", 3, self.tensors, len(keys))
        for key, value in keys:
            self.header += self.string(key) + (struct.pack("<I", 8) + self.string(value) if isinstance(value, str) else
                                               struct.pack("<If", 6, value) if isinstance(value, float) else
                                               struct.pack("<II", 4, value))

    @staticmethod
    def string(text):
        return struct.pack("<Q", len(text)) + text.encode()

    def tensor(self, name, shape, kind=0):
        self.infos += self.string(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, self.offset)
        count = 4
        for dimension in shape:
            count *= dimension
        self.offset += (count + 31) // 32 * 32
        self.tensors += 1

    def bytes(self):
        head = self.header + self.infos
        return head + bytes(-len(head) % 32)

    def size(self):
        return len(self.bytes()) + self.offset

    def whole(self):
        return self.bytes() + bytes(self.offset)


class Checkpoints(Case):
    def test_a_whole_one_of_this_file_is_read(self):
        done = self.command("logits", self.put("whole.gguf", Gguf("llama").whole()))
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_an_architecture_that_is_not_known(self):
        self.refused_by(READING, self.put("mamba.gguf", Gguf("mamba").whole()), 2, "mamba.gguf", "'mamba'", "llama")
        model = self.copy("hf-llama-linear")
        with open(os.path.join(model, "config.json")) as file:
            config = json.load(file) | {"model_type": "mamba"}
        self.put("hf-llama-linear/config.json", json.dumps(config).encode())
        self.refused_by(READING, model, 2, "config.json", "'mamba'", "llama")

    def test_a_tensor_type_that_is_not_known(self):
        self.refused_by(READING, self.put("iq2.gguf", Gguf("llama", kind=16).whole()), 2, "iq2.gguf", "blk.0.ffn_up.weight",
                        "IQ2_XXS", "Q4_K")
        model = self.copy("hf-llama-linear")
        self.change_header(model, lambda header: header["model.norm.weight"].update(dtype="F64"))
        self.refused_by(READING, model, 2, "model.safetensors", "model.norm.weight", "F64", "BF16")

    def test_a_tokenizer_without_a_vocabulary(self):
        self.refused_by("generate eval tokenize", WITHOUT_TOKENIZER, 2, "llama-q4_0.gguf", "vocabulary")
        self.refused_by("generate eval tokenize", os.path.join(MODELS, "hf-llama-linear"), 2, "hf-llama-linear", "vocabulary")
        model = self.copy("hf-qwen2")
        tokenizer = os.path.join(model, "tokenizer.json")
        with open(tokenizer) as file:
            whole = json.load(file)
        for damage in ({"vocab": {}, "merges": []}, {"vocab": None}, {"vocab": ["a"]}):
            with open(tokenizer, "w") as file:
                json.dump(whole | {"model": whole["model"] | damage}, file)
            self.refused_by("generate tokenize", model, 2, "tokenizer.json")

    def test_a_gguf_cut_anywhere(self):
        with open(WITH_TOKENIZER, "rb") as file:
            whole = file.read()
        names = whole.index(b"token_embd.weight")
        places = {"header": (1, 3, 10, 23), "metadata": (24, 30, 200, 3000, names - 40), "tensors": (names, names + 40, names + 700),
                  "data": (len(whole) // 2, len(whole) - 1)}
        for size in (size for sizes in places.values() for size in sizes):
            model = self.put("cut.gguf", whole[:size])
            with self.subTest(size=size):
                self.refused_by("inspect tokenize" if size % 2 else "logits generate", model, 2, "cut.gguf")
        self.refused_by(ALL, model, 2, "cut.gguf", "cut or malformed")

    def test_a_folder_without_a_config_and_what_is_no_model(self):
        model = self.copy("hf-qwen2")
        os.remove(os.path.join(model, "config.json"))
        self.refused_by(READING, model, 2, "hf-qwen2", "config.json")
        self.refused_by(ALL, self.put("letter.txt", b"Dear model,\n"), 2, "letter.txt")
        self.refused_by(ALL, self.put("empty.gguf", b""), 2, "empty.gguf", "empty")
        self.refused_by(ALL, self.path("nowhere"), 2, "nowhere", "no such file")
        os.mkdir(self.path("bare"))
        self.refused_by(ALL, self.path("bare"), 2, "bare")
        os.mkfifo(self.path("pipe.gguf"))
        self.refused_by(ALL, self.path("pipe.gguf"), 2, "pipe.gguf", "not a regular file")

    def change_header(self, model, change):
        """Lets `change` edit the header of model.safetensors; the data stay."""
        path = os.path.join(model, "model.safetensors")
        with open(path, "rb") as file:
            size = struct.unpack("<Q", file.read(8))[0]
            header, data = json.loads(file.read(size)), file.read()
        change(header)
        text = json.dumps(header).encode()
        with open(path, "wb") as file:
            file.write(struct.pack("<Q", len(text)) + text + data)

    def test_a_safetensors_whose_offsets_lie(self):
        norm = "model.norm.weight"

        def offsets(begin, end):
            def change(header):
                first, last = header[norm]["data_offsets"]
                header[norm]["data_offsets"] = [begin(first, last), end(first, last)]
            return change

        lies = {"overlap": offsets(lambda a, b: a - 4, lambda a, b: b - 4),
                "beyond": offsets(lambda a, b: a, lambda a, b: b + (1 << 40)),
                "backwards": offsets(lambda a, b: b, lambda a, b: a),
                "overflow": offsets(lambda a, b: (1 << 64) - 4, lambda a, b: (1 << 64) - 1),
                "negative": offsets(lambda a, b: -1, lambda a, b: b),
                "a shape that overflows": lambda header: header[norm].update(shape=[1 << 62, 1 << 62]),
                "a shape of another size": lambda header: header[norm].update(shape=[31])}
        for lie, change in lies.items():
            with self.subTest(lie=lie):
                shutil.rmtree(self.path("hf-llama-linear"), ignore_errors=True)
                model = self.copy("hf-llama-linear")
                self.change_header(model, change)
                self.refused_by("inspect logits", model, 2, "model.safetensors")
        self.refused_by(READING, model, 2, "model.safetensors", norm)
        path = os.path.join(model, "model.safetensors")
        os.truncate(path, os.path.getsize(path) - 1)
        self.refused_by(READING, model, 2, "model.safetensors")
        self.put("hf-llama-linear/model.safetensors", struct.pack("<Q", 1 << 63) + b"{}")
        self.refused_by(READING, model, 2, "model.safetensors", "header")


if __name__ == "__main__":
    main()
