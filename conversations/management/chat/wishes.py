"""What the next questions are to be asked with: settings typed as words, held against the ranges of `sampling`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError

from conversations.generation.tooling.offering import SERVER_PREFIX
from conversations.generation.tooling.switches import Switch, switches
from conversations.models import Conversation
from conversations.sampling import Sampling, ThinkChoice
from conversations.structured.checking import wrong_with_schema
from conversations.structured.formats import SCHEMA_LIMIT, NotAFormat, Problem, read_schema
from conversations.structured.words import place, sentence

NAMES = tuple(name for name in Sampling.model_fields if name != "keep_alive")
THINK_LEVELS = tuple(level for level in get_args(ThinkChoice) if level)
_RANGES: Mapping[str, Any] = Sampling.model_json_schema()["properties"]
_SWITCHES = {"true": "on", "false": "off", "": "on"}


class BadValue(ValueError):
    """What was typed is no value of that setting; the text names it, its limits, and what to do."""


class Wishes:
    """System prompt, thinking, sampling options, answer format and tools; `changed` names those to be sent next."""

    def __init__(self) -> None:
        self.system = ""
        self.think: ThinkChoice = ""
        self.sampling: dict[str, Any] = {}
        self.format: Any = None
        self.tools: list[str] = []
        self.changed: set[str] = set()

    def take(self, conversation: Conversation) -> None:
        """Go on as that conversation does, except where something else is wished already."""
        stored = {
            "system": conversation.system_prompt,
            "think": conversation.think,
            "sampling": dict(conversation.sampling),
            "format": conversation.response_format,
            "tools": list(conversation.tools),
        }
        for name in stored.keys() - self.changed:
            setattr(self, name, stored[name])

    def send_all(self) -> None:
        """The next conversation is a new one, which knows nothing of this yet."""
        self.changed = {"system", "think", "sampling", "format", "tools"}

    def set_system(self, text: str) -> None:
        """What stands ahead of every message; "" for nothing."""
        self.system = text
        self.changed.add("system")

    def set_think(self, level: str) -> None:
        """Raises BadValue."""
        level = _SWITCHES.get(level.lower(), level.lower())
        if level not in THINK_LEVELS:
            raise BadValue(f"Thinking is one of {', '.join(THINK_LEVELS)}, not {level!r}.")
        self.think = level  # type: ignore[assignment]
        self.changed.add("think")

    def set_format(self, text: str) -> None:
        """`json`, a JSON schema or a file that holds one; "" for free text. Raises BadValue."""
        self.format = read_format(text) if text else None
        self.changed.add("format")

    def set_tools(self, names: Sequence[str]) -> None:
        """What the model may call: tools of the site's own by name, MCP servers by theirs. Raises BadValue."""
        known = {switch.value: switch for switch in self.switches() if switch.usable}
        short = {value.removeprefix(SERVER_PREFIX): value for value in known}
        for name in names:
            if name not in known and name not in short:
                raise BadValue(f"There is no tool {name}. There are: {', '.join(known)}.")
        self.tools = [name if name in known else short[name] for name in dict.fromkeys(names)]
        self.changed.add("tools")

    def switches(self) -> list[Switch]:
        """The tools there are, and which of them are on."""
        return switches(Conversation(tools=self.tools))

    def set_option(self, name: str, values: Sequence[str]) -> None:
        """An option by its name; without a value it is not set any more. Raises BadValue."""
        _check_name(name)
        self.sampling = {key: value for key, value in self.sampling.items() if key != name}
        if values:
            self.sampling |= read_option(name, values)
        self.changed.add("sampling")

    def set_options(self, given: Iterable[str]) -> None:
        """Options from words such as `temperature=0.2`. Raises BadValue."""
        found = read_options(given)
        if found:
            self.sampling = {**self.sampling, **found}
            self.changed.add("sampling")

    def options(self) -> Sampling:
        """The sampling options; stored ones that are not accepted any more are left out."""
        return Sampling.model_construct(**{key: self.sampling[key] for key in self.sampling if key in _RANGES})


def read_options(given: Iterable[str]) -> dict[str, Any]:
    """Options from words such as `temperature=0.2`; of `stop` there may be several. Raises BadValue."""
    found: dict[str, list[str]] = {}
    for word in given:
        name, sign, value = word.partition("=")
        if not sign or not value:
            raise BadValue(f"An option is a name and a value, such as temperature=0.2, not {word!r}.")
        _check_name(name)
        found.setdefault(name, []).append(value)
    values: dict[str, Any] = {}
    for name, several in found.items():
        values |= read_option(name, several)
    return values


def read_option(name: str, values: Sequence[str]) -> dict[str, Any]:
    """One option, checked. Raises BadValue with its limits."""
    is_list = _kind(name)["type"] == "array"
    if len(values) > 1 and not is_list:
        raise BadValue(f"{name} takes one value, not {len(values)}.")
    try:
        checked = Sampling.model_validate({name: list(values) if is_list else values[0]})
    except ValidationError as error:
        raise BadValue(f"{_limits(name)}, not {' '.join(values)!r}.") from error
    return checked.model_dump(include={name}, exclude_none=True)


def read_format(text: str) -> Any:
    """`json`, a JSON schema, or the schema that is in the file of that name. Raises BadValue."""
    if text == "json":
        return "json"
    source = text if text.lstrip().startswith("{") else _read_file(Path(text).expanduser())
    try:
        schema = read_schema(source)
    except NotAFormat as error:
        raise BadValue(f"The format is no JSON schema: {_wrong(error.problems[0])}") from error
    wrong = wrong_with_schema(schema)
    if wrong:
        raise BadValue(f"The format is no JSON schema: {_wrong(wrong[0])}")
    return schema


def _check_name(name: str) -> None:
    if name not in Sampling.model_fields:
        what = f"There is no option {name}." if name else "Name an option."
        raise BadValue(f"{what} There are: {', '.join(NAMES)}.")


def _wrong(problem: Problem) -> str:
    return f"{place(problem)} {sentence(problem)}".strip()


def _read_file(path: Path) -> str:
    try:
        if path.stat().st_size > SCHEMA_LIMIT:
            raise BadValue(f"{path} is larger than {SCHEMA_LIMIT // 1024} KiB, which no schema may be.")
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise BadValue(f"The format is json, a JSON schema or a file with one; {path}: {reason}.") from error


def _kind(name: str) -> Mapping[str, Any]:
    """The JSON schema of an option's value, without its being unset."""
    found: Mapping[str, Any] = _RANGES[name]
    return found["anyOf"][0] if "anyOf" in found else found


def _limits(name: str) -> str:
    kind = _kind(name)
    match kind.get("type"):
        case "array":
            return f"{name} takes at most {kind.get('maxItems', 16)} texts of at most 200 characters"
        case "integer" | "number" as number:
            words = "a whole number" if number == "integer" else "a number"
            low, high = kind.get("minimum"), kind.get("maximum")
            limits = f" from {low:g} to {high:g}" if low is not None and high is not None and high < 1e6 else ""
            if not limits and low is not None and high is not None:
                limits = f" from {low} to {high}"
            return f"{name} takes {words}{limits}"
        case "boolean":
            return f"{name} takes true or false"
        case _:
            return f"{name} takes seconds or a duration such as 5m or 1h30m"
