"""What a model can be tried with, which fields its form has, and an answer's turn in the queue."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.datastructures import MultiValueDict
from PIL import Image

from conversations.backends.base import ChatEvent, Delta, Finish, Phase
from conversations.backends.library import Ability
from conversations.generation.queue import FairQueue
from conversations.library.oneshot import IMAGES, Way, figures, in_turn, ways_of
from conversations.views.library.oneshot_forms import PromptForm, TextsForm

BOTH: frozenset[Ability] = frozenset({"generate", "embed"})
ABLE = frozenset({"generate", "embed", "raw"})


@pytest.mark.parametrize(("capabilities", "ways"), [
    (frozenset({"completion", "tools"}), ("generate",)),
    (frozenset({"insert"}), ("generate",)),
    (frozenset({"embedding"}), ("embed",)),
    (frozenset({"image"}), ()),
    (None, ("generate", "embed")),
])  # fmt: skip
def test_a_model_is_tried_with_what_it_can(capabilities: frozenset[str] | None, ways: tuple[Way, ...]) -> None:
    assert ways_of(BOTH, capabilities) == ways
    assert ways_of(frozenset(), capabilities) == ()


def test_fields_are_there_for_what_is_able() -> None:
    assert {"suffix", "images", "think"}.isdisjoint(PromptForm(able=ABLE).fields)
    assert {"raw", "template", "keep_alive", "options"} <= PromptForm(able=ABLE).fields.keys()
    hosted = PromptForm(able=frozenset({"generate", "vision"})).fields
    assert list(hosted) == ["prompt", "images", "system", "format", "options"]
    assert list(TextsForm(able=frozenset({"embed"})).fields) == ["texts", "dimensions"]


@pytest.mark.parametrize(("text", "value"), [("", None), ("json", "json"), ('"json"', "json"),
                                             ('{"type": "object"}', {"type": "object"})])  # fmt: skip
def test_the_form_of_an_answer(text: str, value: object) -> None:
    form = PromptForm({"prompt": "x", "format": text}, able=ABLE)
    assert form.is_valid(), form.errors
    assert form.request("m").format == value


def test_what_is_left_empty_is_not_sent() -> None:
    form = PromptForm({"prompt": " x\n", "suffix": "", "keep_alive": "0"}, able=ABLE | {"suffix"})
    assert form.is_valid(), form.errors
    wanted = form.request("m")
    assert (wanted.prompt, wanted.suffix, wanted.system, wanted.keep_alive) == (" x\n", None, None, 0.0)
    assert (wanted.raw, wanted.options, wanted.think, list(wanted.images)) == (False, {}, None, [])


def test_pictures_are_read_anew_and_counted() -> None:
    able = ABLE | {"vision"}
    good = SimpleUploadedFile("a.png", _picture())
    form = PromptForm(
        {"prompt": "x"}, MultiValueDict({"images": [good, SimpleUploadedFile("b.gif", b"GIF89a")]}), able=able
    )
    assert not form.is_valid()
    assert form.errors["images"] == ["b.gif: The picture is damaged. Open and save it anew."]
    many = [SimpleUploadedFile("a.png", _picture()) for _number in range(IMAGES + 1)]
    form = PromptForm({"prompt": "x"}, MultiValueDict({"images": many}), able=able)
    assert form.errors["images"] == ["At most 8 pictures at a time."]
    form = PromptForm({"prompt": "x"}, MultiValueDict({"images": many[:1]}), able=able)
    assert form.is_valid(), form.errors
    assert [len(image) > 20 for image in form.request("m").images] == [True]


def test_figures_are_those_that_are_known() -> None:
    assert figures(Finish(reply_tokens=20, reply_duration=500_000_000)) == {"reply_tokens": 20, "tokens_per_second": 40}
    assert figures(Finish()) == {}


async def test_an_answer_waits_for_its_turn_and_says_so() -> None:
    queue, closed = FairQueue(1), asyncio.Event()

    async def answer() -> AsyncGenerator[ChatEvent, None]:
        try:
            yield Delta("a")
            yield Finish()
        finally:
            closed.set()

    async with queue.turn(1, lambda position: None), aclosing(in_turn(queue, 2, answer())) as waiting:
        assert await anext(waiting) == Phase("queued")
    async with aclosing(in_turn(queue, 2, answer())) as events:
        assert await anext(events) == Delta("a")
        assert not queue.is_free
    assert queue.is_free
    assert closed.is_set()


def _picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(out, "PNG")
    return out.getvalue()
