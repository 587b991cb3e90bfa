#!/usr/bin/env python3
"""What executing completions while they are generated costs: `qualm eval` and `qualm generate` with the same settings, in
turns, and the ratio of their wall times.

Usage: eval_benchmark.py QUALM MODEL.gguf [--language py] [--limit 40] [--n 5] [--rounds 3] [further options of generate]

eval's ratio includes its start, cleaning, execution, scoring and whatever is left to execute after the last completion.
"""
import argparse
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time


def cpu_of_children():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def measured(command):
    """Seconds of wall time, and of the processors."""
    begin, cpu_before = time.perf_counter(), cpu_of_children()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}\n{done.stdout}")
    return time.perf_counter() - begin, cpu_of_children() - cpu_before


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("qualm")
    parser.add_argument("model")
    parser.add_argument("--language", default="py")
    parser.add_argument("--limit", default="40")
    parser.add_argument("--n", default="5")
    parser.add_argument("--rounds", type=int, default=3)
    options, further = parser.parse_known_args()
    settings = ["--model", options.model, "--dataset", "humaneval", "--language", options.language, "--limit", options.limit,
                "--n", options.n, "--temperature", "0.2", "--top-p", "0.95", *further]
    walls, cpus = {"generate": [], "eval": []}, {"generate": [], "eval": []}
    folder = tempfile.mkdtemp(prefix="qualm-eval-bench.")
    try:
        for turn in range(options.rounds):
            for command in ("generate", "eval") if turn % 2 == 0 else ("eval", "generate"):
                output = os.path.join(folder, f"{command}-{turn}")
                wall, cpu = measured([options.qualm, command, *settings, "-o", output])
                walls[command].append(wall)
                cpus[command].append(cpu)
                shutil.rmtree(output)
                print(f"round {turn + 1}: {command:9}{wall:8.1f} s, CPU {cpu:8.1f} s", flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    ratios = [e / g for e, g in zip(walls["eval"], walls["generate"])]
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} processors, {os.path.basename(options.model)}, "
          f"{options.language}, {options.limit} problems, n = {options.n}")
    print(f"median generate {statistics.median(walls['generate']):.1f} s, eval {statistics.median(walls['eval']):.1f} s, "
          f"eval / generate {statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f}); "
          f"CPU {statistics.median(cpus['eval']) / statistics.median(cpus['generate']):.3f}")


if __name__ == "__main__":
    main()
