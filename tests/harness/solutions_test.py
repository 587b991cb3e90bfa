#!/usr/bin/env python3
"""A right answer to every HumanEval problem of datasets/data passes in both languages, by both runners, and is never suspect.

solutions_test.py QUALM SOURCE_DIR Part|Whole: the data have no solutions of their own, so the answers are made from the
tests: the function looks its arguments up among those of the tests and returns what is expected. ctest runs a part of
Java's programs with the plain runner, `make reference` all."""
import ast
import json
import os
import re

from command_line import SOURCE, load, main, qualm
from prediction_files import InFolder

# No answer passes: the tests expect another type than the function's; two tests with the same arguments, once they are
# float, expect different things.
WITHOUT_ANSWER = {"java": {"HumanEval_136_largest_smallest_integers", "HumanEval_92_any_int"}, "py": set()}


def problems(language):
    with open(os.path.join(SOURCE, f"datasets/data/humaneval/humaneval-{language}.jsonl"), encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [row for row in rows if row["name"] not in WITHOUT_ANSWER[language]]


def python_answer(problem):
    function = ast.parse(problem["prompt"] + "    pass\n").body[-1]
    parameters = [argument.arg for argument in function.args.args]
    answers = []
    for node in ast.walk(ast.parse(problem["tests"])):
        if isinstance(node, ast.Assert):
            call, expected = node.test.left, node.test.comparators[0]
            arguments = tuple(ast.literal_eval(argument) for argument in call.args)
            answers.append(f"        {repr(arguments)!r}: {ast.get_source_segment(problem['tests'], expected)},\n")
    return "    answers = {\n" + "".join(answers) + f"    }}\n    return answers[repr(({', '.join(parameters)},))]\n"


def parts_of(text):
    """The arguments in a text like `(1l), (new ArrayList<Long>(Arrays.asList((long)1l)))`."""
    parts, depth, quote, begin = [], 0, "", 0
    for at, letter in enumerate(text):
        if quote:
            quote = "" if letter == quote and text[at - 1] != "\\" else quote
        elif letter in "\"'":
            quote = letter
        else:
            depth += (letter in "(<{") - (letter in ")>}")
            if letter == "," and depth == 0:
                parts.append(text[begin:at].strip())
                begin = at + 1
    return parts + [text[begin:].strip()] if text.strip() else []


def after_call(text, begin):
    """Where the parenthesis that opens at `begin` is closed."""
    depth, quote = 0, ""
    for at in range(begin, len(text)):
        letter = text[at]
        if quote:
            quote = "" if letter == quote and text[at - 1] != "\\" else quote
        elif letter in "\"'":
            quote = letter
        else:
            depth += (letter == "(") - (letter == ")")
            if depth == 0:
                return at + 1
    raise ValueError(text)


def java_answer(problem):
    type_, name, parameters = re.findall(r"public static (.*?) (\w+)\((.*)\) \{\s*$", problem["prompt"])[-1]
    names = [part.split()[-1] for part in parts_of(parameters)]
    cast = f"({type_}) (Object) " if "<" in type_ else ""
    answers = ""
    for line in problem["tests"].splitlines():
        if line.strip().startswith("assert("):
            condition = line.strip()[len("assert("):-len(");")]
            end = after_call(condition, len(name))
            arguments, rest = condition[len(name) + 1:end - 1], condition[end:]
            expected = rest[len(" == "):] if rest.startswith(" == ") else rest[len(".equals("):-1]
            same = " && ".join(f"Objects.equals({one}, {value})" for one, value in zip(names, parts_of(arguments), strict=True))
            answers += f"        if ({same or 'true'}) return {cast}({expected});\n"
    return answers + "        throw new IllegalArgumentException();\n"


class Solutions(InFolder):
    def check(self, language, answer, runner, step=1):
        rows = problems(language)[::step]
        for row in rows:
            self.put(row["name"], **{key: row[key] for key in ("prompt", "tests", "language", "stop_tokens")},
                     completions=[answer(row)])
        qualm("execute", f"--runner={runner}", self.folder, timeout=3000)
        wrong = []
        for row in rows:
            result = self.results(row["name"])["results"][0]
            measures = load(self.path(row["name"] + ".execution.qualm"))["completions"][0]
            if (result["status"], measures["suspect"]) != ("OK", False):
                wrong.append((row["name"], result["status"], measures["suspect"], result["stderr"][-700:]))
        self.assertEqual(wrong, [])
        self.assertGreaterEqual(len(rows), 156 // step)


class Part(Solutions):
    def test_python_fast(self):
        self.check("py", python_answer, "fast")

    def test_python_plain(self):
        self.check("py", python_answer, "plain")

    def test_java_fast(self):
        self.check("java", java_answer, "fast")

    def test_java_plain(self):
        self.check("java", java_answer, "plain", 20)


class Whole(Solutions):
    def test_java_plain(self):
        self.check("java", java_answer, "plain")


if __name__ == "__main__":
    main()
