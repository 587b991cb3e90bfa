#!/usr/bin/env python3
"""Writes cleaning.jsonl.gz: what the replication package's cleaning keeps of many completions.

The oracle is the study's own parser: Python 3.11 with tree-sitter 0.21.2 and tree-sitter-languages 1.10.2 from PyPI.
Inputs are every completion of reference/, whole and cut at random places, and, for each problem of datasets/data,
made-up completions with the things that cleaning has to cope with.

    python3.11 -m venv oracle && oracle/bin/pip install tree-sitter==0.21.2 tree-sitter-languages==1.10.2
    oracle/bin/python tests/golden/make_cleaning.py

One line a prompt: {"source": [file, line], "language", "cases": [[completion, cut, study, exact], ...]}. `source` says
where the prompt is: a predictions file (line 0) or a line of a problem file. A completion is an index into the
file's completions, or the text itself. `cut` is its length in bytes; `study` and `exact` the bytes that cleaning keeps.
"""
import gzip
import json
import pathlib
import random
import warnings

warnings.simplefilter("ignore")
from tree_sitter_languages import get_language, get_parser  # noqa: E402

GOLDEN = pathlib.Path(__file__).resolve().parent
ROOT = GOLDEN.parent.parent
GRAMMAR = {"py": "python", "java": "java"}
FUNCTION = {"py": "function_definition", "java": "method_declaration"}
CUTS_PER_COMPLETION = 4

MADE_UP = {
    "py": [
        "",
        "    return None\n",
        "    return None\n\nprint('done')\n",
        "    # café, naïve: ünï\n    return 'é'  # ééé\nprint('é')\n",
        "    return 'ééééé'; x = 'ü'\n\n\ndef other():\n    return 1\n",
        "    def inner(x):\n        return x\n    return inner(1)\n\n\nclass Other:\n    pass\n",
        "    if True:\n        return [1,\n",
        "# only a comment\nprint(1)\n",
        "    return (1\n\nassert f() == 2\n",
        "    return 1\r\nprint(2)\r\n",
        "    '''unfinished\n",
        "    lambda: (\n",
        "```python\nreturn 1\n```\nSome words.\n",
        "    return 1\n    # a comment that belongs\n# a comment that does not\n\n\n\n    \n",
        "    try:\n        pass\n    except* ValueError:\n        pass\n    match x:\n        case [1, *_]:\n            return 1\nx = 1\n",
        "    async with a as b:\n        yield b\nasync def g():\n    await f()\n",
    ],
    "java": [
        "",
        "{\n        return null;\n    }\n",
        "{\n        return null;\n    }\n}\n",
        "        return null;\n    }\n    public static void main(String[] a) {\n    }\n}\n",
        "{\n        return null;\n    }\n    static int other() { return 1; }\n}\nclass Other { }\n",
        "{ // é, ünï\n        return \"é\"; } // ééé\n    int x;\n}\n",
        "        return \"ééééé\"; } static int y() { return 'ü'; }\n}\n",
        "{\n        for (int i = 0; i < 3; i++) {\n            if (i",
        "        Runnable r = () -> { };\n        class Local { int f() { return 1; } }\n        return 1;\n    }\n}\n",
        "        switch (x) { case 1 -> { return 1; } default -> { return 2; } }\n    }\n",
        "        String s = \"\"\"\n            text } block\n            \"\"\";\n        return s;\n    }\n}\n",
        "{ return 1; }\r\n}\r\n",
        "    ;\n}\n",
        "```java\nreturn 1;\n```\nSome words.\n",
        "        return new Object() { public int f() { return 1; } };\n    }\n    // after\n}\n",
        "        record P(int x) { }\n        var v = x instanceof P p && p.x() > 1;\n        return v;\n    }\n}\n",
    ],
}


def functions(language, text):
    """(end byte, row, column) of every function in document order."""
    tree = get_parser(GRAMMAR[language]).parse(text.encode())
    query = get_language(GRAMMAR[language]).query(f"({FUNCTION[language]}) @function")
    return [(node.end_byte, *node.end_point) for node, _ in query.captures(tree.root_node)]


def kept_by_study(prompt, completion, found):
    """The study's way: the end's column counts bytes and is used on a string's characters."""
    if not found:
        return completion
    _, row, column = found[0]
    lines = (prompt + completion).split("\n")[: row + 1]
    lines[-1] = lines[-1][:column]
    return "\n".join(lines)[len(prompt):]


def kept_exactly(prompt, completion, found):
    """By bytes, and of functions that reach the end of the prompt's last word only."""
    ends = [end for end, _, _ in found if end >= len(prompt.rstrip(" \t\r\n\f\v").encode())]
    if not ends:
        return completion
    return (prompt + completion).encode()[len(prompt.encode()):ends[0]].decode()


def case(language, prompt, completion, identity):
    found = functions(language, prompt + completion)
    return [identity, len(completion.encode()), len(kept_by_study(prompt, completion, found).encode()),
            len(kept_exactly(prompt, completion, found).encode())]


def truncations(completion, draw):
    encoded = completion.encode()
    yield completion
    for _ in range(CUTS_PER_COMPLETION if encoded else 0):
        yield encoded[: draw.randrange(len(encoded))].decode(errors="ignore")


def reference_lines():
    for path in sorted((GOLDEN / "reference").glob("*/*.json.gz")):
        if path.name.endswith(".results.json.gz"):
            continue
        predictions = json.loads(gzip.open(path).read())
        language = predictions["language"]
        name = str(path.relative_to(ROOT))
        draw = random.Random(name)
        cases = [case(language, predictions["prompt"], text, index)
                 for index, completion in enumerate(predictions["completions"])
                 for text in truncations(completion, draw)]
        yield {"source": [name, 0], "language": language, "cases": cases}


def benchmark_lines():
    for path in sorted((ROOT / "datasets" / "data").glob("*/*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n")):
            if line.strip():
                problem = json.loads(line)
                language = problem["language"]
                cases = [case(language, problem["prompt"], text, text) for text in MADE_UP[language]]
                yield {"source": [str(path.relative_to(ROOT)), number], "language": language, "cases": cases}


def main():
    with open(GOLDEN / "cleaning.jsonl.gz", "wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        for line in [*reference_lines(), *benchmark_lines()]:
            packed.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")


if __name__ == "__main__":
    main()
