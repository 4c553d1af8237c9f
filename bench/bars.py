#!/usr/bin/python3
"""Runs a benchmark that has bars and fails when ours takes more times its rival's time than allowed, or when a counter
of ours is above its bar.

    bars.py PROGRAM [BENCHMARK ARGUMENTS]

bars.json holds the bars by the program's name. Repetitions of ours and of the rivals are interleaved at random, and the
medians of one run are compared; of a counter whose name begins with "worst" the greatest counts.
"""
import collections
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

REPETITIONS = 9  # enough for a median on a noisy machine


def measure(program, arguments):
    """Every repetition of every row, by the row's name."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "result.json"
        done = subprocess.run([program, f"--benchmark_repetitions={REPETITIONS}", "--benchmark_min_time=0.2",
                               "--benchmark_enable_random_interleaving=true", "--benchmark_display_aggregates_only=true",
                               f"--benchmark_out={out}", "--benchmark_out_format=json", *arguments])
        if done.returncode != 0:
            sys.exit(f"{program} failed with {done.returncode}")
        found = json.loads(out.read_text(encoding="utf-8"))["benchmarks"]
    wrong = {row["name"]: row.get("error_message") for row in found if row.get("error_occurred")}
    if wrong:
        sys.exit(f"{program}: " + ", ".join(f"{name}: {message}" for name, message in wrong.items()))
    rows = collections.defaultdict(list)
    for row in found:
        if row["run_type"] == "iteration":
            rows[row["run_name"]].append(row)
    return rows


def check(bar, rows):
    """The line that tells how it stands, and whether it stands well."""
    missing = [row for row in (bar["ours"], bar.get("rival", bar["ours"])) if row not in rows]
    if missing:
        sys.exit(f"no row {' and no row '.join(missing)} was measured; see bars.json")
    ours = rows[bar["ours"]]
    if "counter" in bar:
        what = bar["counter"]
        choose = max if what.startswith("worst") else statistics.median
        measured = choose(row[what] for row in ours)
    else:
        what = f"times {bar['rival']}"
        measured = (statistics.median(row["real_time"] for row in ours)
                    / statistics.median(row["real_time"] for row in rows[bar["rival"]]))
    passes = measured <= bar["at_most"]
    return f"{bar['ours']}: {measured:.2f} {what}, at most {bar['at_most']}: {'pass' if passes else 'FAIL'}", passes


def main():
    program, *arguments = sys.argv[1:]
    name = pathlib.Path(program).name.removeprefix("bench_")
    bars = json.loads(pathlib.Path(__file__).with_name("bars.json").read_text(encoding="utf-8"))[name]
    rows = measure(program, arguments)
    results = [check(bar, rows) for bar in bars]
    print("\n".join(line for line, _ in results))
    sys.exit(0 if all(passes for _, passes in results) else 1)


if __name__ == "__main__":
    main()
