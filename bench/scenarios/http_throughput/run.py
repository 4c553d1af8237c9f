#!/usr/bin/python3
"""Requests in numbers: ours through the whole pipeline, raw libcurl multi sending the same bytes, and other clients beside.

    run.py PROGRAM [--quick]

Against nginx, over HTTP/1.1, TLS and HTTP/2, with bodies of 1 KB and 100 KB and 1 to 512 in flight: CPU a request at most
1.15 times raw libcurl's, median of interleaved rounds. Beside it, without a bar, CPU a request of wrk, h2load, aiohttp and
httpx; wrk's and h2load's count starting and connecting as well. Against an embedded server that takes 5 ms for each answer, 64 in flight: the 95 % interval of the median ratio of
requests a second to wrk's lies above 0.90. Clients run on the first CPU, servers on the last.
"""
import json
import os
import pathlib
import random
import re
import resource
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
HEADER = {"Authorization": f"Basic {TOKEN}", "Accept": "application/json"}
PATH = "/api/App/Version"
ENVIRONMENT = {**os.environ, "WATS_AUTH_TOKEN": TOKEN}
# Debian's own, which has the packages.
PYTHON = "/usr/bin/python3" if pathlib.Path("/usr/bin/python3").exists() else "python3"
PYTHON_CLIENTS = pathlib.Path(__file__).with_name("python_clients.py")


def on_cpu(index):
    """For Popen: the noise of being moved between CPUs is larger than what is measured."""
    return lambda: os.sched_setaffinity(0, {index}) if os.cpu_count() > 1 else None


def on_first_cpu(command):
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, env=ENVIRONMENT, preexec_fn=on_cpu(0))


def row(program, url, path, size, in_flight, requests, rounds, ca_file=""):
    done = on_first_cpu([program, url, path, size, in_flight, requests, rounds, *([ca_file] if ca_file else [])])
    if done.returncode != 0:
        sys.exit(f"{program}: {done.stderr}")
    return json.loads(done.stdout)


def cpu_of(command, count):
    """CPU a request of a program that tells its number of requests through *count*, in us; nothing without the program."""
    if not shutil.which(command[0]):
        return None
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = on_first_cpu(command)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    seen = re.search(count, done.stdout)
    if done.returncode != 0 or not seen or "Non-2xx" in done.stdout:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")
    return 1e6 * used / int(seen.group(1))


def headers(option):
    return [word for name, value in HEADER.items() for word in (option, f"{name}: {value}")]


def wrk_cpu(url, in_flight):
    return cpu_of(["wrk", "-t1", f"-c{in_flight}", "-d1s", *headers("-H"), url], r"(\d+) requests in")


def h2load_cpu(url, in_flight, requests):
    # As many streams on a connection as nginx lets through.
    clients = -(-in_flight // 128)
    return cpu_of(["h2load", f"-n{requests}", f"-c{clients}", f"-m{-(-in_flight // clients)}", *headers("-H"), url],
                  r"(\d+) succeeded")


def python_cpu(client, url, size, in_flight, requests, ca_file):
    done = on_first_cpu([PYTHON, PYTHON_CLIENTS, client, url, size, in_flight, requests, *([ca_file] if ca_file else [])])
    if "ModuleNotFoundError" in done.stderr:
        return None
    if done.returncode != 0:
        sys.exit(f"{client} failed: {done.stderr}")
    return json.loads(done.stdout)["cpu_us"]


def cell(value):
    return f"{value:9.1f}" if value is not None else "        -"


def against_nginx(program, quick):
    print("CPU us a request     bytes  in flight     ours     curl  ratio  (min - max)         wrk   h2load  aiohttp    httpx")
    good = True
    files = {"/1k": "x" * 1000, "/100k": "x" * 100_000}
    with nginx.serving(files, tls=True) as place:
        ways = [("HTTP/1.1", place, ""), ("TLS", place.tls, place.ca_file), ("HTTP/2", place.http2, place.ca_file)]
        for way, url, ca_file in ways:
            for path, text in files.items():
                for in_flight in (1, 8, 64, 512):
                    requests = (2000 if len(text) == 1000 else 600) if in_flight > 1 else 500
                    seen = row(program, url, path, len(text), in_flight, max(requests, 2 * in_flight), 11 if quick else 41, ca_file)
                    whole = url + path
                    others = [None if way == "HTTP/2" else wrk_cpu(whole, in_flight),
                              h2load_cpu(whole, in_flight, 20 * requests) if way == "HTTP/2" else None,
                              None if way == "HTTP/2" else python_cpu("aiohttp", whole, len(text), in_flight, 1000, ca_file),
                              python_cpu("httpx", whole, len(text), in_flight, 300, ca_file)]
                    passes = seen["cpu_ratio"] <= CPU_BAR
                    good = good and passes
                    print(f"{way:16s} {len(text):9d} {in_flight:10d} {seen['ours_cpu_us']:8.1f} {seen['curl_cpu_us']:8.1f} "
                          f"{seen['cpu_ratio']:6.3f} ({seen['cpu_ratio_min']:.2f} - {seen['cpu_ratio_max']:.2f}) "
                          f"{' '.join(map(cell, others))}   {'pass' if passes else 'FAIL'}", flush=True)
    return good


def interval(values):
    """95 % of the medians of samples drawn from *values*, always the same."""
    drawn = random.Random(1)
    medians = sorted(statistics.median(drawn.choices(values, k=len(values))) for _ in range(2000))
    return medians[50], medians[1949]


def against_a_slow_server(program, rounds):
    wats = pathlib.Path(program).with_name("wats")
    if not wats.exists() or not shutil.which("wrk"):
        print("5 ms of latency: not measured, it needs wats beside the benchmark and wrk")
        return False
    port = nginx.free_port()
    with tempfile.NamedTemporaryFile("w") as token:
        token.write(TOKEN)
        token.flush()
        server = subprocess.Popen([wats, "serve", "--port", str(port), "--latency", "5", "--token-file", token.name],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=on_cpu(os.cpu_count() - 1))
        nginx.wait_for(port, "wats serve")
    try:
        url = f"http://127.0.0.1:{port}"
        size = len(urllib.request.urlopen(urllib.request.Request(url + PATH, headers=HEADER)).read())
        ratios = []
        for _ in range(rounds):
            ours = row(program, url, PATH, size, 64, 10_000, 1)
            fastest = on_first_cpu(["wrk", "-t1", "-c64", "-d1s", *headers("-H"), url + PATH])
            ratios.append(1e6 / ours["ours_wall_us"] / float(re.search(r"Requests/sec:\s+([\d.]+)", fastest.stdout).group(1)))
        low, high = interval(ratios)
        passes = low > WRK_BAR
        print(f"5 ms of latency, 64 in flight: {statistics.median(ratios):.3f} of wrk's requests a second, "
              f"95 % interval {low:.3f} to {high:.3f}, above {WRK_BAR}: {'pass' if passes else 'FAIL'}")
        return passes
    finally:
        server.terminate()
        server.wait()


def main():
    program, *arguments = sys.argv[1:]
    quick = "--quick" in arguments
    results = [against_a_slow_server(program, 5 if quick else 15), against_nginx(program, quick)]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
