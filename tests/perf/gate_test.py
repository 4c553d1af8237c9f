"""The gate passes what did not change and fails what was made slower.

    gate_test.py TOY [PROGRAMS]     toy.cpp, and programs of the project that have to fail when they get slower
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

GATE = pathlib.Path(__file__).with_name("gate.py")
PROGRAMS = []


class Gate(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.baseline = pathlib.Path(self.folder.name) / "baseline.json"
        self.toy = PROGRAMS[0]

    def gate(self, *options, slow=False, program=None):
        environment = {**os.environ, **({"WATS_PLANT_SLOWDOWN": "1"} if slow else {})}
        return subprocess.run([sys.executable, str(GATE), "--baseline", str(self.baseline), *options,
                               program or self.toy], capture_output=True, text=True, env=environment)

    def change_baseline(self, change):
        content = json.loads(self.baseline.read_text(encoding="utf-8"))
        change(content)
        self.baseline.write_text(json.dumps(content), encoding="utf-8")

    def test_what_did_not_change_passes_and_a_planted_slowdown_fails(self):
        for program in PROGRAMS:
            with self.subTest(program=program):
                self.assertEqual(0, self.gate("--update", program=program).returncode)
                same = self.gate(program=program)
                self.assertEqual(0, same.returncode, same.stdout + same.stderr)
                slow = self.gate(slow=True, program=program)
                self.assertEqual(1, slow.returncode, slow.stdout + slow.stderr)
                self.assertIn("more than allowed", slow.stdout)

    def test_a_gain_asks_for_a_new_baseline(self):
        self.gate("--update")
        self.change_baseline(lambda content: content["scenarios"].update(sum_of_1000=1e6))
        done = self.gate()
        self.assertEqual(1, done.returncode)
        self.assertIn("make it the baseline", done.stdout)

    def test_another_compiler_is_not_judged(self):
        self.gate("--update")
        self.change_baseline(lambda content: content.update(built_with="GCC: 99"))
        done = self.gate()
        self.assertEqual(1, done.returncode)
        self.assertIn("'GCC: 99'", done.stdout)
        self.assertIn("--update", done.stdout)

    def test_a_scenario_without_baseline_fails(self):
        self.gate("--update")
        self.change_baseline(lambda content: content.update(scenarios={}))
        self.assertEqual(1, self.gate().returncode)

    def test_a_scenario_that_went_away_fails(self):
        self.gate("--update")
        self.change_baseline(lambda content: content["scenarios"].update(gone=1.0))
        done = self.gate()
        self.assertEqual(1, done.returncode)
        self.assertIn("no longer", done.stdout)

    def test_no_baseline_fails(self):
        self.assertNotEqual(0, self.gate().returncode)


if __name__ == "__main__":
    PROGRAMS, sys.argv = sys.argv[1:], sys.argv[:1]
    unittest.main()
