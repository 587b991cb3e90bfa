"""Hostile completions of both languages, mixed among good ones, through `qualm execute`.

Usage: completions_test.py QUALM SOURCE_DIR RUNNER [quick] [ordinary] [--sandbox=LEVEL]

Each file of completions/ is one completion; its first lines say what it tries ("attack"), which verdicts it may have
("expect", alternatives between '|', with "suspect" where it has to be found out), whether it belongs to the quick half,
the levels at which the sandbox holds it, where these are not all ("levels"), and how often a line stands at @repeated@
("repeat"). The good completions around it have to
pass and not be suspect, and nothing may stay behind: no process, mount, cgroup, IPC object or file. With "ordinary"
qualm is copied to where an ordinary user can reach it and runs as one; exit status 77 where that cannot be.
"""
import gzip
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

TIMEOUT_SECONDS = 6
USER = 65532
AS_USER = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all",
           "--no-new-privs"]
JAVA_PROMPT = """import java.util.*;
import java.io.*;
class Problem {
    // Returns a short text.
    public static String answer() {
"""
JAVA_TESTS = """    public static void main(String[] args) {
    assert(answer().equals("right"));
    assert(!answer().equals("wrong"));
    }

}
"""
PYTHON_PROMPT = 'def answer():\n    """Returns a short text."""\n'
PYTHON_TESTS = 'def check(candidate):\n    assert candidate() == "right"\n    assert candidate() != "wrong"\n\ncheck(answer)\n'
LANGUAGES = {
    ".java": ("java", JAVA_PROMPT, JAVA_TESTS, '        return "right"; // good %d\n    }\n'),
    ".py": ("py", PYTHON_PROMPT, PYTHON_TESTS, '    return "right"  # good %d\n'),
}


def read_attack(path):
    header = {}
    lines = path.read_text().split("\n")
    while lines[0].lstrip("#/ ").startswith(("attack: ", "expect: ", "quick: ", "levels: ", "repeat: ")):
        key, value = lines.pop(0).lstrip("#/ ").split(": ", 1)
        header[key] = value
    completion = "\n".join(lines)
    if "repeat" in header:
        times, text = header["repeat"].split(" ", 1)
        completion = completion.replace("@repeated@", "\n".join([text] * int(times)))
    return header, completion


def traces():
    """What a run must not change on the machine, as far as it can be seen from here."""
    found = {"mounts": open("/proc/self/mountinfo").read()}
    for name in ("shm", "sem", "msg"):
        found[name] = open("/proc/sysvipc/" + name).read()
    return found


def leftovers(mark, process):
    """Processes with the run's folder among their variables, its cgroups."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if mark.encode() in (entry / "environ").read_bytes() and int(entry.name) != os.getpid():
                    found.append(entry.name)
            except OSError:
                continue
    for folder, groups, _ in os.walk("/sys/fs/cgroup"):  # others' come and go meanwhile
        found += [os.path.join(folder, group) for group in groups if group.startswith(f"qualm-{process}-")]
    return found


def main():
    qualm, source, runner = sys.argv[1:4]
    quick, ordinary = "quick" in sys.argv[4:], "ordinary" in sys.argv[4:]
    sandbox = [argument for argument in sys.argv[4:] if argument.startswith("--sandbox=")]
    level = sandbox[0].split("=")[1] if sandbox else "full"
    if ordinary and (os.getuid() != 0 or shutil.which("setpriv") is None):
        print("SKIPPED: needs root, to become an ordinary user, and setpriv (util-linux)")
        return 77
    failures = []
    with tempfile.TemporaryDirectory(prefix="qualm-attacked-") as folder:
        folder = pathlib.Path(folder)
        temporary = folder / "temporary"
        temporary.mkdir(mode=0o777)
        temporary.chmod(0o755)
        folder.chmod(0o755)
        expected = {}
        for suffix, (language, prompt, tests, good) in LANGUAGES.items():
            completions, expectations = [], []
            for number, path in enumerate(sorted(pathlib.Path(source, "tests/attacks/completions").glob("*" + suffix))):
                header, completion = read_attack(path)
                if (quick and header.get("quick") != "yes") or level not in header.get("levels", level).split():
                    continue
                completions += [good % number, completion]
                expectations += [("good", ["OK"]), (path.name, [one.strip() for one in header["expect"].split("|")])]
            run = folder / ("attacks-" + language)
            run.mkdir()
            expected[run] = expectations
            record = {"name": "attacks", "language": language, "temperature": 0.2, "top_p": 0.95, "max_tokens": 1024,
                      "prompt": prompt, "tests": tests, "completions": completions, "stop_tokens": []}
            with gzip.open(run / "attacks.json.gz", "wt") as out:
                json.dump(record, out)
        command = [qualm, "execute", f"--runner={runner}", f"--timeout={TIMEOUT_SECONDS}", *sandbox, *map(str, expected)]
        environment = {**os.environ, "TMPDIR": str(temporary)}
        if ordinary:
            command[0] = shutil.copy(qualm, folder)
            command = AS_USER + command
            environment |= {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/"}
            for path in [temporary, *expected]:
                os.chown(path, USER, USER)
        before = traces()
        begin = time.monotonic()
        process = subprocess.Popen(command, env=environment, cwd="/", stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        output = process.communicate()[0].decode()
        took = time.monotonic() - begin
        if process.returncode != 0:
            failures.append(f"qualm execute ended with {process.returncode}: {output}")
        for run, expectations in expected.items():
            results = json.load(gzip.open(run / "attacks.results.json.gz"))["results"]
            entries = json.load(gzip.open(run / "attacks.execution.qualm"))["completions"]
            if len(results) != len(expectations):
                failures.append(f"{run.name}: {len(results)} results for {len(expectations)} completions")
            for (name, verdicts), result, entry in zip(expectations, results, entries):
                verdict = result["status"] + (" suspect" if entry.get("suspect") else "")
                if verdict not in verdicts:
                    failures.append(f"{name}: {verdict} instead of {' or '.join(verdicts)}; exit code {result['exit_code']}, "
                                    f"{result['stdout'][:300]!r}, {result['stderr'][:600]!r}")
        if traces() != before:
            failures.append("the machine's mounts or IPC objects changed")
        if left := leftovers(str(temporary), process.pid):
            failures.append(f"left behind: {left}")
        if files := [str(path) for path in temporary.rglob("*")]:
            failures.append(f"files left: {files}")
        count = sum(len(one) for one in expected.values())
        if took > 20 + count * (TIMEOUT_SECONDS + 4):
            failures.append(f"took {took:.0f} s for {count} completions")
        print(f"{count} completions by the {runner} runner at level {level}{' as an ordinary user' if ordinary else ''} in {took:.1f} s")
    for failure in failures:
        print("FAILED", failure)
    return 1 if failures else 0


sys.exit(main())
