#!/usr/bin/python3
"""Checks that a file does not compile, for the reason in its first line, and that it does once it is fixed.

    compile_fail.py COMPILER FILE FLAGS...

The first line is `// error: REGEX`. The part between `#ifdef WATS_FIXED` and `#else` is the right way to write it:
without it a file that fails for another reason, a missing header for example, would count as a success.
"""
import re
import subprocess
import sys


def compile_file(compiler, file, flags):
    command = [compiler, "-fsyntax-only", *flags, file]
    done = subprocess.run(command, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"})
    return done.returncode, done.stderr


def main():
    compiler, file, *flags = sys.argv[1:]
    with open(file, encoding="utf-8") as source:
        first = source.readline()
    expected = re.match(r"// error: (.+)", first)
    if not expected:
        sys.exit(f"{file}: the first line has to be '// error: REGEX'")
    pattern = expected.group(1)

    code, output = compile_file(compiler, file, flags)
    if code == 0:
        sys.exit(f"{file}: compiles, and must not")
    if not re.search(pattern, output):
        sys.exit(f"{file}: fails, but not with '{pattern}':\n{output}")
    code, output = compile_file(compiler, file, [*flags, "-DWATS_FIXED"])
    if code != 0:
        sys.exit(f"{file}: does not compile with WATS_FIXED either, so it proves nothing:\n{output}")


if __name__ == "__main__":
    main()
