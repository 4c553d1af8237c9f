"""The cards and models agree with api/*.yaml, and each kind of disagreement is seen when it is planted.

    contract_test.py DUMP_CARDS     the program that prints the cards
"""
import copy
import json
import pathlib
import subprocess
import sys
import unittest

import compare
import openapi

API = pathlib.Path(__file__).resolve().parents[2] / "api"
OPERATIONS = openapi.load(API)
OVERLAY = openapi.load_overlay(API)
DUMP = {}


def differences(dump, operations=None, overlay=None):
    operations = OPERATIONS if operations is None else operations
    overlay = OVERLAY if overlay is None else overlay
    cards = dump["cards"]
    found = list(compare.coverage_differences(cards, operations, overlay.get("pending", [])))
    for card in cards:
        if card["id"] in operations:
            deviations = overlay.get("cards", {}).get(card["id"], {})
            found += compare.operation_differences(card, operations[card["id"]], deviations)
    found += compare.invalidation_differences(cards, operations)
    found += compare.model_differences(dump, operations, overlay)
    found += compare.overlay_differences(overlay, cards, operations)
    return found


class Contract(unittest.TestCase):
    maxDiff = None

    def test_cards_and_models_agree_with_the_contract(self):
        self.assertEqual([], differences(DUMP))

    def test_the_dump_is_not_empty(self):
        self.assertGreaterEqual(len(DUMP["cards"]), 11)
        self.assertIn("Product", DUMP["models"])


class Planted(unittest.TestCase):
    """Each change to a good dump gives exactly the difference it should."""

    def setUp(self):
        self.dump = copy.deepcopy(DUMP)
        self.overlay = copy.deepcopy(OVERLAY)

    def card(self, name):
        return next(card for card in self.dump["cards"] if card["id"] == name)

    def assert_seen(self, words):
        found = set(differences(self.dump, overlay=self.overlay)) - set(differences(DUMP))
        self.assertTrue(any(words in line for line in found), f"nothing says '{words}' in {sorted(found)}")

    def test_a_missing_card(self):
        self.dump["cards"].remove(self.card("product_get"))
        self.assert_seen("product_get: neither a card nor pending")

    def test_a_card_that_is_still_pending(self):
        self.overlay["pending"].append("product_get")
        self.assert_seen("product_get: has a card")

    def test_a_card_without_operation(self):
        self.card("product_get")["id"] = "product_fetch"
        self.assert_seen("product_fetch: no such operation")

    def test_a_wrong_method(self):
        self.card("product_save")["method"] = "POST"
        self.assert_seen("method is POST")

    def test_a_wrong_path(self):
        self.card("product_get")["path"] = "/api/Products/{partNumber}"
        self.assert_seen("path is /api/Products")

    def test_a_wrong_visibility(self):
        self.card("product_get")["visibility"] = "internal"
        self.assert_seen("visibility is internal")

    def test_an_interlock_that_is_cached(self):
        self.card("production_verify_unit")["class"] = "slow"
        self.assert_seen("class is slow")

    def test_a_missing_parameter(self):
        self.card("product_list")["parameters"].pop()
        self.assert_seen("of the contract is missing")

    def test_a_parameter_in_the_wrong_place(self):
        self.card("product_get")["parameters"][0]["place"] = "query"
        self.assert_seen("query parameter partNumber is not in the contract")

    def test_a_parameter_that_is_not_required(self):
        self.card("production_verify_unit")["parameters"][0]["required"] = False
        self.assert_seen("required is False")

    def test_a_write_that_is_repeated_at_will(self):
        self.card("production_set_unit_phase")["idempotency"] = ["by_key"]
        self.assert_seen("no sample is unsafe")

    def test_a_write_that_leaves_a_read_stale(self):
        self.card("product_save")["tags"] = [[["products", ""]]]
        self.assert_seen("product_save: invalidates product_get")

    def test_a_missing_member(self):
        self.dump["models"]["Product"].pop()
        self.assert_seen("Product: member tags of the contract is missing")

    def test_a_misspelt_member(self):
        self.dump["models"]["ProductView"][0]["camel"] = "partNo"
        self.assert_seen("ProductView: member partNo is not in the contract")

    def test_a_member_of_the_wrong_type(self):
        self.dump["models"]["ProductView"][0]["type"] = "integer"
        self.assert_seen("ProductView.partNumber: travels as integer")

    def test_a_member_that_reading_should_not_need(self):
        self.dump["models"]["ProductView"][1]["required"] = True
        self.assert_seen("ProductView: reading needs name")

    def test_a_deviation_without_reason(self):
        self.overlay.setdefault("cards", {})["product_get"] = {"class": "live"}
        self.assert_seen("product_get: overlay gives no reason")

    def test_an_excuse_for_nothing(self):
        self.overlay.setdefault("models", {})["ProductView"] = {"pending": {"name": "later"}}
        self.assert_seen("ProductView: overlay lists name under pending for nothing")


if __name__ == "__main__":
    output = subprocess.run([sys.argv.pop(1)], capture_output=True, text=True, check=True).stdout
    DUMP.update(json.loads(output))
    unittest.main()
