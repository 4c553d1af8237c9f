// The validator passes what is right and sees each kind of fault that is planted.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Contract } from "./contract.mjs";

const contract = new Contract(process.env.WATS_API ?? new URL("../../api", import.meta.url).pathname);
const json = "application/json; charset=utf-8";
const answer = (operationId, value, status = 200) => ({
  operationId, direction: "answer", status, contentType: json, body: JSON.stringify(value),
});
const request = (operationId, value) => ({ ...answer(operationId, value, 0), direction: "request" });
const product = { partNumber: "PN-1", name: null, nonSerial: false, state: 1, revisions: [], tags: [] };

test("a right answer passes", () => {
  assert.deepEqual(contract.check(answer("product_get", product)), []);
  assert.deepEqual(contract.check(answer("app_get_version", "2025.3.9.824")), []);
});
test("a right request passes", () => assert.deepEqual(contract.check(request("product_save", product)), []));
test("a missing member that is required is seen", () => {
  const { partNumber, ...rest } = product;
  assert.match(contract.check(answer("product_get", rest)).join(), /partNumber/);
});
test("a member of the wrong type is seen", () =>
  assert.match(contract.check(answer("product_get", { ...product, nonSerial: "no" })).join(), /nonSerial must be boolean/));
test("a misspelt member is seen", () =>
  assert.match(contract.check(request("product_save", { ...product, descripton: "x" })).join(), /descripton/));
test("a misspelt member inside of a list is seen", () =>
  assert.match(contract.check(answer("product_list", [{ partNumber: "PN-1", categori: "x" }])).join(), /categori/));
test("a record where a list belongs is seen", () =>
  assert.match(contract.check(answer("product_list", product)).join(), /must be array/));
test("a text that is no UUID is seen", () =>
  assert.match(contract.check(answer("product_get", { ...product, productId: "7" })).join(), /productId/));
test("what is not JSON is seen", () =>
  assert.match(contract.check({ ...answer("product_get", {}), body: "{" }).join(), /not JSON/));
test("another content type is seen", () =>
  assert.match(contract.check({ ...answer("product_get", product), contentType: "text/html" }).join(), /content type/));
test("an operation that the contract does not know is seen", () =>
  assert.match(contract.check(answer("product_fetch", product)).join(), /no operation/));
test("a request body where none belongs is seen", () =>
  assert.match(contract.check(request("product_get", product)).join(), /no such request/));
test("a missing request body is seen", () =>
  assert.match(contract.check({ ...request("product_save", {}), body: "" }).join(), /missing/));
test("every schema of every operation compiles", () => {
  for (const [id, { document, route, method }] of contract.operations) {
    const statuses = Object.keys(document.paths[route][method].responses);
    for (const status of statuses) contract.check(answer(id, null, status === "default" ? 599 : Number(status)));
    contract.check(request(id, null));
  }
  assert.ok(contract.operations.size >= 240);
});
