// Validates bodies against the OpenAPI files, by a JSON Schema implementation that shares nothing with ours.
import fs from "node:fs";
import path from "node:path";

import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import YAML from "yaml";

const METHODS = ["get", "put", "post", "delete", "patch", "head"];

// A member that no schema names is a fault here, though the contract leaves most records open for newer servers:
// a wrong name that client and server share would pass otherwise. Parts of an allOf are closed by the whole.
function close(node, { inAllOf = false, parentHasMembers = false, partsOfWholes }, name = "") {
  if (Array.isArray(node)) {
    node.forEach((item) => close(item, { inAllOf, parentHasMembers, partsOfWholes }));
    return;
  }
  if (node === null || typeof node !== "object") return;
  const members = node.properties !== undefined && typeof node.properties === "object";
  const record = members ? Object.keys(node.properties).length > 0 : node.allOf !== undefined;
  const free = node.additionalProperties === undefined || node.additionalProperties === true;
  for (const [key, value] of Object.entries(node)) {
    if (key === "properties" || key === "schemas") {
      for (const [inner, schema] of Object.entries(value)) close(schema, { partsOfWholes }, inner);
    } else if (key !== "example" && key !== "examples" && key !== "enum" && key !== "default") {
      const part = key === "allOf";
      const choice = key === "oneOf" || key === "anyOf";
      close(value, { inAllOf: part, parentHasMembers: choice && record, partsOfWholes });
    }
  }
  if (record && free && !inAllOf && !parentHasMembers && !partsOfWholes.has(name)) {
    delete node.additionalProperties;
    node.unevaluatedProperties = false;
  }
}

function namesInAllOf(node, found = new Set()) {
  if (node === null || typeof node !== "object") return found;
  for (const part of Array.isArray(node.allOf) ? node.allOf : []) {
    if (part.$ref) found.add(part.$ref.split("/").pop());
  }
  for (const value of Object.values(node)) namesInAllOf(value, found);
  return found;
}

const pointer = (...steps) =>
  "#/" + steps.map((step) => encodeURIComponent(String(step).replaceAll("~", "~0").replaceAll("/", "~1"))).join("/");

export class Contract {
  // `folder` holds the OpenAPI files; `open` names schemas whose members are not all told.
  constructor(folder, open = []) {
    this.ajv = new Ajv2020({ strict: false, allErrors: true, allowUnionTypes: true });
    addFormats(this.ajv);
    // The server tells some times without a zone, which RFC 3339 does not allow.
    const zoneless = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?$/i;
    this.ajv.addFormat("date-time", zoneless);
    this.operations = new Map();
    for (const file of fs.readdirSync(folder).filter((name) => name.endsWith(".yaml") && name !== "overlay.yaml")) {
      const document = YAML.parse(fs.readFileSync(path.join(folder, file), "utf8"), { maxAliasCount: -1 });
      const partsOfWholes = namesInAllOf(document);
      open.forEach((name) => partsOfWholes.add(name));
      close(document.paths ?? {}, { partsOfWholes });
      close(document.components ?? {}, { partsOfWholes });
      this.ajv.addSchema(document, file);
      for (const [route, item] of Object.entries(document.paths ?? {})) {
        for (const method of METHODS) {
          if (item[method]) this.operations.set(item[method].operationId, { file, document, route, method });
        }
      }
    }
  }

  follow(document, node, steps) {
    while (node?.$ref) {
      steps = node.$ref.slice(2).split("/").map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
      node = steps.reduce((at, step) => at[step], document);
    }
    return [node, steps];
  }

  // The place of the schema for a body, `{content}` with the types the contract knows.
  find(record) {
    const { document, route, method } = this.operations.get(record.operationId);
    const operation = document.paths[route][method];
    const base = ["paths", route, method];
    if (record.direction === "request") {
      return this.follow(document, operation.requestBody, [...base, "requestBody"]);
    }
    const status = operation.responses[record.status] ? record.status : "default";
    return this.follow(document, operation.responses[status], [...base, "responses", status]);
  }

  // Sentences about what is wrong with one recorded body; none when it is right.
  check(record) {
    const known = this.operations.get(record.operationId);
    if (!known) return [`no operation is called ${record.operationId}`];
    if (record.direction !== "request" && record.direction !== "answer") {
      return [`direction is ${JSON.stringify(record.direction)}, neither request nor answer`];
    }
    const [node, steps] = this.find(record);
    const success = record.direction === "request" || (record.status >= 200 && record.status < 300);
    if (!node) return record.body === "" || !success ? [] : [`the contract has no such ${record.direction}`];
    if (record.body === "") return node.required ? ["the body is missing"] : [];
    const type = (record.contentType ?? "").split(";")[0].trim().toLowerCase();
    const content = node.content?.[type];
    if (!content) {
      // Errors may be bare texts; what succeeds has to be of a type that the contract names.
      const names = Object.keys(node.content ?? {});
      return success && names.length ? [`content type '${type}', the contract knows ${names.join(", ")}`] : [];
    }
    if (type !== "application/json" || !content.schema) return [];
    let value;
    try {
      value = JSON.parse(record.body);
    } catch (error) {
      return [`not JSON: ${error.message}`];
    }
    const validate = this.ajv.getSchema(known.file + pointer(...steps, "content", type, "schema"));
    if (validate(value)) return [];
    return validate.errors.map((error) => {
      const detail = error.params.unevaluatedProperty ?? error.params.additionalProperty ?? "";
      return `${error.instancePath || "the body"} ${error.message}${detail && `: ${detail}`}`;
    });
  }
}
