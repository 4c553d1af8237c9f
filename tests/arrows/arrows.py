"""Which room of the house may include what (docs/architecture.md), checked over the #include lines.

    arrows.py [ROOT]    prints each offence as file:line: what, and fails if there is any
"""
import pathlib
import re
import sys

# What a room may use directly; what those may use comes with them.
ARROWS = {
    "core": [],
    "cache": [],
    "policy": [],
    "model": ["core"],
    "op": ["model"],
    "http": ["core", "cache", "policy"],
    "service": ["http", "op"],
    "storage": [],
    "outbox": ["core", "policy", "model", "storage"],
    "client": ["service", "outbox", "cache_disk"],
    "server": ["op"],
    "cache_disk": ["cache", "storage"],
    "cache_redis": ["cache"],
}

# Third-party headers by library, as a regular expression over the path between < and >.
LIBRARIES = {
    "asio umbrella": r"boost/asio\.hpp$",
    "asio": r"boost/asio/",
    "beast": r"boost/beast",
    "boost": r"boost/",
    "curl": r"curl/",
    "simdjson": r"simdjson",
    "sqlite": r"(SQLiteCpp/|sqlite3\.h)",
    "pegtl": r"tao/",
    "compression": r"(zlib\.h|zstd\.h|zip\.h)",
    "pugixml": r"pugixml",
    "openssl": r"openssl/",
    "CLI11": r"CLI/",
    "spdlog": r"(spdlog|fmt)/",
    "toml++": r"toml\+\+/",
    "nlohmann": r"nlohmann/",
    "hiredis": r"hiredis/",
    "gtest": r"(gtest|gmock)/",
    "valgrind": r"valgrind/",
}
SYSTEM = r"(sys|netinet|arpa|linux|net|cxxabi|bits)/"

SOURCE_LIBRARIES = {
    "core": ["asio"],
    "model": ["simdjson", "pugixml", "compression"],
    "http": ["asio", "curl", "compression", "openssl"],
    "client": ["asio", "curl", "toml++"],  # toml++: docs/adr/0006-dependencies.md
    "storage": ["sqlite"],
    "outbox": ["sqlite", "compression", "openssl"],
    "server": ["asio", "beast", "boost", "sqlite", "pegtl", "compression", "simdjson", "openssl"],
    "cache_disk": ["sqlite", "openssl"],
    "cache_redis": ["hiredis", "openssl"],
}
PUBLIC_LIBRARIES = {"core": ["asio"], "testing": ["gtest"]}

MOST_LINES = 500
INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')


def reachable(room):
    """The room itself and everything its arrows lead to."""
    seen, waiting = set(), [room]
    while waiting:
        current = waiting.pop()
        if current not in seen:
            seen.add(current)
            waiting += ARROWS.get(current, [])
    return seen


def room_of(path):
    """Room of a path below include/ or src/; the headers at the top of include/wats are the client's."""
    parts = pathlib.PurePosixPath(path).parts
    if parts[0] in ("wats", "src"):
        return parts[1] if len(parts) > 2 else "client"
    return None


def library_of(header):
    for library, pattern in LIBRARIES.items():
        if re.match(pattern, header):
            return library
    return "unknown" if "/" in header and not re.match(SYSTEM, header) else None


def check_include(room, public, quote, header):
    """What is wrong with this include, or None."""
    target = room_of(header)
    if target is not None:
        if quote == "<":
            return "our own headers go in quotes"
        if header.startswith("src/") and public:
            return "a public header includes a private one"
        if room != "testing" and target not in reachable(room):
            return f"room {room} may not use room {target}"
        return None
    if quote == '"':
        return "our own headers are named from the root: wats/... or src/..."
    library = library_of(header)
    if library is None:
        return None
    if library not in (PUBLIC_LIBRARIES if public else SOURCE_LIBRARIES).get(room, []):
        return f"{'a public header of ' if public else ''}room {room} may not use {library}"
    return None


def check_file(path, room, public):
    """Pairs of line number and offence."""
    lines = path.read_text(encoding="utf-8").splitlines()
    if len(lines) > MOST_LINES:
        yield len(lines), f"longer than {MOST_LINES} lines"
    if path.suffix == ".hpp":
        if not lines or not lines[0].startswith("// "):
            yield 1, "the first line has to be a comment that says what the file is for"
        if "#pragma once" not in lines:
            yield 1, "no #pragma once"
    for number, line in enumerate(lines, 1):
        found = INCLUDE.match(line)
        if found:
            offence = check_include(room, public, *found.groups())
            if offence:
                yield number, offence


def offences(root):
    """Every offence in the tree as 'file:line: what'."""
    for folder, prefix, public in (("include/wats", "wats", True), ("src", "src", False)):
        for path in sorted((root / folder).rglob("*.[hc]pp")):
            inside = f"{prefix}/{path.relative_to(root / folder).as_posix()}"
            room = room_of(inside)
            if room != "testing" and room not in ARROWS:
                yield f"{folder}/{inside.partition('/')[2]}:1: no room is called {room}"
                continue
            for number, offence in check_file(path, room, public):
                yield f"{path.relative_to(root).as_posix()}:{number}: {offence}"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    found = list(offences(root))
    print("\n".join(found) if found else "arrows: every include follows them")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
