#!/usr/bin/env python3
"""Subcommands that open a local model, driven as a user does, with a golden model (full build).

local_model_test.py QUALM SOURCE_DIR [unittest arguments]"""
import json
import os
import subprocess
import sys
import tempfile
import unittest

QUALM, SOURCE = sys.argv[1], sys.argv[2]
MODELS = os.path.join(SOURCE, "tests/golden/models")
MODEL = os.path.join(MODELS, "llama-q4_0.gguf")
DOCTOR = subprocess.run([QUALM, "doctor"], capture_output=True, text=True).stdout
HAS_GPU = "--device=cuda:" in DOCTOR


def qualm(*arguments, text=""):
    return subprocess.run([QUALM, *arguments], input=text, capture_output=True, text=True, timeout=120)


class Logits(unittest.TestCase):
    def test_each_line_of_ids_gives_a_line_of_logits(self):
        with open(os.path.join(MODELS, "llama-q4_0.expected.json")) as file:
            sequences = json.load(file)["sequences"]
        done = qualm("logits", "--model", MODEL, "--kernel", "portable",
                     text="".join(json.dumps(s["tokens"]) + "\n" for s in sequences))
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual([line["argmax"] for line in lines], [s["argmax"] for s in sequences])
        self.assertEqual(len(lines[0]["last_logits"]), len(sequences[0]["last_logits"]))

    def test_output_does_not_depend_on_threads_or_batch(self):
        ids = json.dumps([i * 7 % 60 for i in range(40)]) + "\n"
        outputs = {qualm("logits", "--model", MODEL, "--device", "cpu", "--threads", t, "--max-batch", b, text=ids).stdout
                   for t, b in (("1", "1"), ("2", "8"), ("1", "64"))}
        self.assertEqual(len(outputs), 1)
        self.assertIn("argmax", outputs.pop())

    def test_what_is_not_an_array_of_ids_of_the_vocabulary_is_an_input_error(self):
        for line in ("[1, 2", "{}", "[1.5]", "[-1]", "[100000000]", "[99999999999]", "[]"):
            done = qualm("logits", "--model", MODEL, text=line + "\n")
            self.assertEqual(done.returncode, 2, line + done.stderr)
            self.assertTrue(done.stderr.startswith("qualm: "), done.stderr)

    def test_unknown_kernels_and_devices_are_usage_errors_and_a_missing_device_is_the_machines(self):
        self.assertEqual(qualm("logits", "--model", MODEL, "--kernel", "neon").returncode, 2)
        for device in ("tpu", "cuda:", "cuda:-1", "cuda:x", "CUDA"):
            self.assertEqual(qualm("logits", "--model", MODEL, "--device", device).returncode, 2, device)
        for device in ("cuda:4096",) + (() if HAS_GPU else ("cuda", "cuda:0")):
            done = qualm("logits", "--model", MODEL, "--device", device)
            self.assertEqual(done.returncode, 3, device + done.stderr)
            self.assertIn("device " + device, done.stderr)

    def test_libtorch_on_the_cpu_gives_the_same_argmax_where_the_build_has_it(self):
        with open(os.path.join(MODELS, "llama-q4_0.expected.json")) as file:
            sequences = json.load(file)["sequences"]
        done = qualm("logits", "--model", MODEL, "--device", "torch-cpu", "--memory", "16MiB",
                     text="".join(json.dumps(s["tokens"]) + "\n" for s in sequences))
        if done.returncode == 3 and "libqualm_torch.so" in done.stderr:
            self.skipTest(done.stderr)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([json.loads(line)["argmax"] for line in done.stdout.splitlines()], [s["argmax"] for s in sequences])

    def test_a_cut_file_and_no_file_are_input_errors(self):
        with tempfile.TemporaryDirectory() as folder, open(MODEL, "rb") as model:
            cut = os.path.join(folder, "cut.gguf")
            with open(cut, "wb") as file:
                file.write(model.read()[:9000])
            done = qualm("logits", "--model", cut)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn("cut.gguf", done.stderr)
        self.assertEqual(qualm("logits", "--model", "/nowhere.gguf").returncode, 2)


class ModelOptions(unittest.TestCase):
    """The same options in every subcommand that computes with a model; eval's --memory is a program's."""
    COMMANDS = {"logits": [], "bench": [], "generate": ["--language", "py", "-o", "/nowhere"], "eval": ["--language", "py", "-o", "/nowhere"]}

    def test_sizes_are_read_alike(self):
        for command, more in self.COMMANDS.items():
            for option in ("--cache-memory",) if command == "eval" else ("--memory", "--cache-memory"):
                for size in ("much", "0", "-1", "1 parsec"):
                    done = qualm(command, "--model", MODEL, *more, option, size)
                    self.assertEqual(done.returncode, 2, (command, option, size, done.stderr))
                    self.assertIn(f"the bound of the key/value cache is {size}", done.stderr)

    def test_too_little_memory_is_said_before_the_work(self):
        for command in ("logits", "bench"):
            done = qualm(command, "--model", MODEL, "--cache-memory", "1KiB", text="[1]\n")
            self.assertEqual(done.returncode, 3, (command, done.stderr))
            self.assertIn("raise --memory", done.stderr)

    def test_numbers_out_of_range_are_usage_errors(self):
        for command, more in self.COMMANDS.items():
            for arguments in (["--threads", "-1"], ["--threads", "1025"], ["--max-batch", "-1"], ["--max-batch", "4097"]):
                self.assertEqual(qualm(command, "--model", MODEL, *more, *arguments).returncode, 2, (command, arguments))


class Doctor(unittest.TestCase):
    def test_the_devices_and_what_lacks_are_said(self):
        self.assertRegex(DOCTOR, r"yes +--device=cpu: \w+ kernels")
        self.assertRegex(DOCTOR, r"(yes|no) +--device=cuda(:0)?: \w+")


class Bench(unittest.TestCase):
    def test_json_has_a_rate_for_each_count_of_streams(self):
        done = qualm("bench", "--model", MODEL, "--prompt", "20", "--streams", "1,3", "--tokens", "4", "--format", "json")
        self.assertEqual(done.returncode, 0, done.stderr)
        found = json.loads(done.stdout)
        self.assertEqual([row["streams"] for row in found["streams"]], [1, 3])
        self.assertTrue(all(row["tokens_per_second"] > 0 for row in found["streams"]))
        self.assertGreater(found["prompt_tokens_per_second"], 0)
        self.assertEqual(len(found["model"]["model_sha256"]), 64)

    def test_more_tokens_than_the_context_are_refused(self):
        self.assertEqual(qualm("bench", "--model", MODEL, "--prompt", "100000000").returncode, 2)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
