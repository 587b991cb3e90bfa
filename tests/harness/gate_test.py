#!/usr/bin/env python3
"""Drives `qualm gate` as a pipeline does: every outcome with its exit status and files.

Run by ctest: gate_test.py QUALM SOURCE_DIR [unittest arguments]."""
import json
import os
import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree

from command_line import REFERENCE, SOURCE, load, main, qualm, store
from result_runs import InFolder

PYTHON_RUN = os.path.join(REFERENCE, "humaneval-py-qwen2.5-coder-0.5b-instruct-q4_k_m-0.0-reworded")
SAMPLED_RUN = os.path.join(REFERENCE, "humaneval-py-qwen2.5-coder-0.5b-instruct-q4_k_m-0.8-reworded")
SCHEMA = os.path.join(SOURCE, "tests/harness/data/junit.xsd")
NOT_ON_GITHUB = {k: v for k, v in os.environ.items() if not k.startswith("GITHUB_")}
PROBLEMS = [f"HumanEval_{i}_f" for i in range(100)]


class InGate(InFolder):
    def gate(self, *arguments, status=0, env=NOT_ON_GITHUB):
        return qualm("gate", *arguments, status=status, env=env, cwd=self.folder)

    def both(self, lost, gained=0, completions=1, **more):
        """A baseline that passes 60 of 100 problems and a candidate that lost and gained some of them."""
        base = {name: ("1" if i < 60 else "0") * completions for i, name in enumerate(PROBLEMS)}
        self.run_of("b", base, **more)
        changed = {name: ("0" if i < lost else "1" if i < 60 + gained else "0") * completions for i, name in enumerate(PROBLEMS)}
        self.run_of("c", changed, **more)
        return "--baseline", self.path("b"), "--candidate", self.path("c")

    def valid_junit(self, path):
        subprocess.run(["xmllint", "--noout", "--schema", SCHEMA, path], check=True, capture_output=True)
        return ElementTree.parse(path).getroot()


class Outcomes(InGate):
    def check(self, arguments, status, verdict, element):
        out = self.gate(*arguments, "--junit", self.path("j.xml"), "--gitlab", self.path("g.json"), "--json", self.path("q.json"),
                        "--step-summary", self.path("s.md"), status=status).stdout
        self.assertRegex(out, rf"\A{verdict}: humaneval-py: .*\n\Z")
        (suite,) = self.valid_junit(self.path("j.xml"))
        (case,) = suite.findall("testcase")
        self.assertEqual([child.tag for child in case], [element] if element else [])
        self.assertEqual((suite.get("tests"), suite.get("failures"), suite.get("errors")),
                         ("1", str(int(element == "failure")), str(int(element == "error"))))
        with open(self.path("g.json")) as file:
            findings = json.load(file)
        self.assertEqual(len(findings), int(element is not None))
        for finding in findings:
            self.assertLessEqual({"description", "check_name", "fingerprint", "severity", "location"}, set(finding))
        with open(self.path("s.md")) as file:
            self.assertIn(f"| humaneval-py | **{verdict}** |", file.read())
        with open(self.path("q.json")) as file:
            report = json.load(file)
        self.assertEqual((report["exit_status"], report["comparisons"][0]["verdict"]), (status, verdict))
        return out

    def test_equal_runs_of_one_completion_each_cannot_be_told_within_two_points(self):
        self.check(self.both(lost=0), 4, "cannot tell", "failure")

    def test_not_worse(self):
        out = self.check([*self.both(lost=0), "--margin", "5"], 0, "not worse", None)
        self.assertIn("margin 5.0 points", out)

    def test_worse(self):
        self.check(self.both(lost=15), 1, "worse", "failure")

    def test_cannot_tell(self):
        self.check(self.both(lost=3, gained=2), 4, "cannot tell", "failure")

    def test_improved(self):
        self.assertIn("improved", self.check(self.both(lost=0, gained=12), 0, "not worse", None))

    def test_a_significant_drop_smaller_than_the_margin_is_said(self):
        out = self.check([*self.both(lost=8), "--margin", "20"], 0, "not worse", None)
        self.assertIn("significant, but smaller than the margin", out)

    def test_on_cannot_tell_decides(self):
        arguments = self.both(lost=3, gained=2)
        self.gate(*arguments, "--on-cannot-tell=pass", status=0)
        self.gate(*arguments, "--on-cannot-tell=fail", status=1)
        self.gate(*arguments, "--on-cannot-tell", "perhaps", status=2)

    def test_missing_problems(self):
        arguments = self.both(lost=0, gained=12)
        os.remove(self.path("c", PROBLEMS[7] + ".results.json.gz"))
        out = self.check(arguments, 5, "not comparable", "error")
        self.assertIn(PROBLEMS[7], out)
        self.assertIn("(allowed: missing-problems)", self.gate(*arguments, "--allow", "missing-problems").stderr)

    def test_fewer_completions(self):
        arguments = self.both(lost=0, gained=12, completions=3)
        value = load(self.path("c", PROBLEMS[7] + ".results.json.gz"))
        value["results"].pop()
        store(self.path("c", PROBLEMS[7] + ".results.json.gz"), value)
        self.check(arguments, 5, "not comparable", "error")
        self.gate(*arguments, "--allow", "fewer-completions")

    def test_other_settings(self):
        for field, other in (("temperature", 0.8), ("top_p", 1), ("max_tokens", 512)):
            arguments = self.both(lost=0, gained=12)
            self.run_of("c", {name: "1" for name in PROBLEMS}, **{field: other})
            self.assertIn(field, self.check(arguments, 5, "not comparable", "error"))
            self.gate(*arguments, "--allow", "settings")

    def test_other_tests_of_a_problem(self):
        arguments = self.both(lost=0, gained=12)
        value = load(self.path("c", PROBLEMS[3] + ".results.json.gz"))
        value["tests"] += "assert True\n"
        store(self.path("c", PROBLEMS[3] + ".results.json.gz"), value)
        self.assertIn("another prompt or other tests: " + PROBLEMS[3], self.check(arguments, 5, "not comparable", "error"))

    def test_other_sandbox_level_and_timeout(self):
        record = {"language": "py", "sandbox": "full", "timeout_seconds": 15.0, "memory_bytes": 2 ** 31, "clean": "no", "versions": {"python3": "3.11.2"}}
        for field, other, allowed in (("sandbox", "seccomp", "sandbox"), ("timeout_seconds", 5.0, "settings")):
            self.both(lost=0, gained=12)
            self.run_of("b", {}, record=record)
            self.run_of("c", {}, record={**record, field: other})
            arguments = "--baseline", self.path("b"), "--candidate", self.path("c")
            self.assertIn(str(other).rstrip(".0"), self.check(arguments, 5, "not comparable", "error"))
            self.gate(*arguments, "--allow", allowed)
        self.run_of("c", {}, record={**record, "versions": {"python3": "3.12.1"}})
        self.assertIn("python3 is 3.11.2", self.gate(*arguments).stderr)

    def test_suspects_above_the_limit(self):
        arguments = self.both(lost=0, gained=12)
        self.run_of("c", {name: "1" for name in PROBLEMS}, suspect={PROBLEMS[1]: [0], PROBLEMS[2]: [0]})
        self.assertIn("2 completions of the candidate", self.check(arguments, 5, "not comparable", "error"))
        self.gate(*arguments, "--suspect-limit", "1", status=5)
        self.gate(*arguments, "--suspect-limit", "2")
        self.gate(*arguments, "--allow", "suspects")

    def test_corrupt_results(self):
        arguments = self.both(lost=0)
        file = self.path("c", PROBLEMS[7] + ".results.json.gz")
        with open(file, "rb") as stream:
            whole = stream.read()
        with open(file, "wb") as stream:
            stream.write(whole[:100])
        done = self.gate(*arguments, "--junit", self.path("j.xml"), status=2)
        self.assertIn(PROBLEMS[7], done.stderr)
        (suite,) = self.valid_junit(self.path("j.xml"))
        self.assertIn(PROBLEMS[7], suite.find("testcase/error").get("message"))

    def test_a_derived_real_candidate(self):
        self.derived(PYTHON_RUN, "candidate", lose=0.5, gain=0.0, seed=1)
        self.gate("--baseline", PYTHON_RUN, "--candidate", self.path("candidate"), status=1)
        self.gate("--baseline", PYTHON_RUN, "--candidate", PYTHON_RUN, "--margin", "4", status=0)
        self.assertIn("temperature is 0", self.gate("--baseline", PYTHON_RUN, "--candidate", SAMPLED_RUN, status=5).stdout)


class SavedBaseline(InGate):
    def test_a_saved_baseline_gives_the_same_answer_as_its_results(self):
        for lost, margin in ((0, 5), (15, 2), (3, 2)):
            self.both(lost=lost)
            self.gate("--baseline", self.path("b"), "--save-baseline", self.path("base.qualm"))
            status = {0: 0, 15: 1, 3: 4}[lost]
            lines = [self.gate("--baseline", base, "--candidate", self.path("c"), "--margin", margin, status=status).stdout
                     for base in (self.path("b"), self.path("base.qualm"))]
            self.assertEqual(lines[0], lines[1])

    def test_compare_reads_it_too(self):
        self.both(lost=15)
        self.gate("--baseline", self.path("b"), "--save-baseline", self.path("base.qualm"))
        one, other = (json.loads(qualm("compare", "--format", "json", base, self.path("c")).stdout)["comparisons"][0]
                      for base in (self.path("b"), self.path("base.qualm")))
        for field in ("pass_at_1", "mcnemar", "clustered", "verdict", "problems", "pairs"):
            self.assertEqual(one[field], other[field])

    def test_it_is_compact_and_of_equal_bytes_each_time(self):
        self.gate("--candidate", PYTHON_RUN, "--save-baseline", self.path("one"))
        self.gate("--baseline", PYTHON_RUN, "--save-baseline", self.path("two"))
        with open(self.path("one")) as one, open(self.path("two")) as two:
            text = one.read()
            self.assertEqual(text, two.read())
        self.assertLess(len(text), 20_000)
        self.assertEqual(len(json.loads(text)["runs"][0]["problems"]), 161)
        self.assertNotIn("def ", text)

    def test_a_changed_baseline_is_noticed(self):
        self.both(lost=15)
        self.gate("--baseline", self.path("b"), "--save-baseline", self.path("base.qualm"))
        with open(self.path("base.qualm")) as file:
            text = file.read()
        for changed in (text.replace('"A+"', '"B-"', 1), text.replace('"temperature":"0.2"', '"temperature":"0.8"'),
                        re.sub(r'"HumanEval_5_f": [^\n]*\n', "", text), text.replace('"version": 1', '"version": 2')):
            self.assertNotEqual(changed, text)
            with open(self.path("base.qualm"), "w") as file:
                file.write(changed)
            done = self.gate("--baseline", self.path("base.qualm"), "--candidate", self.path("c"), "--junit", self.path("j.xml"), status=2)
            self.assertRegex(done.stderr, "was changed since it was saved|is of version 2")
            self.valid_junit(self.path("j.xml"))
        with open(self.path("base.qualm"), "w", newline="") as file:
            file.write(text.replace("\n", "\r\n"))  # as a checkout may do it: what the file says is the same
        self.gate("--baseline", self.path("base.qualm"), "--candidate", self.path("c"), status=1)

    def test_other_files_are_refused(self):
        self.both(lost=0)
        for text in ("", "{", "{}", "[1]", '{"format": "qualm-baseline"}', '{"format": "qualm-baseline", "version": 1, "sha256": "", "runs": 3}',
                     '{"format": "qualm-baseline", "version": 1, "sha256": "", "runs": []}'):
            with open(self.path("base.qualm"), "w") as file:
                file.write(text)
            self.gate("--baseline", self.path("base.qualm"), "--candidate", self.path("c"), status=2)

    def test_settings_and_suspects_are_in_it(self):
        record = {"language": "py", "sandbox": "full", "timeout_seconds": 15, "memory_bytes": 2 ** 31, "clean": "no", "versions": {}}
        self.both(lost=0)
        self.run_of("b", {}, record=record)
        self.run_of("c", {}, record={**record, "sandbox": "no-proc"})
        self.gate("--baseline", self.path("b"), "--save-baseline", self.path("base.qualm"))
        self.assertIn("full", self.gate("--baseline", self.path("base.qualm"), "--candidate", self.path("c"), status=5).stdout)
        self.run_of("b", {PROBLEMS[0]: "1"}, suspect={PROBLEMS[0]: [0]})
        self.gate("--baseline", self.path("b"), "--save-baseline", self.path("base.qualm"))
        self.run_of("c", {}, record=record)
        self.assertIn("of the baseline passed", self.gate("--baseline", self.path("base.qualm"), "--candidate", self.path("c"), status=5).stdout)


class RulesFile(InGate):
    def rules(self, text):
        with open(self.path("qualm-gate.toml"), "w") as file:
            file.write(text)
        return "--config", self.path("qualm-gate.toml")

    def trees(self):
        """Two languages and two data sets below one folder each."""
        for where, lost in (("b", 0), ("c", 8)):
            for language in ("py", "java"):
                self.run_of(f"{where}/humaneval-{language}-m-0.2-reworded",
                            {name: "0" if i < lost or i >= 60 else "1" for i, name in enumerate(PROBLEMS)}, language=language)
        return "--baseline", self.path("b"), "--candidate", self.path("c")

    def test_rules_per_language_and_data_set(self):
        arguments = self.trees()
        out = self.gate(*arguments, status=1).stdout
        self.assertEqual(out.count("\n"), 1)
        self.assertIn("worse: humaneval-java worse (drop 8.0 points), humaneval-py worse (drop 8.0 points)", out)
        loose = self.rules('margin = 20.0\n')
        self.gate(*arguments, *loose, status=0)
        strict_java = self.rules('margin = 20.0\n[[rule]]\nlanguage = "java"\nmargin = 1.0\n')
        self.assertIn("humaneval-java worse", self.gate(*arguments, *strict_java, status=1).stdout)
        self.gate(*arguments, *self.rules('margin = 20.0\n[[rule]]\nlanguage = "java"\ndataset = "mceval"\nmargin = 1.0\n'), status=0)
        self.gate(*arguments, *strict_java, "--margin", "20", status=0)  # the command line outweighs the file

    def test_several_models_of_one_data_set_are_matched_and_told_apart(self):
        for where, lost in (("b", {"one-1b": 0, "two-2b": 0}), ("c", {"one-1b": 15, "two-2b": 0})):
            for model, count in lost.items():
                self.run_of(f"{where}/humaneval-py-{model}-0.2-reworded",
                            {name: "0" if i < count or i >= 60 else "1" for i, name in enumerate(PROBLEMS)})
        out = self.gate("--baseline", self.path("b"), "--candidate", self.path("c"), "--margin", "5", "--junit", self.path("j.xml"),
                        status=1).stdout
        self.assertIn("humaneval-py one-1b worse", out)
        self.assertIn("humaneval-py two-2b not worse", out)
        (suite,) = self.valid_junit(self.path("j.xml"))
        self.assertEqual([case.get("name") for case in suite.findall("testcase")], ["humaneval-py one-1b", "humaneval-py two-2b"])

    def test_files_without_prompt_and_tests_are_compared(self):
        arguments = self.both(lost=0, gained=12)
        for name in PROBLEMS:
            value = load(self.path("c", name + ".results.json.gz"))
            del value["prompt"], value["tests"], value["top_p"]
            store(self.path("c", name + ".results.json.gz"), value)
        self.gate(*arguments)

    def test_every_key(self):
        arguments = self.both(lost=3, gained=2)
        self.gate(*arguments, *self.rules('on_cannot_tell = "pass"\n'), status=0)
        self.gate(*arguments, *self.rules('on_cannot_tell = "fail"\n'), status=1)
        self.gate(*arguments, *self.rules('alpha = 0.5\nmargin = 2\n'), status=0)
        os.remove(self.path("c", PROBLEMS[70] + ".results.json.gz"))
        self.gate(*arguments, *self.rules(''), status=5)
        self.gate(*arguments, *self.rules('allow = ["missing-problems"]\nsuspect_limit = 3\n'), status=4)

    def test_mistakes_are_refused_with_their_line(self):
        arguments = self.both(lost=0)
        for text, line in (("margin = -1", 1), ("\nmargn = 2", 2), ("alpha = 0.9", 1), ('on_cannot_tell = "maybe"', 1), ("margin = ", 1),
                           ('allow = ["everything"]', 1), ("allow = 3", 1), ("suspect_limit = 1.5", 1), ("[[rule]]\ncolour = 1", 2),
                           ('margin = "2"', 1), ("margin = nan", 1), ('language = "py"', 1)):
            done = self.gate(*arguments, *self.rules(text + "\n"), status=2)
            self.assertIn(f"line {line}", done.stderr, text)
        self.gate(*arguments, *self.rules("rule = 3\n"), status=2)
        self.gate(*arguments, "--config", self.path("none.toml"), status=2)

    def test_a_run_that_the_candidate_lacks_is_not_comparable(self):
        arguments = self.trees()
        shutil.rmtree(self.path("c", "humaneval-java-m-0.2-reworded"))
        done = self.gate(*arguments, status=5)
        self.assertIn("humaneval-java not comparable", done.stdout)
        self.assertIn("has no run of humaneval-java", done.stderr)


class Pipelines(InGate):
    def test_github_gets_annotations_and_a_summary_that_is_added_to(self):
        arguments = self.both(lost=15)
        summary = self.path("summary.md")
        with open(summary, "w") as file:
            file.write("# before\n")
        out = self.gate(*arguments, status=1, env={**NOT_ON_GITHUB, "GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": summary}).stdout
        self.assertRegex(out, r"\Aworse: .*\n::error title=qualm gate humaneval-py%3A worse::pass@1 drop 15.0 points, 95 %25 bounds")
        with open(summary) as file:
            text = file.read()
        self.assertTrue(text.startswith("# before\n## Qualm gate\n"))
        self.assertIn("| humaneval-py | **worse** |", text)
        self.assertIn("::warning ", self.gate(*self.both(lost=3, gained=2), "--on-cannot-tell=pass", "--github").stdout)
        self.assertIn("::notice ", self.gate(*self.both(lost=0, gained=12), "--github").stdout)

    def test_names_of_problems_cannot_break_out_of_the_reports(self):
        hostile = ['P<&">]]>', "P\n::error::x", "P|x\x1b[31m"]
        self.run_of("b", {})
        self.run_of("c", {})
        for i in range(12):
            value = {"name": hostile[i] if i < 3 else f"P{i}", "language": "py", "prompt": "", "tests": "", "temperature": 0.2}
            result = {"program": "\n", "stdout": "", "stderr": "", "exit_code": 0, "status": "OK"}
            store(self.path("b", f"P{i}.results.json.gz"), {**value, "results": [result]})
            if i >= 3:
                store(self.path("c", f"P{i}.results.json.gz"), {**value, "results": [result]})
        out = self.gate("--baseline", self.path("b"), "--candidate", self.path("c"), "--github", "--junit", self.path("j.xml"), status=5).stdout
        self.assertEqual([line for line in out.split("\n") if line.startswith("::")][1:], [])
        self.valid_junit(self.path("j.xml"))

    def test_usage(self):
        self.assertIn("--save-baseline", self.gate(status=2).stderr)
        self.run_of("b", {"P": "1"})
        self.gate("--baseline", self.path("b"), status=2)
        self.gate("--baseline", self.path("b"), "--candidate", self.path("b"), "--allow", "anything", status=2)
        self.gate("--baseline", self.path("b"), "--candidate", self.path("nowhere"), status=2)
        self.gate("--baseline", self.path("b"), "--candidate", self.path("b"), "--junit", "/proc/no/j.xml", status=3)


if __name__ == "__main__":
    main()
