"""What a model of the test upstream does by itself, by either protocol, with what a chat offers it.

Without a plan a model looks for these words in the last question, and else answers as its `answer` says:

- `call NAME {json}` asks for that tool, once per such phrase (tools must be offered; an offered tool may be called
  without arguments: `call NAME`). Once the tools have answered, the reply is “NAME answered: TEXT”, a line each.
  `keep calling NAME {json}` asks again after every answer: a loop without an end of its own.
  Braces that are no JSON come as they are under `/v1`; `/api/chat` fails in the stream, as Ollama does.
- `format` answers JSON: the least value that fits the schema (`{"answer": …}` for plain "json").
  `wrong format` in the question makes it answer something else.
- images: “I see 2 images: PNG 64×48 (187 bytes), JPEG …”.
- `surprise me` answers words at random; the same `seed`, or temperature 0, gives the same words again.
- thinking models keep silent with `think` false, and think the longer the higher the level (“Thinking: high.”).
- `logprobs` go with every token: its own first among as many alternatives as were asked for.
- the prompt's tokens are counted (4 characters each), and cut at `num_ctx`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from io import BytesIO
from random import Random
from typing import Any

from PIL import Image

from tests.upstream.asked import Asked, read
from tests.upstream.models import Model
from tests.upstream.plans import Call, Plan

LEVELS = ("low", "medium", "high", "max")
_WORDS = ("amber", "birch", "cloud", "delta", "ember", "fjord", "grove", "heron", "islet", "juniper", "kelp", "lark")


def plan_of(call: Call, model: Model) -> Plan:
    """How `model` answers without a plan."""
    asked = read(call)
    plan = _tools(asked, is_native=not call.path.startswith("/v1/")) or _other(asked) or model.answer(asked.prompt)
    counted = max(1, asked.characters // 4)
    context = (call.value.get("options") or {}).get("num_ctx")
    read_tokens = min(counted, context) if isinstance(context, int) else counted
    plan = replace(plan, done={"prompt_eval_count": read_tokens, **plan.done})
    return _thought(plan, asked, model)


def token_logprobs(token: str, wanted: int) -> list[dict[str, object]]:
    """How sure the model was of a token: by its text, so that it is the same every time."""
    sure = 0.4 + sha256(token.encode("utf-8", "surrogatepass")).digest()[0] / 430
    rest = [(word, (1 - sure) / 2 ** (rank + 1)) for rank, word in enumerate((_WORDS * 2)[: max(0, wanted - 1)])]
    first = _logprob(token, sure)
    top = [first, *(_logprob(f" {word}", share) for word, share in rest)][:wanted]
    return [{**first, **({"top_logprobs": top} if wanted else {})}]


def _logprob(token: str, share: float) -> dict[str, object]:
    text = token.encode("utf-8", "replace").decode()
    return {"token": text, "logprob": math.log(share), "bytes": list(text.encode())}


def _tools(asked: Asked, *, is_native: bool) -> Plan | None:
    calls = _calls(asked) if asked.tools else []
    if asked.answers and not re.search(r"\bkeep calling\b", asked.prompt, re.IGNORECASE):
        return Plan("\n".join(f"{name} answered: {text}" for name, text in asked.answers))
    if not calls:
        return None
    number = len(asked.answers)
    found = [
        {"id": f"call_{number + at}", "function": {"index": at, "name": name, "arguments": arguments}}
        for at, (name, arguments) in enumerate(calls)
    ]
    broken = next((name for name, arguments in calls if isinstance(arguments, str)), None)
    if is_native and broken is not None:
        error = f'llama-server returned invalid tool call arguments for "{broken}": invalid character'
        return Plan("Let me look.", end="error", error=error)
    return Plan("Let me look.", tool_calls=found, reason="stop" if is_native else "tool_calls")


def _calls(asked: Asked) -> list[tuple[str, dict[str, Any] | str]]:
    found: list[tuple[str, dict[str, Any] | str]] = []
    for phrase in re.finditer(r"\bcall(?:ing)?\s+([\w.-]+)\s*(\{)?", asked.prompt, re.IGNORECASE):
        name, at = phrase[1], phrase.start(2)
        if at < 0:
            found += [(name, {})] if name in asked.tools else []
            continue
        try:
            found.append((name, json.JSONDecoder().raw_decode(asked.prompt[at:])[0]))
        except ValueError:
            found.append((name, asked.prompt[at:]))
    return found


def _other(asked: Asked) -> Plan | None:
    if asked.schema is not None:
        if re.search(r"\bwrong format\b", asked.prompt, re.IGNORECASE):
            return Plan('{"unexpected": true')
        value = {"answer": asked.prompt[:80]} if asked.schema == "json" else example(asked.schema, asked.schema)
        return Plan(json.dumps(value, ensure_ascii=False, indent=2))
    if asked.images:
        seen = ", ".join(_picture(image) for image in asked.images)
        return Plan(f"I see {len(asked.images)} image{'s' if len(asked.images) > 1 else ''}: {seen}.")
    if re.search(r"\bsurprise me\b", asked.prompt, re.IGNORECASE):
        is_fixed = asked.seed is not None or asked.temperature == 0
        chance = Random(f"{asked.seed} {asked.temperature} {asked.prompt}") if is_fixed else Random()
        return Plan(" ".join(chance.choices(_WORDS, k=8)))
    return None


def _thought(plan: Plan, asked: Asked, model: Model) -> Plan:
    if "thinking" not in (model.capabilities or ()) or asked.think is False:
        return replace(plan, thinking="")
    if asked.think not in LEVELS:
        return plan
    times = LEVELS.index(str(asked.think)) + 1
    return replace(plan, thinking=f"Thinking: {asked.think}. " + " ".join(["I weigh it once more."] * times))


def _picture(data: bytes) -> str:
    try:
        with Image.open(BytesIO(data)) as image:
            return f"{image.format} {image.width}×{image.height} ({len(data)} bytes)"
    except OSError:
        return f"something unreadable ({len(data)} bytes)"


def example(schema: object, root: object, depth: int = 8) -> Any:
    """The least value that fits a JSON schema, roughly."""
    if not isinstance(schema, Mapping) or not depth:
        return None
    if isinstance(target := schema.get("$ref"), str) and isinstance(root, Mapping):
        return example((root.get("$defs") or {}).get(target.rpartition("/")[2]), root, depth - 1)
    for key in ("const", "default"):
        if key in schema:
            return schema[key]
    if schema.get("enum"):
        return schema["enum"][0]
    if choices := schema.get("anyOf") or schema.get("oneOf"):
        return example(choices[0], root, depth - 1)
    kind = schema.get("type", "object" if "properties" in schema else "string")
    return _example_of(kind[0] if isinstance(kind, list) else kind, schema, root, depth)


def _example_of(kind: object, schema: Mapping[str, Any], root: object, depth: int) -> Any:
    match kind:
        case "object":
            properties = schema.get("properties") or {}
            return {name: example(inner, root, depth - 1) for name, inner in properties.items()}
        case "array":
            item = example(schema.get("items", {"type": "string"}), root, depth - 1)
            return [item] * max(1, int(schema.get("minItems", 1)))
        case "integer" | "number":
            return schema.get("minimum", min(7, schema.get("maximum", 7)))
        case "boolean":
            return True
        case "null":
            return None
        case _:
            return "sample".ljust(int(schema.get("minLength", 0)), "x")[: int(schema.get("maxLength", 10_000))]
