#!/usr/bin/env python3
"""The fast Python runner against `python3 FILE`, and passes that did not come from the tests.

Usage: runners_test.py QUALM SOURCE_FOLDER [unittest arguments]
"""
import glob
import gzip
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

QUALM, SOURCE = sys.argv[1], Path(sys.argv[2])
REFERENCE = SOURCE / "tests/golden/reference/humaneval-py-qwen2.5-coder-0.5b-instruct-q4_k_m-0.0-reworded"

PROMPT = "def double(x):\n    "
TESTS = """def check(candidate):
    assert candidate(1) == 2
    assert candidate(4) == 8

def test_check():
    check(double)

test_check()
"""


def write_problem(folder, name, prompt, completions, tests):
    problem = {"name": name, "language": "py", "temperature": 0.2, "prompt": prompt, "tests": tests,
               "completions": completions, "stop_tokens": []}
    with gzip.open(Path(folder) / f"{name}.json.gz", "wt") as file:
        json.dump(problem, file)


def execute(folder, output, *arguments):
    done = subprocess.run([QUALM, "execute", str(folder), "-o", str(output), *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def read(path):
    with gzip.open(path, "rt") as file:
        return json.load(file)


def results(folder):
    """{(file, index): (result, measures)}"""
    found = {}
    for path in sorted(glob.glob(f"{folder}/*.results.json.gz")):
        sidecar = read(path.replace(".results.json.gz", ".execution.qualm"))["completions"]
        for index, result in enumerate(read(path)["results"]):
            found[Path(path).name.split(".")[0], index] = (result, sidecar[index])
    return found


def visible(result):
    """What has to be the same; addresses differ from run to run."""
    return (result["status"], result["exit_code"], re.sub("0x[0-9a-f]+", "0x", result["stdout"]),
            re.sub("0x[0-9a-f]+", "0x", result["stderr"]))


class Case(unittest.TestCase):
    maxDiff = 4000

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "in").mkdir()

    def assert_same(self, source, *arguments):
        execute(source, self.folder / "fast", *arguments)
        execute(source, self.folder / "plain", "--runner=plain", *arguments)
        fast, plain = results(self.folder / "fast"), results(self.folder / "plain")
        self.assertEqual(fast.keys(), plain.keys())
        for key in fast:
            with self.subTest(key):
                self.assertEqual(visible(fast[key][0]), visible(plain[key][0]))
                self.assertEqual(fast[key][1]["suspect"], plain[key][1]["suspect"])
                self.assertEqual((fast[key][1]["runner"], plain[key][1]["runner"]), ("fast", "plain"))
        return fast


# Each looks at what a fresh interpreter has, or ends in a way of its own.
STATES = {
    "alarm": "import signal\ndef h(*a): raise TimeoutError('x')\nsignal.signal(signal.SIGALRM, h)\nsignal.alarm(1)\n"
             "try:\n  while True: pass\nexcept TimeoutError: print('alarmed')\n",
    "thread": "import threading, time\ndef f():\n  time.sleep(0.1); print('done')\nthreading.Thread(target=f).start()\n"
              "print(threading.main_thread() is threading.current_thread(), len(threading.enumerate()))\n",
    "thread_that_hangs": "import threading, time\nthreading.Thread(target=lambda: time.sleep(100)).start()\n",
    "depth": "def f(n):\n  try:\n    return f(n + 1)\n  except RecursionError:\n    return n\nprint(f(0))\n",
    "state": "import sys, os\nprint(sys.argv, sys.path[0], sys.flags, __file__, list(globals()), __name__, __spec__,\n"
             "  __loader__.name, sys._getframe().f_back, getattr(sys, 'orig_argv', [0])[1:], sorted(os.environ.items()),\n"
             "  os.getcwd(), os.listdir('.'), os.listdir('/proc/self/fd'), sys.stdout.line_buffering, sys.stdin.read(),\n"
             "  hash('a'), sys.getrecursionlimit())\n",
    "atexit": "import atexit\natexit.register(print, 'bye')\nprint('hi')\n",
    "atexit_fails": "import atexit\natexit.register(lambda: 1 / 0)\n",
    "exit_3": "import sys\nsys.exit(3)\n",
    "exit_text": "raise SystemExit('text')\n",
    "interrupt": "raise KeyboardInterrupt\n",
    "nul": "x = 1\n\0\n",
    "syntax": "def f(:\n  pass\n",
    "surrogates": "print('\\ud800')\n",
    "fork": "import os\np = os.fork()\nif p == 0:\n  print('child')\nelse:\n  print(os.waitpid(p, 0)[1])\n",
    "multiprocessing": "import multiprocessing as m\ndef f(x): return x * x\nif __name__ == '__main__':\n"
                       "  with m.Pool(2) as p: print(p.map(f, [1, 2, 3]))\n",
    "subprocess": "import subprocess, sys\nprint(subprocess.run([sys.executable, '-c', 'print(5)'], "
                  "capture_output=True).stdout)\n",
    "finalizer": "class A:\n  def __del__(self): print('deleted')\na = A()\n",
    "generator": "def g():\n  try:\n    yield 1\n  finally:\n    print('closed')\nx = g(); next(x)\n",
    "unclosed_file": "f = open('/dev/stdout', 'w')\nf.write('text')\n",
    "closed_output": "import sys\nsys.stdout.close()\n",
    "killed": "import os\nos.kill(os.getpid(), 9)\n",
    "fault": "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n",
    "asyncio": "import asyncio\nasync def f():\n  await asyncio.sleep(0.01); print('async')\nasyncio.run(f())\n",
    "submodule_not_imported": "import importlib, concurrent\nprint(concurrent.futures)\n",
    "warning": "import warnings\nwarnings.warn('w', stacklevel=2)\n",
    "pickle": "import pickle\nclass P: pass\nprint(type(pickle.loads(pickle.dumps(P()))))\n",
    "hook": "import sys\nsys.excepthook = lambda *a: print('hooked', a[0])\n1 / 0\n",
    "traceback": "def f():\n  return 1 / 0\nf()\n",
    "source": "import inspect\ndef f(): pass\nprint(inspect.getsource(f), len(inspect.stack()))\n",
    "abort": "import os\nos.abort()\n",
    "raised_signal": "import signal\nsignal.raise_signal(signal.SIGTERM)\n",
    "native_ids": "import os, threading\nprint(threading.get_native_id() == os.getpid(),\n"
                  "  threading.main_thread().native_id == os.getpid())\n",
    "hidden_thread": "exec('import threading, time\\nthreading.Thread(target=lambda: (time.sleep(0.1), print(1))).start()')\n",
    "unflushed_wrapper": "import io, sys\nsys.stdout = io.TextIOWrapper(io.FileIO(1, 'w'))\nprint('unflushed')\n",
    "forgotten_import": "print(math.pi)\n",
    "missing_module": "import no_such_module\n",
}


class SameVerdict(Case):
    def test_reference(self):
        fast = self.assert_same(REFERENCE)
        self.assertEqual(len(fast), 161)
        self.assertFalse([key for key, (_, measures) in fast.items() if measures["suspect"]])

    def test_state_of_a_fresh_interpreter(self):
        for name, program in STATES.items():
            write_problem(self.folder / "in", name, program, [""], "")
        self.assert_same(self.folder / "in", "--timeout", "4")

    def test_nothing_passes_from_one_to_the_next(self):
        for index in range(20):
            write_problem(self.folder / "in", f"p{index}",
                          "import math, builtins, os, sys\nassert not hasattr(math, 'left')\n"
                          "assert os.listdir('/tmp') == ['tmpprogram_.py'], os.listdir('/tmp')\n"
                          f"math.left = builtins.left = {index}\nopen('/tmp/left', 'w').close()\n", [""], "")
        execute(self.folder / "in", self.folder / "out", "--jobs", "1")
        for key, (result, _) in results(self.folder / "out").items():
            self.assertEqual(result["status"], "OK", (key, result["stderr"]))


# Completions of `double` that pass without being right.
FORGERIES = {
    "exit": "exit(0)",
    "sys_exit": "import sys\n    sys.exit(0)",
    "sys_exit_at_once": "return 0\nimport sys\nsys.exit()",
    "os_exit": "import os\n    os._exit(0)",
    "system_exit": "raise SystemExit",
    "exit_in_thread": "import threading, os, time\n    t = threading.Thread(target=os._exit, args=(0,))\n    t.start()\n"
                      "    t.join()",
    "atexit": "return 0\nimport atexit, os\natexit.register(os._exit, 0)",
    "excepthook": "return 0\nimport sys, os\nsys.excepthook = lambda *a: os._exit(0)",
    "excepthook_that_exits": "return 0\nimport sys\ndef hook(*a): raise SystemExit(0)\nsys.excepthook = hook",
    "settrace": "return 0\nimport sys, os\ndef trace(frame, event, arg):\n    if frame.f_code.co_name == 'check': os._exit(0)\n"
                "sys.settrace(trace)",
    "replaced_code": "import sys\n    f = sys._getframe(1)\n    import os\n    os._exit(0)",
    "frame_walk": "import sys\n    frame = sys._getframe(1)\n    line = open(__file__).read().split('\\n')[frame.f_lineno - 1]\n"
                  "    return eval(line.split('==')[1])",
    "frame_constants": "import sys, dis\n    code = sys._getframe(1)\n    frames = [i for i in dis.get_instructions(code.f_code) if i.offset > code.f_lasti]\n"
                       "    return next(i.argval for i in frames if i.opname == 'LOAD_CONST')",
    "patched_builtins": "return 0\nimport builtins\nclass E:\n    def __eq__(self, other): return True\n"
                        "builtins.exec = builtins.abs = lambda *a: E()\ndouble = lambda x: E()",
    "redefined_helper": "return 0\nimport threading, time, sys\ndef replace():\n    import __main__\n"
                        "    while not hasattr(__main__, 'test_check'): pass\n"
                        "    __main__.test_check.__code__ = (lambda: None).__code__\n"
                        "    __main__.check.__code__ = (lambda c: None).__code__\n"
                        "sys.setswitchinterval(1e-6)\nthreading.Thread(target=replace, daemon=True).start()\n"
                        "class Slow(int):\n    pass\n"
                        "def double(x):\n    raise SystemExit",
    "always_equal": "class E:\n        def __eq__(self, other): return True\n    return E()",
    "always_equal_int": "class E(int):\n        def __eq__(self, other): return True\n    return E(0)",
    "child_process": "import os\n    if os.fork():\n        os.wait()\n        os._exit(0)\n    return 2 * x",
    "heap_walk": "import gc, os\n    for o in gc.get_objects():\n        if getattr(o, '__name__', '') == 'serve':\n"
                 "            try: o(None, None, None, None)\n            except Exception: pass\n    os._exit(0)",
}
HONEST = {
    "plain": "return 2 * x",
    "trace_for_itself": "import sys\n    sys.settrace(None)\n    return x + x",
    "float": "return 2.0 * x",
    "own_type": "class N(int): pass\n    return N(2 * x)",
    "prints": "print('x' * 100000)\n    return x * 2",
    "thread": "import threading\n    r = []\n    t = threading.Thread(target=lambda: r.append(2 * x))\n    t.start(); t.join()\n"
              "    return r[0]",
}

TESTS_OF_ALL_KINDS = {
    "if_main": "def test():\n    assert double(1) == 2\nif __name__ == '__main__':\n    test()\n",
    "unittest": "import unittest\nclass T(unittest.TestCase):\n    def test_one(self):\n        self.assertEqual(double(1), 2)\n"
                "if __name__ == '__main__':\n    unittest.main()\n",
    "loop": "for a, b in [(1, 2), (2, 4)]:\n    assert double(a) == b\n",
    "truth": "assert double(1)\nassert not double(0)\nassert isinstance(double(1), int)\n",
    "order": "assert 1 < double(1) < 3\nassert abs(double(1) - 2) < 1e-6\n",
    "caught": "try:\n    assert double(1) == 3\nexcept AssertionError:\n    print('caught')\n",
    "unequal": "assert double(1) != 3\nassert double(1) is not None\nassert double(1) not in [1]\n",
    "never_called": "def test():\n    assert double(1) == 5\n",
    "conditional": "import sys\nif sys.version_info < (2, 0):\n    assert double(1) == 2\n",
    "all": "assert all(double(x) == 2 * x for x in range(5))\nassert all(double(x) == 3 for x in [])\n",
    "reversed": "assert 2 == double(1)\n",
    "either": "assert double(1) == 2 or double(1) == 3\nassert double(1) == 5 or True\n",
}


class Suspects(Case):
    def suspects(self, completions, tests=TESTS, *arguments):
        for name, completion in completions.items():
            write_problem(self.folder / "in", name, PROMPT, [completion], tests)
        self.output = execute(self.folder / "in", self.folder / "out", *arguments)
        return {name: (result["status"], measures["suspect"])
                for (name, _), (result, measures) in results(self.folder / "out").items()}

    def test_forgeries(self):
        found = self.suspects(FORGERIES)
        for name in FORGERIES:
            with self.subTest(name):
                self.assertEqual(found[name], ("OK", True))
        self.assertIn(f"  {len(FORGERIES)}  ", self.output.splitlines()[-1])
        strict = subprocess.run([QUALM, "score", "--strict", "--format=json", str(self.folder / "out")],
                                capture_output=True, text=True)
        run = json.loads(strict.stdout)["runs"][0]
        self.assertEqual((run["pass_at_k"]["1"], run["suspects"]), (0.0, len(FORGERIES)))

    def test_trace_that_jumps_over_the_tests(self):
        jump = ("return 0\nimport sys\ndef trace(frame, event, arg):\n    first = frame.f_code.co_firstlineno\n"
                "    if frame.f_code.co_name == 'check' and event == 'line' and frame.f_lineno == first + 1:\n"
                "        frame.f_lineno = first + 2\n    return trace\nsys.settrace(trace)")
        tests = "def check(candidate):\n    assert candidate(1) == 2\n    print('done')\ncheck(double)\n"
        self.assertEqual(self.suspects({"jump": jump, "honest": "return 2 * x"}, tests),
                         {"jump": ("OK", True), "honest": ("OK", False)})

    def test_plain_runner_finds_the_same(self):
        few = {name: FORGERIES[name] for name in ("exit", "os_exit", "always_equal", "settrace")} | HONEST
        found = self.suspects(few, TESTS, "--runner=plain")
        self.assertEqual({name for name, (_, suspect) in found.items() if suspect},
                         {"exit", "os_exit", "always_equal", "settrace"})

    def test_honest_completions(self):
        self.assertEqual(set(self.suspects(HONEST).values()), {("OK", False)})

    def test_native_code_is_reported(self):
        self.suspects({"native": "import ctypes\n    return ctypes.c_int(2 * x).value"})
        self.assertIn("1 passes use ctypes", self.output)

    def test_honest_under_tests_of_all_kinds(self):
        for name, tests in TESTS_OF_ALL_KINDS.items():
            write_problem(self.folder / "in", name, PROMPT, ["return 2 * x"], tests)
        execute(self.folder / "in", self.folder / "out")
        for key, (result, measures) in results(self.folder / "out").items():
            with self.subTest(key):
                self.assertEqual((result["status"], measures["suspect"]), ("OK", False), result["stderr"])

    def test_unittest_forgery(self):
        forged = {"before": "return 0\nimport sys\nsys.exit(0)",
                  "patched": "return 0\nimport unittest\nunittest.main = lambda: exit(0)"}
        found = self.suspects(forged, TESTS_OF_ALL_KINDS["unittest"])
        self.assertEqual(set(found.values()), {("OK", True)})


def children(process):
    found = []
    for task in glob.glob(f"/proc/{process}/task/*/children"):
        try:
            found += map(int, Path(task).read_text().split())
        except OSError:
            pass
    return found


def is_in_jail(process):
    """True for one that has ended too."""
    try:
        return os.readlink(f"/proc/{process}/ns/pid") != os.readlink("/proc/self/ns/pid")
    except OSError:
        return True


class Load(Case):
    # 0.3 s of work under a limit of 3 s: too little beside 20 others a processor, enough beside five.
    LIMIT, SPINNERS = 3, 20
    WORK = ("import time\n    end = time.process_time() + 0.3\n    while time.process_time() < end: pass\n    return 2 * x\n"
            "def double(x, real=double, done=[]):\n    if not done: done.append(real(x))\n    return 2 * x")

    def run_all(self, output, *arguments, meanwhile=None):
        completions = [self.WORK + f"  # {number}" for number in range(3)] + ["while True: pass", "import time\n    time.sleep(9)"]
        write_problem(self.folder / "in", "p", PROMPT, completions, TESTS)
        process = subprocess.Popen([QUALM, "execute", str(self.folder / "in"), "-o", str(self.folder / output), "--timeout",
                                    str(self.LIMIT), *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if meanwhile is not None:
            meanwhile(process)
        said, errors = process.communicate()
        self.assertEqual(process.returncode, 0, errors)
        found = results(self.folder / output)
        return [found["p", index][0]["status"] for index in range(5)], [found["p", index][1] for index in range(5)], said

    def spin(self, process):
        """Loads the processors while the first programs run, and no more when the runs alone begin."""
        spinners = []
        try:
            # The first jail is the zygote's trial. Under load all of the work runs out of its time in two turns.
            while process.poll() is None and not any(map(is_in_jail, children(process.pid))):
                time.sleep(0.002)
            # A session each: the kernel may share the processors out to sessions first, and a jail is one.
            spinners = [subprocess.Popen([sys.executable, "-S", "-c", "while True: pass"], start_new_session=True)
                        for _ in range(self.SPINNERS * os.cpu_count())]
            time.sleep(2.5 * self.LIMIT)
        finally:
            for spinner in spinners:
                spinner.kill()
                spinner.wait()

    def test_verdicts_do_not_depend_on_load(self):
        quiet, _, _ = self.run_all("quiet", "--jobs", "1")
        self.assertEqual(quiet, ["OK"] * 3 + ["Timeout"] * 2)
        loaded, measures, said = self.run_all("loaded", "--jobs", "2", meanwhile=self.spin)
        self.assertEqual(loaded, quiet)
        self.assertTrue(any(entry["run_again"] for entry in measures[:3]), measures)
        self.assertIn("run again alone", said)

    def test_no_retries(self):
        _, measures, said = self.run_all("none", "--jobs", "2", "--retries", "0")
        self.assertEqual(measures[3]["cause"], "timeout under load")
        self.assertIn("beyond --retries", said)

    def test_near_the_limit(self):
        write_problem(self.folder / "in", "p", PROMPT, ["import time\n    time.sleep(0.8)\n    return 2 * x"], TESTS)
        self.assertIn("1 completions used more than 60%", execute(self.folder / "in", self.folder / "out", "--timeout", "2"))


class Zygotes(Case):
    def zygotes(self, process):
        """A clone has its zygote's command line, but a pid namespace of its own."""
        found = []
        for child in children(process):
            try:
                if b"zygote" in Path(f"/proc/{child}/cmdline").read_bytes() and not is_in_jail(child):
                    found.append(child)
            except OSError:
                pass
        return found

    def test_a_zygote_does_not_grow(self):
        count = int(os.environ.get("QUALM_GROWTH_COMPLETIONS", "1000"))
        write_problem(self.folder / "in", "p", PROMPT, [f"return 3 * x  # {number}" for number in range(count)], TESTS)
        process = subprocess.Popen([QUALM, "execute", str(self.folder / "in"), "-o", str(self.folder / "out"), "--jobs", "1"],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        samples = []
        while process.poll() is None:
            time.sleep(0.05)
            zygotes = self.zygotes(process.pid)
            self.assertLessEqual(len(zygotes), 2, "the first, and its copy that makes the jails")
            try:
                resident = [int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{zygote}/status").read_text())[1])
                            for zygote in zygotes]
                descriptors = [len(os.listdir(f"/proc/{zygote}/fd")) for zygote in zygotes]
            except (OSError, TypeError):
                continue
            if len(zygotes) == 2:
                samples.append((sum(resident), sum(descriptors)))
        self.assertEqual(process.returncode, 0)
        self.assertEqual(len(results(self.folder / "out")), count)
        early, late = samples[len(samples) // 4:len(samples) // 2], samples[-len(samples) // 4:]
        self.assertLessEqual(max(rss for rss, _ in late), max(rss for rss, _ in early) + 256, "KiB")
        self.assertLessEqual(max(open_ for _, open_ in late), max(open_ for _, open_ in early) + 8)

    def test_killed_zygotes_lose_nothing(self):
        for index in range(200):
            completions = [f"return {'2' if number % 2 else '3'} * x  # {index} {number}" for number in range(5)]
            write_problem(self.folder / "in", f"p{index}", PROMPT, completions, TESTS)
        # A zygote needs time to start; one that is killed always before it could serve proves nothing.
        (self.folder / "one").mkdir()
        write_problem(self.folder / "one", "p", PROMPT, ["return 3 * x"], TESTS)
        start = time.monotonic()
        subprocess.run([QUALM, "execute", str(self.folder / "one")], check=True, capture_output=True)
        one_run = time.monotonic() - start
        process = subprocess.Popen([QUALM, "execute", str(self.folder / "in"), "-o", str(self.folder / "out")],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        killed = 0
        while process.poll() is None:
            zygotes = self.zygotes(process.pid)
            try:
                if zygotes:
                    os.kill(random.choice(zygotes), signal.SIGKILL)
                    killed += 1
            except ProcessLookupError:
                pass  # it ended by itself meanwhile
            time.sleep(one_run * random.uniform(0.2, 1.5))
        output, errors = process.communicate()
        self.assertEqual(process.returncode, 0, errors)
        self.assertGreater(killed, 3)
        found = results(self.folder / "out")
        self.assertEqual(len(found), 1000)
        for (name, index), (result, _) in found.items():
            self.assertEqual(result["status"], "OK" if index % 2 else "Exception", (name, index, result["stderr"]))


if __name__ == "__main__":
    unittest.main(argv=["runners_test.py", *sys.argv[3:]])
