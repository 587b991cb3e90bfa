"""Made-up runs for the tests of compare, gate and tables, and runs derived from the reference."""
import glob
import json
import os
import random

import command_line
from command_line import load, store


def results(name, pattern, language="py", **more):
    """A results file's contents: a '1' of the pattern is a completion that passed."""
    prompt, tests = "def add(x, y):\n", "assert add(1, 2) == 3\n"
    failed = {"py": "Traceback (most recent call last):\n  File \"p.py\", line 4, in <module>\nAssertionError\n",
              "java": "Exception in thread \"main\" java.lang.AssertionError\n\tat Problem.main(p.java:9)\n"}[language]
    return {"name": name, "language": language, "temperature": 0.2, "top_p": 0.95, "max_tokens": 1024, "prompt": prompt,
            "tests": tests, "stop_tokens": ["\ndef"], **more,
            "results": [{"program": prompt + "    return x + y" + "\n" + tests, "timestamp": 1, "stdout": "",
                         "stderr": "" if passed == "1" else failed, "exit_code": 1 - int(passed),
                         "status": "OK" if passed == "1" else "Exception"} for passed in pattern]}


def verdicts(folder):
    read = {}
    for file in sorted(glob.glob(os.path.join(folder, "*.results.json.gz"))):
        value = load(file)
        read[value["name"]] = [r["status"] == "OK" and r["exit_code"] == 0 for r in value["results"]]
    return read


class InFolder(command_line.InFolder):
    def run_of(self, folder, patterns, suspect=None, record=None, **more):
        """Writes a run: results by problem, a sidecar for problems in `suspect`, and run.qualm where `record` is given."""
        os.makedirs(self.path(folder), exist_ok=True)
        for name, pattern in patterns.items():
            store(self.path(folder, name + ".results.json.gz"), results(name, pattern, **more))
        for name, indices in (suspect or {}).items():
            store(self.path(folder, name + ".execution.qualm"), {"version": 1, "completions": [
                {"cause": "exited", "suspect": i in indices, "cpu_microseconds": 1, "wall_microseconds": 1,
                 "peak_memory_bytes": 1, "runner": "plain", "run_again": False, "refused_calls": []}
                for i in range(len(patterns[name]))]})
        if record is not None:
            with open(self.path(folder, "run.qualm"), "w") as file:
                json.dump({"version": 1, "execution": [record]}, file)
        return self.path(folder)

    def derived(self, run, folder, lose, gain, seed):
        """A candidate made of a reference run: a share of its passes fails, a share of its failures passes."""
        source = random.Random(seed)
        os.makedirs(self.path(folder), exist_ok=True)
        for file in sorted(glob.glob(os.path.join(run, "*.results.json.gz"))):
            value = load(file)
            for result in value["results"]:
                passed = result["status"] == "OK" and result["exit_code"] == 0
                if source.random() < (lose if passed else gain):
                    result.update({"status": "Exception", "exit_code": 1} if passed else {"status": "OK", "exit_code": 0})
            store(self.path(folder, os.path.basename(file)), value)
        return self.path(folder)
