#!/usr/bin/env python3
"""Executes the same predictions through Qualm (both runners) and its peers, in turns.

Usage: execute_benchmark.py QUALM JAIL_FLOOR FOLDER... [--multiple PATH] [--rounds N] [--slow N] [--python PATH]

FOLDERs hold predictions of Python or Java; those of one language are executed together. Peers: a loop that starts
`python3 FILE`, or `javac` and `java`, for each completion on all processors without any jail, and MultiPL-E's evaluator
with its default number of workers and with others, where --multiple names a checkout of it. What is slow executes every
so many-th file only, some --slow completions; Qualm's fast runner executes that part too, beside all, so that ratios of
times are of the same predictions and ratios of rates show what a whole run is like.

Prints completions a second, wall and CPU time a completion (medians over the rounds), ratios, and where Qualm's time
goes: boot, jail, compile, run. JAIL_FLOOR is the program of jail_floor.cpp.
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

WORKERS = {"py": [None, 4, 8], "java": [None, 2, 4]}  # None: MultiPL-E's default, one less than there are processors
JAVATUPLES = "/usr/multiple/javatuples-1.2.jar"


def measured(action):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.perf_counter()
    action()
    wall = time.perf_counter() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def run_quietly(command, **settings):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **settings)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}")
    return done.stdout


def read(path):
    with gzip.open(path, "rt") as file:
        return json.load(file)


def programs_of(folder):
    problems = [read(path) for path in sorted(folder.glob("*.json.gz"))]
    return [problem["prompt"] + completion + "\n" + problem["tests"] for problem in problems
            for completion in problem["completions"]]


def run_loop(language, programs, python, folder):
    """The language's own programs for each completion, as many at a time as there are processors, no jail."""
    def quietly(command):
        try:
            return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                  timeout=15).returncode == 0
        except subprocess.TimeoutExpired:
            return False

    def one(index):
        place = folder / str(index)
        place.mkdir(parents=True)
        path = place / ("program.py" if language == "py" else "Problem.java")
        path.write_text(programs[index])
        if language == "py":
            quietly([python, path])
        elif quietly(["javac", "-encoding", "UTF8", "-cp", JAVATUPLES, "-d", place, path]):
            quietly(["java", "-ea", "-cp", f"{place}:{JAVATUPLES}", "Problem"])

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(one, range(len(programs))))


def own_times(folder):
    """Mean wall and CPU milliseconds of the programs themselves: from the sidecars."""
    entries = [entry for path in folder.glob("*.execution.qualm") for entry in read(path)["completions"]]
    return {name: statistics.mean(entry[f"{name}_microseconds"] for entry in entries) / 1e3 for name in ("wall", "cpu")}


def write_empty_programs(folder, language, count):
    """Programs that do nothing, all different: what is left is the way there and back."""
    folder.mkdir()
    prompt, tests, mark = ("", "", "#") if language == "py" else (
        "class Problem {\n", "    public static void main(String[] args) { }\n}\n", "//")
    for part in range(0, count, 50):
        completions = [f"{mark} {number}" for number in range(part, min(part + 50, count))]
        with gzip.open(folder / f"empty{part}.json.gz", "wt") as file:
            json.dump({"name": f"empty{part}", "language": language, "temperature": 0, "prompt": prompt, "tests": tests,
                       "completions": completions, "stop_tokens": []}, file)


class Bench:
    def __init__(self, options, work):
        self.options, self.work = options, work
        self.outputs = 0
        places = work / "bin"
        places.mkdir()
        (places / "python3").symlink_to(options.python)  # MultiPL-E takes the python3 of PATH
        self.environment = os.environ | {"PATH": f"{places}:{os.environ['PATH']}"}

    def output(self):
        """A folder for the next run's output: removing an old one is nobody's time."""
        self.outputs += 1
        return self.work / f"output{self.outputs}"

    def qualm(self, source, *extra):
        return lambda: run_quietly([self.options.qualm, "execute", source, "-o", self.output(), "--python",
                                    self.options.python, *extra])

    def multiple(self, source, workers):
        extra = [] if workers is None else ["--max-workers", str(workers)]
        return lambda: run_quietly([sys.executable, "main.py", "--dir", source, "--output-dir",
                                    self.output(), *extra],
                                   cwd=self.options.multiple / "evaluation/src", env=self.environment)

    def language(self, language, files):
        everything, part, empty = (self.work / f"{language}-{name}" for name in ("all", "part", "empty"))
        for folder in (everything, part):
            folder.mkdir()
        # Files of several runs may have the same name.
        for number, path in enumerate(files):
            shutil.copy(path, everything / f"{number:04}-{path.name}")
        count = len(programs_of(everything))
        step = max(1, round(count / self.options.slow[language]))
        for path in sorted(everything.glob("*"))[::step]:
            shutil.copy(path, part)
        programs = programs_of(part)
        write_empty_programs(empty, language, 400 if language == "py" else 60)
        one = self.work / f"{language}-one"
        write_empty_programs(one, language, 1)

        few = f"{len(programs)} of them"
        peers = {"qualm fast": (count, self.qualm(everything)),
                 f"qualm fast, {few}": (len(programs), self.qualm(part)),
                 f"qualm plain, {few}": (len(programs), self.qualm(part, "--runner=plain")),
                 f"loop without a jail, {few}": (
                     len(programs), lambda: run_loop(language, programs, self.options.python, self.output()))}
        if self.options.multiple:
            for workers in WORKERS[language]:
                name = "default workers" if workers is None else f"{workers} workers"
                peers[f"MultiPL-E, {name}, {few}"] = (len(programs), self.multiple(part, workers))
        steps = {"boot": (1, self.qualm(one)), "empty programs": (400 if language == "py" else 60, self.qualm(empty))}
        figures = {name: [] for name in peers | steps}
        own = {}
        for _ in range(self.options.rounds):
            for name, (_, action) in (peers | steps).items():
                figures[name].append(measured(action))
                if name in ("qualm fast", "empty programs"):
                    own.setdefault(name, own_times(self.work / f"output{self.outputs}"))
        self.report(language, count, len(set(programs_of(everything))), peers, figures, own)

    def report(self, language, count, distinct, peers, figures, own):
        wall = {name: statistics.median(wall for wall, _ in values) for name, values in figures.items()}
        cpu = {name: statistics.median(cpu for _, cpu in values) for name, values in figures.items()}
        fast = count / wall["qualm fast"]
        print(f"\n{'Python' if language == 'py' else 'Java'}: {count} completions, {distinct} distinct programs")
        print(f"{'':42} {'a second':>9} {'wall ms':>9} {'CPU ms':>8} {'fast is':>8}   rounds, completions a second")
        for name, (done, _) in peers.items():
            rates = ", ".join(f"{done / wall:.1f}" for wall, _ in figures[name])
            print(f"{name:42} {done / wall[name]:9.1f} {1e3 * wall[name] / done:9.2f} {1e3 * cpu[name] / done:8.2f} "
                  f"{fast / (done / wall[name]):7.1f}x   {rates}")
        empty = 400 if language == "py" else 60
        boot_wall, boot_cpu = wall["boot"], cpu["boot"]
        way = 1e3 * (cpu["empty programs"] - boot_cpu) / (empty - 1)
        all_of_it = 1e3 * (cpu["qualm fast"] - boot_cpu) / count
        print(f"boot, once a run: {1e3 * boot_wall:.0f} ms wall, {1e3 * boot_cpu:.0f} ms CPU")
        print(f"CPU of an empty program, without boot: {way:.2f} ms (of it counted as the program's own: "
              f"{own['empty programs']['cpu']:.2f} ms)")
        print(f"CPU of a completion, without boot: {all_of_it:.2f} ms (of it counted as the program's own: "
              f"{own['qualm fast']['cpu']:.2f} ms); so above an empty program: {all_of_it - way:.2f} ms")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("qualm")
    arguments.add_argument("jail_floor")
    arguments.add_argument("folders", type=Path, nargs="+")
    arguments.add_argument("--multiple", type=Path)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--slow", default="py=100,java=20", help="completions for what is slow, by language")
    arguments.add_argument("--python", default=sys.executable)
    options = arguments.parse_args()
    options.slow = {part.split("=")[0]: int(part.split("=")[1]) for part in options.slow.split(",")}
    work = Path(tempfile.mkdtemp(prefix="qualm-bench-"))
    files = {}
    for folder in options.folders:
        for path in sorted(folder.glob("*.json.gz")):
            if not path.name.endswith(".results.json.gz"):
                files.setdefault(read(path)["language"], []).append(path)
    model = [line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")][:1]
    print(f"{(model or [platform.machine()])[0]}, {os.cpu_count()} processors, Linux {platform.release()}; "
          f"load before: {os.getloadavg()[0]:.1f}; {run_quietly([options.python, '--version']).strip()}"
          + (f", {run_quietly(['javac', '-version']).strip()}" if "java" in files else ""))
    print(f"{options.rounds} rounds in turns, medians")
    print(run_quietly([options.jail_floor]).strip())
    bench = Bench(options, work)
    for language in sorted(files, reverse=True):
        bench.language(language, files[language])
    shutil.rmtree(work)


if __name__ == "__main__":
    main()
