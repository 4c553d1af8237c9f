"""The documents say what is true, and each kind of untruth is seen when it is planted.

    readme_test.py [--with-program WATS]
"""
import pathlib
import re
import subprocess
import sys
import unittest

import documents

ROOT = pathlib.Path(__file__).resolve().parents[2]
USAGE = subprocess.run([str(ROOT / "dev")], capture_output=True, text=True, check=True).stdout
VERBS = set(re.findall(r"^  ([a-z]+) ", USAGE, re.MULTILINE))
EXAMPLES = [file.read_text(encoding="utf-8") for file in sorted((ROOT / "examples").glob("*.cpp"))]
PROGRAM = []


class Documents(unittest.TestCase):
    maxDiff = None

    def test_all_documents_are_true(self):
        found = []
        for file in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
            text = file.read_text(encoding="utf-8")
            program = PROGRAM[0] if PROGRAM else None
            for fault in documents.faults(text, file.parent, EXAMPLES, VERBS, program):
                found.append(f"{file.relative_to(ROOT)}: {fault}")
        self.assertEqual([], found)

    def test_the_front_door_explains_its_verbs(self):
        self.assertLessEqual({"demo", "test", "build", "bench", "check", "clean"}, VERBS)


class Planted(unittest.TestCase):
    example = "int main() {\n  int a = 1;\n  use(a);\n}\n"

    def faults(self, text):
        return list(documents.faults(text, ROOT, [self.example], VERBS, None))

    def test_a_snippet_of_an_example_passes(self):
        self.assertEqual([], self.faults("```cpp\nint a = 1;\nuse(a);\n```\n"))
        self.assertEqual([], self.faults("```cpp\nint main() {\n  ...\n}\n```\n"))

    def test_a_snippet_that_differs_is_seen(self):
        self.assertEqual(1, len(self.faults("```cpp\nint a = 1;\nuse(b);\n```\n")))

    def test_an_unknown_verb_is_seen(self):
        self.assertEqual([], self.faults("```sh\n./dev test -R cache\n```\n"))
        self.assertEqual(1, len(self.faults("```sh\n./dev deploy\n```\n")))
        self.assertEqual(1, len(self.faults("```console\n$ ./dev deploy\nprinted\n```\n")))

    def test_a_link_to_nothing_is_seen(self):
        self.assertEqual([], self.faults("[the front door](dev) and [the web](https://example.com)"))
        self.assertEqual(1, len(self.faults("[gone](docs/gone.md)")))

    @unittest.skipUnless("--with-program" in sys.argv, "needs the wats program")
    def test_a_command_that_is_not_there_is_seen(self):
        self.assertEqual(1, len(list(PROGRAM[0].faults(["frobnicate"]))))
        self.assertEqual(1, len(list(PROGRAM[0].faults(["serve", "--frobnicate"]))))
        self.assertEqual([], list(PROGRAM[0].faults(["serve", "--help"])))


if __name__ == "__main__":
    if "--with-program" in sys.argv:
        PROGRAM.append(documents.Program(sys.argv[-1]))
    unittest.main(argv=sys.argv[:1])
