"""A server's refusals as BackendErrors: status and body in, code and a short excerpt out. No I/O.

One table serves Ollama and the OpenAI-compatible servers, which pass each other's words on.
"""

from __future__ import annotations

import json
import re

from conversations.backends.base import BackendDown, BackendError, BackendRefused
from conversations.text import clean_text

EXCERPT = 300

# Ollama has no error codes: the text is all there is (protocol page §2); others have words for them (§3.4).
# First match wins.
_BY_TEXT: list[tuple[re.Pattern[str], str]] = [
    (re.compile(pattern, re.IGNORECASE), code)
    for pattern, code in [
        (r"exceed_context_size|exceeds the (available )?context|longer than the context|context length exceeded|"
         r"context_length_exceeded|maximum context length|prompt is too long", "too_much_context"),
        (r"out[ -]of[ -]memory|failed to allocate|requires more system memory|requires .{1,40} but only .{1,40} avail",
         "out_of_memory"),
        (r"^model ['\"].{0,300}['\"] not found|model_not_found|^the model .{1,300} does not exist|"
         r"is not a valid model id", "model_missing"),
        (r"does not support (image|multimodal|vision)|image input is not supported|not support(ed)? multimodal|"
         r"no endpoints found that support image|not a multimodal model|does not support .{0,20}images",
         "model_cannot_see"),
        (r"does not support (tools|tool use|function call)|no endpoints found that support tool use",
         "model_cannot_use_tools"),
        (r"insufficient_quota|exceeded your current quota|insufficient (credits|balance|funds)", "refused"),
        (r"server busy|maximum pending requests|too many requests|loading model|rate[_ ]limit|overloaded", "busy"),
        (r"unauthori[sz]ed|access denied|cloud is disabled|invalid_api_key|authentication_error|"
         r"(incorrect|invalid|missing) api key", "unauthorized"),
        (r"^option \".{1,60}\" must be of type|^invalid (format|option|think value)|does not support|not supported|"
         r"illegal base64|invalid model name|^json: cannot unmarshal|is required$", "refused"),
    ]
]  # fmt: skip
# A map as Go prints it: how a runner's error in the middle of a stream comes through.
_GO_MAP = re.compile(r"map\[(?:code:\S+ )?message:(.*?)(?: \w+:\S*)*\]", re.DOTALL)
_NO_ROUTE = re.compile(r"(file )?not found|method not allowed", re.IGNORECASE)
_BY_STATUS = {401: "unauthorized", 403: "unauthorized", 413: "too_much_context", 429: "busy", 503: "busy"}


def error_from_response(status: int, body: bytes, retry_after: str = "") -> BackendError:
    """The error of an answer whose status is not 200."""
    value = _loads(body.decode("utf-8", "replace"))
    known = isinstance(value, dict)
    text = error_text(value) if known else _plain(body)
    if 300 <= status < 400:
        return BackendRefused("upstream_protocol", f"HTTP {status}: redirects are not followed", status=status)
    if status in (502, 504) and not known:
        return BackendDown("upstream_down", _with_status(status, text), status=status)
    if status in (404, 405) and (not known or _NO_ROUTE.fullmatch(text)):
        return BackendRefused("upstream_protocol", _with_status(status, text), status=status)
    code = _code_of(text) or _code_of(_marks(value)) or _BY_STATUS.get(status)
    if code is None:
        code = "model_missing" if status == 404 else "refused" if 400 <= status < 499 else "upstream_error"
    detail = text if known and text else _with_status(status, text)
    return BackendRefused(code, detail, retry_after=_seconds(retry_after) if code == "busy" else None, status=status)


def error_from_line(value: dict[str, object]) -> BackendError:
    """The error of an `{"error": …}` line or event inside a 200."""
    text = error_text(value)
    inner = value.get("error")
    status = (inner if isinstance(inner, dict) else value).get("code")
    by_status = _BY_STATUS.get(status) if type(status) is int else None
    return BackendRefused(_code_of(text) or _code_of(_marks(value)) or by_status or "upstream_error", text)


def error_text(value: object) -> str:
    """The message within an error value: a runner's own JSON comes as a string inside, more than once if need be."""
    signin = ""
    for _ in range(5):
        if isinstance(value, dict):
            found = value.get("signin_url")
            signin = found if isinstance(found, str) and found.startswith("https://") else signin
            value = next((value[key] for key in ("error", "message", "detail") if value.get(key)), "")
        elif isinstance(value, str) and value.lstrip().startswith("{"):
            inner = _loads(value)
            if not isinstance(inner, dict):
                break
            kind = _typed(inner)
            value = f"{error_text(inner)} ({kind})" if kind else error_text(inner)
        elif isinstance(value, list) and value and isinstance(value[0], dict) and "msg" in value[0]:
            value = "; ".join(_invalid(item) for item in value if isinstance(item, dict))
        else:
            break
    text = _GO_MAP.sub(r"\1", value) if isinstance(value, str) else json.dumps(value)
    return excerpt(f"{text} {signin}" if signin else text)


def excerpt(text: str) -> str:
    """At most 300 characters of one cleaned line."""
    line = " ".join(clean_text(text[: EXCERPT * 8]).split())
    return line if len(line) <= EXCERPT else line[: EXCERPT - 1] + "…"


def _code_of(text: str) -> str | None:
    return next((code for pattern, code in _BY_TEXT if pattern.search(text)), None)


def _marks(value: object) -> str:
    """The words that classify an error beside its text: `type` and `code`."""
    if not isinstance(value, dict):
        return ""
    inner = value.get("error")
    source = inner if isinstance(inner, dict) else value
    return " ".join(word[:60] for key in ("type", "code") if isinstance(word := source.get(key), str))


def _invalid(item: dict[str, object]) -> str:
    """One entry of a validation error as FastAPI writes it."""
    place = item.get("loc")
    words = [str(step) for step in place if step != "body"] if isinstance(place, list) else []
    return ": ".join(filter(None, (".".join(words), str(item.get("msg", "")))))


def _typed(value: dict[str, object]) -> str:
    inner = value.get("error")
    kind = inner.get("type") if isinstance(inner, dict) else None
    return kind if isinstance(kind, str) and kind == "exceed_context_size_error" else ""


def _plain(body: bytes) -> str:
    # Of an HTML page only the words: a proxy's error page says what it means in its title.
    text = body[: EXCERPT * 40].decode("utf-8", "replace")
    text = re.sub(r"(?is)<(script|style)\b.*?(</\1\s*>|$)", " ", text)
    return excerpt(re.sub(r"<[^<>]*>", " ", text))


def _with_status(status: int, text: str) -> str:
    return excerpt(f"HTTP {status}: {text}" if text else f"HTTP {status}")


def _seconds(header: str) -> float | None:
    return float(header) if header.isascii() and header.isdigit() and len(header) < 7 else None


def _loads(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
