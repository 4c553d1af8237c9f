#!/usr/bin/python3
"""Runs a benchmark that has bars and fails when ours takes more times its rival's time than allowed, or when a counter
of ours is above its bar.

    bars.py PROGRAM [BENCHMARK ARGUMENTS]

bars.json holds the bars by the program's name. Repetitions of ours and of the rivals are interleaved at random, and the
medians of one run are compared.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

REPETITIONS = 9  # enough for a median on a noisy machine


def medians(program, arguments):
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "result.json"
        done = subprocess.run([program, f"--benchmark_repetitions={REPETITIONS}", "--benchmark_min_time=0.2",
                               "--benchmark_enable_random_interleaving=true", "--benchmark_report_aggregates_only=true",
                               f"--benchmark_out={out}", "--benchmark_out_format=json", *arguments],
                              stderr=subprocess.DEVNULL)
        if done.returncode != 0:
            sys.exit(f"{program} failed with {done.returncode}")
        rows = json.loads(out.read_text(encoding="utf-8"))["benchmarks"]
    wrong = [row["name"] for row in rows if row.get("error_occurred")]
    if wrong:
        sys.exit(f"{program}: wrong answers in {', '.join(wrong)}")
    return {row["run_name"]: row for row in rows if row.get("aggregate_name") == "median"}


def check(bar, rows):
    """The line that tells how it stands, and whether it stands well."""
    missing = [row for row in (bar["ours"], bar.get("rival", bar["ours"])) if row not in rows]
    if missing:
        sys.exit(f"no row {' and no row '.join(missing)} was measured; see bars.json")
    ours = rows[bar["ours"]]
    if "counter" in bar:
        measured, what = ours[bar["counter"]], bar["counter"]
    else:
        measured, what = ours["real_time"] / rows[bar["rival"]]["real_time"], f"times {bar['rival']}"
    passes = measured <= bar["at_most"]
    return f"{bar['ours']}: {measured:.2f} {what}, at most {bar['at_most']}: {'pass' if passes else 'FAIL'}", passes


def main():
    program, *arguments = sys.argv[1:]
    name = pathlib.Path(program).name.removeprefix("bench_")
    bars = json.loads(pathlib.Path(__file__).with_name("bars.json").read_text(encoding="utf-8"))[name]
    rows = medians(program, arguments)
    results = [check(bar, rows) for bar in bars]
    print("\n".join(line for line, _ in results))
    sys.exit(0 if all(passes for _, passes in results) else 1)


if __name__ == "__main__":
    main()
