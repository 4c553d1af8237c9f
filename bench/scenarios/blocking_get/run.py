#!/usr/bin/python3
"""Starts nginx with one product of 1 KB on a free port, runs bench_blocking_get against it, stops nginx."""
import json
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
    revisions = [{"revision": chr(65 + i), "name": f"Revision {i}", "state": 1, "tags": []} for i in range(12)]
    return json.dumps({"partNumber": "PN-1", "name": "A product", "nonSerial": False, "state": 1,
                       "revisions": revisions, "tags": []}, separators=(",", ":"))


def configuration(folder, port):
    return f"""
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
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
