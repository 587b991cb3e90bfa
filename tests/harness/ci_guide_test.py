#!/usr/bin/env python3
"""Runs the commands of docs/ci.md's pipelines, with its rules file, as a pipeline would.

Run by ctest: ci_guide_test.py QUALM SOURCE_DIR [unittest arguments]."""
import os
import re
import shutil
import subprocess

from command_line import QUALM, SOURCE, main, qualm, store
from result_runs import InFolder


def blocks(language):
    with open(os.path.join(SOURCE, "docs/ci.md")) as file:
        return re.findall(rf"^```{language}\n(.*?)^```", file.read(), re.S | re.M)


def commands(pipeline):
    return re.findall(r"^\s*(?:- )?(qualm .*)$", pipeline, re.M)


class Guide(InFolder):
    def setUp(self):
        super().setUp()
        os.makedirs(self.path("predictions"))
        for i in range(12):
            store(self.path("predictions", f"HumanEval_{i}_add.json.gz"), {
                "name": f"HumanEval_{i}_add", "language": "py", "temperature": 0.2, "top_p": 0.95, "max_tokens": 1024,
                "prompt": "def add(x, y):\n", "tests": f"assert add({i}, 2) == {i + 2}\n", "stop_tokens": ["\ndef"],
                "completions": ["    return x + y\n" if i % 3 else "    return x\n"]})
        (rules,) = blocks("toml")
        with open(self.path("qualm-gate.toml"), "w") as file:
            file.write(rules)
        qualm("execute", self.path("predictions"), "--output-dir", self.path("first"))
        qualm("gate", "--baseline", self.path("first"), "--save-baseline", self.path("baseline.qualm"))

    def run_lines(self, lines, **environment):
        os.makedirs(self.path("bin"), exist_ok=True)
        if not os.path.lexists(self.path("bin", "qualm")):
            os.symlink(QUALM, self.path("bin", "qualm"))
        env = {**{k: v for k, v in os.environ.items() if not k.startswith("GITHUB_")},
               "PATH": self.path("bin") + ":" + os.environ["PATH"], **environment}
        return subprocess.run(["bash", "-euo", "pipefail", "-c", "\n".join(lines)], cwd=self.folder, env=env, capture_output=True,
                              text=True)

    def check(self, pipeline, files, **environment):
        lines = commands(pipeline)
        self.assertGreaterEqual(len(lines), 2)
        done = self.run_lines(lines, **environment)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        for file in files:
            self.assertGreater(os.path.getsize(self.path(file)), 0, file)
        # And the gate closes when the candidate gets worse: every completion now fails.
        shutil.rmtree(self.path("results"))
        for file in os.listdir(self.path("predictions")):
            store(self.path("predictions", file), {
                "name": file[: -len(".json.gz")], "language": "py", "temperature": 0.2, "top_p": 0.95, "max_tokens": 1024,
                "prompt": "def add(x, y):\n", "tests": f"assert add({file.split('_')[1]}, 2) == {int(file.split('_')[1]) + 2}\n",
                "stop_tokens": ["\ndef"], "completions": ["    return None\n"]})
        self.assertEqual(self.run_lines(lines, **environment).returncode, 1)

    def test_github_actions(self):
        pipeline = next(block for block in blocks("yaml") if "runs-on" in block)
        self.assertIn("kernel.apparmor_restrict_unprivileged_userns=0", pipeline)
        self.check(pipeline, ["gate.xml", "summary.md"], GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=self.path("summary.md"))

    def test_gitlab_ci(self):
        pipeline = next(block for block in blocks("yaml") if "before_script" in block)
        self.check(pipeline, ["gate.xml", "gl-code-quality-report.json"])


if __name__ == "__main__":
    main()
