"""The OpenAPI 3.1 document: ninja's, with scopes, examples, and the errors that every operation has in common."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import REF_TEMPLATE, OpenAPISchema
from ninja.operation import Operation

from conversations.api.access import SessionAuth, TokenAuth
from conversations.api.openapi.examples import EXAMPLES
from conversations.api.problems import MEDIA_TYPE, Problem
from conversations.models.token import Scope

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_JSON = "application/json"
_ALWAYS = (401, 403, 429, 500, 503)
_OF_VALUES = (422,)
_OF_BODIES = (400, 413, 415)
_WORDS = {
    304: "It is as it was: `If-None-Match` named its ETag.",
    400: "The body is not JSON.",
    401: "There is no token, or not a good one.",
    403: "The token lacks the scope that is named, or its user may not do this.",
    404: "There is none, or it is somebody else's.",
    409: "It cannot be done as things stand now.",
    413: "It is too large.",
    415: "The body is of another type than what is described.",
    422: "A value was not accepted: `errors` names its place.",
    429: "Too much at once. `Retry-After` tells when to come back.",
    500: "Something failed on the server. It is in the log under the incident that is named.",
    502: "The model server answered with an error.",
    503: "The site or the model server is busy. `Retry-After` tells when to come back.",
}
_HEADERS: dict[int, tuple[str, str, str]] = {
    401: ("WWW-Authenticate", "string", "How to come in."),
    429: ("Retry-After", "integer", "Seconds."),
    503: ("Retry-After", "integer", "Seconds."),
}


class Description(OpenAPISchema):
    """The document of `api`, whose addresses begin with `path_prefix`."""

    def __init__(self, api: NinjaAPI, path_prefix: str) -> None:
        super().__init__(api, path_prefix)
        self["jsonSchemaDialect"] = DIALECT
        self["security"] = []
        self["tags"] = [{"name": name} for name in self._tags()]

    def operation_details(self, operation: Operation) -> dict[str, Any]:
        """What ninja says of it, filled up."""
        found: dict[str, Any] = super().operation_details(operation)
        self._fill_answers(operation, found)
        body = found.get("requestBody", {}).get("content", {}).get(_JSON)
        examples = EXAMPLES.get(found["operationId"])
        if body is not None and examples:
            body["examples"] = {name: {"summary": name, "value": value} for name, value in examples.items()}
        return found

    def operation_security(self, operation: Operation) -> list[dict[str, list[str]]] | None:
        """A token with the scope; or a session, to read."""
        ways: list[dict[str, list[str]]] = []
        method = operation.methods[0]
        for way in operation.auth_callbacks:
            if isinstance(way, TokenAuth):
                ways.append({"token": [way.scope_of(method).value]})
            elif isinstance(way, SessionAuth) and method == "GET":
                ways.append({"session": []})
        return ways or None

    def get_components(self) -> dict[str, Any]:
        """Ninja's, with our problems and ways in."""
        self.add_schema_definitions({"Problem": _problem()})
        self.add_schema_definitions(self.schemas["Problem"].pop("$defs", {}))
        return {"schemas": self.schemas, "securitySchemes": _schemes()}

    def _fill_answers(self, operation: Operation, found: dict[str, Any]) -> None:
        # ninja's keys are numbers, those of `openapi_extra` may be texts
        answers = {int(status): answer for status, answer in found["responses"].items()}
        answers |= {status: {} for status in self._common(operation, found) if status not in answers}
        is_read = "GET" in operation.methods and _JSON in answers.get(200, {}).get("content", {})
        if is_read:
            answers[200].setdefault("headers", {})["ETag"] = _header("string", "Of this answer, for `If-None-Match`.")
            answers.setdefault(304, {})
        for status, answer in answers.items():
            answer["description"] = _WORDS.get(status) or answer.get("description") or HTTPStatus(status).phrase
            if status >= 400:
                answer["content"] = {MEDIA_TYPE: {"schema": {"$ref": REF_TEMPLATE.format(model="Problem")}}}
            if status in _HEADERS:
                name, kind, words = _HEADERS[status]
                answer.setdefault("headers", {})[name] = _header(kind, words)
        found["responses"] = {str(status): answers[status] for status in sorted(answers)}

    def _common(self, operation: Operation, found: dict[str, Any]) -> list[int]:
        statuses = [*_ALWAYS] if operation.auth_callbacks else [500]
        if found["parameters"] or "requestBody" in found:
            statuses += _OF_VALUES
        if "requestBody" in found:
            statuses += _OF_BODIES
        if any(each["in"] == "path" for each in found["parameters"]):
            statuses.append(404)
        return statuses

    def _tags(self) -> list[str]:
        operations = [each for path in self["paths"].values() for each in path.values()]
        return list(dict.fromkeys(tag for each in operations for tag in each.get("tags", ())))


def _header(kind: str, words: str) -> dict[str, Any]:
    return {"description": words, "schema": {"type": kind}}


def _problem() -> dict[str, Any]:
    return Problem.model_json_schema(ref_template=REF_TEMPLATE, mode="serialization")


def _schemes() -> dict[str, Any]:
    scopes = "\n".join(f"- `{scope.value}`: {scope.label}." for scope in Scope)
    return {
        "token": {
            "type": "http",
            "scheme": "bearer",
            "description": f"A token, made in the account page or by `manage.py token`. Its scopes:\n\n{scopes}",
        },
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": SessionAuth.param_name,
            "description": "The browser's session, for reading from the site's own pages.",
        },
    }
