#!/usr/bin/env python3
"""Tricks on the paths that the harness reads and writes: names that lead elsewhere, FIFOs and links where files should be.

paths_test.py QUALM: nothing hangs, nothing outside the run's folder is read or written, and other files are executed.
"""
import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

QUALM = sys.argv[1]
BOUND_SECONDS = 60
NAMES = {"up": "../../escaped", "absolute": "/tmp/qualm-escaped", "nul": "a\0b", "newline": "a\nb: OK", "empty": "", "dots": "..",
         "escape": "\x1b]0;title\x07\x1b[2J", "long": "n" * 5000, "hidden": ".json.gz"}


class Paths(unittest.TestCase):
    def setUp(self):
        self.place = tempfile.TemporaryDirectory(prefix="qualm-paths-")
        self.addCleanup(self.place.cleanup)
        self.top = Path(self.place.name)
        self.run_folder = self.top / "deep" / "er" / "run"
        self.run_folder.mkdir(parents=True)
        self.victim = self.top / "victim"
        self.victim.write_text("as it was")

    def put(self, stem, name="p"):
        with gzip.open(self.run_folder / f"{stem}.json.gz", "wt") as file:
            json.dump({"name": name, "language": "py", "temperature": 0.2, "prompt": "def f():\n", "stop_tokens": [],
                       "tests": "assert f() == 1\n", "completions": ["    return 1\n"]}, file)

    def qualm(self, *arguments):
        return subprocess.run([QUALM, *map(str, arguments)], capture_output=True, text=True, timeout=BOUND_SECONDS)

    def status(self, stem):
        with gzip.open(self.run_folder / f"{stem}.results.json.gz", "rt") as file:
            return json.load(file)["results"][0]["status"]

    def files(self):
        return sorted(str(path.relative_to(self.top)) for path in self.top.rglob("*"))

    def test_names_of_problems_lead_nowhere(self):
        for stem, name in NAMES.items():
            self.put(stem, name)
        before = self.files()
        done = self.qualm("execute", self.run_folder)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        made = {f"deep/er/run/{stem}.{kind}" for stem in NAMES for kind in ("results.json.gz", "execution.qualm")}
        self.assertEqual(set(self.files()) - set(before), made | {"deep/er/run/run.qualm"})
        for stem in NAMES:
            self.assertEqual(self.status(stem), "OK")
        shown = self.qualm("execute", self.run_folder).stdout + self.qualm("score", self.run_folder).stdout
        self.assertNotIn("\x1b", done.stdout + shown)
        self.assertFalse(Path("/tmp/qualm-escaped.json.gz").exists())

    def test_names_of_problems_to_generate_are_refused(self):
        for stem, name in NAMES.items():
            problems = self.top / f"{stem}.jsonl"
            problems.write_text(json.dumps({"name": name, "language": "py", "prompt": "def f():\n", "tests": "f()\n",
                                            "doctests": "transform", "original": "", "prompt_terminology": "reworded",
                                            "stop_tokens": []}) + "\n")
            (self.top / "answers").mkdir(exist_ok=True)
            before = self.files()
            done = self.qualm("generate", "--replay", self.top / "answers", "--dataset", problems, "-o", self.top / "out")
            with self.subTest(stem):
                self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
                self.assertEqual(self.files(), before)

    def test_fifos_do_not_hang(self):
        for name in ("a.json.gz", "b.results.json.gz", "c.execution.qualm", ".d.results.json.gz.partial",
                     ".e.execution.qualm.partial"):
            os.mkfifo(self.run_folder / name)
        for stem in ("b", "c", "d", "e", "good"):
            self.put(stem)
        done = self.qualm("execute", self.run_folder)
        self.assertIn(done.returncode, (2, 3), done.stdout + done.stderr)
        self.assertIn("a.json.gz: is not a regular file", done.stderr)
        self.assertIn("b.results.json.gz: is not a regular file", done.stderr)
        self.assertEqual(self.status("good"), "OK")

    def test_links_are_not_followed_to_write(self):
        (self.run_folder / ".a.results.json.gz.partial").symlink_to(self.victim)
        (self.run_folder / "b.results.json.gz").symlink_to(self.top / "made-by-a-link")
        (self.run_folder / "c.execution.qualm").symlink_to(self.top / "made-by-a-link")
        (self.run_folder / "d.results.json.gz").symlink_to(self.victim)
        (self.run_folder / "e.results.json.gz").mkdir()
        for stem in ("a", "b", "c", "d", "e", "good"):
            self.put(stem)
        done = self.qualm("execute", self.run_folder)
        self.assertIn(done.returncode, (2, 3), done.stdout + done.stderr)
        self.assertEqual(self.victim.read_text(), "as it was")
        self.assertFalse((self.top / "made-by-a-link").exists())
        self.assertEqual(self.status("good"), "OK")

    def seccomp_run(self, completion, *options):
        """A folder for scratch directories, the environment that names it, and the command, which still wants a folder."""
        temporary = self.top / "temporary"
        temporary.mkdir()
        temporary.chmod(0o777)
        with gzip.open(self.run_folder / "p.json.gz", "wt") as file:
            json.dump({"name": "p", "language": "py", "temperature": 0.2, "prompt": "", "stop_tokens": [], "tests": "",
                       "completions": [completion]}, file)
        # There a program is nobody, who may not be able to reach another interpreter.
        python = shutil.which("python3", path="/usr/bin:/bin:/usr/local/bin")
        return temporary, {**os.environ, "TMPDIR": str(temporary)}, [
            QUALM, "execute", "--sandbox=seccomp", "--runner=plain", f"--python={python}", *options, str(self.run_folder), "-o"]

    @unittest.skipIf(os.getuid() != 0, "an ordinary user's programs are that user")
    def test_a_scratch_directory_out_of_reach_is_no_verdict(self):
        self.top.chmod(0o700)
        temporary, environment, command = self.seccomp_run("")
        done = subprocess.run([*command, str(self.top / "out")], env=environment, capture_output=True, text=True,
                              timeout=BOUND_SECONDS)
        self.assertEqual(done.returncode, 3, done.stdout + done.stderr)
        self.assertIn("set TMPDIR", done.stderr)
        self.assertFalse((self.top / "out" / "p.results.json.gz").exists())
        self.assertEqual(list(temporary.iterdir()), [])

    def test_what_a_killed_run_left_is_removed_by_the_next(self):
        """At level seccomp the scratch directory is a folder of the host."""
        self.top.chmod(0o755)
        temporary, environment, command = self.seccomp_run("while True: pass", "--timeout=30")
        process = subprocess.Popen([*command, str(self.top / "killed")], env=environment, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        end = time.monotonic() + BOUND_SECONDS
        while not list(temporary.glob("qualm-scratch-*/tmpprogram_.py")) and time.monotonic() < end:
            time.sleep(0.02)
        process.kill()
        process.wait()
        left = set(temporary.glob("qualm-scratch-*"))
        self.assertEqual(len(left), 1)
        foreign = temporary / "qualm-scratch-abcdef"
        foreign.mkdir()
        os.chown(foreign, 12345 if os.getuid() == 0 else -1, -1)
        time.sleep(2.5)
        command[command.index("--timeout=30")] = "--timeout=1"
        done = subprocess.run([*command, str(self.top / "next")], env=environment, capture_output=True, text=True,
                              timeout=BOUND_SECONDS)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        with gzip.open(self.top / "next" / "p.results.json.gz", "rt") as file:
            self.assertEqual(json.load(file)["results"][0]["status"], "Timeout")
        self.assertEqual(set(temporary.glob("qualm-scratch-*")), {foreign} if os.getuid() == 0 else set())


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]], verbosity=2)
