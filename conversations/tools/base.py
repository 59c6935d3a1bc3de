"""What a tool is, how it fails, and how much it may say."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

# Characters of a result that a model is sent, and a person shown: some eight thousand tokens.
OUTPUT_LIMIT = 24_000
ARGUMENTS_LIMIT = 24_000

Run = Callable[[Mapping[str, object]], Coroutine[Any, Any, str]]


class ToolError(Exception):
    """A call that failed. `code` is one of `conversations.faults`; the text goes to the model, which may mend it."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that a model may ask for; `parameters` is the JSON schema of its arguments (an object's).

    `run` gives the result as text, or raises ToolError.
    """

    name: str
    description: str
    parameters: Mapping[str, Any]
    run: Run


class Arguments(BaseModel):
    """The arguments of a tool of ours; their schema is made from it."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    @classmethod
    def schema_for_models(cls) -> dict[str, Any]:
        """The JSON schema, without what only documents the class."""
        schema = cls.model_json_schema()
        properties = {
            name: {key: value for key, value in field.items() if key != "title"}
            for name, field in schema.get("properties", {}).items()
        }
        return {"type": "object", "properties": properties, "required": schema.get("required", [])}

    @classmethod
    def read(cls, arguments: Mapping[str, object]) -> Any:
        """The arguments that a model wrote. Raises ToolError, which names the wrong one."""
        try:
            return cls.model_validate(dict(arguments))
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False, include_input=False)[0]
            place = ".".join(str(part) for part in first["loc"])
            raise ToolError("tool_arguments", f"Wrong argument “{place}”: {first['msg']}.") from None


def cut(text: str) -> str:
    """`text`, or its beginning with a note of how much is missing."""
    if len(text) <= OUTPUT_LIMIT:
        return text
    return f"{text[:OUTPUT_LIMIT]}\n[Cut here: {OUTPUT_LIMIT} of {len(text)} characters.]"
