#!/usr/bin/env python3
"""Executes real completions anew and compares with what MultiPL-E's own evaluator wrote for them (tests/golden/reference).

reference_test.py QUALM SOURCE_DIR Part|Whole: ctest runs a part, `make reference` all 919 completions (minutes)."""
import csv
import io
import os
import re

from command_line import REFERENCE, load, main, qualm
from prediction_files import InFolder

RUNS = [f"humaneval-{language}-qwen2.5-coder-0.5b-instruct-q4_k_m-{temperature}-reworded"
        for language in ("py", "java") for temperature in ("0.0", "0.8")]


def alike(text):
    """Output with what differs from run to run made equal: names of temporary files and objects' addresses, and where
    a JVM's stack was full: that depends on which methods were compiled by then."""
    text = re.sub(r"(?<=java\.lang\.StackOverflowError\n).*", "", text, flags=re.DOTALL)
    text = re.sub(r"\btmp[a-z0-9_]{8}(?=\.(py|java)\b)", "FILE", text)
    return re.sub(r"0x[0-9a-f]{6,16}|(?<=@)[0-9a-f]{5,8}\b", "ADDRESS", text)


def pass_at_1(folder):
    return list(csv.reader(io.StringIO(qualm("score", "--k", 1, folder).stdout)))[1][1:]


class Reference(InFolder):
    def compare(self, run, count=None, runner="fast"):
        """Executes `count` (or all) problems of a run; returns how many completions were compared."""
        self.copy_predictions(run, count)
        names = sorted(f[: -len(".json.gz")] for f in os.listdir(self.folder))
        qualm("execute", f"--runner={runner}", self.folder, timeout=3000)
        compared, differences = 0, []
        for name in names:
            ours, theirs = self.results(name), load(os.path.join(REFERENCE, run, name + ".results.json.gz"))
            for index, (our, their) in enumerate(zip(ours.pop("results"), theirs.pop("results"), strict=True)):
                compared += 1
                self.assertEqual(set(our), set(their))
                for field in ("program", "status", "exit_code"):
                    if our[field] != their[field]:
                        differences.append((name, index, field, their[field], our[field]))
                for field in ("stdout", "stderr"):
                    a, b = alike(their[field]), alike(our[field])
                    # MultiPL-E keeps 1024 or 2048 bytes depending on timing.
                    common = min(len(a), len(b))
                    if a[:common] != b[:common] or (len(a) != len(b) and common < 900):
                        differences.append((name, index, field, their[field], our[field]))
            self.assertEqual(ours, theirs, name)
        self.assertEqual(differences, [])
        return compared


class Part(Reference):
    def test_python(self):
        self.assertEqual(self.compare(RUNS[0], 25), 25)

    def test_python_of_several_completions(self):
        self.assertEqual(self.compare(RUNS[1], 5), 20)

    def test_java(self):
        self.assertEqual(self.compare(RUNS[2], 8), 8)


class Whole(Reference):
    def check(self, runner):
        for run, completions in zip(RUNS, (161, 388, 158, 212)):
            with self.subTest(run):
                self.setUp()
                self.assertEqual(self.compare(run, runner=runner), completions)
                self.assertEqual(pass_at_1(self.folder), pass_at_1(os.path.join(REFERENCE, run)))

    def test_every_completion_of_every_run(self):
        self.check("fast")

    def test_every_completion_by_the_plain_runner(self):
        self.check("plain")


if __name__ == "__main__":
    main()
