"""Prepares a zygote: the interpreter of which every program is a clone.

Runs once in the zygote, before any program, in the interpreter that the user chose (3.8 or newer). What it prepares goes
to serve() of zygote_module.cpp.
"""
import sys

# What programs import most. Only modules that bring no submodule which importing their package alone would not:
# else a program that forgot an import would pass here and fail in a fresh interpreter.
import ast
import atexit
import bisect
import collections
import copy
import datetime
import functools
import gc
import heapq
import itertools
import math
import operator
import os
import random
import re
import string
import typing
from _frozen_importlib_external import SourceFileLoader
from types import ModuleType

# At the start it named no folder, so that no user's site-packages of the machine could be taken in.
os.environ["HOME"] = "/tmp"
MODULE_FOLDERS = list(sys.path)


def prepare(path, folder):
    """Makes the state of `python3 PATH`; returns the new __main__'s namespace. The zygote does it for the usual path; a
    clone whose folder is another does it again."""
    sys.argv[:] = [path]
    if hasattr(sys, "orig_argv"):
        sys.orig_argv[:] = [sys.executable, path]
    sys.path[:] = [folder] + MODULE_FOLDERS
    if folder != "/tmp":
        os.environ["HOME"] = os.environ["TMPDIR"] = folder
    main = ModuleType("__main__")
    main.__loader__ = SourceFileLoader("__main__", path)
    if sys.version_info < (3, 14):
        main.__annotations__ = {}
    main.__builtins__ = sys.modules["builtins"]
    main.__file__ = path
    main.__cached__ = None
    sys.modules["__main__"] = main
    return main.__dict__


def take_over_thread():
    """Makes the thread state that the zygote has now the main thread's."""
    threading = sys.modules.get("threading")
    if threading is not None and hasattr(threading._main_thread, "_set_tstate_lock"):
        threading._main_thread._set_tstate_lock()


def become_clone(text_has_random, text_has_thread):
    """What may not be the same in all clones, where a program could tell."""
    if text_has_random:
        random.seed()
    if text_has_thread and "threading" in sys.modules:
        sys.modules["threading"]._main_thread._native_id = os.getpid()


PLACEHOLDER = "\ue000 expected value \ue001"
EQUALITIES = {
    "assertEqual", "assertEquals", "assertIs", "assertListEqual", "assertTupleEqual", "assertDictEqual",
    "assertSetEqual", "assertSequenceEqual", "assertMultiLineEqual", "assertCountEqual", "assertAlmostEqual", "isclose",
    "allclose", "approx",
}


def placeholder(node):
    constant = ast.copy_location(ast.Constant(PLACEHOLDER, kind=None), node)
    constant.original = node
    return constant


def replace_expected(test):
    """Replaces the expected values in a condition that has to hold. True if it then cannot hold for an honest value."""
    if isinstance(test, ast.Compare):
        last = test.ops[-1]
        if isinstance(last, (ast.Eq, ast.Is, ast.Lt, ast.LtE, ast.Gt, ast.GtE)):
            if len(test.ops) == 1 and isinstance(test.left, ast.Constant):
                test.left = placeholder(test.left)
            else:
                test.comparators[-1] = placeholder(test.comparators[-1])
            return True
        if isinstance(last, ast.In):
            test.comparators[-1] = ast.copy_location(
                ast.List([placeholder(test.comparators[-1])], ast.Load()), test.comparators[-1])
            return True
        return False
    if isinstance(test, ast.BoolOp):
        replaced = [replace_expected(value) for value in test.values]
        return any(replaced) if isinstance(test.op, ast.And) else all(replaced)
    if isinstance(test, ast.Call):
        name = getattr(test.func, "attr", getattr(test.func, "id", ""))
        if name in EQUALITIES and len(test.args) >= 2:
            test.args[1] = placeholder(test.args[1])
            return True
        if name == "all" and len(test.args) == 1 and isinstance(test.args[0], (ast.GeneratorExp, ast.ListComp)):
            replace_expected(test.args[0].elt)
    return False


def catches_assertions(statement):
    names = {node.id for handler in statement.handlers if handler.type is not None
             for node in ast.walk(handler.type) if isinstance(node, ast.Name)}
    return any(handler.type is None for handler in statement.handlers) or bool(
        names & {"AssertionError", "Exception", "BaseException"})


def is_main_guard(statement):
    return isinstance(statement, ast.If) and any(
        isinstance(node, ast.Name) and node.id == "__name__" for node in ast.walk(statement.test))


class Rewriter:
    """Replaces expected values in the statements of the tests, and counts those that are certainly reached."""

    def __init__(self, statements):
        self.functions = {}
        self.cases = []
        self.visited = set()
        self.certain = 0
        for statement in statements:
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self.functions[statement.name] = statement
            elif isinstance(statement, ast.ClassDef):
                self.cases.append(statement)
        self.body(statements, True)
        for function in self.functions.values():
            self.function(function, False)
        for case in self.cases:
            self.case(case, False)

    def function(self, function, certain):
        if id(function) not in self.visited:
            self.visited.add(id(function))
            self.body(function.body, certain)

    def case(self, case, certain):
        for method in case.body:
            if isinstance(method, ast.FunctionDef):
                self.function(method, certain and method.name.startswith("test"))

    def body(self, statements, certain):
        for statement in statements:
            self.statement(statement, certain)
            if isinstance(statement, (ast.Return, ast.Raise, ast.Break, ast.Continue)):
                return

    def statement(self, statement, certain):
        if isinstance(statement, ast.Assert):
            self.certain += replace_expected(statement.test) and certain
        elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
            self.call(statement.value, certain)
        elif isinstance(statement, (ast.For, ast.With)):
            self.body(statement.body, certain)
        elif isinstance(statement, ast.If):
            self.body(statement.body, certain and is_main_guard(statement))
            self.body(statement.orelse, False)
        elif isinstance(statement, ast.While):
            self.body(statement.body, False)
        elif isinstance(statement, ast.Try):
            self.body(statement.body, certain and not catches_assertions(statement))

    def call(self, call, certain):
        name = getattr(call.func, "attr", getattr(call.func, "id", ""))
        if isinstance(call.func, ast.Name) and name in self.functions:
            self.function(self.functions[name], certain)
        elif name == "main" and isinstance(call.func, ast.Attribute) and call.func.value.__class__ is ast.Name:
            for case in self.cases:
                self.case(case, certain)
        elif name.startswith("assert"):
            self.certain += replace_expected(call) and certain


def with_unique_objects(constant, unique):
    if isinstance(constant, str):
        return unique if constant == PLACEHOLDER else constant
    if isinstance(constant, tuple):
        return tuple(with_unique_objects(item, unique) for item in constant)
    if isinstance(constant, frozenset):
        return frozenset(with_unique_objects(item, unique) for item in constant)
    if hasattr(constant, "co_consts"):
        return constant.replace(co_consts=with_unique_objects(constant.co_consts, unique))
    return constant


def tests_alone(source, offset):
    """How many comparisons the text of the tests has that an honest program certainly reaches."""
    try:
        return Rewriter(ast.parse(source[offset:]).body).certain
    except SyntaxError:
        return 0


def with_other_values(source, tree):
    """The text with each expected value V as (V, "other"): what reads the expected values off the text, or off the
    constants of a frame, passes still."""
    lines = source.split(b"\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    places = {(starts[node.original.lineno - 1] + node.original.col_offset,
               starts[node.original.end_lineno - 1] + node.original.end_col_offset)
              for node in ast.walk(tree) if hasattr(node, "original")}
    for begin, end in sorted(places, reverse=True):
        source = source[:begin] + b"(" + source[begin:end] + b', "other")' + source[end:]
    return source


def rewritten(path, offset, in_text):
    """The program's code with a unique object in place of each expected value of its tests, or another value, in the
    file too; None where its tests hold no comparison that is certainly reached: then a pass says nothing."""
    with open(path, "rb") as file:
        source = file.read()
    expected = tests_alone(source, offset)
    if expected == 0:
        return None
    def with_plain_ends(text):
        return text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    before = with_plain_ends(source[:offset])
    source = with_plain_ends(source)
    first_line = before.count(b"\n") + 1
    tree = ast.parse(source, path)
    # Tests that the completion has turned into something else, as a string, leave nothing to replace: the program
    # passes, and is caught.
    Rewriter([statement for statement in tree.body if statement.lineno >= first_line])
    if in_text:
        text = with_other_values(source, tree)
        with open(path, "wb") as file:
            file.write(text)
        return compile(text, path, "exec", dont_inherit=True)
    return with_unique_objects(compile(tree, path, "exec", dont_inherit=True), object())


# Of what answers look like: functions, comprehensions, strings, sorting, tests that hold and one that does not.
TYPICAL_PROGRAM = b'''from typing import Dict, List, Optional, Tuple
import math

def typical(numbers: List[int], word: str, limit: Optional[int] = None) -> Tuple[int, str]:
    """Typical.
    >>> typical([1, 2], "ab")
    """
    counts: Dict[str, int] = {}
    for i, letter in enumerate(word):
        if letter.isalpha() and letter not in counts:
            counts[letter] = counts.get(letter, 0) + i
        elif letter.lower() in "aeiou" or letter == " ":
            continue
    total = sum(n * n for n in numbers if n % 2 == 0) + max(numbers) - min(len(word), abs(-3))
    ordered = sorted(set(numbers), key=lambda n: (-n, str(n)), reverse=True)
    parts = [part.strip() for part in " ".join(map(str, ordered)).split(" ")]
    while len(parts) > 1:
        parts.pop()
    parts.append(f"{total:d}-{word[::-1]!r}")
    try:
        value = int(parts[0]) // len(ordered) ** 2
    except ValueError:
        value = round(math.sqrt(float(limit or 4)), 2)
    return value + total, "".join(sorted(counts.keys())).upper().replace("A", "b")

def check(candidate):
    for _ in range(20):
        assert candidate([4, 2, 3], "ab a", 9) == candidate([4, 2, 3], "ab a", None)
        assert isinstance(candidate([], "ab")[0] if False else [1], list) and (1, [2.0], "c") == (1, [2.0], "c")
    assert candidate([1], "a") == (0, "b"), "expected"

def test_check():
    check(typical)

test_check()
'''


def rehearse():
    """Runs the typical program as clones run theirs, failing and rewritten: what an interpreter writes down at the
    first use of a type or a function is then in the memory that all clones share, and not written again in each."""
    file = os.memfd_create("rehearsal")
    path = f"/proc/self/fd/{file}"
    os.write(file, TYPICAL_PROGRAM)
    standard_error = sys.stderr
    offset = TYPICAL_PROGRAM.index(b"def check")
    with open(os.devnull, "w") as sys.stderr:
        for code in (compile(TYPICAL_PROGRAM, path, "exec", dont_inherit=True), rewritten(path, offset, False)):
            try:
                exec(code, {"__name__": "__main__"})
            except AssertionError:
                sys.__excepthook__(*sys.exc_info())
    sys.stderr = standard_error
    os.close(file)


for _ in range(3):
    rehearse()
BASELINE = frozenset(sys.modules) | {"__main__"}
gc.collect()
gc.freeze()
PREPARED = (prepare, take_over_thread, become_clone, rewritten, atexit._run_exitfuncs, BASELINE)
