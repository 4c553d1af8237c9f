#!/usr/bin/python3
"""Runs clang-tidy over the project's sources, in parallel, and skips what passed before and has not changed.

    tidy.py --build DIR [--jobs N] [--all] [FILES...]

Sources are those of compile_commands.json below src, apps and examples; --all takes tests, bench and fuzz in too. What
is compiled as one (CMake's unity files) is checked as one: most of the time goes into the headers they share.
A file has not changed when its command, .clang-tidy, clang-tidy's version and every project header it read are the
same; the record of that lies in the user's cache folder, so a new clone profits from it.
"""
import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TIDY = "clang-tidy-19"
USUAL = ("src", "apps", "examples")
MORE = ("tests", "bench", "fuzz")


def cache_folder():
    base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(base) / "cppwats" / "tidy"


def digest(*parts):
    total = hashlib.sha256()
    for part in parts:
        total.update(part if isinstance(part, bytes) else str(part).encode())
        total.update(b"\0")
    return total.hexdigest()


def parts_of(file):
    """The sources that a unity file includes; of any other file itself."""
    if file.parent.name != "Unity":
        return [file]
    found = re.findall(r'^#include "(.+)"$', file.read_text(encoding="utf-8"), re.MULTILINE)
    return [pathlib.Path(name) for name in found]


class Source:
    """One file with its command and what is known of it from earlier runs."""

    def __init__(self, entry, version):
        self.file = pathlib.Path(entry["file"])
        self.parts = parts_of(self.file)
        self.name = self.file.relative_to(ROOT).as_posix()
        self.command = shlex.split(entry["command"])
        self.directory = entry["directory"]
        # Wherever the clone lies.
        command = entry["command"].replace(str(ROOT), "")
        self.fixed = digest(version, (ROOT / ".clang-tidy").read_bytes(), command)
        self.record = cache_folder() / digest(self.name)

    def title(self):
        names = [part.relative_to(ROOT).as_posix() for part in self.parts]
        return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"

    def state(self, headers):
        contents = [(ROOT / name).read_bytes() if (ROOT / name).exists() else b"" for name in headers]
        return digest(self.fixed, *contents)

    def passed_before(self):
        try:
            known = json.loads(self.record.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return False
        return any(self.state(past["headers"]) == past["state"] for past in known)

    def headers(self):
        """Project files that the compiler reads for this source, itself included."""
        at = next(i for i, word in enumerate(self.command) if "clang" in pathlib.Path(word).name)
        command = self.command[at:]
        for option in ("-o",):
            if option in command:
                del command[command.index(option):command.index(option) + 2]
        done = subprocess.run([*command, "-MM", "-MF", "-"], cwd=self.directory, capture_output=True, text=True)
        words = done.stdout.replace("\\\n", " ").split()
        paths = (pathlib.Path(self.directory, word) for word in words if not word.endswith(":"))
        inside = {path.resolve() for path in paths if path.resolve().is_relative_to(ROOT)}
        # A unity file is a list of the others, with the place of the clone in it.
        return sorted(path.relative_to(ROOT).as_posix() for path in (inside | {*self.parts}) - {self.file})

    def remember(self):
        headers = self.headers()
        entry = {"headers": headers, "state": self.state(headers)}
        self.record.parent.mkdir(parents=True, exist_ok=True)
        self.record.write_text(json.dumps([entry]), encoding="utf-8")

    def check(self, build):
        """Empty when the file is clean, else what clang-tidy says."""
        done = subprocess.run([TIDY, "--quiet", "-p", str(build), str(self.file)], capture_output=True, text=True)
        if done.returncode == 0:
            self.remember()
            return ""
        return done.stdout + "\n".join(line for line in done.stderr.splitlines() if "warnings generated" not in line)


def wanted(source, options):
    if not all(part.is_relative_to(ROOT) and not part.is_relative_to(options.build.resolve()) for part in source.parts):
        return False
    names = [part.relative_to(ROOT) for part in source.parts]
    if options.files:
        return any(name.as_posix() in options.files for name in names)
    return names[0].parts[0] in (USUAL + MORE if options.all else USUAL)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--all", action="store_true")
    parser.add_argument("files", nargs="*")
    options = parser.parse_args()
    options.files = {(pathlib.Path.cwd() / file).resolve().relative_to(ROOT).as_posix() for file in options.files}

    version = subprocess.run([TIDY, "--version"], capture_output=True, text=True, check=True).stdout
    entries = json.loads((options.build / "compile_commands.json").read_text(encoding="utf-8"))
    # Once each, though a file may be in several targets.
    sources = {entry["file"]: Source(entry, version) for entry in entries}
    sources = {file: source for file, source in sources.items() if wanted(source, options)}
    found = {part.relative_to(ROOT).as_posix() for source in sources.values() for part in source.parts}
    missing = options.files - found
    if missing:
        sys.exit(f"not in {options.build}/compile_commands.json: {' '.join(sorted(missing))}")

    todo = [source for source in sources.values() if not source.passed_before()]
    count = sum(len(source.parts) for source in sources.values())
    print(f"{count} files in {len(sources)} units, {len(sources) - len(todo)} units unchanged since they passed", flush=True)
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        running = {pool.submit(source.check, options.build): source for source in todo}
        for number, done in enumerate(concurrent.futures.as_completed(running), 1):
            said = done.result()
            bad += bool(said)
            print(f"[{number}/{len(todo)}] {running[done].title()}{': NOT clean' if said else ''}", flush=True)
            if said:
                print(said, flush=True)
    if bad:
        sys.exit(f"clang-tidy: {bad} of {len(sources)} units are not clean")
    print(f"clang-tidy: {count} files are clean")


if __name__ == "__main__":
    main()
