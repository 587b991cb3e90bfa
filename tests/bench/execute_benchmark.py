#!/usr/bin/env python3
"""Executes the same Python predictions through Qualm (both runners) and its peers, in turns.

Usage: execute_benchmark.py QUALM FOLDER [--multiple PATH] [--rounds N] [--files N] [--python PATH]

Peers: a loop that starts `python3 FILE` for each completion on all processors, without any jail (the least that a
process a completion costs), and MultiPL-E's evaluator where --multiple names a checkout of it. Prints completions a
second and CPU a completion, medians over the rounds, the ratios, and where Qualm's time goes.
"""
import argparse
import gzip
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path


def measured(action):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.perf_counter()
    action()
    wall = time.perf_counter() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def fresh(folder):
    shutil.rmtree(folder, ignore_errors=True)
    return folder


def run_quietly(command, **settings):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **settings)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}")


def programs_of(folder):
    programs = []
    for path in sorted(folder.glob("*.json.gz")):
        problem = json.load(gzip.open(path))
        programs += [problem["prompt"] + completion + "\n" + problem["tests"] for completion in problem["completions"]]
    return programs


def run_loop(programs, python, folder):
    """`python3 FILE` for each, as many at a time as there are processors, no jail."""
    folder.mkdir(parents=True, exist_ok=True)

    def one(index):
        path = folder / f"{index}.py"
        path.write_text(programs[index])
        try:
            subprocess.run([python, path], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, timeout=15)
        except subprocess.TimeoutExpired:
            pass

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(one, range(len(programs))))


def profile(folder):
    totals = {}
    for path in folder.glob("*.execution.qualm"):
        for entry in json.load(gzip.open(path))["completions"]:
            for name in ("wall_microseconds", "cpu_microseconds"):
                totals.setdefault(name, []).append(entry[name])
    return {name: (statistics.mean(values), statistics.median(values)) for name, values in totals.items()}


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("qualm")
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--multiple", type=Path)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--files", type=int, default=0, help="only the first N files")
    arguments.add_argument("--python", default=sys.executable)
    options = arguments.parse_args()
    work = Path(tempfile.mkdtemp(prefix="qualm-bench-"))
    source = work / "in"
    source.mkdir()
    files = [path for path in sorted(options.folder.glob("*.json.gz")) if not path.name.endswith(".results.json.gz")]
    for path in files[:options.files or None]:
        shutil.copy(path, source)
    programs = programs_of(source)
    distinct = len(set(programs))

    def qualm(*extra):
        return lambda: run_quietly([options.qualm, "execute", source, "-o", fresh(work / "out"), "--python", options.python,
                                    *extra])

    peers = {"qualm fast": qualm(), "qualm plain": qualm("--runner=plain"),
             "python3 loop, no jail": lambda: run_loop(programs, options.python, fresh(work / "loop"))}
    if options.multiple:
        # MultiPL-E takes the python3 of PATH.
        places = work / "bin"
        places.mkdir()
        (places / "python3").symlink_to(options.python)
        environment = os.environ | {"PATH": f"{places}:{os.environ['PATH']}"}

        def multiple(*extra):
            return lambda: run_quietly(
                [sys.executable, "main.py", "--dir", source, "--output-dir", fresh(work / "multiple"), *extra],
                cwd=options.multiple / "evaluation/src", env=environment)

        peers["MultiPL-E, default workers"] = multiple()
        peers["MultiPL-E, 4 workers"] = multiple("--max-workers", "4")
        peers["MultiPL-E, 8 workers"] = multiple("--max-workers", "8")
    figures = {name: [] for name in peers}
    profiles = {}
    for _ in range(options.rounds):
        for name, action in peers.items():
            figures[name].append(measured(action))
            if name.startswith("qualm"):
                profiles[name] = profile(work / "out")

    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} processors, Linux {platform.release()}, "
          f"{subprocess.run([options.python, '--version'], capture_output=True, text=True).stdout.strip()}")
    print(f"{len(programs)} completions, {distinct} distinct programs, {options.rounds} rounds in turns, medians")
    print(f"{'':28} {'a second':>9} {'wall ms':>9} {'CPU ms':>8} {'fast is':>8}")
    wall_of = {name: statistics.median(wall for wall, _ in values) for name, values in figures.items()}
    for name, values in figures.items():
        wall, cpu = wall_of[name], statistics.median(cpu for _, cpu in values)
        print(f"{name:28} {len(programs) / wall:9.1f} {1e3 * wall / len(programs):9.2f} {1e3 * cpu / len(programs):8.2f} "
              f"{wall / wall_of['qualm fast']:7.1f}x")
    for name, totals in profiles.items():
        for what, (mean, median) in totals.items():
            print(f"{name}: a program's own {what.replace('_', ' ')}: mean {mean:.0f}, median {median:.0f}")
    shutil.rmtree(work)


if __name__ == "__main__":
    main()
