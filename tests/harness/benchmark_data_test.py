#!/usr/bin/env python3
"""Every problem of datasets/data assembles to a program that compiles and reaches the function that was asked for.

benchmark_data_test.py QUALM SOURCE_DIR [unittest arguments]"""
import json
import os

from command_line import SOURCE, load, main, qualm
from prediction_files import InFolder

# A body that any return type takes, then what models go on with: it has to be cut before the tests are put behind.
BODIES = {
    "py": '\n    raise NotImplementedError("reached")\n\n\ndef other(x):\n    return x\n\nThis function "does nothing.\n',
    "java": ' {\n        throw new UnsupportedOperationException("reached");\n    }\n\n'
            "    public static int other(int x) {\n        return x;\n    }\n}\n\nThis class does nothing.\n",
}
SPEAKS = {"py": "NotImplementedError: reached", "java": "UnsupportedOperationException: reached"}


def problems(file):
    with open(os.path.join(SOURCE, "datasets/data", file), encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


class Mceval(InFolder):
    def check(self, language, count):
        rows = problems(f"mceval/mceval_{language}.jsonl")
        self.assertEqual(len(rows), count)
        for row in rows:
            self.put(row["name"], **{key: row[key] for key in ("prompt", "tests", "language", "stop_tokens")},
                     completions=[BODIES[language]])
        qualm("execute", "--clean", "--output-dir", self.path("out"), self.folder)
        wrong = []
        for row in rows:
            result = load(self.path("out", row["name"] + ".results.json.gz"))["results"][0]
            cleaned = load(self.path("out", row["name"] + ".json.gz"))["completions"][0]
            self.assertEqual(result["program"], row["prompt"] + cleaned + "\n" + row["tests"])
            if result["status"] != "Exception" or SPEAKS[language] not in result["stderr"]:
                wrong.append((row["name"], result["status"], result["stdout"][-500:], result["stderr"][-500:]))
        self.assertEqual(wrong, [])

    def test_all_problems_of_java(self):
        self.check("java", 53)

    def test_all_problems_of_python(self):
        self.check("py", 42)

    def test_without_cleaning_java_does_not_compile(self):
        row = problems("mceval/mceval_java.jsonl")[0]
        self.put("P", prompt=row["prompt"], tests=row["tests"], language="java", completions=[BODIES["java"]])
        qualm("execute", self.folder)
        self.assertEqual(self.results("P")["results"][0]["status"], "SyntaxError")


class HumanEval(InFolder):
    def test_all_problems_assemble_and_python_s_reach_the_function(self):
        for language, count in (("py", 161), ("java", 158)):
            rows = problems(f"humaneval/humaneval-{language}.jsonl")
            self.assertEqual(len(rows), count)
            for row in rows if language == "py" else rows[::40]:  # Java's take a second each
                self.put(row["name"] + "-" + language, language=language, prompt=row["prompt"], tests=row["tests"],
                         completions=['    raise NotImplementedError("reached")' if language == "py"
                                      else '        throw new UnsupportedOperationException("reached");'])
        qualm("execute", self.folder)
        wrong = []
        for file in sorted(os.listdir(self.folder)):
            if file.endswith(".results.json.gz"):
                result = load(self.path(file))["results"][0]
                if result["status"] != "Exception" or "reached" not in result["stderr"]:
                    wrong.append((file, result["status"], result["stderr"][-500:]))
        self.assertEqual(wrong, [])


if __name__ == "__main__":
    main()
