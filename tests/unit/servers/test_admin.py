"""Model servers in the admin: what is shown of keys, what is refused and why, and what the test says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from conversations.models import Backend, ModelDefaults, User
from tests.upstream import Upstream

KEY = "sk-secret-0123456789"
DOWN = "127.0.0.1:9"

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("ada", "ada@example.org", "correct horse battery"))
    return client


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as upstream:
        yield upstream


@pytest.fixture
def hosted() -> Backend:
    row = Backend(name="hosted", label="Hosted", kind="openai", address="https://api.example.org/v1", parallel=16)
    row.key = KEY
    row.save()
    return row


def form(**changed: Any) -> dict[str, Any]:
    values = {"label": "Second", "name": "second", "kind": "ollama", "address": DOWN, "is_enabled": "on"}
    return {**values, "parallel": "4", "position": "10", "offers_all": "on", **changed}


def of(row: Backend, **changed: Any) -> dict[str, Any]:
    stored = {"label": row.label, "kind": row.kind, "address": row.address, "parallel": row.parallel}
    return form(**{**stored, **changed})


def add(client: Client, **changed: Any) -> Any:
    return client.post(reverse("admin:conversations_backend_add"), form(**changed))


def change(client: Client, row: Backend, **changed: Any) -> Any:
    return client.post(reverse("admin:conversations_backend_change", args=[row.pk]), of(row, **changed))


def errors_of(answer: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = answer.context["adminform"].form.errors
    return found


def tried(client: Client, row: Backend | None = None, **changed: Any) -> dict[str, Any]:
    name = "admin:conversations_backend_test"
    address = reverse(name, args=[row.pk]) if row else reverse(f"{name}_new")
    data = of(row, **changed) if row else form(**changed)
    answer = client.post(address, data, headers={"Accept": "application/json"})
    found: dict[str, Any] = answer.json()
    return found


# The key


def test_a_key_goes_in_and_never_comes_out(admin: Client) -> None:
    add(admin, new_key=f"{KEY}\n")
    row = Backend.objects.get(name="second")

    pages = [
        admin.get(reverse("admin:conversations_backend_changelist")),
        admin.get(reverse("admin:conversations_backend_change", args=[row.pk])),
        admin.get(reverse("admin:conversations_backend_history", args=[row.pk])),
    ]

    assert row.key == KEY
    assert not [page for page in pages if KEY[3:-4] in page.text or row.sealed_key in page.text]
    assert "it ends with “6789”" in pages[1].text


def test_an_empty_field_keeps_the_key_and_a_box_removes_it(admin: Client, hosted: Backend) -> None:
    change(admin, hosted)
    assert Backend.objects.get(pk=hosted.pk).key == KEY

    change(admin, hosted, new_key="sk-another-987654321")
    assert Backend.objects.get(pk=hosted.pk).key == "sk-another-987654321"

    change(admin, hosted, forget_key="on")
    assert Backend.objects.get(pk=hosted.pk).key == ""


@pytest.mark.parametrize(
    "address", ["https://evil.example.org/v1", "http://api.example.org/v1", "api.example.org:8443"]
)
def test_a_stored_key_is_never_sent_to_another_place(admin: Client, hosted: Backend, address: str) -> None:
    answer = change(admin, hosted, address=address)
    found = tried(admin, hosted, address=address)

    assert "was given for https://api.example.org/v1" in errors_of(answer)["new_key"][0]
    assert "was given for https://api.example.org/v1" in found["lines"][0]
    assert Backend.objects.get(pk=hosted.pk).address == "https://api.example.org/v1"


def test_another_path_of_the_same_place_keeps_the_key(admin: Client, hosted: Backend) -> None:
    change(admin, hosted, address="https://api.example.org/openai/v1")

    assert Backend.objects.get(pk=hosted.pk).key == KEY


@pytest.mark.parametrize("key", ["with space", "zwei\u00e4", "a\tb", "x" * 4001])
def test_a_key_that_no_header_can_carry_is_refused(admin: Client, key: str) -> None:
    assert errors_of(add(admin, new_key=key)).keys() == {"new_key"}


def test_a_key_of_another_secret_key_is_asked_for_again(admin: Client, hosted: Backend, settings: Settings) -> None:
    Backend.objects.filter(pk=hosted.pk).update(sealed_key="v1:gAAAAABother")

    page = admin.get(reverse("admin:conversations_backend_change", args=[hosted.pk])).text

    assert "cannot be read any more" in page
    assert tried(admin, hosted)["lines"][1] == "Enter the key again."


# The form


@pytest.mark.parametrize(
    "address",
    ["http://user:secret@host", "host?x=1", "host#x", "ftp://host", "a b", "<script>", "http://"],
)
def test_an_address_that_cannot_be_one_is_refused(admin: Client, address: str) -> None:
    assert "An address is host:port" in errors_of(add(admin, address=address))["address"][0]


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", "ollama"), ("name", "eliza"), ("name", "A b"), ("parallel", "0"), ("parallel", "4097"), ("kind", "tgi")],
)
def test_a_value_out_of_its_range_is_named(admin: Client, field: str, value: str) -> None:
    assert errors_of(add(admin, **{field: value})).keys() == {field}


def test_an_openai_server_needs_an_address(admin: Client) -> None:
    assert "needs an address" in errors_of(add(admin, kind="openai", address=""))["address"][0]


def test_single_models_are_offered_by_ticking_or_typing_their_names(admin: Client) -> None:
    data = {"offers_all": "", "chosen_models": ["tiny:latest"], "other_models": "gpt-9\n\n gpt-8 \n"}
    add(admin, **data)

    assert Backend.objects.get(name="second").models_offered == ["tiny:latest", "gpt-9", "gpt-8"]
    assert errors_of(add(admin, name="third", offers_all="")).keys() == {"chosen_models"}


def test_a_server_of_the_environment_follows_it_until_it_is_changed(admin: Client) -> None:
    row = Backend.objects.get(name="ollama")
    change(admin, row, position="0")
    assert Backend.objects.get(pk=row.pk).from_environment
    assert "follows it until" in admin.get(reverse("admin:conversations_backend_change", args=[row.pk])).text

    change(admin, row, position="0", label="The big one")
    assert not Backend.objects.get(pk=row.pk).from_environment


def test_only_what_the_environment_does_not_name_can_be_deleted(admin: Client, hosted: Backend) -> None:
    row = Backend.objects.get(name="ollama")

    assert admin.post(reverse("admin:conversations_backend_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    assert (
        admin.post(reverse("admin:conversations_backend_delete", args=[hosted.pk]), {"post": "yes"}).status_code == 302
    )
    assert [row.name for row in Backend.objects.all()] == ["ollama"]


def test_the_name_stays(admin: Client, hosted: Backend) -> None:
    change(admin, hosted, name="another")

    assert Backend.objects.get(pk=hosted.pk).name == "hosted"


# The test


def test_the_test_says_what_it_found(admin: Client, upstream: Upstream) -> None:
    found = tried(admin, address=upstream.address, label="", name="")

    assert found["is_up"]
    assert found["lines"][0].startswith(f"{upstream.address} answers, in ")
    assert found["lines"][1] == f"Version 0.33.0 · {len(upstream.models)} models"
    assert found["models"] == [model.name for model in upstream.models]
    assert not Backend.objects.filter(name="second").exists()


def test_the_test_uses_what_is_typed_over_what_is_stored(admin: Client, upstream: Upstream) -> None:
    upstream.api_key = KEY
    row = Backend.objects.create(name="near", label="Near", kind="openai", address=upstream.address)

    assert tried(admin, row)["lines"][1] == "Check the key."
    assert tried(admin, row, new_key=KEY)["is_up"]
    assert Backend.objects.get(pk=row.pk).sealed_key == ""


def test_the_test_of_a_dead_server_says_what_to_do(admin: Client) -> None:
    found = tried(admin)

    assert not found["is_up"]
    assert found["lines"] == [
        "http://127.0.0.1:9: The model server does not answer.",
        "Check the address and the port, and that the server runs and listens for this machine.",
        "connection refused",
    ]


def test_the_test_works_without_scripts(admin: Client, upstream: Upstream) -> None:
    answer = admin.post(reverse("admin:conversations_backend_test_new"), form(address=upstream.address))

    assert "tiny:latest" in answer.text
    assert admin.get(reverse("admin:conversations_backend_test_new")).status_code == 405


@pytest.mark.parametrize("name", ["changelist", "add", "test_new", "change", "test", "defaults"])
def test_staff_without_the_right_see_nothing_and_try_nothing(client: Client, hosted: Backend, name: str) -> None:
    bob = User.objects.create_user("bob", is_staff=True)
    bob.user_permissions.set(Permission.objects.filter(codename="view_user"))
    client.force_login(bob)
    args = [hosted.pk] if name in ("change", "test", "defaults") else []
    address = reverse(f"admin:conversations_backend_{name}", args=args)

    assert client.post(f"{address}?model=x", form()).status_code == 403


# Defaults


def test_the_defaults_of_a_model_are_stored_changed_and_taken_away(admin: Client, hosted: Backend) -> None:
    address = reverse("admin:conversations_backend_defaults", args=[hosted.pk]) + "?model=gpt-9"
    assert (
        admin.post(address, {"system_prompt": "Be brief.", "temperature": "0.2", "num_ctx": "8192"}).status_code == 302
    )

    row = ModelDefaults.objects.get()
    assert (row.backend, row.model_name, row.system_prompt) == (hosted, "gpt-9", "Be brief.")
    assert row.sampling == {"temperature": 0.2, "num_ctx": 8192}
    assert "Be brief." in admin.get(address).text
    assert "gpt-9" in admin.get(reverse("admin:conversations_backend_change", args=[hosted.pk])).text

    admin.post(address, {})
    assert not ModelDefaults.objects.exists()


def test_a_default_out_of_range_is_refused_with_its_limits(admin: Client, hosted: Backend) -> None:
    address = reverse("admin:conversations_backend_defaults", args=[hosted.pk]) + "?model=gpt-9"

    answer = admin.post(address, {"temperature": "9", "system_prompt": "Kept"})

    assert answer.status_code == 422
    assert "“Temperature” takes a number from 0 to 5" in answer.text
    assert "Kept" in answer.text
    assert not ModelDefaults.objects.exists()
