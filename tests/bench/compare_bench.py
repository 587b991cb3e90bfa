#!/usr/bin/env python3
"""Times `qualm compare` on 161 problems x 20 completions x 10 candidates, beside reading the same files in Python.

compare_bench.py QUALM [LIMIT_SECONDS]: exit status 1 where the quickest of three runs takes longer than the limit."""
import glob
import gzip
import json
import os
import random
import subprocess
import sys
import tempfile
import time

PROBLEMS, COMPLETIONS, CANDIDATES = 161, 20, 10


def make_run(folder, seed, quality):
    source = random.Random(seed)
    os.makedirs(folder)
    prompt = "def solve(values: list[int], limit: int) -> list[int]:\n    \"\"\"\n" + "    Returns what is asked for.\n" * 8 + "    \"\"\"\n"
    tests = "def check(candidate):\n" + "".join(f"    assert candidate([{i}, 2, 3], {i}) == [{i}]\n" for i in range(12)) + "check(solve)\n"
    for problem in range(PROBLEMS):
        rate = source.random() * quality
        results = []
        for _ in range(COMPLETIONS):
            passed = source.random() < rate
            body = "".join(f"    total_{source.randrange(9)} = values[{source.randrange(99)}] + limit\n" for _ in range(12))
            error = f"Traceback (most recent call last):\n  File \"/tmp/tmp{problem}.py\", line 40, in <module>\n    check(solve)\n" * 3 + "AssertionError\n"
            results.append({"program": prompt + body + "\n" + tests, "timestamp": 1700000000, "stdout": "",
                            "stderr": "" if passed else error, "exit_code": 0 if passed else 1, "status": "OK" if passed else "Exception"})
        with gzip.open(os.path.join(folder, f"P{problem}.results.json.gz"), "wt", compresslevel=6) as file:
            json.dump({"name": f"P{problem}", "language": "py", "temperature": 0.2, "top_p": 0.95, "max_tokens": 1024,
                       "prompt": prompt, "tests": tests, "results": results, "stop_tokens": []}, file, indent=2)


def main():
    qualm, limit = sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else None
    with tempfile.TemporaryDirectory(prefix="qualm-bench.") as folder:
        runs = [os.path.join(folder, f"run{i}") for i in range(CANDIDATES + 1)]
        for i, run in enumerate(runs):
            make_run(run, i, 1 - 0.03 * i)
        ours = []
        for _ in range(3):
            start = time.monotonic()
            done = subprocess.run([qualm, "compare", "--format", "json", *runs], capture_output=True, check=True)
            ours.append(time.monotonic() - start)
        assert len(json.loads(done.stdout)["comparisons"]) == CANDIDATES
        start = time.monotonic()
        for run in runs:
            for file in glob.glob(os.path.join(run, "*.gz")):
                with gzip.open(file) as stream:
                    json.load(stream)
        peer = time.monotonic() - start
    print(f"qualm compare: {min(ours):.2f} s (of {', '.join(f'{t:.2f}' for t in ours)}); Python reading the same files: "
          f"{peer:.2f} s; ratio {min(ours) / peer:.2f}")
    return 1 if limit is not None and min(ours) > limit else 0


sys.exit(main())
