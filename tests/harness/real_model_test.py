#!/usr/bin/env python3
"""Real quantized models from the cache, driven as a user does (full build). Where a model is not there, the test says how to
fetch it and is skipped (exit status 77).

real_model_test.py QUALM SOURCE_DIR GROUP [unittest arguments]"""
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from generation_test import load, tree

QUALM, SOURCE, GROUP = sys.argv[1:4]
SMALL = "smollm2-135m-instruct-q4_1"
CODER = "qwen2.5-coder-0.5b-instruct-q4_k_m"


def cached_model(name):
    cache = os.environ.get("QUALM_CACHE") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "qualm")
    model = os.path.join(cache, "models", name + ".gguf")
    if not os.path.exists(model):
        print(f"SKIPPED: {model} is not there; fetch it: tools/fetch_model.sh {name}", file=sys.stderr)
        sys.exit(77)
    return model


def qualm(*arguments, text="", timeout=800):
    done = subprocess.run([QUALM, *map(str, arguments)], input=text, capture_output=True, text=True, timeout=timeout)
    if done.returncode != 0:
        raise AssertionError(f"qualm {arguments} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout


class Greedy(unittest.TestCase):
    """Greedy tokens of 20 problems against transformers' float32 forward pass (tests/golden/make_greedy.py). Rounding may
    choose the other of two tokens whose logits lie within NEAR of the range of the logits; all others are the same."""
    NEAR = 1e-3

    @classmethod
    def setUpClass(cls):
        cls.model = cached_model(CODER)
        with open(os.path.join(SOURCE, "tests/golden/greedy-0.5b.jsonl")) as file:
            cls.problems = [json.loads(line) for line in file]

    def check(self, problem, tokens):
        """The number of tokens compared: up to the first that was nearly another."""
        for i, (ours, theirs, lead) in enumerate(zip(tokens, problem["tokens"], problem["leads"])):
            if ours != theirs:
                self.assertLess(lead, self.NEAR, f"{problem['language']} {problem['name']}: token {i} is {ours}, not {theirs}")
                return i
        return min(len(tokens), len(problem["tokens"]))

    def test_a_difference_of_a_clear_choice_is_seen(self):
        problem = {"name": "", "language": "", "tokens": [1, 2, 3], "leads": [0.1, 0.0005, 0.1]}
        self.assertEqual(self.check(problem, [1, 2, 3]), 3)
        self.assertEqual(self.check(problem, [1, 9, 9]), 1)
        with self.assertRaises(AssertionError):
            self.check(problem, [1, 2, 9])

    def test_generated_tokens(self):
        compared = 0
        with tempfile.TemporaryDirectory() as folder:
            for language in ("py", "java"):
                chosen = {p["name"]: p for p in self.problems if p["language"] == language}
                qualm("generate", "--model", self.model, "--language", language, "--problems", f"^({'|'.join(chosen)})$",
                      "--temperature", 0, "--max-tokens", 48, "-o", folder)
                run = os.path.join(folder, "results", f"humaneval-{language}-{CODER}-0.0-reworded")
                for name, problem in chosen.items():
                    (found,) = load(os.path.join(run, name + ".generation.qualm"))["completions"]
                    self.assertEqual(found["prompt_tokens"], len(problem["prompt"]))
                    compared += self.check(problem, found["tokens"])
        self.assertGreater(compared, 48 * len(self.problems) * 0.9)


class GreedyPositions(Greedy):
    """Also each position by itself, after the tokens of the reference."""

    def test_the_most_probable_token_of_every_position(self):
        sequences = "".join(json.dumps(p["prompt"] + p["tokens"][:-1]) + "\n" for p in self.problems)
        lines = qualm("logits", "--model", self.model, text=sequences).splitlines()
        for problem, line in zip(self.problems, lines, strict=True):
            for ours, theirs, lead in zip(json.loads(line)["argmax"][len(problem["prompt"]) - 1:], problem["tokens"],
                                          problem["leads"], strict=True):
                self.assertTrue(ours == theirs or lead < self.NEAR, (problem["name"], ours, theirs, lead))


class SameBytes(unittest.TestCase):
    """Promise 2: what is written does not depend on threads, batch, memory, shards, or on being killed and resumed."""
    NAME = SMALL
    CHOSEN = ["--language", "py,java", "--limit", 2, "--n", 3, "--temperature", 0.8, "--seed", 5, "--max-tokens", 32]

    @classmethod
    def setUpClass(cls):
        cls.model = cached_model(cls.NAME)
        cls.folder = tempfile.mkdtemp(prefix="qualm-real-model-test.")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        started = time.monotonic()
        cls.run_to("eval", "whole")
        cls.seconds = time.monotonic() - started
        cls.evaluated = tree(os.path.join(cls.folder, "whole"))
        cls.generated = {name: content for name, content in cls.evaluated.items() if name.startswith("results/")}

    @classmethod
    def run_to(cls, command, folder, *arguments):
        qualm(command, "--model", cls.model, *cls.CHOSEN, *arguments, "-o", os.path.join(cls.folder, folder))

    def check(self, folder, expected):
        # What a killed write left lies beside the files and is none of them.
        found = {name: content for name, content in tree(os.path.join(self.folder, folder)).items()
                 if ".tmp" not in os.path.basename(name)}
        self.assertEqual(sorted(found), sorted(expected))
        for name, content in expected.items():
            self.assertEqual(found[name], content, name)

    def test_it_is_the_whole_of_the_work(self):
        traces = [trace for name in self.generated if name.endswith(".generation.qualm")
                  for trace in load(os.path.join(self.folder, "whole", name))["completions"]]
        self.assertEqual(len(traces), 2 * 2 * 3)
        self.assertGreater(len({tuple(trace["tokens"]) for trace in traces}), 2 * 2 * 2)

    def test_threads(self):
        for threads in (1, 2):
            self.run_to("generate", f"threads {threads}", "--threads", threads)
            self.check(f"threads {threads}", self.generated)

    def test_batches(self):
        for batch in (1, 8, 64):
            self.run_to("generate", f"batch {batch}", "--max-batch", batch)
            self.check(f"batch {batch}", self.generated)

    def test_so_little_memory_that_completions_are_evicted(self):
        refused = subprocess.run([QUALM, "generate", "--model", self.model, *map(str, self.CHOSEN), "--memory", "1KiB", "-o",
                                  os.path.join(self.folder, "memory")], capture_output=True, text=True, timeout=300)
        self.assertEqual(refused.returncode, 3, refused.stderr)
        least = int(re.search(r"takes (\d+) MiB", refused.stderr)[1])  # one sequence
        self.run_to("generate", "memory", "--memory", f"{least + 1}MiB")
        self.check("memory", self.generated)

    def test_two_shards(self):
        for part in (1, 2):
            self.run_to("generate", "shards", "--shard", f"{part}/2")
        self.check("shards", self.generated)

    def killed(self, command, expected):
        chance = random.Random(os.urandom(8))
        delays = [chance.uniform(0.0, 0.7 * self.seconds) for _ in range(5)]
        for delay in delays:
            running = subprocess.Popen([QUALM, command, "--model", self.model, *map(str, self.CHOSEN), "-o", os.path.join(self.folder, "killed " + command)],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(delay)
            running.send_signal(signal.SIGKILL)
            running.wait()
        with self.subTest(delays=delays):
            self.run_to(command, "killed " + command)
            self.check("killed " + command, expected)

    def test_generate_killed_five_times_and_resumed(self):
        self.killed("generate", self.generated)

    def test_eval_killed_five_times_and_resumed(self):
        self.killed("eval", self.evaluated)

    def test_logits_among_other_rows(self):
        ids = json.dumps([i * 37 % 5000 for i in range(70)]) + "\n"
        outputs = {qualm("logits", "--model", self.model, "--max-batch", rows, "--threads", threads, text=ids)
                   for rows, threads in ((1, 2), (2, 1), (7, 2), (20, 2), (33, 1), (64, 2))}
        self.assertEqual(len(outputs), 1)


class SameBytesOfCoder(SameBytes):
    NAME = CODER


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], GROUP, *sys.argv[4:]], verbosity=2)
