"""An nginx of one's own for a benchmark: one worker on the last CPU, free ports, a folder of files; in the open, over TLS
and over TLS with HTTP/2."""
import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time


class Place(str):
    """The base URL in the open; `tls` and `http2` are the others, signed by the authority in `ca_file`."""

    tls: str
    http2: str
    ca_file: str


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def configuration(folder, ports):
    listeners = [f"listen 127.0.0.1:{ports[0]} backlog=1024;"]
    if len(ports) > 1:
        secured = f"ssl_certificate {folder}/certificate.pem; ssl_certificate_key {folder}/key.pem;"
        listeners += [f"listen 127.0.0.1:{ports[1]} ssl backlog=1024; {secured}",
                      f"listen 127.0.0.1:{ports[2]} ssl http2 backlog=1024; {secured}"]
    servers = "\n".join(f"  server {{ {listener} default_type application/json; root {folder}/files; }}" for listener in listeners)
    return f"""
daemon off; worker_processes 1; worker_cpu_affinity {1 << (os.cpu_count() - 1):b}; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 100000000; keepalive_timeout 600;
{servers}
}}
"""


def make_certificate(folder):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", f"{folder}/key.pem", "-out", f"{folder}/certificate.pem", "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"], check=True, capture_output=True)


def wait_for(port, what):
    for _ in range(500):
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            return
        except OSError:
            time.sleep(0.02)
    sys.exit(f"{what} did not start")


@contextlib.contextmanager
def serving(files, tls=False):
    """files: text by path. Gives a Place."""
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    if not pathlib.Path(nginx).exists():
        sys.exit("nginx is missing: apt-get install nginx-light")
    ports = [free_port() for _ in range(3 if tls else 1)]
    with tempfile.TemporaryDirectory() as folder:
        # Workers of an nginx started by root run as nobody.
        pathlib.Path(folder).chmod(0o755)
        for name, text in files.items():
            file = pathlib.Path(folder, "files", name.lstrip("/"))
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        if tls:
            make_certificate(folder)
        conf = pathlib.Path(folder, "nginx.conf")
        conf.write_text(configuration(folder, ports), encoding="utf-8")
        server = subprocess.Popen([nginx, "-c", str(conf), "-p", folder], stderr=subprocess.DEVNULL)
        try:
            wait_for(ports[-1], "nginx")
            place = Place(f"http://127.0.0.1:{ports[0]}")
            if tls:
                place.tls, place.http2 = (f"https://127.0.0.1:{port}" for port in ports[1:])
                place.ca_file = f"{folder}/certificate.pem"
            yield place
        finally:
            server.terminate()
            server.wait()
