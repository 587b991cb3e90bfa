"""Folders of predictions, made up or of the reference, for the tests of execute and its neighbours."""
import glob
import os
import shutil

import command_line
from command_line import REFERENCE, load, store


def predictions(name="P", completions=("    return x + y\n",), language="py", **more):
    return {"name": name, "language": language, "temperature": 0.2, "top_p": 0.95, "max_tokens": 1024,
            "prompt": "def add(x, y):\n", "tests": "assert add(1, 2) == 3\n", "completions": list(completions),
            "stop_tokens": ["\ndef"], "extra": {"kept": [1, 2.5, None, "é"]}, **more}


class InFolder(command_line.InFolder):
    def put(self, name, **fields):
        os.makedirs(self.folder, exist_ok=True)
        store(self.path(name + ".json.gz"), predictions(name, **fields))

    def copy_predictions(self, run, count=None):
        for file in sorted(glob.glob(os.path.join(REFERENCE, run, "*.json.gz")))[: count and 2 * count]:
            if not file.endswith(".results.json.gz"):
                shutil.copy(file, self.folder)

    def results(self, name):
        return load(self.path(name + ".results.json.gz"))
