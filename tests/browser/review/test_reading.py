"""The reading page as a reviewer uses it: by keys, without script, with hostile words, and as axe sees it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from playwright.sync_api import BrowserContext, Locator, Page, expect

from conversations.models import AccessRecord, Conversation, Label, LabelUse, Message, Note, User
from conversations.models.review.label import Colour
from conversations.text import clean_text
from tests.browser.late import Held, Late
from tests.browser.test_look import AXE, run_axe, take_picture
from tests.unit.views.people import answer, conversation_of, person, say

pytestmark = [pytest.mark.django_db(transaction=True)]

RIGHTS = ("view_conversation", "review_conversation")
ATTACKS = json.loads((Path(settings.BASE_DIR) / "tests/fixtures/markdown/attacks.json").read_text("utf-8"))
Visit = Callable[..., Page]


@pytest.fixture
def reviewer() -> User:
    user = User.objects.create_user("rita", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=RIGHTS))
    return user


@pytest.fixture
def pumps() -> Conversation:
    """Two questions, the second one answered twice; another conversation of the same owner before it in the list."""
    owner = person("olga")
    answer(found := conversation_of(owner, "Older", days_ago=2), "Old answer", say(found, "Old question"))
    found = conversation_of(owner, "Pumps", model_name="tiny")
    second = say(found, "And in winter?", answer(found, "They **move** heat.", say(found, "What do pumps do?")))
    for text in ("At a lower figure.", "It depends."):
        answer(found, text, second, thinking="Cold air holds less.", metrics={"reply_tokens": 7, "total_ms": 900})
    Label.objects.create(name="accurate", colour=Colour.TEAL)
    return found


@pytest.fixture
def visit(live_address: str, new_context: Callable[..., BrowserContext], reviewer: User) -> Visit:
    """The reviewer's browser at a conversation."""

    def go(conversation: Conversation, **options: object) -> Page:
        client = Client()
        client.force_login(reviewer)
        context = new_context(**options)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_address}])
        page = context.new_page()
        page.goto(live_address + reverse("admin:conversations_conversation_change", args=[conversation.pk]))
        return page

    return go


def listens(page: Page) -> None:
    """Wait until the page answers to keys: then it offers their list."""
    expect(page.get_by_role("button", name="Keyboard shortcuts")).to_be_visible()


def test_a_review_goes_by_keys(visit: Visit, pumps: Conversation) -> None:
    page = visit(pumps)
    page.get_by_role("button", name="Review for quality").click()
    expect(page.get_by_role("textbox", name="Reason")).to_have_value("Review for quality")
    page.get_by_role("button", name="Open the conversation").click()
    listens(page)

    page.keyboard.press("j")
    expect(page.locator(".turn").nth(0)).to_be_focused()
    for _ in range(3):
        page.keyboard.press("n")
    expect(page.locator(".turn").nth(3)).to_be_focused()
    _label_by_keys(page, page.locator(".turn").nth(3))
    _note_by_keys(page, page.locator(".turn").nth(3))
    page.keyboard.press("b")
    expect(page.locator(".turn").filter(has_text="At a lower figure.")).to_be_visible()
    listens(page)
    expect(page.locator(".turn").nth(3)).to_be_focused()
    page.keyboard.press("i")
    expect(page.get_by_role("dialog").get_by_text("Reply tokens")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("J")
    expect(page.get_by_role("heading", name="Why do you read this?")).to_be_visible()
    expect(page.locator(".what")).to_contain_text("Older")

    reply = Message.objects.get(content="It depends.")
    assert (LabelUse.objects.get().message, Note.objects.get().message) == (reply, reply)


def test_an_answer_that_comes_late_takes_nothing_away(visit: Visit, pumps: Conversation) -> None:
    page = visit(pumps)
    page.get_by_role("textbox", name="Reason").fill("A complaint")
    page.get_by_role("button", name="Open the conversation").click()
    listens(page)
    label, note = page.locator("#label"), page.locator("#note")
    answer = Held(page, "**/label/")
    label.fill("accurate")
    label.press("Enter")
    note.fill("Half a")
    answer.come()
    expect(page.locator("#marks .label")).to_contain_text("accurate")
    expect(note).to_be_focused()
    page.keyboard.type(" note")
    expect(note).to_have_value("Half a note")
    answer = Held(page, "**/note/")
    page.get_by_role("button", name="Keep the note").dblclick()
    answer.come()
    expect(page.locator(".note .text")).to_have_text("Half a note")
    assert len(answer) == 1

    dialog = page.get_by_role("dialog", name="About this reply")
    about = page.get_by_role("link", name="About this reply")
    older = Late(page, "**/about/?message=*")
    about.first.click()
    older.fetch()
    page.keyboard.press("Escape")
    about.last.click()
    expect(dialog.get_by_text("Reply tokens")).to_be_visible()
    older.come()
    expect(dialog.get_by_text("Reply tokens")).to_be_visible()


def test_it_is_read_and_marked_without_script(visit: Visit, pumps: Conversation) -> None:
    page = visit(pumps, java_script_enabled=False)
    page.set_viewport_size({"width": 390, "height": 800})
    page.get_by_role("textbox", name="Reason").fill("A complaint")
    page.get_by_role("button", name="Open the conversation").click()
    reply = page.locator(".turn").nth(3)
    reply.get_by_role("link", name="Label").click()
    page.get_by_role("combobox", name="Add a label").fill("accurate")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("textbox", name="New note").fill("Kept")
    page.get_by_role("button", name="Keep the note").click()
    page.get_by_role("link", name="Close").click()

    expect(reply.locator(".label")).to_have_text("accurate")
    expect(reply.locator(".noted")).to_contain_text("Kept")
    reply.get_by_role("link", name="Previous version").click()
    expect(page.locator(".turn").filter(has_text="At a lower figure.")).to_be_visible()
    page.locator(".turn").nth(3).get_by_role("link", name="About this reply").click()
    expect(page.get_by_text("Reply tokens")).to_be_visible()
    assert AccessRecord.objects.get().reason == "A complaint"


def test_hostile_words_do_nothing_and_ask_for_nothing(visit: Visit, pumps: Conversation, live_address: str) -> None:
    words = clean_text("\n\n".join(ATTACKS))  # as every door stores them: PostgreSQL has no NUL
    Conversation.objects.update(title=ATTACKS[0], model_name=ATTACKS[1], system_prompt=words)
    Message.objects.update(content=words, thinking=words, model_name=ATTACKS[1], html_version=0)
    Message.objects.filter(pk=pumps.leaf_id or 0).update(state="failed", error_code="internal", error_detail=words)
    page = visit(pumps)
    strange: list[str] = []
    page.on("request", lambda request: strange.append(request.url) if live_address not in request.url else None)
    page.on("dialog", lambda dialog: strange.append(dialog.message))
    page.get_by_role("textbox", name="Reason").fill("Suspected misuse")
    page.get_by_role("button", name="Open the conversation").click()

    listens(page)
    for fold in page.locator(".turn summary").all():
        fold.click()
    for _ in range(4):
        page.keyboard.press("j")
    page.keyboard.press("i")
    expect(page.get_by_role("dialog").get_by_text("State")).to_be_visible()

    assert not strange


@pytest.mark.axe
def test_axe_finds_nothing(visit: Visit, pumps: Conversation) -> None:
    page = visit(pumps, reduced_motion="reduce")
    wrong = _look(page, "review gate")
    page.get_by_role("textbox", name="Reason").fill("A complaint")
    page.get_by_role("button", name="Open the conversation").click()
    listens(page)
    page.keyboard.press("j")
    wrong += _look(page, "review page")
    page.set_viewport_size({"width": 390, "height": 800})
    page.keyboard.press("c")
    expect(page.locator("#note")).to_be_focused()
    wrong += _look(page, "review sheet")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    wrong += _look(page, "review keys")

    assert not wrong, "\n".join(wrong)


def _look(page: Page, name: str) -> list[str]:
    page.evaluate(AXE.read_text("utf-8"))
    page.emulate_media(color_scheme="light")
    take_picture(page, f"{name} light")
    wrong = run_axe(page, "{rules: {'heading-order': {enabled: false}}}")
    page.emulate_media(color_scheme="dark")
    take_picture(page, f"{name} dark")
    return wrong + run_axe(page, "{runOnly: ['color-contrast']}")


def _label_by_keys(page: Page, turn: Locator) -> None:
    page.keyboard.press("l")
    expect(page.locator("#label")).to_be_focused()
    page.keyboard.type("accurate")
    page.keyboard.press("Enter")
    expect(turn.locator(".label")).to_have_text("accurate")
    expect(page.locator("[data-slot=announcer]")).to_have_text("Label added: accurate")
    page.keyboard.press("Escape")
    expect(turn).to_be_focused()


def _note_by_keys(page: Page, turn: Locator) -> None:
    page.keyboard.press("c")
    expect(page.locator("#note")).to_be_focused()
    page.keyboard.type("j is a letter here")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(turn.locator(".noted")).to_contain_text("j is a letter here")
    page.get_by_role("button", name="Delete").click()
    expect(turn.locator(".noted")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(turn.locator(".noted")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(turn).to_be_focused()
