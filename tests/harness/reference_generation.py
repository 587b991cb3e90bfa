#!/usr/bin/env python3
"""All of HumanEval in Python and in Java, greedy, by Qwen2.5-Coder-0.5B-Instruct Q4_K_M, beside what llama.cpp generated from
the same file (tests/golden/reference: the same prompts, stop tokens and limit of 768 tokens; llama.cpp computes with
activations of 8 bits). Prints the share of completions whose first 32 tokens are equal, pass@1 of both, and the exact
McNemar test. Ends with 1 where fewer than 80 % are equal or the difference is significant at 5 %.

    reference_generation.py QUALM SOURCE_DIR MODEL.gguf OUTPUT_DIR

`make reference-generation` runs it. What OUTPUT_DIR holds already is not generated again."""
import gzip
import json
import os
import subprocess
import sys

FIRST = 32
LEAST_EQUAL = 0.8


def load(path):
    with gzip.open(path, "rt") as file:
        return json.load(file)


def run_name(language, model="qwen2.5-coder-0.5b-instruct-q4_k_m"):
    return f"humaneval-{language}-{model}-0.0-reworded"


def equal_starts(problems, run):
    """How many of `problems` begin alike in the run, and of how many more the whole completion is the same."""
    starts = whole = 0
    for problem in problems:
        ours = load(os.path.join(run, problem["name"] + ".json.gz"))["completions"][0]
        (trace,) = load(os.path.join(run, problem["name"] + ".generation.qualm"))["completions"]
        # Either may end before the 32nd token: then the whole counts, but for the token at which it ended.
        starts += trace["tokens"][:FIRST] == problem["completion_tokens"][:FIRST]
        whole += ours == problem["completion"]
    return starts, whole


def main():
    qualm, source, model, output = sys.argv[1:]
    reference = os.path.join(source, "tests/golden/reference")
    subprocess.run([qualm, "eval", "--model", model, "--model-name", "Q", "--dataset", "humaneval", "--language", "py,java",
                    "--temperature", "0", "--max-length", "768", "--no-clean", "-o", output], check=True)
    with gzip.open(os.path.join(reference, "greedy-tokens.jsonl.gz"), "rt") as file:
        problems = [json.loads(line) for line in file]
    good = True
    print(f"\n{'':8}{'first 32 equal':>18}{'text equal':>14}{'llama.cpp':>12}{'Qualm':>8}{'gained':>8}{'lost':>6}{'p':>8}")
    for language in ("py", "java"):
        of_language = [p for p in problems if p["language"] == language]
        run = os.path.join(output, "results", run_name(language, "Q"))
        starts, whole = equal_starts(of_language, run)
        compared = json.loads(subprocess.run([qualm, "compare", "--format", "json", os.path.join(reference, run_name(language)), run],
                                             check=True, capture_output=True, text=True).stdout)
        (comparison,) = compared["comparisons"]
        passed, test = comparison["pass_at_1"], comparison["mcnemar"]
        count = len(of_language)
        if comparison["pairs"] != count:
            sys.exit(f"{comparison['pairs']} pairs were compared, {count} expected")
        print(f"{language:8}{starts:>6}/{count} ({starts / count:6.1%}){whole:>8}/{count}{passed['baseline']:>12.1%}"
              f"{passed['candidate']:>8.1%}{test['b']:>8}{test['c']:>6}{test['p']:>8.3f}")
        good = good and starts / count >= LEAST_EQUAL and test["p"] >= 0.05
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
