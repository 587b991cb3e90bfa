#!/usr/bin/env python3
"""Drives generate and eval as a user does, with published predictions replayed in place of a model.

Run by ctest: generation_test.py QUALM SOURCE_DIR [unittest arguments]."""
import glob
import json
import os
import pathlib
import signal
import subprocess
import time

from command_line import QUALM, REFERENCE, InFolder, load, main, qualm

RUN = "humaneval-py-qwen2.5-coder-0.5b-instruct-q4_k_m-0.0-reworded"
CHOSEN = ["--replay", os.path.join(REFERENCE, RUN), "--language", "py", "--temperature", "0", "--limit", "12", "--model-name", "M"]


def tree(folder):
    """Everything below `folder` that does not tell the time."""
    found = {}
    for path in sorted(glob.glob(os.path.join(folder, "**", "*"), recursive=True)):
        if os.path.isdir(path) or path.endswith(".execution.qualm"):
            continue
        name = os.path.relpath(path, folder)
        if path.endswith(".results.json.gz"):
            content = load(path)
            for result in content["results"]:
                del result["timestamp"]
        elif path.endswith("run.qualm"):
            content = json.loads(pathlib.Path(path).read_text())
            content.pop("generation_times", None)
        else:
            content = pathlib.Path(path).read_bytes()
        found[name] = content
    return found


class Generation(InFolder):
    def test_eval_writes_the_files_of_generate_clean_execute(self):
        printed = qualm("eval", *CHOSEN, "-o", self.path("eval")).stdout
        self.assertIn("25.0%", printed)
        qualm("generate", *CHOSEN, "-o", self.path("stages"))
        qualm("clean", self.path("stages", "results"), "-o", self.path("stages", "results_cleaned"))
        qualm("execute", self.path("stages", "results_cleaned"))
        self.assertEqual(tree(self.path("eval")), tree(self.path("stages")))
        self.assertEqual(len(glob.glob(self.path("eval", "results_cleaned", "*", "*.results.json.gz"))), 12)

    def test_predictions_have_multipl_e_s_fields(self):
        qualm("generate", *CHOSEN, "-o", self.folder)
        file = self.path("results", "humaneval-py-M-0.0-reworded", "HumanEval_100_make_a_pile.json.gz")
        mine, theirs = load(file), load(os.path.join(REFERENCE, RUN, "HumanEval_100_make_a_pile.json.gz"))
        self.assertEqual(list(mine), ["name", "language", "temperature", "top_p", "max_tokens", "prompt", "tests", "completions", "stop_tokens"])
        for field in ("name", "language", "prompt", "tests", "completions", "stop_tokens"):
            self.assertEqual(mine[field], theirs[field])
        sidecar = load(file.replace(".json.gz", ".generation.qualm"))
        self.assertEqual(sidecar["completions"][0]["raw_completion"], mine["completions"][0])

    def test_shards_merge_by_copying(self):
        qualm("generate", *CHOSEN, "-o", self.path("whole"))
        for part in (1, 2):
            qualm("generate", *CHOSEN, "--shard", f"{part}/2", "-o", self.path("parts"))
        self.assertEqual(tree(self.path("whole")), tree(self.path("parts")))

    def test_a_killed_eval_is_resumed_to_the_same_files(self):
        qualm("eval", *CHOSEN, "-o", self.path("whole"))
        for delay in (0.05, 0.2, 0.4):
            running = subprocess.Popen([QUALM, "eval", *CHOSEN, "-o", self.path("killed")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(delay)
            running.send_signal(signal.SIGKILL)
            running.wait()
        qualm("eval", *CHOSEN, "-o", self.path("killed"))
        left = [path for path in glob.glob(self.path("killed", "**", "*"), recursive=True) if ".tmp" in os.path.basename(path)]
        mine = {name: content for name, content in tree(self.path("killed")).items() if self.path("killed", name) not in left}
        self.assertEqual(mine, tree(self.path("whole")))

    def test_a_folder_of_other_settings_is_refused(self):
        qualm("generate", *CHOSEN, "-o", self.folder)
        error = qualm("generate", *CHOSEN, "--seed", 7, "-o", self.folder, status=2).stderr
        self.assertIn("seed 0 there, 7 now", error)

    def test_a_problem_that_the_replayed_folder_lacks_is_an_error(self):
        empty = self.path("empty")
        os.makedirs(empty)
        error = qualm("generate", "--replay", empty, "--language", "py", "--limit", 1, "-o", self.folder, status=2).stderr
        self.assertIn("has no predictions for py/HumanEval_0_has_close_elements", error)

    def test_mistaken_options_end_before_anything_is_written(self):
        for arguments in (["--temperature", "-1"], ["--top-p", "0"], ["--problems", "("], ["--problems", "nothing like it"],
                          ["--dataset", "no-such-set"], ["--shard", "3/2"]):
            qualm("generate", *CHOSEN, *arguments, "-o", self.path("none"), status=2)
        qualm("generate", "--language", "py", "-o", self.path("none"), status=2)
        self.assertFalse(os.path.exists(self.path("none")))


if __name__ == "__main__":
    main()
