"""A conversation is begun by a program, and comes back when it was deleted."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from django.test import AsyncClient

from conversations.models import Conversation, User
from tests.unit.api.program import LIST, Answer, fetch, key


def ask(user: User, method: str, path: str, body: object = None) -> Answer:
    return fetch(AsyncClient(), path, method, body, Authorization=key(user))


def test_an_empty_one_has_a_model_and_a_place(alice: User) -> None:
    made = ask(alice, "POST", LIST, {})

    assert (made.status, made.value["model"], made.value["title"], made.value["leaf"]) == (201, "eliza", "", None)
    assert made.headers["Location"] == f"{LIST}/{made.value['id']}"
    assert ask(alice, "GET", made.headers["Location"]).value == made.value
    assert [one["id"] for one in ask(alice, "GET", LIST).value["items"]] == [made.value["id"]]
    assert UUID(made.value["id"]).version == 7


def test_its_settings_come_with_it(alice: User) -> None:
    wanted = {
        "title": "Trains",
        "model": {"backend": "ollama", "name": "tiny"},
        "system_prompt": "Be brief.",
        "sampling": {"temperature": 0.5},
        "tools": ["clock"],
        "think": "low",
        "response_format": "json",
    }
    made = ask(alice, "POST", LIST, wanted).value

    model = wanted.pop("model")
    assert {name: made[name] for name in wanted} == wanted
    assert {"backend": made["backend"], "name": made["model"]} == model
    assert Conversation.objects.get().is_title_given


def test_the_same_number_again_makes_no_second_one_and_changes_nothing(alice: User) -> None:
    number = str(uuid4())
    first = ask(alice, "POST", LIST, {"id": number, "title": "Trains"})
    again = ask(alice, "POST", LIST, {"id": number, "title": "Buses"})

    assert (first.status, again.status) == (201, 200)
    assert again.value == first.value
    assert Conversation.objects.count() == 1


def test_a_number_that_is_taken_is_refused_whoever_has_it(alice: User, charlie: User, trains: Conversation) -> None:
    foreign = ask(charlie, "POST", LIST, {"id": str(trains.pk)})
    trains.trash()
    deleted = ask(alice, "POST", LIST, {"id": str(trains.pk), "title": "Mine"})

    assert (foreign.status, foreign.value["code"]) == (409, "taken")
    assert (deleted.status, deleted.body) == (409, foreign.body)
    assert Conversation.objects.get().title == trains.title


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"title": " \n"}, "title"),
        ({"id": "7"}, "id"),
        ({"sampling": {"temperature": "hot"}}, "sampling.temperature"),
        ({"owner": "alice"}, "owner"),
    ],
)
def test_a_mistake_is_named_and_nothing_is_made(alice: User, body: dict[str, object], place: str) -> None:
    answer = ask(alice, "POST", LIST, body)

    assert (answer.status, not Conversation.objects.exists()) == (422, True)
    assert answer.value["errors"][0]["field"].endswith(place)


def test_a_deleted_one_comes_back_to_its_owner_alone(alice: User, charlie: User, trains: Conversation) -> None:
    path = f"{LIST}/{trains.pk}"
    assert ask(alice, "POST", f"{path}/restore").status == 404
    assert ask(alice, "DELETE", path).status == 204
    assert ask(charlie, "POST", f"{path}/restore").status == 404
    back = ask(alice, "POST", f"{path}/restore")

    assert (back.status, back.value["title"]) == (200, "Trains to Köln")
    assert ask(alice, "GET", path).value == back.value


def test_its_tools_and_its_context_are_told(alice: User, charlie: User, trains: Conversation) -> None:
    ask(alice, "PATCH", f"{LIST}/{trains.pk}", {"tools": ["clock"], "sampling": {"num_ctx": 4096}})
    tools = {one["name"]: one["is_on"] for one in ask(alice, "GET", f"{LIST}/{trains.pk}/tools").value["items"]}
    context = ask(alice, "GET", f"{LIST}/{trains.pk}/context").value

    assert (tools["clock"], tools["calculator"]) == (True, False)
    assert (context["limit"], context["source"], len(context["turns"])) == (4096, "set", 2)
    assert [ask(charlie, "GET", f"{LIST}/{trains.pk}/{what}").status for what in ("tools", "context")] == [404, 404]


def test_who_a_program_acts_for_is_told_with_what_its_token_is_for(alice: User) -> None:
    told = fetch(AsyncClient(), "/api/v1/me", Authorization=key(alice, "read", "export")).value

    assert (told["username"], told["token"]["name"], told["token"]["scopes"]) == ("alice", "test", ["read", "export"])
