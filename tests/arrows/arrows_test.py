"""The tree keeps the arrows, and each kind of offence is seen when it is planted."""
import pathlib
import tempfile
import unittest

import arrows

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEADER = "// A header.\n#pragma once\n"


class Tree(unittest.TestCase):
    maxDiff = None

    def test_the_project_keeps_the_arrows(self):
        self.assertEqual([], list(arrows.offences(ROOT)))


class Planted(unittest.TestCase):
    def offences(self, path, text):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name in ("include/wats", "src"):
                (root / name).mkdir(parents=True)
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
            return list(arrows.offences(root))

    def assert_clean(self, path, text):
        self.assertEqual([], self.offences(path, text))

    def assert_offence(self, words, path, text):
        found = self.offences(path, text)
        self.assertEqual(1, len(found), found)
        self.assertIn(words, found[0])

    def test_a_room_may_use_what_its_arrows_lead_to(self):
        self.assert_clean("src/service/a.cpp", '// A.\n#include "wats/core/error.hpp"\n')
        self.assert_clean("include/wats/client.hpp", HEADER + '#include "wats/service/products.hpp"\n')
        self.assert_clean("src/server/a.cpp", "// A.\n#include <boost/asio/post.hpp>\n")

    def test_a_room_may_not_go_against_an_arrow(self):
        self.assert_offence("may not use room http", "include/wats/model/a.hpp",
                            HEADER + '#include "wats/http/transport.hpp"\n')
        self.assert_offence("may not use room core", "src/cache/a.cpp", '// A.\n#include "wats/core/error.hpp"\n')

    def test_the_server_uses_neither_client_nor_http(self):
        for room in ("client", "http", "service"):
            self.assert_offence(f"may not use room {room}", "src/server/a.cpp",
                                f'// A.\n#include "wats/{room}/x.hpp"\n')

    def test_heavy_libraries_stay_out_of_public_headers(self):
        for header in ("curl/curl.h", "simdjson.h", "sqlite3.h", "SQLiteCpp/SQLiteCpp.h", "boost/asio.hpp"):
            self.assert_offence("a public header of room core may not use", "include/wats/core/a.hpp",
                                HEADER + f"#include <{header}>\n")

    def test_only_core_knows_asio_in_public(self):
        self.assert_clean("include/wats/core/a.hpp", HEADER + "#include <boost/asio/post.hpp>\n")
        self.assert_offence("may not use asio", "include/wats/http/a.hpp", HEADER + "#include <boost/asio/post.hpp>\n")

    def test_libraries_of_the_programs_stay_out_of_the_library(self):
        self.assert_clean("src/client/a.cpp", "// A.\n#include <toml++/toml.h>\n")
        for room, header in (("client", "CLI/CLI.hpp"), ("client", "spdlog/spdlog.h"), ("http", "toml++/toml.h")):
            self.assert_offence("may not use", f"src/{room}/a.cpp", f"// A.\n#include <{header}>\n")

    def test_a_library_nobody_decided_on_is_seen(self):
        self.assert_offence("may not use unknown", "src/http/a.cpp", "// A.\n#include <folly/Expected.h>\n")

    def test_private_headers_stay_private(self):
        self.assert_offence("private one", "include/wats/http/a.hpp", HEADER + '#include "src/http/driver.hpp"\n')

    def test_our_headers_are_named_from_the_root(self):
        self.assert_offence("from the root", "src/http/a.cpp", '// A.\n#include "driver.hpp"\n')
        self.assert_offence("in quotes", "src/http/a.cpp", "// A.\n#include <wats/core/error.hpp>\n")

    def test_a_header_says_what_it_is_for(self):
        self.assert_offence("has to be a comment", "src/http/a.hpp", "#pragma once\nint a;\n")
        self.assert_offence("no #pragma once", "src/http/a.hpp", "// A.\nint a;\n")

    def test_a_file_is_not_too_long(self):
        self.assert_offence("longer than 500", "src/http/a.cpp", "// A.\n" * 501)

    def test_a_room_has_to_be_known(self):
        self.assert_offence("no room is called cellar", "src/cellar/a.cpp", "// A.\n")


if __name__ == "__main__":
    unittest.main()
