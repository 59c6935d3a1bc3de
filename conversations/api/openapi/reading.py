"""The OpenAPI document as the page shows it: plain values, every reference resolved to a name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

JSON = "application/json"
_KINDS = {"integer": "whole number", "string": "text"}
_METHODS = ("get", "post", "put", "patch", "delete")
_LIMITS = {
    "minimum": "≥ {}",
    "exclusiveMinimum": "> {}",
    "maximum": "≤ {}",
    "exclusiveMaximum": "< {}",
    "maxLength": "at most {} characters",
    "minLength": "at least {} characters",
    "maxItems": "at most {}",
}
_NEVER_SAID = {2**53, 2**63}  # bounds of the machine, not ours


@dataclass(frozen=True, slots=True)
class Kind:
    """A type in words; `schema` is the name of the one that it refers to."""

    words: str
    schema: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter, or a field of a body or an answer."""

    name: str
    kind: Kind
    place: str = ""
    is_required: bool = False
    words: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What comes back with a status."""

    status: str
    words: str
    kinds: list[tuple[str, Kind]]


@dataclass(frozen=True, slots=True)
class Entry:
    """One operation."""

    name: str
    method: str
    path: str
    summary: str
    words: str
    scope: str
    reads_by_session: bool
    parameters: list[Field]
    media_type: str
    body: list[Field]
    body_schema: str
    examples: list[tuple[str, str]]
    answers: list[Answer]
    errors: list[Answer]
    curl: str


@dataclass(slots=True)
class Group:
    """The operations of a tag."""

    name: str
    entries: list[Entry] = field(default_factory=list)

    @property
    def anchor(self) -> str:
        """For links."""
        return self.name.replace(" ", "-")


@dataclass(frozen=True, slots=True)
class Schema:
    """A named object."""

    name: str
    words: str
    fields: list[Field]


@dataclass(frozen=True, slots=True)
class Reference:
    """All of it."""

    groups: list[Group]
    schemas: list[Schema]


def reference_of(document: dict[str, Any], base: str) -> Reference:
    """What the page shows of the document; `base` is the site's address, for the examples."""
    values = {
        f"#/components/schemas/{name}": schema
        for name, schema in document["components"]["schemas"].items()
        if "properties" not in schema
    }
    document = _inlined(document, values)
    groups = {tag["name"]: Group(tag["name"]) for tag in document["tags"]}
    for path, operations in document["paths"].items():
        for method in _METHODS:
            if operation := operations.get(method):
                entry = _entry(document, path, method, operation, base)
                groups[operation["tags"][0]].entries.append(entry)
    schemas = [
        Schema(name, schema.get("description", ""), list(_fields(schema)))
        for name, schema in sorted(document["components"]["schemas"].items())
        if "properties" in schema
    ]
    return Reference([group for group in groups.values() if group.entries], schemas)


def _inlined(node: Any, values: dict[str, Any]) -> Any:
    """With the names of mere values, such as enumerations, replaced by what they stand for."""
    if isinstance(node, dict):
        found = values.get(node.get("$ref", ""), node)
        return {name: _inlined(each, values) for name, each in found.items()}
    return [_inlined(each, values) for each in node] if isinstance(node, list) else node


def _entry(document: dict[str, Any], path: str, method: str, operation: dict[str, Any], base: str) -> Entry:
    scopes = [scope for way in operation.get("security", ()) for scope in way.get("token", ())]
    content: dict[str, dict[str, Any]] = operation.get("requestBody", {}).get("content", {})
    media_type, body = next(iter(content.items()), ("", dict[str, Any]()))
    kind = _kind(body.get("schema", {})) if body else Kind("")
    schema = document["components"]["schemas"].get(kind.schema, body.get("schema", {}))
    examples = [(name, pretty(each["value"])) for name, each in body.get("examples", {}).items()]
    answers = [_answer(status, answer) for status, answer in operation["responses"].items()]
    return Entry(
        name=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        words=operation.get("description", ""),
        scope=scopes[0] if scopes else "",
        reads_by_session=any("session" in way for way in operation.get("security", ())),
        parameters=[_parameter(each) for each in operation.get("parameters", ())],
        media_type=media_type,
        body=list(_fields(schema)),
        body_schema=kind.schema,
        examples=examples,
        answers=[answer for answer in answers if answer.status < "400"],
        errors=[answer for answer in answers if answer.status >= "400"],
        curl=_curl(method, base + path, media_type, next((text for _name, text in examples), "{}")),
    )


def pretty(value: Any) -> str:
    """JSON for people."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def _parameter(given: dict[str, Any]) -> Field:
    words = given.get("description", "")
    return Field(given["name"], _kind(given["schema"]), given["in"], given.get("required", False), words)


def _fields(schema: dict[str, Any]) -> Iterator[Field]:
    required = schema.get("required", ())
    for name, each in schema.get("properties", {}).items():
        yield Field(name, _kind(each), "", name in required, each.get("description", ""))


def _answer(status: str, answer: dict[str, Any]) -> Answer:
    kinds = [(media_type, _kind(each.get("schema", {}))) for media_type, each in answer.get("content", {}).items()]
    return Answer(status, answer["description"], kinds)


def _kind(schema: dict[str, Any]) -> Kind:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return Kind(name, name)
    if one_of := schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf"):
        kinds = [_kind(each) for each in one_of]
        words = list(dict.fromkeys(kind.words for kind in kinds))
        return Kind(" or ".join(words), next((kind.schema for kind in kinds if kind.schema), ""))
    if "const" in schema or "enum" in schema:
        return Kind(" | ".join(json.dumps(value) for value in schema.get("enum", [schema.get("const")])))
    if schema.get("type") == "array":
        inner = _kind(schema.get("items", {}))
        return Kind(f"list of {inner.words}{_limits(schema)}", inner.schema)
    kind = schema.get("type", "any value")
    return Kind(str(schema.get("format") or _KINDS.get(kind, kind)) + _limits(schema))


def _limits(schema: dict[str, Any]) -> str:
    found = [
        words.format(schema[name])
        for name, words in _LIMITS.items()
        if name in schema and schema[name] not in _NEVER_SAID
    ]
    if schema.get("default") not in (None, "", []):
        found.append(f"{json.dumps(schema['default'])} without it")
    return f" ({', '.join(found)})" if found else ""


def _curl(method: str, address: str, media_type: str, example: str) -> str:
    lines = [f"curl -H 'Authorization: Bearer cs_…' {'' if method == 'get' else f'-X {method.upper()} '}\\"]
    if media_type == JSON:
        lines.append(f"  -H 'Content-Type: {JSON}' \\")
        compact = json.dumps(json.loads(example), ensure_ascii=False)
        lines.append("  -d " + "'" + compact.replace("'", "'\\''") + "' \\")
    elif media_type:
        lines.append("  -F 'file=@picture.png' \\")
    return "\n".join([*lines, f"  {address!r}" if "{" in address else f"  {address}"])
