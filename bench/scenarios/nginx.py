"""An nginx of one's own for a benchmark: one worker on the last CPU, a free port, a folder of files."""
import contextlib
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


def configuration(folder, port):
    return f"""
daemon off; worker_processes 1; worker_cpu_affinity {1 << (os.cpu_count() - 1):b}; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 2048; }}
http {{
  access_log off; keepalive_requests 100000000; keepalive_timeout 600;
  server {{ listen 127.0.0.1:{port} backlog=1024; default_type application/json; root {folder}; }}
}}
"""


def wait_for(port, what):
    for _ in range(500):
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            return
        except OSError:
            time.sleep(0.02)
    sys.exit(f"{what} did not start")


@contextlib.contextmanager
def serving(files):
    """files: text by path. Gives the base URL."""
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    if not pathlib.Path(nginx).exists():
        sys.exit("nginx is missing: apt-get install nginx-light")
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        # Workers of an nginx started by root run as nobody.
        pathlib.Path(folder).chmod(0o755)
        for name, text in files.items():
            file = pathlib.Path(folder, name.lstrip("/"))
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        conf = pathlib.Path(folder, "nginx.conf")
        conf.write_text(configuration(folder, port), encoding="utf-8")
        server = subprocess.Popen([nginx, "-c", str(conf), "-p", folder], stderr=subprocess.DEVNULL)
        try:
            wait_for(port, "nginx")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait()
