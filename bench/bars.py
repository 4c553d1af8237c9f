#!/usr/bin/python3
"""Runs a benchmark that has bars and fails when ours takes more times its rival's time than allowed.

    bars.py PROGRAM [BENCHMARK ARGUMENTS]

bars.json holds the bars by the program's name. Repetitions of ours and of the rivals are interleaved at random, and the
medians of one run are compared.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

REPETITIONS = 9


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
    return {row["run_name"]: row["real_time"] for row in rows if row.get("aggregate_name") == "median"}


def main():
    program, *arguments = sys.argv[1:]
    name = pathlib.Path(program).name.removeprefix("bench_")
    bars = json.loads(pathlib.Path(__file__).with_name("bars.json").read_text(encoding="utf-8"))[name]
    times = medians(program, arguments)
    good = True
    for bar in bars:
        missing = [row for row in (bar["ours"], bar["rival"]) if row not in times]
        if missing:
            sys.exit(f"{name} has no row {' and no row '.join(missing)}; see bars.json")
        ratio = times[bar["ours"]] / times[bar["rival"]]
        passes = ratio <= bar["at_most"]
        good = good and passes
        print(f"{bar['ours']}: {ratio:.2f} times {bar['rival']}, at most {bar['at_most']}: {'pass' if passes else 'FAIL'}")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
