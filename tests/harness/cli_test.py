#!/usr/bin/env python3
"""Drives the qualm program as a user does and looks at exit status, messages and files.

Run by ctest: cli_test.py QUALM SOURCE_DIR [unittest arguments]."""
import csv
import glob
import io
import json
import os
import random
import shutil
import signal
import subprocess
import time

from command_line import QUALM, REFERENCE, SOURCE, load, main, qualm, store
from prediction_files import InFolder, predictions

PYTHON_RUN = "humaneval-py-qwen2.5-coder-0.5b-instruct-q4_k_m-0.0-reworded"
SAMPLED_RUN = "humaneval-py-qwen2.5-coder-0.5b-instruct-q4_k_m-0.8-reworded"


class Score(InFolder):
    def test_prints_multipl_e_s_header_and_numbers(self):
        rows = list(csv.reader(io.StringIO(qualm("score", os.path.join(REFERENCE, PYTHON_RUN)).stdout)))
        self.assertEqual(rows[0], "Dataset,Pass@k,Estimate,NumProblems,MinCompletions,MaxCompletions".split(","))
        self.assertEqual(rows[1:], [[PYTHON_RUN, "1", "0.4161490683229814", "161", "1", "1"]])

    def test_k_chooses_the_estimates(self):
        rows = list(csv.reader(io.StringIO(qualm("score", "--k", 1, "--k", 2, os.path.join(REFERENCE, SAMPLED_RUN)).stdout)))
        self.assertEqual([row[1] for row in rows[1:]], ["1", "2"])
        self.assertEqual(rows[1][2], "0.24742268041237114")
        self.assertGreater(float(rows[2][2]), float(rows[1][2]))

    def test_mixed_temperatures_are_an_error(self):
        for name, temperature in (("A", 0.2), ("B", 0.8)):
            self.put(name, temperature=temperature)
        qualm("execute", self.folder)
        self.assertIn("temperatures 0.2 and 0.8", qualm("score", self.folder, status=2).stderr)

    def test_a_folder_without_results_is_an_error(self):
        self.assertIn("holds no results", qualm("score", self.folder, status=2).stderr)


class Execute(InFolder):
    def test_writes_multipl_e_s_results_and_keeps_unknown_fields(self):
        self.put("P", completions=["    return x + y\n", "    return x - y\n", "    return (\n", "    import sys; sys.exit(3)\n"])
        qualm("execute", self.folder)
        results = self.results("P")
        self.assertEqual([r["status"] for r in results["results"]], ["OK", "Exception", "SyntaxError", "Exception"])
        self.assertEqual([r["exit_code"] for r in results["results"]], [0, 1, 1, 3])
        self.assertNotIn("completions", results)
        self.assertEqual(results["extra"], {"kept": [1, 2.5, None, "é"]})
        self.assertEqual(results["results"][0]["program"],
                         "def add(x, y):\n    return x + y\n\nassert add(1, 2) == 3\n")
        self.assertEqual(set(results["results"][0]), {"program", "timestamp", "stdout", "stderr", "exit_code", "status"})

    def test_multipl_e_s_davinci_files_pass_then_fail(self):
        for file in glob.glob(os.path.join(SOURCE, "tests/datasets/data/*davinci*.json")):
            shutil.copy(file, self.folder)
        qualm("execute", self.folder)
        files = glob.glob(self.path("*.results.json"))
        self.assertEqual(len(files), 2)
        for file in files:
            with open(file) as stream:
                first, second = json.load(stream)["results"]
            self.assertEqual(first["status"], "OK", file)
            self.assertNotEqual(second["status"], "OK", file)

    def test_nothing_written_looks_like_predictions(self):
        self.put("P")
        before = set(os.listdir(self.folder))
        qualm("execute", self.folder)
        written = set(os.listdir(self.folder)) - before
        self.assertEqual(written, {"P.results.json.gz", "P.execution.qualm", "run.qualm"})
        for name in written:
            self.assertTrue(name.endswith(".results.json.gz") or not name.endswith((".json", ".json.gz", ".gz")), name)

    def test_results_are_left_alone_and_extended_and_rechecked(self):
        self.put("P", completions=["    return x + y\n"] * 1)
        qualm("execute", self.folder)
        first = self.results("P")["results"][0]
        first["stdout"] = "kept"
        value = self.results("P")
        value["results"] = [first]
        store(self.path("P.results.json.gz"), value)
        self.put("P", completions=["    return x + y\n", "    return 0\n"])
        qualm("execute", self.folder)
        self.assertEqual([r["stdout"] for r in self.results("P")["results"]], ["kept", ""])
        self.assertEqual(self.results("P")["results"][1]["status"], "Exception")
        qualm("execute", "--recheck", self.folder)
        self.assertEqual(self.results("P")["results"][0]["stdout"], "")

    def test_identical_programs_are_run_once(self):
        self.put("P", completions=["    print(open('/proc/sys/kernel/random/uuid').read()) if 0 else print(id(object()), __import__('time').time_ns())\n    return x + y\n"] * 5)
        self.assertIn("5 completions executed, 5 OK (1 programs run)", qualm("execute", self.folder).stdout)
        self.assertEqual(len({r["stdout"] for r in self.results("P")["results"]}), 1)

    def test_a_timeout_is_recorded_as_multipl_e_does(self):
        self.put("P", completions=["    while True: pass\n"])
        qualm("execute", "--timeout", 1, self.folder)
        self.assertEqual([(r["status"], r["exit_code"]) for r in self.results("P")["results"]], [("Timeout", -1)])

    def test_empty_completions_make_no_results(self):
        self.put("P", completions=[])
        qualm("execute", self.folder)
        self.assertFalse(os.path.exists(self.path("P.results.json.gz")))

    def test_output_folder_keeps_relative_paths(self):
        os.makedirs(self.path("in/run"))
        store(self.path("in/run/P.json.gz"), predictions())
        qualm("execute", self.path("in"), "--output-dir", self.path("out"))
        self.assertTrue(os.path.exists(self.path("out/run/P.results.json.gz")))
        self.assertEqual(os.listdir(self.path("in/run")), ["P.json.gz"])

    def test_clean_cuts_after_the_first_function_and_never_changes_its_input(self):
        os.makedirs(self.path("in"))
        store(self.path("in/P.json.gz"), predictions(completions=["    return x + y\nprint('é') or 1 / 0\n"]))
        with open(self.path("in/P.json.gz"), "rb") as file:
            before = file.read()
        qualm("execute", "--clean", self.path("in"), status=2)
        qualm("execute", "--clean", self.path("in"), "--output-dir", self.path("in"), status=2)
        qualm("execute", "--clean", self.path("in"), "--output-dir", self.path("out"))
        self.assertEqual(load(self.path("out/P.json.gz"))["completions"], ["    return x + y"])
        self.assertEqual(load(self.path("out/P.results.json.gz"))["results"][0]["status"], "OK")
        with open(self.path("in/P.json.gz"), "rb") as file:
            self.assertEqual(file.read(), before)

    def test_shards_divide_the_files_and_merge_by_copying(self):
        for i in range(7):
            self.put(f"P{i}")
        seen = []
        for i in (1, 2, 3):
            qualm("execute", self.folder, "--shard", f"{i}/3", "--output-dir", self.path(f"out{i}"))
            seen.append(sorted(f for f in os.listdir(self.path(f"out{i}")) if ".results." in f))
        self.assertEqual(seen[0], [f"P{i}.results.json.gz" for i in (0, 3, 6)])
        self.assertEqual(sorted(sum(seen, [])), [f"P{i}.results.json.gz" for i in range(7)])
        slurm = {**os.environ, "SLURM_ARRAY_TASK_ID": "11", "SLURM_ARRAY_TASK_MIN": "10", "SLURM_ARRAY_TASK_COUNT": "3"}
        done = qualm("execute", self.folder, "--output-dir", self.path("slurm"), env=slurm)
        self.assertIn("shard 2/3 of the Slurm array", done.stderr)
        self.assertEqual(sorted(f for f in os.listdir(self.path("slurm")) if ".results." in f), seen[1])
        for bad in ("0/3", "4/3", "x", "1/0"):
            qualm("execute", self.folder, "--shard", bad, status=2)


class Faults(InFolder):
    def test_a_cut_file_among_good_ones(self):
        for name in ("A", "B", "C"):
            self.put(name)
        with open(self.path("B.json.gz"), "r+b") as file:
            file.truncate(60)
        done = qualm("execute", self.folder, status=2)
        self.assertRegex(done.stderr, r"B\.json\.gz: gzip: the file is cut off at byte 60")
        self.assertEqual(self.results("A")["results"][0]["status"], "OK")
        self.assertEqual(self.results("C")["results"][0]["status"], "OK")
        self.assertFalse(os.path.exists(self.path("B.results.json.gz")))

    def test_bad_files_are_named_with_the_place(self):
        cases = {
            "json": (b'{"name": "P",\n "language": }', "line 2, column"),
            "surrogate": (b'{"name": "\\ud800"}', "surrogate"),
            "utf8": (b'{"name": "\xff"}', "UTF-8"),
            "field": (b'{"name": "P", "language": "py", "prompt": "", "tests": ""}', '"completions" is missing'),
            "type": (b'{"name": "P", "language": 3}', '"language" is of type number'),
            "deep": (b'{"a": ' + b"[" * 100000, "nested"),
        }
        for name, (text, message) in cases.items():
            path = self.path(name + ".json")
            with open(path, "wb") as file:
                file.write(text)
            done = qualm("execute", path, status=2)
            self.assertIn(message, done.stderr)
            self.assertIn(name + ".json", done.stderr)

    def test_missing_tools_leave_the_other_language_done(self):
        self.put("P")
        self.put("J", language="java")
        done = qualm("execute", self.folder, "--java-home", "/nonexistent", status=3)
        self.assertIn("/nonexistent/bin/java", done.stderr)
        self.assertEqual(self.results("P")["results"][0]["status"], "OK")
        done = qualm("execute", "--recheck", self.path("P.json.gz"), "--python", "/nonexistent/python3", status=3)
        self.assertIn("/nonexistent/python3", done.stderr)

    def test_an_unknown_language_is_an_input_error(self):
        self.put("P", language="cobol")
        self.assertIn('language "cobol"', qualm("execute", self.folder, status=2).stderr)

    def test_a_read_only_output_folder(self):
        self.put("P")
        done = qualm("execute", self.folder, "--output-dir", "/proc/qualm-output", status=3)
        self.assertIn("/proc/qualm-output", done.stderr)

    def test_bad_options(self):
        self.put("P")
        for options in (["--timeout", "0"], ["--memory", "2parsecs"], ["--sandbox", "none"], ["--jobs", "0"],
                        ["--jobs", "4000", "--memory", "64GiB"], ["--nonsense"], ["--verify", "--recheck"]):
            qualm("execute", self.folder, *options, status=2)
        qualm("execute", self.path("missing"), status=2)
        qualm(status=2)
        qualm("--version")
        qualm("execute", "--help")


class Resume(InFolder):
    def test_killed_at_random_points_it_resumes_to_the_same_results(self):
        count = 24
        for i in range(count):
            self.put(f"P{i:03}", completions=[f"    return x + y  # {i} {j}\n" for j in range(3)])
        seed = random.Random(7)
        for _ in range(8):
            process = subprocess.Popen([QUALM, "execute", self.folder], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(seed.uniform(0.05, 0.6))
            process.send_signal(signal.SIGKILL)
            process.wait()
            for file in glob.glob(self.path("*.results.json.gz")):
                self.assertGreater(len(load(file)["results"]), 0)
        qualm("execute", self.folder)
        for i in range(count):
            self.assertEqual([r["status"] for r in self.results(f"P{i:03}")["results"]], ["OK"] * 3)
        self.assertEqual([f for f in os.listdir(self.folder) if f.endswith(".partial")], [])
        qualm("audit", self.folder)

    def test_an_interrupt_saves_what_is_finished(self):
        for i in range(6):
            self.put(f"P{i}", completions=[f"    import time; time.sleep(1)  # {i}\n    return x + y\n"])
        process = subprocess.Popen([QUALM, "execute", "--jobs", "2", self.folder], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        begin = time.time()
        while not glob.glob(self.path("*.results.json.gz")):
            self.assertLess(time.time() - begin, 60)
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
        self.assertEqual(process.returncode, 130)
        finished = len(glob.glob(self.path("*.results.json.gz")))
        self.assertGreater(finished, 0)
        self.assertLess(finished, 6)
        qualm("execute", self.folder)
        self.assertEqual(len(glob.glob(self.path("*.results.json.gz"))), 6)

    def test_an_interrupt_ends_programs_in_flight_at_once(self):
        self.put("A")
        self.put("B", completions=["    import time; time.sleep(30)\n"])
        begin = time.time()
        process = subprocess.Popen([QUALM, "execute", "--timeout", "60", self.folder], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        while not os.path.exists(self.path("A.results.json.gz")):
            self.assertLess(time.time() - begin, 60)
            time.sleep(0.05)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        begin = time.time()
        output, _ = process.communicate(timeout=30)
        self.assertLess(time.time() - begin, 5)
        self.assertEqual(process.returncode, 130)
        self.assertIn(b"interrupted; finished work is saved", output)
        self.assertFalse(os.path.exists(self.path("B.results.json.gz")))

    def test_what_is_finished_out_of_order_is_not_run_again(self):
        slow = "    import time; time.sleep(20)\n    return x + y\n"
        quick = [f"    print(__import__('time').time_ns())\n    return x + y  # {i}\n" for i in range(6)]
        self.put("P", completions=[slow, *quick])
        process = subprocess.Popen([QUALM, "execute", "--jobs", "2", "--timeout", "60", self.folder],
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        time.sleep(3)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=30)
        self.assertEqual(process.returncode, 130)
        self.assertIn(b"6 completions executed, 6 OK", output)
        self.assertFalse(os.path.exists(self.path("P.results.json.gz")))
        ahead = load(self.path("P.execution.qualm"))["ahead"]
        self.assertEqual([entry["index"] for entry in ahead], [1, 2, 3, 4, 5, 6])
        self.assertIn("1 completions executed, 1 Timeout (1 programs run), 6 left alone",
                      qualm("execute", "--timeout", 1, self.folder).stdout)
        self.assertEqual([r["stdout"] for r in self.results("P")["results"]][1:], [entry["result"]["stdout"] for entry in ahead])
        sidecar = load(self.path("P.execution.qualm"))
        self.assertNotIn("ahead", sidecar)
        self.assertEqual([entry["cause"] for entry in sidecar["completions"]], ["wall timeout"] + ["exited"] * 6)


class Verify(InFolder):
    def test_agrees_with_itself_and_classes_a_forged_verdict(self):
        self.put("P", completions=["    return x + y\n", "    return 0\n"])
        qualm("execute", self.folder)
        before = sorted(os.listdir(self.folder))
        qualm("execute", "--verify", self.folder)
        value = self.results("P")
        value["results"][1].update(status="OK", exit_code=0, stderr="")
        store(self.path("P.results.json.gz"), value)
        self.assertIn("ours", qualm("execute", "--verify", self.folder, status=1).stdout)
        value["results"][1].update(status="Timeout", exit_code=-1)
        store(self.path("P.results.json.gz"), value)
        self.assertIn("by load", qualm("execute", "--verify", self.folder).stdout)
        qualm("execute", "--verify", "--strict-verify", self.folder, status=1)
        self.assertEqual(sorted(os.listdir(self.folder)), before)

    def test_classes_by_interpreter_and_nondeterministic(self):
        self.put("I", completions=["    import module_of_another_version\n"])
        self.put("N", completions=["    import time\n    return x + y if time.time_ns() // 1000 % 2 else 0\n"])
        qualm("execute", self.folder)
        for name, verdict in (("I", {"status": "OK", "exit_code": 0, "stderr": ""}),
                              ("N", {"status": "Exception", "exit_code": 9, "stderr": ""})):
            value = self.results(name)
            value["results"][0].update(verdict)
            if name == "N":  # identical programs are run once
                value["results"] = [{**value["results"][0], "program": value["results"][0]["program"] + "\n" * number}
                                    for number in range(12)]
            store(self.path(name + ".results.json.gz"), value)
        text = qualm("execute", "--verify", self.path("I.results.json.gz")).stdout
        self.assertIn("1 disagreements by interpreter", text)
        # Exit status 0 or 1: of twelve programs some may fail, or pass, three times.
        done = subprocess.run([QUALM, "execute", "--verify", self.path("N.results.json.gz")], capture_output=True, text=True)
        self.assertIn("disagreements nondeterministic", done.stdout)

    def test_a_cut_file_among_good_ones_and_totals(self):
        for name, body in (("A", "    return x + y\n"), ("B", "    return 0\n"), ("C", "    return 0\n")):
            self.put(name, completions=[body])
        qualm("execute", self.folder)
        with open(self.path("C.results.json.gz"), "r+b") as file:
            file.truncate(50)
        done = qualm("execute", "--verify", self.folder, status=2)
        self.assertIn("C.results.json.gz: gzip: the file is cut off", done.stderr)
        self.assertRegex(done.stdout, r"total +2 +2 +0\.5 +0\.5")

    def test_an_interrupt_ends_it_at_once_with_what_was_verified(self):
        self.put("A")
        self.put("B", completions=["    return x + y\n"])
        qualm("execute", self.folder)
        value = self.results("B")
        value["results"][0]["program"] = "import time; time.sleep(30)"
        store(self.path("B.results.json.gz"), value)
        process = subprocess.Popen([QUALM, "execute", "--verify", "--timeout", "60", self.folder],
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        time.sleep(2.5)
        process.send_signal(signal.SIGINT)
        begin = time.time()
        output, _ = process.communicate(timeout=30)
        self.assertLess(time.time() - begin, 5)
        self.assertEqual(process.returncode, 130)
        self.assertRegex(output, r"total +1 +1")


class Audit(InFolder):
    def test_a_complete_folder_has_no_findings(self):
        self.assertIn("0 findings", qualm("audit", os.path.join(REFERENCE, PYTHON_RUN)).stdout)

    def test_lists_what_is_wrong(self):
        self.copy_predictions(PYTHON_RUN)
        names = sorted(os.listdir(self.folder))
        os.remove(self.path(names[0]))
        changed = load(self.path(names[1]))
        changed["completions"] *= 2
        changed["temperature"] = 0.8
        store(self.path(names[1]), changed)
        with open(self.path(names[2]), "r+b") as file:
            file.truncate(100)
        open(self.path(".X.results.json.gz.partial"), "w").close()
        stem = names[3][: -len(".json.gz")]
        shutil.copy(os.path.join(REFERENCE, PYTHON_RUN, names[4][: -len(".json.gz")] + ".results.json.gz"),
                    self.path(stem + ".results.json.gz"))
        text = qualm("audit", self.folder, status=1).stdout
        for kind in ("missing-problems", "unequal-completions", "mixed-temperatures", "bad-files", "duplicate-completions",
                     "leftovers", "foreign-results"):
            self.assertIn(kind + ": ", text)


class Show(InFolder):
    def test_prints_program_verdict_and_no_control_characters(self):
        self.put("P", completions=["    print('\\x1b[31mred')\n    return x + y\n"])
        qualm("execute", self.folder)
        text = qualm("show", self.path("P.json.gz:0")).stdout
        self.assertIn("verdict: OK", text)
        self.assertIn("    1 | def add(x, y):", text)
        self.assertIn("\\x1b[31mred", text)
        self.assertNotIn("\x1b", text)
        qualm("show", self.path("P.json.gz:1"), status=2)


if __name__ == "__main__":
    main()
