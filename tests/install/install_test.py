#!/usr/bin/python3
"""Installs the project to a prefix of its own and builds and runs a small program against what is there.

    install_test.py CMAKE BUILD_DIR CXX CONSUMER COMPONENT

CONSUMER is a folder with a CMakeLists.txt that takes COMPONENT and makes a program called `consumer`.
"""
import pathlib
import shutil
import subprocess
import sys


def run(*command):
    print("+", *command, flush=True)
    subprocess.run(command, check=True)


def main():
    cmake, build, compiler, consumer, component = sys.argv[1:]
    work = pathlib.Path(build) / "tests" / "install" / component
    prefix, consumer_build = work / "prefix", work / "build"
    shutil.rmtree(work, ignore_errors=True)
    run(cmake, "--install", build, "--prefix", str(prefix))
    run(cmake, "-S", consumer, "-B", str(consumer_build), "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={prefix}",
        f"-DCMAKE_CXX_COMPILER={compiler}", f"-DCOMPONENT={component}", "-DCMAKE_BUILD_TYPE=Release")
    run(cmake, "--build", str(consumer_build))
    run(str(consumer_build / "consumer"))


if __name__ == "__main__":
    main()
