"""What the tests that drive the qualm program share: starting it, its files, a folder of its own for each test.

Each of them is run as: TEST QUALM SOURCE_DIR [unittest arguments]."""
import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

QUALM, SOURCE = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
REFERENCE = os.path.join(SOURCE, "tests/golden/reference")


def qualm(*arguments, status=0, timeout=280, **options):
    done = subprocess.run([QUALM, *map(str, arguments)], capture_output=True, text=True, timeout=timeout, **options)
    if done.returncode != status:
        raise AssertionError(f"qualm {arguments} ended with {done.returncode}, expected {status}\n{done.stdout}\n{done.stderr}")
    return done


def load(path):
    with gzip.open(path, "rt") as file:
        return json.load(file)


def store(path, value):
    with gzip.open(path, "wt", compresslevel=1) as file:
        json.dump(value, file)


class InFolder(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="qualm-test.")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def path(self, *parts):
        return os.path.join(self.folder, *parts)


def main():
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]], verbosity=2)
