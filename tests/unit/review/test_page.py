"""The reading page: opened with a reason, safe with whatever was written, whole with its branches, and in parts."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from conversations.models import AccessRecord, Conversation, Message, Rating, Role, SiteSettings, State, User
from conversations.review import labels, notes
from tests.unit.review.doors import address, leaf

HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)> [a](javascript:alert(3)) ![x](https://evil.example/?q=1)"
)
HARM = ("<script>alert", "<img", 'href="javascript:', "onerror=alert(2)>", 'src="https')


def read(client: Client, talk: Conversation, **query: Any) -> str:
    answer = client.get(address(talk), query)
    assert answer.status_code == 200, answer
    return answer.content.decode()


@pytest.fixture
def opened(reading: Client, talk: Conversation) -> Client:
    """The reviewer's browser, who gave a reason for the talk."""
    assert reading.post(address(talk), {"reason": "A complaint"}).status_code == 302
    return reading


def test_it_asks_why_and_shows_nothing_until_it_is_told(reading: Client, talk: Conversation) -> None:
    asked = read(reading, talk)

    assert "Why do you read this?" in asked
    assert "olga is told your name (rita)" in asked
    assert "at once" in asked
    assert "answer" not in asked
    assert not AccessRecord.objects.exists()


def test_a_reason_opens_it_for_the_sitting_and_is_recorded_once(opened: Client, talk: Conversation) -> None:
    assert "<strong>Second</strong>" in read(opened, talk)
    assert opened.post(address(talk), {"reason": "Again"}).status_code == 302

    record = AccessRecord.objects.get()
    assert (record.reader_name, record.owner, record.reason) == ("rita", talk.owner, "A complaint")
    opened.logout()
    opened.force_login(User.objects.get(username="rita"))
    assert "Why do you read this?" in read(opened, talk)


def test_what_staff_did_with_it_is_told_to_those_who_opened_it(reading: Client, talk: Conversation) -> None:
    assert reading.get(address(talk, "history")).status_code == 404
    reading.post(address(talk), {"reason": "A complaint"})
    assert reading.get(address(talk, "history")).status_code == 200


def test_a_reason_that_says_nothing_is_asked_for_again_and_kept(reading: Client, talk: Conversation) -> None:
    SiteSettings.load()
    SiteSettings.objects.update(reading_told_after=24)
    answer = reading.post(address(talk), {"reason": "<x"})

    assert answer.status_code == 422
    assert "3 characters or more" in answer.text
    assert "&lt;x</textarea>" in answer.text
    assert "24 hours from now" in answer.text


def test_ones_own_opens_at_once_and_leaves_no_record(client: Client, talk: Conversation, owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(is_staff=True)
    client.force_login(owner)

    assert "<strong>Second</strong>" in read(client, talk)
    assert not AccessRecord.objects.exists()


def test_who_has_no_right_is_refused_whatever_the_reason(client: Client, talk: Conversation) -> None:
    clerk = User.objects.create_user("carl", is_staff=True)
    client.force_login(clerk)

    assert client.get(address(talk)).status_code == 403
    assert client.post(address(talk), {"reason": "I am curious"}).status_code == 403
    unknown = reverse("admin:conversations_conversation_change", args=["01890000-0000-7000-8000-000000000000"])
    assert client.get(unknown).status_code == 403
    assert client.post(address(talk, "label"), {"label": "x"}).status_code == 404
    assert not AccessRecord.objects.exists()


def test_switched_off_nothing_is_read_anywhere(opened: Client, talk: Conversation) -> None:
    SiteSettings.load()
    SiteSettings.objects.update(reading_enabled=False)
    messages = reverse("admin:conversations_message_changelist")

    for page in (address(talk), messages, messages + "?q=answer"):
        answer = opened.get(page)
        assert (answer.status_code, "Reading is switched off" in answer.text) == (403, True)
        assert "answer</" not in answer.text
    assert opened.get(address(talk, "about"), {"message": leaf(talk)}).status_code == 404
    assert opened.post(address(talk, "label"), {"label": "x"}).status_code == 404


def test_messages_lead_to_their_place_and_are_listed_without_their_words(reading: Client, talk: Conversation) -> None:
    messages = reverse("admin:conversations_message_changelist")

    assert "How do they work?" not in reading.get(messages).text
    assert "0 messages" in reading.get(messages, {"q": "Second"}).text
    place = reading.get(reverse("admin:conversations_message_change", args=[leaf(talk)]))
    assert place["Location"] == f"{address(talk)}?at={leaf(talk)}#m{leaf(talk)}"
    reading.post(address(talk), {"reason": "A complaint"})
    assert "How do they work?" in reading.get(messages).text
    assert "1 message" in reading.get(messages, {"q": "Second"}).text


@pytest.mark.parametrize("state", [State.STREAMING, State.COMPLETE, State.FAILED])
def test_what_was_written_does_nothing(opened: Client, talk: Conversation, state: State) -> None:
    Conversation.objects.filter(pk=talk.pk).update(title=HOSTILE[:120], model_name=HOSTILE, system_prompt=HOSTILE)
    talk.messages.update(
        content=HOSTILE, thinking=HOSTILE, model_name=HOSTILE, error_detail=HOSTILE, error_code="upstream_error",
        html_version=0,
    )  # fmt: skip
    talk.messages.filter(pk=leaf(talk)).update(state=state, tool_name=HOSTILE)
    reply = talk.messages.get(pk=leaf(talk))
    labels.put(talk.owner, labels.find(HOSTILE[:40], may_create=True), talk, reply)
    notes.write(User.objects.get(username="rita"), talk, HOSTILE, reply)
    Rating.objects.create(conversation=talk, message=reply, user=talk.owner, value=1, comment=HOSTILE)

    answer = opened.get(address(talk), {"on": leaf(talk)})
    about = opened.get(address(talk, "about"), {"message": leaf(talk)})

    for shown in (answer, about):
        assert shown.status_code == 200
        assert not [harm for harm in HARM if harm in shown.text]
        assert "'unsafe" not in shown["Content-Security-Policy"]
        assert "require-trusted-types-for 'script'" in shown["Content-Security-Policy"]
        assert "no-store" in shown["Cache-Control"]
    assert HOSTILE in unescape(answer.text)


def test_a_call_of_a_tool_shows_what_it_was_given_and_gave(opened: Client, talk: Conversation) -> None:
    call = Message.objects.create(
        conversation=talk, parent_id=leaf(talk), role=Role.TOOL, tool_name="weather", content='{"wind": 3}',
        provenance={"server": "met", "arguments": {"place": "Oslo", "when": "today"}},
    )  # fmt: skip
    talk.choose(call.pk)

    shown = unescape(read(opened, talk))

    assert "Tool: met: weather" in shown
    assert '"place": "Oslo"' in shown
    assert '{"wind": 3}' in shown


def test_every_branch_is_a_link_away_and_nothing_is_chosen_by_looking(opened: Client, talk: Conversation) -> None:
    first = talk.messages.filter(role=Role.ASSISTANT).earliest("pk")
    chosen = read(opened, talk)
    assert f"?at={first.pk}#m{first.pk}" in chosen
    assert "2/2" in chosen
    assert "**First** answer" in chosen.split('id="branches"')[1]

    shown = read(opened, talk, at=first.pk)

    assert "<strong>First</strong>" in shown
    assert "<strong>Second</strong>" not in shown
    talk.refresh_from_db()
    assert talk.leaf_id != first.pk


def test_what_its_owner_deleted_is_there_and_marked(opened: Client, talk: Conversation) -> None:
    gone = talk.messages.get(pk=leaf(talk))
    gone.trash()
    talk.trash()

    shown = read(opened, talk, at=gone.pk)

    assert "<strong>Second</strong>" in shown
    assert "data-deleted" in shown
    assert "Its owner deleted this conversation." in shown
    assert "data-deleted" not in read(opened, talk)


@pytest.mark.parametrize(
    "query", [{"at": "0"}, {"branch": "-1"}, {"at": "x"}, {"part": "2"}, {"on": "7"}, {"at": "9" * 30}, {"part": "٣"}]
)
def test_a_made_up_number_is_not_there(opened: Client, talk: Conversation, query: dict[str, str]) -> None:
    assert opened.get(address(talk), query).status_code == 404


def test_a_message_of_another_conversation_is_not_there(opened: Client, talk: Conversation, owner: User) -> None:
    other = Conversation.objects.create(owner=owner)
    foreign = Message.objects.create(conversation=other, role=Role.ASSISTANT, content="elsewhere")

    assert opened.get(address(talk), {"at": str(foreign.pk)}).status_code == 404
    assert opened.get(address(talk, "about"), {"message": str(foreign.pk)}).status_code == 404
    assert opened.post(address(talk, "label"), {"label": "x", "message": str(foreign.pk)}).status_code == 404


def test_a_long_one_comes_in_parts_and_a_message_is_found_in_its_part(opened: Client, talk: Conversation) -> None:
    parent = None
    for number in range(130):
        parent = Message.objects.create(conversation=talk, parent=parent, role=Role.USER, content=f"line {number}.")
    talk.choose(parent.pk if parent else None)

    first, last = read(opened, talk), read(opened, talk, at=parent.pk if parent else 0)

    assert (first.count("<article"), last.count("<article")) == (100, 30)
    assert "line 0." in first
    assert f"part=2&amp;branch={leaf(talk)}" in first
    assert "line 129." in read(opened, talk, part=2)


def test_about_a_reply_is_told_on_demand(opened: Client, talk: Conversation) -> None:
    talk.messages.filter(pk=leaf(talk)).update(metrics={"reply_tokens": 7, "total_ms": 900}, provenance={"seed": 42})

    talk.messages.exclude(pk=leaf(talk)).update(metrics={"reply_tokens": "7.5 <b>"})
    assert '<dd dir="auto">7</dd>' in read(opened, talk)
    assert "7 tokens · total 0.9\u00a0s" in read(opened, talk)
    page = opened.get(address(talk, "about"), {"message": leaf(talk)})
    part = opened.get(address(talk, "about"), {"message": leaf(talk)}, headers={"X-Requested-With": "fetch"})

    assert "Reply tokens" in page.text
    assert "<html" not in part.text
    assert "42" in part.text


@pytest.mark.parametrize("odd", ["much", [], {"a": 1}, None, True, -1])
def test_figures_of_any_type_can_be_looked_at(opened: Client, talk: Conversation, odd: object) -> None:
    names = ("reply_tokens", "total_ms", "first_ms", "thinking_ms", "tokens_per_second", "window", "format", "repeats")
    provenance = dict.fromkeys(("messages", "options", "lengths", "seed", "tools", "arguments", "server"), odd)
    call = Message.objects.create(conversation=talk, parent_id=leaf(talk), role=Role.TOOL)
    talk.messages.update(metrics=dict.fromkeys(names, odd), provenance=provenance, thinking="hm")
    talk.choose(call.pk)

    assert opened.get(address(talk)).status_code == 200
    about = opened.get(address(talk, "about"), {"message": call.parent_id or 0})
    assert (about.status_code, "As stored" in about.content.decode()) == (200, True)


def test_the_list_one_came_from_leads_on(opened: Client, talk: Conversation, owner: User) -> None:
    others = [Conversation.objects.create(owner=owner, title=f"Heat {number}") for number in range(3)]
    Conversation.objects.create(owner=owner, title="Something else")
    middle = others[1]
    opened.post(address(middle), {"reason": "A complaint"})

    shown = unescape(read(opened, middle, _changelist_filters="title=Heat"))

    for neighbour, rel in ((others[2], "prev"), (others[0], "next")):
        assert f'href="{address(neighbour)}?_changelist_filters=title%3DHeat" rel="{rel}"' in shown
    assert f"{reverse('admin:conversations_conversation_changelist')}?title=Heat" in shown
    assert 'rel="next"' not in read(opened, middle, _changelist_filters="since=nonsense")


def test_records_are_listed_for_who_may_see_them_and_nobody_changes_them(
    opened: Client, talk: Conversation, reviewer: User
) -> None:
    listed = reverse("admin:conversations_accessrecord_changelist")
    record = AccessRecord.objects.get()
    assert opened.get(listed).status_code == 403

    reviewer.user_permissions.add(Permission.objects.get(codename="view_accessrecord"))
    assert "A complaint" in opened.get(listed, {"conversation_key": str(talk.pk)}).text
    reviewer.is_superuser = True
    reviewer.save()
    doors = [("add", []), ("delete", [record.pk]), ("change", [record.pk])]
    addresses = [reverse(f"admin:conversations_accessrecord_{name}", args=args) for name, args in doors]
    answers = [opened.post(address, {"post": "yes", "reason": "x"}).status_code for address in addresses]
    opened.post(listed, {"action": "delete_selected", "_selected_action": [str(record.pk)], "post": "yes"})

    assert answers == [403, 403, 403]
    assert AccessRecord.objects.get().reason == "A complaint"
