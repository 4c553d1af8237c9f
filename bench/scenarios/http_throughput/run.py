#!/usr/bin/python3
"""Requests in numbers: ours through the whole pipeline, raw libcurl multi, and wrk as the fastest load generator.

    run.py PROGRAM [--quick]

Against nginx (HTTP/1.1) with bodies of 1 KB and 100 KB and 1 to 512 in flight: CPU a request at most 1.15 times raw
libcurl's from 8 in flight on. Against an embedded server that takes 5 ms for each answer, 64 in flight: requests a second
at least 0.90 times wrk's.
"""
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import nginx  # noqa: E402

CPU_BAR = 1.15
WRK_BAR = 0.90
TOKEN = "YmVuY2g6YmVuY2g="
HEADER = {"Authorization": f"Basic {TOKEN}"}
PATH = "/api/App/Version"


def row(program, url, path, size, in_flight, requests, rounds):
    done = subprocess.run([program, url, path, str(size), str(in_flight), str(requests), str(rounds)],
                          capture_output=True, text=True, env={**os.environ, "WATS_AUTH_TOKEN": TOKEN})
    if done.returncode != 0:
        sys.exit(f"{program}: {done.stderr}")
    return json.loads(done.stdout)


def wrk(url, in_flight, seconds):
    """Requests a second, or nothing without wrk."""
    if not shutil.which("wrk"):
        return None
    command = ["wrk", "-t1", f"-c{in_flight}", f"-d{seconds}s", *(f"-H{name}: {value}" for name, value in HEADER.items()), url]
    done = subprocess.run(command, capture_output=True, text=True)
    return float(re.search(r"Requests/sec:\s+([\d.]+)", done.stdout).group(1))


def against_nginx(program, rounds):
    print("bytes    in flight  ours CPU us  curl CPU us   ratio     min     max    ours req/s    curl req/s     wrk req/s")
    good = True
    files = {"/1k": "x" * 1000, "/100k": "x" * 100_000}
    with nginx.serving(files) as url:
        for path, text in files.items():
            for in_flight in (1, 8, 64, 512):
                requests = 20_000 if len(text) == 1000 else 4000
                requests = requests // 4 if in_flight == 1 else requests
                seen = row(program, url, path, len(text), in_flight, requests, rounds)
                fastest = wrk(url + path, in_flight, 1)
                # One at a time the thread sleeps between requests: what that costs is the system's, and blocking_get's.
                bar = in_flight > 1
                passes = not bar or seen["cpu_ratio"] <= CPU_BAR
                good = good and passes
                print(f"{len(text):6d} {in_flight:10d} {seen['ours_cpu_us']:12.1f} {seen['curl_cpu_us']:12.1f} "
                      f"{seen['cpu_ratio']:7.3f} {seen['cpu_ratio_min']:7.3f} {seen['cpu_ratio_max']:7.3f} "
                      f"{1e6 / seen['ours_wall_us']:13.0f} {1e6 / seen['curl_wall_us']:13.0f} "
                      + (f"{fastest:13.0f}" if fastest else "      no wrk")
                      + ("" if not bar else f"   {'pass' if passes else 'FAIL'}"), flush=True)
    return good


def against_a_slow_server(program, rounds):
    wats = pathlib.Path(program).with_name("wats")
    if not wats.exists() or not shutil.which("wrk"):
        print("5 ms of latency: not measured, it needs wats beside the benchmark and wrk")
        return True
    port = nginx.free_port()
    with tempfile.NamedTemporaryFile("w") as token:
        token.write(TOKEN)
        token.flush()
        server = subprocess.Popen([wats, "serve", "--port", str(port), "--latency", "5", "--token-file", token.name],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        nginx.wait_for(port, "wats serve")
    try:
        url = f"http://127.0.0.1:{port}"
        size = len(urllib.request.urlopen(urllib.request.Request(url + PATH, headers=HEADER)).read())
        ratios = []
        for _ in range(rounds):
            ours = row(program, url, PATH, size, 64, 10_000, 1)
            ratios.append(1e6 / ours["ours_wall_us"] / wrk(url + PATH, 64, 1))
        low, middle, high = min(ratios), statistics.median(ratios), max(ratios)
        passes = middle >= WRK_BAR
        print(f"5 ms of latency, 64 in flight: {middle:.3f} of wrk's requests a second ({low:.3f} to {high:.3f}), "
              f"at least {WRK_BAR}: {'pass' if passes else 'FAIL'}")
        return passes
    finally:
        server.terminate()
        server.wait()


def main():
    program, *arguments = sys.argv[1:]
    rounds = 3 if "--quick" in arguments else 9
    results = [against_nginx(program, rounds), against_a_slow_server(program, rounds)]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
