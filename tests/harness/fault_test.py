#!/usr/bin/env python3
"""What the machine lacks in the middle of a run: space, a writable folder, a tool. The rest is done, nothing is lost.

fault_test.py QUALM SOURCE_DIR [unittest arguments]"""
import os
import subprocess
import unittest

from command_line import QUALM, load, main, qualm, store
from prediction_files import InFolder, predictions

UNSHARE = ["unshare", "--mount"] if os.getuid() == 0 else ["unshare", "--user", "--map-root-user", "--mount"]


def in_own_mounts(script, *arguments):
    """Runs a shell script with mounts of its own; skips the test where the machine forbids them."""
    if subprocess.run([*UNSHARE, "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True).returncode != 0:
        raise unittest.SkipTest("mounting is forbidden here")
    return subprocess.run([*UNSHARE, "sh", "-ec", script, "sh", QUALM, *arguments], capture_output=True, text=True, timeout=280)


class FullDisk(InFolder):
    def test_what_fits_is_written_whole_and_the_rest_follows_when_there_is_room(self):
        # Results of 40 kB each (text that does not compress) on a disk with 320 kB left.
        noise = "    # " + "".join(f"{i * i * 2654435761 % 2**32:08x}" for i in range(8000)) + "\n"
        os.makedirs(self.path("in"))
        for i in range(12):
            store(self.path("in", f"P{i:02}.json.gz"), predictions(f"P{i:02}", completions=[f"    # {i}\n{noise}    return x + y\n"]))
        os.makedirs(self.path("disk"))
        done = in_own_mounts(
            "mount -t tmpfs -o size=4096k none $2/disk; head -c 3776k /dev/zero > $2/disk/filler\n"
            'set +e; "$1" execute --output-dir $2/disk $2/in > $2/full.out 2> $2/full.err; echo $? > $2/full.status; set -e\n'
            "cp -r $2/disk $2/first\n"
            "rm $2/disk/filler\n"
            '"$1" execute --output-dir $2/disk $2/in > $2/again.out\n'
            "cp -r $2/disk $2/second\n", self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)

        def text(name):
            with open(self.path(name)) as file:
                return file.read()
        self.assertEqual(text("full.status"), "3\n")
        self.assertIn("No space left on device", text("full.err"))
        self.assertIn("results.json.gz: cannot be", text("full.err"))
        first = [name for name in os.listdir(self.path("first")) if name.endswith(".results.json.gz")]
        self.assertGreater(len(first), 1)
        self.assertLess(len(first), 12)
        self.assertEqual([name for name in os.listdir(self.path("first")) if name.endswith(".partial")], [])
        for name in first:
            self.assertEqual(load(self.path("first", name)), load(self.path("second", name)))
        self.assertEqual(len([name for name in os.listdir(self.path("second")) if name.endswith(".results.json.gz")]), 12)
        self.assertIn(f"{len(first)} left alone", text("again.out"))


class ReadOnly(InFolder):
    def test_a_read_only_folder_is_said_before_anything_is_run(self):
        store(self.path("P.json.gz"), predictions())
        os.makedirs(self.path("disk"))
        done = in_own_mounts("mount -t tmpfs -o ro none $2/disk\n"
                             '"$1" execute --output-dir $2/disk $2/P.json.gz', self.folder)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("Read-only file system", done.stderr)
        self.assertIn("0 completions executed", done.stdout)

    def test_one_read_only_folder_among_good_ones(self):
        for run in ("good", "kept"):
            os.makedirs(self.path("in", run))
            store(self.path("in", run, "P.json.gz"), predictions())
        done = in_own_mounts("mount --bind $2/in/kept $2/in/kept; mount -o remount,bind,ro $2/in/kept\n"
                             '"$1" execute $2/in', self.folder)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("in/kept", done.stderr)
        self.assertEqual(load(self.path("in/good/P.results.json.gz"))["results"][0]["status"], "OK")
        self.assertEqual(os.listdir(self.path("in/kept")), ["P.json.gz"])

    @unittest.skipIf(os.getuid() == 0, "root may write everywhere")
    def test_an_ordinary_user_s_folder_without_write_permission(self):
        self.put("P")
        os.chmod(self.folder, 0o555)
        self.addCleanup(os.chmod, self.folder, 0o755)
        self.assertIn("Permission denied", qualm("execute", self.folder, status=3).stderr)


class MissingTools(InFolder):
    def test_each_says_what_to_install_and_the_other_language_is_done(self):
        self.put("P")
        self.put("J", language="java")
        os.makedirs(self.path("bin"))
        os.symlink("/usr/bin/python3", self.path("bin/python3"))
        done = qualm("execute", self.folder, status=3, env={"PATH": self.path("bin")})
        self.assertIn("default-jdk-headless", done.stderr)
        self.assertEqual(self.results("P")["results"][0]["status"], "OK")
        self.assertFalse(os.path.exists(self.path("J.results.json.gz")))
        done = qualm("execute", "--recheck", self.path("P.json.gz"), status=3, env={"PATH": "/nonexistent"})
        self.assertIn("python3 is not in PATH; install Debian's python3", done.stderr)
        self.assertEqual(self.results("P")["results"][0]["status"], "OK")

    def test_a_tool_that_does_not_work_is_no_verdict(self):
        self.put("P")
        for name, script in (("fails", "#!/bin/sh\necho no >&2; exit 1\n"), ("silent", "#!/bin/sh\n")):
            with open(self.path(name), "w") as file:
                file.write(script)
            os.chmod(self.path(name), 0o755)
            done = qualm("execute", self.path("P.json.gz"), "--python", self.path(name), status=3)
            self.assertIn("does not work as a Python interpreter", done.stderr)
        self.assertFalse(os.path.exists(self.path("P.results.json.gz")))

    def test_a_missing_jar_is_named(self):
        self.put("J", language="java")
        done = qualm("execute", self.folder, "--javatuples", "/nonexistent.jar", status=3)
        self.assertIn("/nonexistent.jar", done.stderr)


class Memory(InFolder):
    def test_jobs_times_memory_beyond_what_is_free_is_refused_before_the_start(self):
        self.put("P")
        done = qualm("execute", self.folder, "--jobs", 4000, "--memory", "64GiB", status=2)
        self.assertRegex(done.stderr, "more than the .* that is free|is free; give a smaller --memory")
        self.assertEqual(os.listdir(self.folder), ["P.json.gz"])


if __name__ == "__main__":
    main()
