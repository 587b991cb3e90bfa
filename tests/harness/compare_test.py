#!/usr/bin/env python3
"""Drives `qualm compare` and `qualm tables` as a user does, on made-up runs and on candidates derived from the reference.

Run by ctest: compare_test.py QUALM SOURCE_DIR [unittest arguments]."""
import csv
import gzip
import io
import json
import math
import os
import random
import shutil

from command_line import REFERENCE, load, main, qualm, store
from result_runs import InFolder, verdicts

PYTHON_RUN = os.path.join(REFERENCE, "humaneval-py-qwen2.5-coder-0.5b-instruct-q4_k_m-0.0-reworded")
JAVA_RUN = os.path.join(REFERENCE, "humaneval-java-qwen2.5-coder-0.5b-instruct-q4_k_m-0.0-reworded")
SAMPLED_RUN = os.path.join(REFERENCE, "humaneval-py-qwen2.5-coder-0.5b-instruct-q4_k_m-0.8-reworded")


def compare(*arguments, status=0):
    return json.loads(qualm("compare", "--format", "json", *arguments, status=status).stdout,
                      parse_constant=lambda word: self_fail(word))["comparisons"]


def self_fail(word):
    raise AssertionError(f"{word} is not JSON")


def binomial_p(b, c):
    n, k = b + c, min(b, c)
    return min(1.0, 2 * sum(math.comb(n, i) for i in range(k + 1)) / 2 ** n) if n else 1.0


class Json(InFolder):
    def test_the_shape_and_numbers_of_a_comparison(self):
        self.run_of("b", {"P1": "1", "P2": "1", "P3": "0", "P4": "1", "P5": "0"})
        self.run_of("c", {"P1": "1", "P2": "0", "P3": "1", "P4": "0", "P5": "0"})
        (one,) = compare(self.path("b"), self.path("c"))
        self.assertEqual((one["baseline"], one["candidate"], one["language"]), (self.path("b"), self.path("c"), "py"))
        self.assertEqual((one["problems"], one["pairs"]), (5, 5))
        self.assertEqual(one["pass_at_1"], {"baseline": 0.6, "candidate": 0.4})
        self.assertEqual({k: one["mcnemar"][k] for k in "bcp"}, {"b": 1, "c": 2, "p": 1.0})
        self.assertEqual(one["mcnemar"]["odds_ratio"], 0.5)
        self.assertAlmostEqual(one["clustered"]["difference"], -0.2)
        self.assertLess(one["clustered"]["ci_low"], -0.2)
        self.assertGreater(one["clustered"]["ci_high"], -0.2)
        self.assertEqual((one["flips"]["gained"], one["flips"]["lost"], one["flips"]["unchanged"]), (1, 2, 2))
        self.assertEqual(one["verdict"], "cannot tell")
        self.assertLessEqual({"p_adjusted", "ci_low", "ci_high"}, set(one["mcnemar"]))

    def test_no_discordant_pair_has_a_ratio_that_is_not_a_number(self):
        for name in "bc":
            self.run_of(name, {f"P{i}": str(i % 2) for i in range(12)})
        (one,) = compare(self.path("b"), self.path("c"))
        self.assertEqual(one["mcnemar"], {"b": 0, "c": 0, "p": 1.0, "p_adjusted": 1.0, "odds_ratio": "NaN", "ci_low": 0.0,
                                          "ci_high": "Inf"})
        self.assertEqual(one["clustered"]["p"], 1.0)
        self.assertEqual(one["clustered"]["difference"], 0.0)

    def test_only_gains_have_an_infinite_ratio_and_only_losses_zero(self):
        self.run_of("b", {f"P{i}": "0" for i in range(8)})
        self.run_of("c", {f"P{i}": "1" for i in range(8)})
        (gain,) = compare(self.path("b"), self.path("c"))
        self.assertEqual((gain["mcnemar"]["odds_ratio"], gain["mcnemar"]["ci_high"]), ("Inf", "Inf"))
        self.assertEqual(gain["verdict"], "not worse")
        (loss,) = compare(self.path("c"), self.path("b"))
        self.assertEqual((loss["mcnemar"]["odds_ratio"], loss["mcnemar"]["ci_low"]), (0.0, 0.0))
        self.assertEqual(loss["mcnemar"]["p"], 2 / 2 ** 8)
        self.assertEqual(loss["verdict"], "worse")

    def test_real_runs_agree_with_an_independent_count(self):
        self.derived(PYTHON_RUN, "candidate", lose=0.2, gain=0.05, seed=3)
        (one,) = compare(PYTHON_RUN, self.path("candidate"))
        before, after = verdicts(PYTHON_RUN), verdicts(self.path("candidate"))
        b = sum(not x and y for name in before for x, y in zip(before[name], after[name]))
        c = sum(x and not y for name in before for x, y in zip(before[name], after[name]))
        self.assertEqual((one["mcnemar"]["b"], one["mcnemar"]["c"], one["problems"]), (b, c, 161))
        self.assertAlmostEqual(one["mcnemar"]["p"], binomial_p(b, c), 12)
        self.assertEqual(one["pass_at_1"]["baseline"], 0.4161490683229814)
        self.assertAlmostEqual(one["clustered"]["difference"], (b - c) / 161)

    def test_pairs_are_the_completions_both_have(self):
        self.run_of("b", {"P1": "1100", "P2": "11"})
        self.run_of("c", {"P1": "10", "P2": "1111"})
        (one,) = compare(self.path("b"), self.path("c"))
        self.assertEqual((one["problems"], one["pairs"], one["mcnemar"]["c"]), (2, 4, 1))
        self.assertEqual(one["pass_at_1"], {"baseline": 0.75, "candidate": 0.75})
        self.assertTrue(any("fewer completions" in warning for warning in one["warnings"]))

    def test_missing_problems_are_left_out_and_said(self):
        self.run_of("b", {"P1": "1", "P2": "1", "P3": "0"})
        self.run_of("c", {"P1": "1", "P3": "0", "P4": "1"})
        (one,) = compare(self.path("b"), self.path("c"))
        self.assertEqual((one["problems"], one["only_in_baseline"], one["only_in_candidate"]), (2, ["P2"], ["P4"]))
        self.assertEqual(one["pass_at_1"]["baseline"], 0.5)

    def test_nothing_in_common_is_not_comparable(self):
        self.run_of("b", {"P1": "1"})
        self.run_of("c", {"Q1": "1"})
        (one,) = compare(self.path("b"), self.path("c"), status=5)
        self.assertEqual((one["problems"], one["verdict"]), (0, "not comparable"))
        (one,) = compare(PYTHON_RUN, JAVA_RUN, status=5)
        self.assertTrue(any('"py"' in warning for warning in one["warnings"]))

    def test_single_files_and_single_problem_folders(self):
        self.run_of("b", {"P1": "1111"})
        self.run_of("c", {"P1": "1000"})
        (folders,) = compare(self.path("b"), self.path("c"))
        (files,) = compare(self.path("b", "P1.results.json.gz"), self.path("c", "P1.results.json.gz"))
        for one in (folders, files):
            self.assertEqual((one["problems"], one["pairs"], one["mcnemar"]["c"]), (1, 4, 3))

    def test_several_candidates_share_a_family(self):
        problems = [f"P{i:03}" for i in range(40)]
        self.run_of("b", {name: "1" for name in problems})
        for losses in (2, 5, 9):
            self.run_of(f"c{losses}", {name: "0" if i < losses else "1" for i, name in enumerate(problems)})
        three = compare(self.path("b"), *(self.path(f"c{n}") for n in (2, 5, 9)))
        raw = [one["mcnemar"]["p"] for one in three]
        self.assertEqual(raw, [2 * 0.5 ** n for n in (2, 5, 9)])
        self.assertEqual([one["mcnemar"]["p_adjusted"] for one in three], [raw[0], raw[1] * 3 / 2, raw[2] * 3])

    def test_intervals_are_wilson_s_for_one_completion_and_seeded_bootstraps_else(self):
        (one,) = compare(PYTHON_RUN, PYTHON_RUN)
        n, p, z = 161, 67 / 161, 1.959963984540054
        half = z * math.sqrt(p * (1 - p) / n + z * z / 4 / n / n) / (1 + z * z / n)
        centre = (p + z * z / 2 / n) / (1 + z * z / n)
        got = one["pass_at_k"]["1"]["baseline"]
        self.assertAlmostEqual(got["ci_low"], centre - half, 12)
        self.assertAlmostEqual(got["ci_high"], centre + half, 12)
        first = qualm("compare", "--format", "json", "--k", 1, "--k", 2, SAMPLED_RUN, SAMPLED_RUN).stdout
        self.assertEqual(first, qualm("compare", "--format", "json", "--k", 1, "--k", 2, SAMPLED_RUN, SAMPLED_RUN).stdout)
        two = json.loads(first)["comparisons"][0]["pass_at_k"]["2"]["baseline"]
        self.assertLess(two["ci_low"], two["estimate"])
        self.assertLess(two["estimate"], two["ci_high"])

    def test_the_tests_disagree_where_completions_of_one_problem_go_together(self):
        # Three problems lose all their twenty completions: sixty pairs, but three problems.
        problems = {f"P{i:02}": "1" * 20 for i in range(40)}
        self.run_of("b", problems)
        self.run_of("c", {**problems, **{f"P{i:02}": "0" * 20 for i in range(3)}})
        (one,) = compare(self.path("b"), self.path("c"))
        self.assertLess(one["mcnemar"]["p"], 1e-10)
        self.assertEqual(one["clustered"]["p"], 0.25)
        self.assertIn("Believe the test over problems", one["disagreement"])
        self.assertEqual(one["verdict"], "cannot tell")
        self.assertGreater(one["power"]["problems_to_settle"], 40)

    def test_suspects_and_truncation_come_from_sidecars(self):
        self.run_of("b", {"P": "11"})
        self.run_of("c", {"P": "10"}, suspect={"P": [0]})
        store(self.path("c", "P.generation.qualm"), {"version": 1, "completions": [
            {"raw_completion": "    return x + y", "completion_bytes": 4, "end": end, "tokens": [1], "prompt_tokens": 5}
            for end in ("stop", "length")]})
        (one,) = compare(self.path("b"), self.path("c"))
        self.assertEqual(one["traits"]["suspect"]["candidate"], 1)
        self.assertEqual(one["traits"]["truncated"]["candidate"], 1)


class Anatomy(InFolder):
    def test_failures_are_named_and_texts_part_where_they_part(self):
        cases = [("Exception", 1, "Traceback (most recent call last):\n  File \"p.py\", line 3\nNameError: name 'q' is not defined\n"),
                 ("Exception", 1, "Traceback (most recent call last):\n  File \"p.py\"\nhashlib.OddError\n"),
                 ("SyntaxError", 1, "  File \"p.py\", line 1\n    (\n    ^\nSyntaxError: '(' was never closed\n"),
                 ("Timeout", -1, ""), ("Exception", 3, "")]
        self.run_of("b", {"P": "1" * len(cases)})
        self.run_of("c", {"P": "0" * len(cases)})
        value = load(self.path("c", "P.results.json.gz"))
        for result, (status, code, errors) in zip(value["results"], cases):
            result.update(status=status, exit_code=code, stderr=errors)
        value["results"][1]["program"] = value["prompt"] + "    ret\n" + value["tests"]
        value["results"][3]["program"] = value["prompt"] + "\n" + value["tests"]
        value["results"][4]["program"] = value["prompt"] + "    return x\n" * 20 + "\n" + value["tests"]
        store(self.path("c", "P.results.json.gz"), value)
        (one,) = compare(self.path("b"), self.path("c"))
        self.assertEqual({name: count["candidate"] for name, count in one["failures"].items()},
                         {"NameError": 1, "OddError": 1, "SyntaxError": 1, "Timeout": 1, "other failure": 1})
        self.assertEqual(one["traits"]["empty"]["candidate"], 1)
        self.assertEqual(one["traits"]["repeating"]["candidate"], 1)
        lost = one["flips"]["lost_completions"]
        self.assertEqual([flip["parts_at"] for flip in lost], [None, 7, None, 0, 12])
        (example,) = one["failures"]["NameError"]["examples"]
        self.assertIn("NameError", qualm("show", example).stdout)
        self.assertIn({"baseline": "OK", "candidate": "Timeout", "completions": 1}, one["flips"]["status_moves"])

    def test_java_failures_of_the_reference(self):
        (one,) = compare(JAVA_RUN, JAVA_RUN)
        failures = {name: count["baseline"] for name, count in one["failures"].items()}
        self.assertEqual(sum(failures.values()), 96)
        self.assertGreater(failures["AssertionError"], 30)
        self.assertIn("cannot find symbol", failures)
        self.assertIn("incompatible types", failures)
        self.assertTrue(all(count["baseline"] == count["candidate"] for count in one["failures"].values()))

    def test_the_table_shows_the_verdict_and_examples(self):
        self.derived(PYTHON_RUN, "candidate", lose=0.5, gain=0.0, seed=1)
        shown = qualm("compare", PYTHON_RUN, self.path("candidate")).stdout
        self.assertIn("Verdict: worse.", shown)
        self.assertIn("qualm show " + self.path("candidate"), shown)
        self.assertIn("| worse |", qualm("compare", "--format", "markdown", PYTHON_RUN, self.path("candidate")).stdout)


class Study(InFolder):
    def tree(self):
        """Two models in the study's layout: half precision and three others, of MultiPL-E."""
        source = random.Random(5)
        for model in ("CodeLlama-7b-hf", "deepseek-coder-6.7b-base"):
            for language in ("py", "java"):
                base = {f"HumanEval_{i}_f": source.random() for i in range(40)}
                runs = [(model, "baseline_fp16", 1.0)]
                runs += [(f"{model}-AQLM-{bits}bit-{data}-1x15", "aqlm", share) for bits, data, share in
                         ((4, "mixed", 1.0), (2, "rnd", 0.3), (2, "mixed", 0.5), (2, "code", 0.6), (2, "mixed-finetuned", 0.8))]
                for name, label, share in runs:
                    self.run_of(os.path.join("results_cleaned", name, f"{language}_benchmark_temperature_0.2_{label}"),
                                {problem: "".join(str(int(source.random() < rate * share)) for _ in range(5))
                                 for problem, rate in base.items()}, language=language)
        return self.path("results_cleaned")

    def test_a_tree_is_matched_by_model_language_and_label(self):
        for family in ("rq1", "rq3"):
            many = compare("--by", "model,language,label", "--family", family, self.tree())
            self.assertEqual(len(many), 2 * 2 * 5)
            for one in many:
                self.assertIn("baseline_fp16", one["baseline"])
                self.assertIn("aqlm", one["candidate"])
                self.assertEqual(os.path.basename(one["baseline"])[:2], os.path.basename(one["candidate"])[:2])
                self.assertEqual(one["precision"]["baseline"], "16bit")
            families = {}
            for one in many:
                families.setdefault(one["family"], []).append(one["mcnemar"])
            self.assertEqual(sorted(map(len, families.values())), [5] * 4)
            for family_tests in families.values():
                self.check_adjusted(family_tests)

    def check_adjusted(self, tests):
        ordered = sorted(tests, key=lambda test: -test["p"])
        smallest = 1.0
        for rank, test in zip(range(len(ordered), 0, -1), ordered):
            smallest = min(smallest, test["p"] * len(ordered) / rank)
            self.assertAlmostEqual(test["p_adjusted"], smallest, 12)

    def test_rq2_compares_calibration_sets_of_one_precision(self):
        many = compare("--by", "model,language,label", "--family", "rq2", self.tree())
        self.assertEqual([(one["precision"]["baseline"], one["precision"]["candidate"]) for one in many],
                         [("2bit-rnd", "2bit-mixed"), ("2bit-rnd", "2bit-code"), ("2bit-mixed", "2bit-code")] * 4)
        families = {}
        for one in many:
            families.setdefault(one["family"], []).append(one["mcnemar"])
        self.assertEqual(len(families), 4)
        for tests in families.values():
            self.check_adjusted(tests)

    def test_two_trees_are_matched(self):
        self.tree()
        os.makedirs(self.path("half"))
        for model in ("CodeLlama-7b-hf", "deepseek-coder-6.7b-base"):
            shutil.move(self.path("results_cleaned", model), self.path("half"))
        many = compare("--by", "model,language,label", self.path("half"), self.path("results_cleaned"))
        self.assertEqual(len(many), 20)
        for one in many:
            self.assertEqual(one["precision"]["baseline"], "16bit")
            self.assertEqual(os.path.basename(one["baseline"])[:2], os.path.basename(one["candidate"])[:2])

    def test_csv_has_the_study_s_columns_first(self):
        text = qualm("compare", "--by", "model,language,label", "--family", "rq1", "--format", "csv", self.tree()).stdout
        rows = list(csv.DictReader(io.StringIO(text)))
        self.assertEqual(list(rows[0])[:6], ["base_precision", "quant_precision", "lng", "model", "p.value", "OR"])
        self.assertEqual({row["model"] for row in rows}, {"codellama-7b", "deepseek-coder-6.7b"})
        self.assertEqual([row["quant_precision"] for row in rows[:5]],
                         ["4bit-mixed", "2bit-rnd", "2bit-mixed", "2bit-mixed-finetuned", "2bit-code"])

    def test_verdicts_are_written_as_the_study_s_analysis_reads_them(self):
        qualm("compare", "--by", "model,language,label", "--verdicts", self.path("all.csv"), self.tree())
        with open(self.path("all.csv")) as file:
            rows = list(csv.reader(file))
        self.assertEqual(rows[0], ["model", "quantization", "language", "problem", "pass"])
        self.assertEqual(len(rows) - 1, 2 * 2 * 6 * 40 * 5)
        self.assertEqual({row[1] for row in rows[1:]}, {"16bit", "4bit-mixed", "2bit-rnd", "2bit-mixed", "2bit-code", "2bit-mixed-finetuned"})
        of_one = [row[4] for row in rows if row[:4] == ["codellama-7b", "16bit", "py", "HumanEval_0_f"]]
        folder = self.path("results_cleaned/CodeLlama-7b-hf/py_benchmark_temperature_0.2_baseline_fp16")
        self.assertEqual(of_one, [str(int(passed)) for passed in verdicts(folder)["HumanEval_0_f"]])

    def test_csv_prints_inf_and_nan_as_r_does(self):
        self.run_of("b", {"P1": "0", "P2": "0"})
        self.run_of("c", {"P1": "1", "P2": "0"})
        rows = list(csv.DictReader(io.StringIO(qualm("compare", "--format", "csv", self.path("b"), self.path("c"), self.path("b")).stdout)))
        self.assertEqual([row["OR"] for row in rows], ["Inf", "NaN"])


class Tables(InFolder):
    HEADER = ["Model", "Parameters", "Precision", "Size", "Python pass@1", "Python change", "Python decrease (%)", "Java pass@1",
              "Java change", "Java decrease (%)"]

    def tree(self):
        """Pass@1 known exactly: 100 problems of one completion; both benchmarks; half precision passes 50."""
        for prefix, dataset in (("HumanEval_", "humaneval"), ("Python-", "mceval_py.jsonl")):
            for label, name, passes in (("baseline_fp16", "CodeLlama-7b-hf", 50), ("aqlm", "CodeLlama-7b-hf-AQLM-8bit-rnd-4x15", 49),
                                        ("aqlm", "CodeLlama-7b-hf-AQLM-2bit-rnd-1x15", 10), ("aqlm", "CodeLlama-7b-hf-AQLM-2bit-mixed-1x15", 30),
                                        ("aqlm", "CodeLlama-7b-hf-AQLM-2bit-code-1x15", 80), ("aqlm", "CodeLlama-7b-hf-AQLM-2bit-mixed-finetuned-1x15", 90),
                                        ("baseline_fp16", "CodeLlama-13b-hf", 60), ("aqlm", "CodeLlama-13b-hf-AQLM-2bit-mixed-1x15", 60)):
                for language in ("py", "java") if dataset == "humaneval" else ("py",):
                    self.run_of(os.path.join("tree", name, f"{language}_benchmark_temperature_0.2_{label}",
                                             f"{dataset}-{language}-{name}-0.2-reworded"),
                                {f"{prefix}{i}": "1" if i < passes else "0" for i in range(100)}, language=language)
        return self.path("tree")

    def test_the_study_s_tables(self):
        with open(self.path("sizes.csv"), "w") as file:
            file.write("model,precision,size\nCodeLlama-7b,16bit,13.5 GB\ncodellama-7b,2bit-rnd,2.3 GB\n")
        text = qualm("tables", self.tree(), "--study", "--format", "csv", "--sizes", self.path("sizes.csv")).stdout
        rows = list(csv.reader(io.StringIO(text)))
        self.assertEqual(rows[0], ["Table", *self.HEADER])
        tables = {}
        for row in rows[1:]:
            tables.setdefault(row[0], []).append(row[1:])
        self.assertEqual(list(tables), ["RQ1: precision, MultiPL-E", "RQ1: precision, McEval", "RQ2: calibration set, MultiPL-E",
                                        "RQ2: calibration set, McEval", "RQ3: model size and fine-tuning, MultiPL-E",
                                        "RQ3: model size and fine-tuning, McEval"])
        self.assertEqual(tables["RQ1: precision, MultiPL-E"], [
            ["codellama-7b", "7B", "16bit", "13.5 GB", "50.0", "", "", "50.0", "", ""],
            ["codellama-7b", "7B", "8bit-rnd", "", "49.0", "=", "2.0", "49.0", "=", "2.0"],
            ["codellama-7b", "7B", "2bit-rnd", "2.3 GB", "10.0", "▼", "80.0", "10.0", "▼", "80.0"],
            ["codellama-13b", "13B", "16bit", "", "60.0", "", "", "60.0", "", ""]])
        self.assertEqual([[row[2], row[4], row[5], row[6], row[7]] for row in tables["RQ2: calibration set, McEval"]], [
            ["16bit", "50.0", "", "", ""], ["8bit-rnd", "49.0", "", "2.0", ""], ["2bit-rnd", "10.0", "", "80.0", ""],
            ["2bit-mixed", "30.0", "▲", "40.0", ""], ["2bit-code", "80.0", "▲", "-60.0", ""], ["16bit", "60.0", "", "", ""],
            ["2bit-mixed", "60.0", "", "0.0", ""]])
        self.assertEqual([row[0:3] + row[4:7] for row in tables["RQ3: model size and fine-tuning, MultiPL-E"]], [
            ["codellama-7b", "7B", "16bit", "50.0", "", ""], ["codellama-7b", "7B", "2bit-mixed", "30.0", "▼", "40.0"],
            ["codellama-7b", "7B", "2bit-mixed-finetuned", "90.0", "▲", "-80.0"], ["codellama-13b", "13B", "16bit", "60.0", "", ""],
            ["codellama-13b", "13B", "2bit-mixed", "60.0", "=", "0.0"]])

    def test_markdown_and_latex(self):
        tree = self.tree()
        markdown = qualm("tables", tree, "--study").stdout
        self.assertIn("## RQ1: precision, MultiPL-E\n\n| Model | Parameters |", markdown)
        latex = qualm("tables", tree, "--study", "--format", "latex").stdout
        self.assertEqual(latex.count("\\begin{table}"), 6)
        self.assertIn("codellama-7b & 7B & 2bit-rnd &  & 10.0 & $\\blacktriangledown$ & 80.0 &", latex)
        self.assertIn("Python decrease (\\%)", latex)

    def test_a_tree_without_other_precisions_and_wrong_words_are_errors(self):
        self.run_of("plain", {"P1": "1"})
        self.assertIn("study's layout", qualm("tables", self.path("plain"), "--study", "--format", "csv", status=2).stderr)
        qualm("tables", self.path("plain"), status=2)
        qualm("tables", self.path("plain"), "--study", "--format", "json", status=2)
        with open(self.path("sizes.csv"), "w") as file:
            file.write("model,size\n")
        qualm("tables", self.tree(), "--study", "--sizes", self.path("sizes.csv"), status=2)


class Faults(InFolder):
    def test_wrong_words_are_usage_errors(self):
        self.run_of("b", {"P1": "0"})
        for arguments in (["--family", "rq4"], ["--by", "colour"], ["--format", "yaml"], ["--alpha", "0.9"], ["--margin", "-1"]):
            qualm("compare", *arguments, self.path("b"), self.path("b"), status=2)
        self.assertIn("needs a baseline and a candidate", qualm("compare", self.path("b"), status=2).stderr)

    def test_bad_files_are_input_errors_that_name_the_file(self):
        self.run_of("b", {"P1": "01", "P2": "11"})
        shutil.copytree(self.path("b"), self.path("c"))
        file = self.path("c", "P2.results.json.gz")
        with open(file, "rb") as stream:
            whole = stream.read()
        for broken in (whole[:-20], b"", b"{", gzip.compress(b"[]"), gzip.compress(b'{"results": [{"status": 3}]}')):
            with open(file, "wb") as stream:
                stream.write(broken)
            self.assertIn("P2.results.json.gz", qualm("compare", self.path("b"), self.path("c"), status=2).stderr)
        self.assertIn("does not exist", qualm("compare", self.path("b"), self.path("none"), status=2).stderr)
        os.makedirs(self.path("empty"))
        self.assertIn("holds no results", qualm("compare", self.path("b"), self.path("empty"), status=2).stderr)


if __name__ == "__main__":
    main()
