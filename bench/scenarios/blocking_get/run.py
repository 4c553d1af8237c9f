#!/usr/bin/python3
"""Starts nginx with one product of 1 KB on a free port, runs bench_blocking_get against it, stops nginx."""
import json
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import nginx  # noqa: E402


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


def main():
    program, *arguments = sys.argv[1:]
    with nginx.serving({"/api/Product/PN-1": product()}) as url:
        return subprocess.run([program, url, *arguments]).returncode


if __name__ == "__main__":
    sys.exit(main())
