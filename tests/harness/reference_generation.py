#!/usr/bin/env python3
"""All of HumanEval in Python and in Java, greedy, by Qwen2.5-Coder-0.5B-Instruct Q4_K_M, beside what llama.cpp generated from
the same file (tests/golden/reference: the same prompts, stop tokens and limit of 768 tokens; llama.cpp computes with
activations of 8 bits). Prints the share of completions whose first 32 tokens are equal, pass@1 of both, and the exact
McNemar test; and by how much our token led llama.cpp's where two completions first differ, as a share of the range of the
logits: rounding decides between tokens that are nearly equal, a mistake would not keep to these. Ends with 1 where fewer than
75 % begin alike, a lead is above 1 %, or the difference of pass@1 is significant at 5 %.

    reference_generation.py QUALM SOURCE_DIR MODEL.gguf OUTPUT_DIR

`make reference-generation` runs it. What OUTPUT_DIR holds already is not generated again."""
import gzip
import json
import os
import subprocess
import sys

FIRST = 32
LEAST_EQUAL = 0.75
GREATEST_LEAD = 0.01


def load(path):
    with gzip.open(path, "rt") as file:
        return json.load(file)


def run_name(language, model="qwen2.5-coder-0.5b-instruct-q4_k_m"):
    return f"humaneval-{language}-{model}-0.0-reworded"


def differences(problems, run):
    """Sequences up to the first difference within FIRST tokens, with our token and llama.cpp's; how many texts are equal."""
    found, texts = [], 0
    for problem in problems:
        texts += load(os.path.join(run, problem["name"] + ".json.gz"))["completions"][0] == problem["completion"]
        (trace,) = load(os.path.join(run, problem["name"] + ".generation.qualm"))["completions"]
        ours, theirs = trace["tokens"][:FIRST], problem["completion_tokens"][:FIRST]
        if ours == theirs:
            continue
        first = next((i for i, pair in enumerate(zip(ours, theirs)) if pair[0] != pair[1]), None)
        if first is None:
            sys.exit(f"{problem['language']} {problem['name']}: the same tokens end after {len(ours)} here, {len(theirs)} there")
        found.append((problem["prompt_tokens"] + ours[:first], ours[first], theirs[first]))
    return found, texts


def greatest_lead(qualm, model, found):
    lines = "".join(json.dumps(sequence) + "\n" for sequence, _, _ in found)
    printed = subprocess.run([qualm, "logits", "--model", model], input=lines, check=True, capture_output=True, text=True).stdout
    leads = [0.0]
    for line, (_, ours, theirs) in zip(printed.splitlines(), found, strict=True):
        logits = json.loads(line)["last_logits"]
        leads.append((logits[ours] - logits[theirs]) / (max(logits) - min(logits)))
    return max(leads)


def main():
    qualm, source, model, output = sys.argv[1:]
    reference = os.path.join(source, "tests/golden/reference")
    subprocess.run([qualm, "eval", "--model", model, "--model-name", "Q", "--dataset", "humaneval", "--language", "py,java",
                    "--temperature", "0", "--max-length", "768", "--no-clean", "-o", output], check=True)
    with gzip.open(os.path.join(reference, "greedy-tokens.jsonl.gz"), "rt") as file:
        problems = [json.loads(line) for line in file]
    good = True
    print(f"\n{'':8}{'first 32 equal':>18}{'greatest lead':>15}{'text equal':>12}{'llama.cpp':>12}{'Qualm':>8}{'gained':>8}{'lost':>6}{'p':>8}")
    for language in ("py", "java"):
        of_language = [p for p in problems if p["language"] == language]
        run = os.path.join(output, "results", run_name(language, "Q"))
        found, texts = differences(of_language, run)
        lead = greatest_lead(qualm, model, found)
        compared = json.loads(subprocess.run([qualm, "compare", "--format", "json", os.path.join(reference, run_name(language)), run],
                                             check=True, capture_output=True, text=True).stdout)
        (comparison,) = compared["comparisons"]
        passed, test = comparison["pass_at_1"], comparison["mcnemar"]
        count = len(of_language)
        starts = count - len(found)
        if comparison["pairs"] != count:
            sys.exit(f"{comparison['pairs']} pairs were compared, {count} expected")
        print(f"{language:8}{starts:>6}/{count} ({starts / count:6.1%}){lead:>15.3%}{texts:>8}/{count}{passed['baseline']:>12.1%}"
              f"{passed['candidate']:>8.1%}{test['b']:>8}{test['c']:>6}{test['p']:>8.3f}")
        good = good and starts / count >= LEAST_EQUAL and lead <= GREATEST_LEAD and test["p"] >= 0.05
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
