"""The program from outside: exit codes, what goes where, and that nothing hostile or secret reaches a terminal.

Usage: cli_test.py PROGRAM. The server is scripted here, so that it can answer what no good server would.
"""

import http.server
import json
import os
import pty
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

PROGRAM = sys.argv.pop(1)
TOKEN = "c2VjcmV0OnRva2Vu"
PRODUCT = {
    "partNumber": "PN-7", "name": "Caf\u00e9 \u009b31m\x1b[2J", "nonSerial": False, "state": 1,
    "newer": {"kept": [1, 2]}, "revisions": [{"revision": "A", "state": 1}], "tags": [],
}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    bodies = []
    flaky = 0

    def log_message(self, *_):
        pass

    def answer(self, status, body, content_type="application/json"):
        data = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        path = self.path.split("?")[0]
        if self.headers.get("Authorization") != f"Basic {TOKEN}":
            self.answer(401, '{"message": "who are you?"}')
        elif path == "/api/App/Version":
            self.answer(200, '"23.1"')
        elif path == "/api/Product/PN-7":
            self.answer(200, json.dumps(PRODUCT, ensure_ascii=False))
        elif path == "/api/Product/BROKEN":
            self.answer(200, '{"partNumber": 7')
        elif path == "/api/Product/Query":
            rows = [{"partNumber": f"PN-{i}", "name": "x" * 60, "state": 1} for i in range(5000)]
            self.answer(200, json.dumps(rows))
        elif path == "/text":
            self.answer(200, "first\n\x1b[31msecond", "text/plain")
        elif path == "/flaky":
            Handler.flaky += 1
            self.answer(503 if Handler.flaky % 2 else 200, "{}")
        elif path == "/hang":
            self.server.leave.wait()
        else:
            self.answer(404, '{"message": "no \\u001b]0;title\\u0007such thing"}')

    def do_PUT(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        Handler.bodies.append(json.loads(body))
        self.answer(200, body.decode())

    do_POST = do_PUT


class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err


class Program(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        cls.server.daemon_threads = True
        cls.server.leave = threading.Event()
        cls.thread = threading.Thread(target=cls.server.serve_forever)
        cls.thread.start()
        cls.folder = tempfile.mkdtemp()
        cls.url = f"http://127.0.0.1:{cls.server.server_port}"

    @classmethod
    def tearDownClass(cls):
        cls.server.leave.set()
        cls.server.shutdown()
        cls.thread.join()
        cls.server.server_close()
        shutil.rmtree(cls.folder)

    def environment(self, **changes):
        env = {k: v for k, v in os.environ.items() if not k.startswith("WATS_") and k != "NO_COLOR"}
        env.update(WATS_BASE_URL=self.url, WATS_AUTH_TOKEN=TOKEN, WATS_CONFIG="/dev/null", http_proxy="", all_proxy="")
        env.update(changes)
        return env

    def wats(self, *arguments, stdin="", **changes):
        done = subprocess.run([PROGRAM, *arguments], input=stdin, capture_output=True, text=True, timeout=60,
                              env=self.environment(**changes), check=False)
        self.assertNotIn(TOKEN, done.stdout + done.stderr)
        return Result(done.returncode, done.stdout, done.stderr)

    def fails(self, code, *arguments, **more):
        """Ends with the code, prints nothing, and says one line."""
        result = self.wats(*arguments, **more)
        self.assertEqual((result.code, result.out), (code, ""), result.err)
        self.assertRegex(result.err, r"^wats: [^\n\x1b\x07]+\n$")
        return result.err

    def file(self, name, text, mode=0o600):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(text)
        os.chmod(path, mode)
        return path

    def on_terminal(self, *arguments):
        """What the program prints when its standard output is a terminal of 80 columns."""
        leader, follower = pty.openpty()
        with subprocess.Popen([PROGRAM, *arguments], stdout=follower, stderr=subprocess.DEVNULL,
                              env=self.environment()) as child:
            os.close(follower)
            out = b""
            while True:
                try:
                    part = os.read(leader, 65536)
                except OSError:
                    break
                if not part:
                    break
                out += part
            child.wait()
        os.close(leader)
        return out.decode().replace("\r\n", "\n")

    # what works

    def test_ping_tells_the_version_and_the_time(self):
        result = self.wats("ping")
        self.assertEqual(result.code, 0, result.err)
        self.assertRegex(result.out, r"^WATS 23\.1 at http://127\.0\.0\.1:\d+: [\d.]+ ms .* [\d.]+ ms ")

    def test_ping_for_programs_is_json(self):
        answer = json.loads(self.wats("ping", "--json").out)
        self.assertEqual((answer["version"], answer["baseUrl"]), ("23.1", self.url))

    def test_global_options_stand_before_or_behind_the_command(self):
        self.assertEqual(json.loads(self.wats("--json", "ping").out).keys(),
                         json.loads(self.wats("ping", "--json").out).keys())

    def test_get_prints_the_body_byte_by_byte(self):
        self.assertEqual(self.wats("get", "/api/App/Version").out, '"23.1"')
        self.assertEqual(self.wats("get", "text").out, "first\n\x1b[31msecond")

    def test_get_writes_a_file_that_is_there_when_it_is_whole(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "products.json")
            result = self.wats("get", "/api/Product/Query", "-o", path, "-v")
            self.assertEqual(result.out, "")
            with open(path, encoding="utf-8") as file:
                self.assertEqual(len(json.load(file)), 5000)
            self.assertRegex(result.err, rf"^wats: HTTP 200, application/json, {os.path.getsize(path)} bytes, [\d.]+ ms, from the server\n$")
            self.assertEqual(self.wats("get", "/nowhere", "-o", path + "2").code, 1)
            self.assertEqual(os.listdir(folder), ["products.json"])
            self.assertEqual(self.wats("get", "/api/App/Version", "-o", "/nowhere/file").code, 6)

    def test_get_verbose_tells_status_and_type_on_stderr(self):
        result = self.wats("get", "/api/App/Version", "-v")
        self.assertEqual(result.out, '"23.1"')
        self.assertRegex(result.err, r"^wats: HTTP 200, application/json, 6 bytes, [\d.]+ ms, from the server\n$")

    def test_twice_verbose_tells_of_every_attempt(self):
        result = self.wats("get", "/flaky", "-vv")
        self.assertEqual(result.out, "{}")
        lines = [line for line in result.err.splitlines() if " attempt " in line]
        self.assertRegex(lines[0], r"raw attempt 1: HTTP 503 after [\d.]+ ms .*, request id [0-9a-f]{24}; again in \d+ ms$")
        self.assertRegex(lines[1], r"raw attempt 2: HTTP 200 after [\d.]+ ms .*, HTTP/1.1, kept connection, 2 bytes, ")
        self.assertNotIn(TOKEN, result.err)

    def test_an_operation_shows_a_record_member_by_member(self):
        out = self.wats("op", "product_get", "--part-number", "PN-7").out
        self.assertRegex(out, r"(?m)^part number +PN-7$")
        self.assertRegex(out, r'(?m)^newer +\{"kept":\s?\[1,\s?2\]\}$')
        self.assertRegex(out, r"(?m)^revisions$")

    def test_json_of_an_operation_is_the_record_with_what_is_unknown(self):
        answer = json.loads(self.wats("op", "product_get", "--part-number", "PN-7", "--json").out)
        self.assertEqual((answer["partNumber"], answer["newer"]), ("PN-7", PRODUCT["newer"]))

    def test_documents_come_in_place_from_a_file_or_from_the_standard_input(self):
        text = json.dumps({"partNumber": "NEW", "name": "n", "newer": 1})
        for given, stdin in ((text, ""), ("@" + self.file("product.json", text), ""), ("-", text)):
            result = self.wats("op", "product_save", "--product", given, "--json", stdin=stdin)
            self.assertEqual(result.code, 0, result.err)
            self.assertEqual(json.loads(result.out)["partNumber"], "NEW")
            self.assertEqual(Handler.bodies.pop()["newer"], 1)

    def test_ops_lists_and_details_operations(self):
        rows = json.loads(self.wats("ops", "--json").out)
        self.assertIn("product_get", [row["operation"] for row in rows])
        one = json.loads(self.wats("ops", "product_get", "--json").out)
        self.assertEqual((one["method"], one["path"], one["class"]), ("GET", "/api/Product/{partNumber}", "slow"))
        self.assertEqual(one["fields"][0]["flag"], "--part-number")
        self.assertRegex(self.wats("ops", "report").out, r"(?m)^report_post_wsjf +POST ")

    def test_every_operation_has_help_with_an_example(self):
        for row in json.loads(self.wats("ops", "--json").out):
            result = self.wats("op", row["operation"], "--help")
            self.assertEqual(result.code, 0)
            self.assertIn(f"Usage: wats op {row['operation']}", result.out)
            self.assertIn(f"  wats op {row['operation']}", result.out.split("Examples:")[1])
            for field in row["fields"]:
                self.assertIn(field["flag"], result.out)

    def test_every_command_has_help_with_examples(self):
        for command in ("ping", "get", "ops", "op", "serve", "demo", "cache", "cache stats", "cache explain",
                        "cache clear", "cache simulate", "completion"):
            result = self.wats(*command.split(), "--help")
            self.assertEqual(result.code, 0)
            self.assertRegex(result.out, rf"Examples:\n(.*\n)* .*wats {command}")

    def test_version(self):
        self.assertRegex(self.wats("--version").out, r"^wats \d+\.\d+\.\d+\n$")

    def test_the_bash_completion_knows_commands_operations_and_flags(self):
        script = self.file("completion.bash", self.wats("completion", "bash").out)
        for typed, wanted in ((["wats", "co"], "completion"), (["wats", "op", "product_g"], "product_get"),
                              (["wats", "op", "product_get", "--pa"], "--part-number"),
                              (["wats", "op", "product_get", "--js"], "--json"), (["wats", "ca"], "cache"),
                              (["wats", "cache", "s"], "simulate"), (["wats", "cache", "s"], "stats"),
                              (["wats", "cache", "simulate", "--po"], "--policy")):
            words = " ".join(typed)
            program = (f"source {script}; COMP_WORDS=({words}); COMP_CWORD={len(typed) - 1}; _wats; "
                       'printf "%s\\n" "${COMPREPLY[@]}"')
            done = subprocess.run(["bash", "-c", program], capture_output=True, text=True, check=True)
            self.assertIn(wanted, done.stdout.split(), words)

    # what is kept on disk

    def test_answers_are_kept_on_disk_and_can_be_looked_at(self):
        folder = self.file("nothing", "") + ".cache"
        self.assertIn("--dir", self.fails(2, "cache", "stats"))
        self.assertIn(folder, self.fails(6, "cache", "stats", "--dir", folder))
        kept = {"WATS_CACHE_DIR": folder}
        self.assertEqual(self.wats("op", "product_get", "--part-number", "PN-7", **kept).code, 0)
        self.assertEqual(oct(os.stat(folder).st_mode & 0o777), "0o700")
        for name in os.listdir(folder):
            self.assertEqual(os.stat(os.path.join(folder, name)).st_mode & 0o077, 0, name)
            with open(os.path.join(folder, name), "rb") as file:
                self.assertNotIn(TOKEN.encode(), file.read(), name)
        # The next start needs no server.
        self.assertIn("200", self.wats("-vv", "op", "product_get", "--part-number", "PN-7").err)
        again = self.wats("-vv", "op", "product_get", "--part-number", "PN-7", **kept)
        self.assertEqual(again.code, 0)
        self.assertRegex(again.err, r"^wats: from the second level of the cache, [\d.]+ s old\n$")
        stats = json.loads(self.wats("cache", "stats", "--json", **kept).out)
        self.assertEqual((stats["entries"], stats["fresh"], stats["stale"]), (1, 1, 0))
        self.assertIn("answers", self.wats("cache", "stats", "--dir", folder).out)
        entry = json.loads(self.wats("cache", "explain", "PN-7", "--json", **kept).out)["entries"][0]
        self.assertEqual((entry["operation"], entry["fields"], entry["state"]), ("product_get", ["PN-7"], "fresh"))
        self.assertIn("product_get", self.wats("cache", "explain", **kept).out)
        self.assertIn("PN-8", self.fails(1, "cache", "explain", "PN-8", "--dir", folder))
        self.assertEqual(self.wats("cache", "clear", **kept).out, "1 answers removed\n")
        self.assertEqual(json.loads(self.wats("cache", "stats", "--json", **kept).out)["entries"], 0)

    # what a cache would do

    def test_a_trace_is_replayed_under_every_policy(self):
        # By hand, two entries: LRU hits a once; the optimum a, b and c once each.
        trace = self.file("keys.txt", "# by hand\na\nb\na\nc\nb\na\nc\n\nb\n")
        answer = json.loads(self.wats("cache", "simulate", "--trace", trace, "--size", "2", "--json").out)
        self.assertEqual((answer["requests"], answer["distinctKeys"]), (8, 3))
        misses = {row["policy"]: row["misses"] for row in answer["results"]}
        self.assertEqual(list(misses), ["lru", "sieve", "s3_fifo", "belady"])
        self.assertEqual((misses["lru"], misses["belady"]), (7, 5))
        for row in answer["results"]:
            self.assertEqual(row["hits"] + row["misses"], 8)
            self.assertEqual(row["missRatio"], row["misses"] / 8)
            self.assertEqual(row["timesBelady"], row["misses"] / 5)

    def test_sizes_are_entries_or_shares_of_the_distinct_keys(self):
        keys = "".join(f"key {i % 30}\n" for i in range(90))
        result = self.wats("cache", "simulate", "--trace", "-", "--size", "1%,10%,25%,30", "--policy", "lru", stdin=keys)
        self.assertEqual((result.code, result.err), (0, ""))
        heading, *rows = (re.split(r"  +", line.strip()) for line in result.out.splitlines())
        self.assertEqual(heading, ["size", "entries", "policy", "requests", "distinct keys", "hits", "misses", "miss ratio"])
        self.assertEqual(rows, [["1%", "1", "lru", "90", "30", "0", "90", "1.000000"],
                                ["10%", "3", "lru", "90", "30", "0", "90", "1.000000"],
                                ["25%", "8", "lru", "90", "30", "0", "90", "1.000000"],
                                ["30", "lru", "90", "30", "60", "30", "0.333333"]])

    def test_the_key_of_a_csv_trace_is_a_column_by_name_or_number(self):
        rows = "1,x,10\n2,y,20\n3,x,30\n"
        for column, text in (("key", "time,key,size\n" + rows), ("2", rows), ("key", "time,key,size\r\n1,x,1\r\n2,\"x\",1\r\n")):
            result = self.wats("cache", "simulate", "--trace", "-", "--size", "9", "--policy", "s3_fifo", "--json",
                               "--column", column, stdin=text)
            self.assertEqual(result.code, 0, result.err)
            self.assertEqual(json.loads(result.out)["results"][0]["hits"], 1)

    def test_a_simulation_that_cannot_be_made_says_why(self):
        trace = self.file("keys.txt", "a\nb\n")
        simulate = ("cache", "simulate", "--trace", trace)
        self.assertIn("simulate", self.fails(2, "cache"))
        self.assertIn("did you mean simulate?", self.fails(2, "cache", "simulat"))
        self.assertIn("--trace", self.fails(2, "cache", "simulate", "--size", "1"))
        self.assertIn("--size", self.fails(2, *simulate))
        for size in ("0", "x", "0%", "1,,2", "101%"):
            self.assertIn("is no size", self.fails(2, *simulate, "--size", size))
        self.assertIn("did you mean sieve?", self.fails(2, *simulate, "--size", "1", "--policy", "siev"))
        self.assertIn("no column 'key', there are: a", self.fails(2, *simulate, "--size", "1", "--column", "key"))
        self.assertIn("no column 2", self.fails(2, *simulate, "--size", "1", "--column", "2"))
        self.assertIn("numbered from 1", self.fails(2, *simulate, "--size", "1", "--column", "0"))
        self.assertIn("no key", self.fails(2, "cache", "simulate", "--trace", "-", "--size", "1", stdin="# nothing\n\n"))
        self.assertIn("line 1", self.fails(2, "cache", "simulate", "--trace", "-", "--size", "1", "--column", "\x1b[2J",
                                           stdin="a\x1b[31m,b\n"))
        self.fails(6, "cache", "simulate", "--trace", "/nonexistent", "--size", "1")
        self.fails(6, "cache", "simulate", "--trace", "/", "--size", "1")
        self.fails(6, "demo", "--trace", "/nonexistent/keys.txt")

    # what a terminal sees

    def test_a_terminal_sees_no_control_characters_of_the_server(self):
        for arguments in (("op", "product_get", "--part-number", "PN-7"),
                          ("op", "product_get", "--part-number", "PN-7", "--json"),
                          ("get", "/text"), ("get", "/api/Product/PN-7")):
            out = self.on_terminal(*arguments)
            ours = re.sub(r"\x1b\[[01]m", "", out)
            self.assertNotRegex(ours, r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", arguments)
            self.assertGreater(len(ours), 5)

    def test_json_for_a_terminal_is_indented_and_the_same(self):
        out = self.on_terminal("op", "product_get", "--part-number", "PN-7", "--json")
        self.assertIn('\n  "partNumber"', out)
        self.assertEqual(json.loads(out)["name"], PRODUCT["name"])

    def test_rows_fit_the_terminal(self):
        lines = self.on_terminal("op", "product_list", "--top", "3").splitlines()
        self.assertLessEqual(max(len(re.sub(r"\x1b\[[01]m", "", line)) for line in lines), 80)
        self.assertIn("…", lines[1])

    # what fails

    def test_not_found_is_1(self):
        self.assertIn("404", self.fails(1, "op", "product_get", "--part-number", "NONE"))
        self.assertIn("404", self.fails(1, "get", "/nothing"))

    def test_a_broken_answer_is_1(self):
        self.fails(1, "op", "product_get", "--part-number", "BROKEN")

    def test_wrong_use_is_2_with_a_suggestion(self):
        self.assertIn("did you mean ping?", self.fails(2, "pign"))
        self.assertIn("did you mean product_get?", self.fails(2, "op", "prodct_get"))
        self.assertIn("did you mean --part-number?", self.fails(2, "op", "product_get", "--part-numbr", "x"))
        self.assertIn("did you mean bash?", self.fails(2, "completion", "basch"))
        self.assertIn("did you mean ping?", self.fails(2, "pign", "--help"))

    def test_wrong_use_is_2_and_says_what_is_missing(self):
        self.assertIn("--help", self.fails(2))
        self.assertIn("wats ops", self.fails(2, "op"))
        self.assertIn("--part-number (part number)", self.fails(2, "op", "product_get"))
        self.assertIn("--report", self.fails(2, "op", "report_post_wsjf"))
        self.assertIn("--top: 'x'", self.fails(2, "op", "product_list", "--top", "x"))
        self.assertIn("partNumber", self.fails(2, "op", "product_save", "--product", "{}"))
        self.assertIn("--timeout", self.fails(2, "ping", "--timeout", "soon"))
        self.assertIn("--base-url", self.fails(2, "ping", WATS_BASE_URL=""))
        self.assertEqual(Handler.bodies, [])

    def test_no_server_is_3(self):
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))  # bound and not listening: nobody answers, and nobody else takes it
            url = f"http://127.0.0.1:{closed.getsockname()[1]}"
            self.assertIn("nobody answers", self.fails(3, "ping", "--base-url", url))

    def test_an_unknown_host_is_3(self):
        self.fails(3, "ping", "--base-url", "http://no-such-host.invalid", "--timeout", "20s", WATS_AUTH_TOKEN="")

    def test_a_silent_server_is_3_when_the_time_is_over(self):
        self.assertIn("200 ms", self.fails(3, "get", "/hang", "--timeout", "200ms"))

    def test_a_wrong_token_is_4(self):
        self.fails(4, "ping", WATS_AUTH_TOKEN="d3Jvbmc=")

    def test_files_that_cannot_be_read_are_6(self):
        self.fails(6, "op", "product_save", "--product", "@/nonexistent.json")
        self.fails(6, "op", "product_save", "--product", "@/")
        self.fails(6, "ping", "--config", "/nonexistent.toml")
        self.fails(6, "ping", "--token-file", "/nonexistent")

    def test_a_full_disk_is_6(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run([PROGRAM, "ops"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60,
                                  env=self.environment(), check=False)
        self.assertEqual(done.returncode, 6)
        self.assertRegex(done.stderr, r"^wats: the standard output can't be written: [^\n]+\n$")

    def test_a_reader_that_goes_away_is_nobodys_fault(self):
        command = f'"{PROGRAM}" op product_list --json | head -c 10; echo " ${{PIPESTATUS[0]}}"'
        done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60,
                              env=self.environment(), check=True)
        self.assertEqual((done.stdout.split()[-1], done.stderr), ("0", ""))

    # tokens

    def test_a_token_comes_from_a_file_or_the_standard_input(self):
        path = self.file("token", TOKEN + "\n")
        self.assertEqual(self.wats("ping", "--token-file", path, WATS_AUTH_TOKEN="").code, 0)
        self.assertEqual(self.wats("ping", "--token-file", "-", stdin=TOKEN + "\n", WATS_AUTH_TOKEN="").code, 0)

    def test_a_token_file_that_others_can_read_is_refused(self):
        path = self.file("open-token", TOKEN, 0o644)
        self.assertIn("chmod 600", self.fails(2, "ping", "--token-file", path))

    def test_a_token_on_the_command_line_is_refused_and_not_repeated(self):
        for arguments in (("--token", TOKEN, "ping"), (f"--token={TOKEN}", "ping"), ("ping", f"--token={TOKEN}")):
            self.assertIn("--token-file", self.fails(2, *arguments))

    def test_the_standard_input_is_given_away_once(self):
        self.assertIn("--token-file",
                      self.fails(2, "op", "product_save", "--product", "-", "--token-file", "-", stdin='{"partNumber":"A"}'))


if __name__ == "__main__":
    unittest.main()
