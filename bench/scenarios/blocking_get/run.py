#!/usr/bin/python3
"""Starts nginx with one product of 1 KB on a free port, runs bench_blocking_get against it, stops nginx."""
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def product():
    """A product of about 1 KB, as the server answers it."""
    revisions = [{"productRevisionId": f"00000000-0000-4000-8000-00000000000{i}", "revision": letter,
                  "name": f"Revision {letter}", "description": "Made for the line, second half of the year",
                  "state": 1, "tags": []} for i, letter in enumerate("ABC")]
    return json.dumps({"productId": "00000000-0000-4000-8000-000000000010", "partNumber": "PN-1",
                       "name": "Controller board", "description": "Main board of the controller family " * 6,
                       "nonSerial": False, "state": 1, "productCategoryId": "00000000-0000-4000-8000-000000000020",
                       "productCategoryName": "Boards", "revisions": revisions,
                       "tags": [{"key": "line", "value": "L2"}]}, separators=(",", ":"))


def configuration(folder, port):
    return f"""
daemon off; worker_processes 1; worker_cpu_affinity {1 << (os.cpu_count() - 1):b}; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off; keepalive_requests 100000000; keepalive_timeout 600;
  server {{ listen 127.0.0.1:{port}; default_type application/json; root {folder}; }}
}}
"""


def wait_for(port):
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            return
        except OSError:
            time.sleep(0.02)
    sys.exit("nginx did not start")


def main():
    program, *arguments = sys.argv[1:]
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    if not pathlib.Path(nginx).exists():
        sys.exit("nginx is missing: apt-get install nginx-light")
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        # Workers of an nginx started by root run as nobody.
        pathlib.Path(folder).chmod(0o755)
        page = pathlib.Path(folder, "api", "Product")
        page.mkdir(parents=True)
        (page / "PN-1").write_text(product(), encoding="utf-8")
        conf = pathlib.Path(folder, "nginx.conf")
        conf.write_text(configuration(folder, port), encoding="utf-8")
        server = subprocess.Popen([nginx, "-c", str(conf), "-p", folder], stderr=subprocess.DEVNULL)
        try:
            wait_for(port)
            return subprocess.run([program, f"http://127.0.0.1:{port}", *arguments]).returncode
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    sys.exit(main())
