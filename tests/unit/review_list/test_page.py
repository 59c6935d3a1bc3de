"""The page: who sees it, what hostile titles do, who is blind to what, and what stands around a conversation."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from conversations.models import AccessRecord, Case, Conversation, Project, SiteSettings, User
from conversations.models.review.label import Label
from tests.unit.review_list.conftest import Talk

pytestmark = pytest.mark.django_db

LIST = "admin:conversations_conversation_changelist"
HOSTILE = '<script>alert(1)</script><img src=x onerror=alert(2)>"\u202e'
Listed = Callable[..., list[str]]


def page(client: Client, **query: str) -> str:
    answer = client.get(reverse(LIST), query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_without_the_right_there_is_no_list(client: Client, bob: User) -> None:
    client.force_login(bob)
    assert client.get(reverse(LIST), follow=True).status_code == 403
    User.objects.filter(pk=bob.pk).update(is_staff=True)
    assert client.get(reverse(LIST)).status_code == 403
    assert client.post(reverse(LIST), {"action": "keep", "name": "x"}).status_code == 403


def test_what_people_wrote_is_text(client: Client, rita: User, talk: Talk) -> None:
    talk(HOSTILE, f"river {HOSTILE}")
    Label.objects.create(name=HOSTILE[:40])
    User.objects.filter(username="bob").update(username="<b>bob")

    for shown in (page(client), page(client, q="river"), page(client, title=HOSTILE), page(client, q=HOSTILE)):
        assert "<script>alert" not in shown
        assert "<img src=x" not in shown
        assert "<b>bob" not in shown
    assert "<mark>river</mark> &lt;script&gt;" in page(client, q="river")
    policy = client.get(reverse(LIST))["Content-Security-Policy"]
    assert "require-trusted-types-for" in policy
    assert "unsafe" not in policy


def test_a_search_shows_the_place_and_leads_there(client: Client, rita: User, talk: Talk) -> None:
    found = talk("Rivers", "it flows")

    shown = page(client, q="flows")

    assert "it <mark>flows</mark>" in shown
    assert f"?at={found.leaf_id}" in shown
    assert "%3Fq%3D" not in shown
    assert "_changelist_filters=q%3Dflows" in shown


def test_whose_lines_a_search_shows_is_on_the_record_once(client: Client, rita: User, talk: Talk) -> None:
    talk("Rivers", "it flows")
    for words in ("flows", "flows", "it flows", "nowhere"):
        page(client, q=words)
    page(client)
    told = AccessRecord.objects.order_by("pk").values_list("kind", "reason", "title", "reader_name")
    assert list(told) == [("search", words, "Rivers", rita.username) for words in ("flows", "it flows")]


def test_where_reading_is_switched_off_nothing_is_searched_and_no_title_shown(
    client: Client, rita: User, talk: Talk
) -> None:
    talk("Rivers", "it flows")
    SiteSettings.load()
    SiteSettings.objects.update(reading_enabled=False)

    assert "Rivers" not in page(client)
    assert "flows" not in page(client, q="flows").replace('value="flows"', "").replace("q=flows", "").replace(
        ">flows</b>", ""
    )


@pytest.fixture
def blind(rita: User, talk: Talk, bob: User) -> Conversation:
    """A conversation of a blind project that rita works in."""
    found = talk("Of Bob", "by tiny")
    project = Project.objects.create(name="Blind", is_blind=True)
    project.members.add(rita)
    Case.objects.create(project=project, conversation=found)
    return found


def test_who_is_blind_to_it_sees_pseudonyms(client: Client, blind: Conversation) -> None:
    shown = page(client)
    row = shown[shown.index("<tbody>") : shown.index("</tbody>")]

    assert "Person " in row
    for name in ("bob", "Bob", "tiny", "ollama"):
        assert name not in row


@pytest.mark.parametrize(
    "query", [{"owner": "bob"}, {"model": "tiny"}, {"backend": "ollama"}, {"title": "of"}, {"q": "tiny"}]
)
def test_no_filter_that_tells_finds_it(blind: Conversation, talk: Talk, listed: Listed, query: dict[str, str]) -> None:
    talk("of others", "tiny")

    assert listed(**query) == ["of others"]
    assert len(listed(state="complete")) == 2


def test_the_neighbours_are_those_of_the_list(client: Client, rita: User, talk: Talk) -> None:
    talks = [talk(f"{number}", model_name="large" if number == 2 else "tiny") for number in range(5)]
    admin_list = f"{reverse(LIST)}?model=tiny"

    def around(number: int, **query: str) -> list[str]:
        address = reverse("admin:conversations_conversation_change", args=[talks[number].pk])
        client.post(address, {"reason": "To see the neighbours"})
        frame = client.get(address, query).context["frame"]
        found = [
            next((each.title for each in talks if str(each.pk) in link), "") for link in (frame.previous, frame.next)
        ]
        return [frame.home[1], *found]

    assert around(3, _changelist_filters="model=tiny") == [admin_list, "4", "1"]
    assert around(4, _changelist_filters="model=tiny")[1:] == ["", "3"]
    assert around(0)[1:] == ["1", ""]
    assert around(3, _changelist_filters="q=question")[1:] == ["4", "2"]
    assert around(3, _changelist_filters="since=nonsense")[1:] == ["", ""]
