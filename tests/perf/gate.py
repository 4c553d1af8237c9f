#!/usr/bin/python3
"""Holds hot paths to a number of instructions, which a noisy machine cannot move.

    gate.py [--baseline FILE] [--update] PROGRAM...

PROGRAM --list names its scenarios, one a line. PROGRAM SCENARIO runs one under callgrind: it counts between
CALLGRIND_TOGGLE_COLLECT (valgrind/callgrind.h) around the loop, and prints how often the loop ran as "runs N".
The figure is instructions a run. A baseline belongs to a compiler and its flags and libraries, so it says which; on
another one the gate asks for a new baseline instead of judging. Tolerance: 5 % either way, since an unexplained gain
is a broken scenario as often as good news.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

TOLERANCE = 0.05


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def built_with(program):
    """The compiler's own words in the program, with the libc it runs on."""
    comment = run("readelf", "-p", ".comment", program)
    compilers = sorted(set(re.findall(r"\]\s+(.*\S)", comment)))
    libc = run("getconf", "GNU_LIBC_VERSION").strip()
    return "; ".join([*compilers, libc])


def count(program, scenario):
    """Instructions that one run of the scenario takes."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "callgrind.out"
        told = run("valgrind", "--tool=callgrind", "--collect-atstart=no", f"--callgrind-out-file={out}", "--quiet",
                   program, scenario)
        text = out.read_text(encoding="utf-8", errors="replace")
    total = re.search(r"^(?:summary|totals): (\d+)", text, re.MULTILINE)
    runs = re.search(r"^runs (\d+)$", told, re.MULTILINE)
    if not total or not runs or int(total.group(1)) == 0:
        sys.exit(f"{scenario}: nothing was counted; does it toggle the collection and print 'runs N'?")
    return int(total.group(1)) / int(runs.group(1))


def judge(scenario, now, then):
    """A line about the scenario, and whether it may pass."""
    change = now / then - 1
    line = f"{scenario}: {now:.1f} instructions a run, baseline {then:.1f} ({change:+.1%})"
    if abs(change) <= TOLERANCE:
        return line, True
    what = "more than allowed" if change > 0 else "faster: make it the baseline with --update"
    return f"{line}: {what}", False


def check(measured, program_of, baseline, file):
    """Whether every scenario passes against the baseline."""
    if baseline.get("built_with") != program_of:
        print(f"The baseline was made by '{baseline.get('built_with')}', this program by '{program_of}'.\n"
              f"Compare with the commit before the change of compiler, then: gate.py --update ({file})")
        return False
    then = baseline["scenarios"]
    good = True
    for scenario in sorted(measured.keys() | then.keys()):
        if scenario not in then:
            line, passes = f"{scenario}: has no baseline; write it with --update", False
        elif scenario not in measured:
            line, passes = f"{scenario}: in the baseline, but no longer in the program", False
        else:
            line, passes = judge(scenario, measured[scenario], then[scenario])
        print(line)
        good = good and passes
    return good


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("programs", nargs="+")
    parser.add_argument("--baseline", type=pathlib.Path, default=pathlib.Path(__file__).with_name("baseline.json"))
    parser.add_argument("--update", action="store_true", help="write the baseline instead of comparing")
    options = parser.parse_args()

    measured = {scenario: count(program, scenario)
                for program in options.programs for scenario in run(program, "--list").split()}
    if not measured:
        sys.exit("no program names a scenario")
    program_of = built_with(options.programs[0])
    if options.update:
        rounded = {scenario: round(value, 1) for scenario, value in sorted(measured.items())}
        text = json.dumps({"built_with": program_of, "scenarios": rounded}, indent=2)
        options.baseline.write_text(text + "\n", encoding="utf-8")
        print(text)
        return
    if not options.baseline.exists():
        sys.exit(f"{options.baseline} does not exist; write it with --update")
    baseline = json.loads(options.baseline.read_text(encoding="utf-8"))
    sys.exit(0 if check(measured, program_of, baseline, options.baseline) else 1)


if __name__ == "__main__":
    main()
