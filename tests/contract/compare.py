"""Compares what dump_cards prints with the contract. Every function yields sentences, one a difference.

What api/overlay.yaml says of a card under `cards:` or of a model under `models:` is expected instead, and has to be
said there with a reason.
"""
import openapi

RETRY = {"safe": {"safe", "by_key"}, "unsafe": {"unsafe"}}


def operation_differences(card, operation, deviations):
    """Method, path, visibility, class, body, parameters and repeats of one card."""
    expected = {
        "method": operation.method,
        "path": operation.path,
        "visibility": operation.get("x-visibility") or "public",
        "class": operation.get("x-cacheable") or "never",
    }
    expected.update({key: value for key, value in deviations.items() if key in expected})
    for key, value in expected.items():
        if card[key] != value:
            yield f"{card['id']}: {key} is {card[key]}, the contract says {value}"
    has_body = bool(operation.get("requestBody"))
    if has_body != (card["body"] != "none"):
        yield f"{card['id']}: body is {card['body']}, the contract has {'one' if has_body else 'none'}"
    yield from parameter_differences(card, operation, set(deviations.get("pending_parameters", [])))
    yield from retry_differences(card, deviations.get("x-retry", operation.get("x-retry")))


def parameter_differences(card, operation, pending):
    ours = {(parameter["wire"], parameter["place"]): parameter["required"] for parameter in card["parameters"]}
    theirs = {(parameter["name"], parameter["in"]): bool(parameter.get("required"))
              for parameter in operation.parameters()}
    for name, place in sorted(theirs.keys() - ours.keys()):
        if name not in pending:
            yield f"{card['id']}: {place} parameter {name} of the contract is missing"
    for name, place in sorted(ours.keys() - theirs.keys()):
        yield f"{card['id']}: {place} parameter {name} is not in the contract"
    for key in sorted(ours.keys() & theirs.keys()):
        if ours[key] != theirs[key]:
            yield f"{card['id']}: parameter {key[0]} required is {ours[key]}, the contract says {theirs[key]}"
    for name in sorted(pending - {name for name, _ in theirs.keys() - ours.keys()}):
        yield f"{card['id']}: overlay lists parameter {name} as pending, and it is not"


def retry_differences(card, retry):
    ours = set(card["idempotency"])
    if card["method"] == "GET" and "unsafe" not in ours and ours != {"safe"}:
        yield f"{card['id']}: a read repeats as {sorted(ours)}"
    if retry == "conditional" and "unsafe" not in ours:
        yield f"{card['id']}: no sample is unsafe, the contract says that repeats depend on the request"
    if retry in RETRY and not ours <= RETRY[retry]:
        yield f"{card['id']}: repeats are {sorted(ours)}, the contract says {retry}"
    if retry is None and card["method"] != "GET" and "safe" in ours:
        yield f"{card['id']}: a write counts as a read"


def invalidation_differences(cards, operations):
    """Each write's tags meet those of each operation that the contract says it makes stale."""
    by_id = {card["id"]: card for card in cards}
    for card in cards:
        if card["id"] not in operations:
            continue
        written = {tuple(tag) for sample in card["tags"] for tag in sample}
        for name in operations[card["id"]].get("x-invalidates") or []:
            if name in by_id and by_id[name]["class"] != "never":
                read = {tuple(tag) for sample in by_id[name]["tags"] for tag in sample}
                if not written & read:
                    yield (f"{card['id']}: invalidates {name} by the contract, but none of {sorted(written)} "
                           f"is among {sorted(read)}")


def coverage_differences(cards, operations, pending):
    """Every operation has a card or is pending, and never both."""
    have = [card["id"] for card in cards]
    for name in sorted({name for name in have if have.count(name) > 1}):
        yield f"{name}: two cards"
    for name in sorted(set(have) - operations.keys()):
        yield f"{name}: no such operation in the contract"
    for name in sorted(operations.keys() - set(have) - set(pending)):
        yield f"{name}: neither a card nor pending in overlay.yaml"
    for name in sorted(set(pending) & set(have)):
        yield f"{name}: has a card, so it is no longer pending"
    for name in sorted(set(pending) - operations.keys()):
        yield f"{name}: pending, but not in the contract"


def type_fits(ours, theirs):
    """Whether a member of JSON type *ours* can be one of the types the contract names."""
    if ours == "any" or not theirs:
        return True
    return ours in theirs or (ours == "integer" and "number" in theirs)


class ModelComparison:
    """Walks answers and bodies down through models and schemas, each pair once."""

    def __init__(self, models, overlay_models):
        self.models, self.overlay = models, overlay_models
        self.seen = set()
        self.used = set()

    def compare(self, shape, schema, document, naming, where):
        schema = openapi.simplify(document, schema)
        if shape["type"] == "any":
            return
        told = openapi.types(schema)
        if shape["list"]:
            if not type_fits("array", told):
                yield f"{where}: is a list, the contract says {sorted(told)}"
                return
            schema = openapi.simplify(document, schema.get("items"))
            told = openapi.types(schema)
        if not type_fits(shape["type"], told):
            yield f"{where}: travels as {shape['type']}, the contract says {sorted(told)}"
        if "model" in shape and "properties" in schema:
            yield from self.compare_members(shape["model"], schema, document, naming)

    def compare_members(self, model, schema, document, naming):
        key = (model, naming, id(schema["properties"]))
        if key in self.seen:
            return
        self.seen.add(key)
        said = self.overlay.get(model, {})
        pending, extra = said.get("pending", {}), said.get("extra", {})
        types, required = said.get("types", {}), said.get("required", {})
        theirs = schema["properties"]
        ours = {member[naming]: member for member in self.models[model]}
        # Reading ignores case: a second spelling of a member that is there is met too.
        met = theirs.keys() & ours.keys()
        for name in sorted(theirs.keys() - ours.keys()):
            if name in pending:
                self.used.add((model, "pending", name))
            elif not any(other.lower() == name.lower() for other in met):
                yield f"{model}: member {name} of the contract is missing"
        for name in sorted(ours.keys() - theirs.keys()):
            if name in extra:
                self.used.add((model, "extra", name))
            else:
                yield f"{model}: member {name} is not in the contract"
        for name in sorted(ours.keys() & theirs.keys()):
            member = ours[name]
            if member["required"] and name not in schema.get("required", []):
                if name in required:
                    self.used.add((model, "required", name))
                else:
                    yield f"{model}: reading needs {name}, the contract does not promise it"
            if name in types:
                self.used.add((model, "types", name))
            else:
                yield from self.compare(member, theirs[name], document, naming, f"{model}.{name}")

    def unused(self):
        """What the overlay excuses although nothing needs it."""
        for model, said in self.overlay.items():
            for kind in ("pending", "extra", "types", "required"):
                for name in said.get(kind, {}):
                    if (model, kind, name) not in self.used:
                        yield f"{model}: overlay lists {name} under {kind} for nothing"


def model_differences(dump, operations, overlay):
    comparison = ModelComparison(dump["models"], overlay.get("models", {}))
    for card in dump["cards"]:
        operation = operations.get(card["id"])
        if operation is None:
            continue
        for shape, schema, what in ((card["answer"], operation.answer_schema(), "answer"),
                                    (card.get("body_shape"), operation.body_schema(), "body")):
            if shape is not None and schema is not None:
                yield from comparison.compare(shape, schema, operation.document, card["naming"],
                                              f"{card['id']}: {what}")
    yield from comparison.unused()


def overlay_differences(overlay, cards, operations):
    """Deviations carry a reason, belong to a card, and still deviate."""
    by_id = {card["id"]: card for card in cards}
    contract_names = {"class": "x-cacheable", "visibility": "x-visibility", "x-retry": "x-retry"}
    for name, said in overlay.get("cards", {}).items():
        if not said.get("reason"):
            yield f"{name}: overlay gives no reason"
        if name not in by_id:
            yield f"{name}: overlay speaks of a card that is not there"
            continue
        for key, word in contract_names.items():
            if key in said and operations[name].get(word) == said[key]:
                yield f"{name}: overlay repeats the contract's {word}"
