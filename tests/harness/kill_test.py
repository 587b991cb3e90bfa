#!/usr/bin/env python3
"""Kills `qualm execute` 50 times at random points of 200 files: nothing is half written, and the results are the same.

kill_test.py QUALM SOURCE_DIR [unittest arguments]"""
import glob
import os
import random
import signal
import subprocess
import time

from command_line import QUALM, load, main, qualm, store
from prediction_files import InFolder, predictions

FILES, KILLS = 200, 50
BODIES = ["    return x + y\n", "    return x - y\n", "    return (\n", "    print('é' * 3000)\n    return x + y\n",
          "    import sys; sys.exit(7)\n", "    import os; os.kill(os.getpid(), 9)\n"]


def without_times(results):
    for result in results["results"]:
        del result["timestamp"]
    return results


class Killed(InFolder):
    def fill(self, folder):
        os.makedirs(folder)
        for i in range(FILES):
            completions = [f"    # {i} {j}\n" + BODIES[(i + j) % len(BODIES)] for j in range(i % 3 + 1)]
            store(os.path.join(folder, f"P{i:03}.json.gz"), predictions(f"P{i:03}", completions=completions))

    def test_fifty_times_it_resumes_to_the_same_results(self):
        whole, killed = self.path("whole"), self.path("killed")
        self.fill(whole)
        self.fill(killed)
        qualm("execute", whole)
        expected = {os.path.basename(file): without_times(load(file)) for file in glob.glob(whole + "/*.results.json.gz")}
        self.assertEqual(len(expected), FILES)
        chance = random.Random(20261125)
        kills = 0
        for _ in range(KILLS):
            done = len(glob.glob(killed + "/*.results.json.gz"))
            more = chance.randint(0, 2 * (FILES - done) // (KILLS - kills))
            process = subprocess.Popen([QUALM, "execute", killed], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            while process.poll() is None and len(glob.glob(killed + "/*.results.json.gz")) < done + more:
                time.sleep(0.001)
            time.sleep(chance.uniform(0, 0.05))
            process.send_signal(signal.SIGKILL)
            kills += process.wait() == -signal.SIGKILL
            for file in glob.glob(killed + "/*.results.json.gz"):
                results = without_times(load(file))
                theirs = expected[os.path.basename(file)]
                self.assertGreater(len(results["results"]), 0)
                self.assertEqual(results["results"], theirs["results"][: len(results["results"])], file)
        self.assertGreaterEqual(kills, KILLS * 4 // 5)
        qualm("execute", killed)
        self.assertEqual({os.path.basename(file): without_times(load(file))
                          for file in glob.glob(killed + "/*.results.json.gz")}, expected)
        self.assertEqual(sorted(os.listdir(killed)), sorted(os.listdir(whole)))


if __name__ == "__main__":
    main()
