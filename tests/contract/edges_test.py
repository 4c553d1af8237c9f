"""What writes are seen to change at the server stands in the contract's x-invalidates, or in api/overlay.yaml.

    edges_test.py DUMP_EDGES     the program that tries it out and prints what it saw
"""
import copy
import json
import pathlib
import subprocess
import sys
import unittest

import openapi

API = pathlib.Path(__file__).resolve().parents[2] / "api"
OPERATIONS = openapi.load(API)
OVERLAY = openapi.load_overlay(API)
SEEN = {}


def listed(write, operations, overlay):
    """The reads that a write makes stale by the contract and by what the overlay adds."""
    contract = set(operations[write].get("x-invalidates") or [])
    return contract, set(overlay.get("cards", {}).get(write, {}).get("x-invalidates", []))


def differences(seen, operations, overlay):
    found = {(edge["write"], edge["read"]) for edge in seen["edges"]}
    for edge in seen["edges"]:
        contract, added = listed(edge["write"], operations, overlay)
        if edge["read"] not in contract | added:
            yield f"{edge['write']} changes {edge['read']}, which x-invalidates does not say: {edge['example']}"
    for write in seen["cards"]:
        contract, added = listed(write, operations, overlay)
        for read in sorted(added & contract):
            yield f"{write}: overlay repeats that it invalidates {read}"
        for read in sorted(added - contract):
            if (write, read) not in found:
                yield f"{write}: overlay says that it invalidates {read}, which nobody saw"


def superfluous(seen, operations, overlay):
    """What is listed, has cards at both ends and was not seen: allowed, since it only costs a request."""
    found = {(edge["write"], edge["read"]) for edge in seen["edges"]}
    for write in seen["cards"]:
        for read in sorted(set.union(*listed(write, operations, overlay)) & set(seen["cards"])):
            if (write, read) not in found:
                yield f"{write} -> {read}"


class Edges(unittest.TestCase):
    maxDiff = None

    def test_none_is_missing(self):
        self.assertEqual([], list(differences(SEEN, OPERATIONS, OVERLAY)))
        print("never seen, though listed:", ", ".join(superfluous(SEEN, OPERATIONS, OVERLAY)) or "none")

    def test_something_was_seen_of_every_write(self):
        writes = {name for name in SEEN["cards"] if OPERATIONS[name].method != "GET"}
        self.assertEqual(writes, {edge["write"] for edge in SEEN["edges"]})


class Planted(unittest.TestCase):
    """Each gap gives the difference it should."""

    def setUp(self):
        self.seen = copy.deepcopy(SEEN)
        self.operations = copy.deepcopy(OPERATIONS)
        self.overlay = copy.deepcopy(OVERLAY)

    def assert_seen(self, words):
        found = list(differences(self.seen, self.operations, self.overlay))
        self.assertTrue(any(words in line for line in found), f"nothing says '{words}' in {found}")

    def test_an_edge_that_the_contract_lacks(self):
        self.operations["product_save"].body["x-invalidates"].remove("production_get_unit")
        self.assert_seen("product_save changes production_get_unit")

    def test_an_edge_that_the_overlay_lacks(self):
        self.overlay["cards"]["report_post_wsjf"]["x-invalidates"].remove("production_get_unit")
        self.assert_seen("report_post_wsjf changes production_get_unit")

    def test_an_edge_that_the_overlay_repeats(self):
        self.overlay["cards"]["report_post_wsjf"]["x-invalidates"].append("report_query_headers")
        self.assert_seen("overlay repeats that it invalidates report_query_headers")

    def test_an_edge_that_is_none(self):
        self.overlay["cards"]["report_post_wsjf"]["x-invalidates"].append("product_list")
        self.assert_seen("overlay says that it invalidates product_list, which nobody saw")


if __name__ == "__main__":
    SEEN.update(json.loads(subprocess.run([sys.argv.pop(1)], capture_output=True, text=True, check=True).stdout))
    unittest.main()
