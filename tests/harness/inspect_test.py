#!/usr/bin/env python3
"""Drives `qualm inspect` over the golden models, whole and damaged.

Run by ctest: inspect_test.py QUALM SOURCE_DIR [unittest arguments]."""
import json
import os
import subprocess
import tempfile
import unittest

from command_line import QUALM, SOURCE, main

MODELS = os.path.join(SOURCE, "tests/golden/models")


def inspect(model, *options):
    return subprocess.run([QUALM, "inspect", model, *options], capture_output=True, text=True, timeout=60)


class Inspect(unittest.TestCase):
    def test_json_says_what_the_model_is(self):
        done = inspect(os.path.join(MODELS, "llama-k.gguf"), "--format", "json")
        self.assertEqual(done.returncode, 0, done.stderr)
        model = json.loads(done.stdout)
        self.assertEqual(model["architecture"], "llama")
        self.assertEqual((model["layers"], model["hidden_size"], model["head_dim"]), (1, 256, 16))
        self.assertLessEqual({"Q4_K", "Q5_K", "Q6_K", "Q8_0", "F32"}, set(model["types"]))
        self.assertEqual(model["weight_bytes"], sum(tensor["bytes"] for tensor in model["tensors"]))
        self.assertEqual(model["file_bytes"], os.path.getsize(os.path.join(MODELS, "llama-k.gguf")))
        memory = model["memory"]
        self.assertEqual(memory["weight_bytes"], model["weight_bytes"])
        # Keys and values of one layer, in float.
        self.assertEqual(memory["cache_bytes_per_token"], 2 * 4 * model["key_value_heads"] * model["head_dim"])
        self.assertEqual(memory["cache_bytes_of_context"], memory["cache_bytes_per_token"] * model["context_length"])
        self.assertGreater(memory["available_bytes"], 0)
        self.assertAlmostEqual(model["bits_per_weight"], 8 * model["weight_bytes"] / model["weights"])
        gate = next(t for t in model["tensors"] if t["name"] == "layers.0.mlp.gate.weight")
        self.assertEqual(gate, {"name": gate["name"], "rows": 256, "columns": 256, "type": "Q4_K", "bytes": 256 * 144})

    def test_text_groups_layers(self):
        done = inspect(os.path.join(MODELS, "hf-llama-sharded"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("safetensors, 3 files", done.stdout)
        self.assertRegex(done.stdout, r"attention\.query\.weight +0-1 +64 x 32 +BF16")

    def test_a_cut_file_is_an_input_error_that_names_it(self):
        with open(os.path.join(MODELS, "llama-q4_0.gguf"), "rb") as file:
            whole = file.read()
        with tempfile.TemporaryDirectory() as folder:
            model = os.path.join(folder, "cut.gguf")
            for size in (1, 100, 1000, len(whole) - 1):
                with open(model, "wb") as file:
                    file.write(whole[:size])
                done = inspect(model)
                self.assertEqual(done.returncode, 2, done.stdout)
                self.assertIn("cut.gguf", done.stderr)
        self.assertEqual(inspect("/no/such/model").returncode, 2)
        self.assertEqual(inspect(MODELS, "--format", "xml").returncode, 2)


if __name__ == "__main__":
    main()
