"""Reads api/*.yaml: operations by operationId, schemas with references followed and null alternatives taken away."""
import pathlib

import yaml

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
METHODS = {"get", "put", "post", "delete", "head", "patch"}
NULL = {"type": "null"}


class Operation:
    def __init__(self, document, file, path, method, body):
        self.document, self.file, self.path, self.method, self.body = document, file, path, method.upper(), body
        self.id = body["operationId"]

    def get(self, name):
        return self.body.get(name)

    def parameters(self):
        """Path and query parameters; headers are the transport's."""
        for item in [*self.document["paths"][self.path].get("parameters", []), *self.body.get("parameters", [])]:
            parameter = follow(self.document, item)
            if parameter["in"] in ("path", "query"):
                yield parameter

    def answer_schema(self):
        """Schema of the first success that has JSON, or None."""
        for status, answer in sorted(self.body.get("responses", {}).items(), key=lambda item: str(item[0])):
            if str(status).startswith("2"):
                content = follow(self.document, answer).get("content", {})
                if "application/json" in content:
                    return content["application/json"].get("schema")
        return None

    def body_schema(self):
        body = self.body.get("requestBody")
        content = follow(self.document, body).get("content", {}) if body else {}
        return content.get("application/json", {}).get("schema")


def follow(document, node):
    while isinstance(node, dict) and "$ref" in node:
        target = document
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


def simplify(document, schema):
    """The schema without references, allOf and null alternatives: type, properties, required, items."""
    schema = follow(document, schema or {})
    if "allOf" in schema:
        merged = {key: value for key, value in schema.items() if key != "allOf"}
        merged = {**merged, "properties": dict(merged.get("properties", {})),
                  "required": list(merged.get("required", []))}
        for part in schema["allOf"]:
            part = simplify(document, part)
            merged["properties"].update(part.get("properties", {}))
            merged["required"] += part.get("required", [])
            for key in ("type", "items", "enum"):
                if key in part:
                    merged.setdefault(key, part[key])
        if not merged["properties"]:
            del merged["properties"]
        schema = merged
    for word in ("oneOf", "anyOf"):
        if word in schema:
            choices = [choice for choice in schema[word] if follow(document, choice) != NULL]
            if len(choices) == 1:
                return simplify(document, choices[0])
    return schema


def types(schema):
    """JSON types without null; empty when the schema does not say."""
    told = schema.get("type", [])
    return {told} - {"null"} if isinstance(told, str) else set(told) - {"null"}


def load(folder):
    """Every operation of every file by its id."""
    operations = {}
    for file in sorted(pathlib.Path(folder).glob("*.yaml")):
        document = yaml.load(file.read_text(encoding="utf-8"), LOADER)
        for path, item in (document.get("paths") or {}).items():
            for method, body in item.items():
                if method in METHODS:
                    operation = Operation(document, file.name, path, method, body)
                    if operation.id in operations:
                        raise ValueError(f"{file.name}: {operation.id} is also in {operations[operation.id].file}")
                    operations[operation.id] = operation
    return operations


def load_overlay(folder):
    text = (pathlib.Path(folder) / "overlay.yaml").read_text(encoding="utf-8")
    return yaml.load(text, LOADER) or {}
