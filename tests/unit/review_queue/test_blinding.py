"""Pseudonyms: stable, of one project only, and in texts in place of every name that is known."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Permission

from conversations.models import AccessRecord, Conversation, Message, Project, User
from conversations.review.blinding import Pseudonyms, people_for, pseudonym, unblind, without_blind
from conversations.review.names import Names
from conversations.review.queue import enqueue
from conversations.review.reading import ReadingRefused
from tests.unit.review_queue.conftest import BACKEND, MODEL, conversation_of, reviewer


@pytest.fixture
def blind(project: Project) -> Project:
    project.is_blind = True
    project.save()
    return project


@pytest.fixture
def hers(blind: Project, owner: User) -> Conversation:
    found = owner.conversations.order_by("pk").first()
    assert found
    return found


def test_the_same_person_has_one_pseudonym_in_a_project_and_another_elsewhere(blind: Project, owner: User) -> None:
    other = Project.objects.create(name="Other", is_blind=True)
    names = [Pseudonyms(where).person(owner.pk) for where in (blind, blind, other)]
    assert names[0] == names[1] != names[2]
    assert names[0].startswith("Person ")
    assert str(owner.pk) not in names[0].split() and owner.username not in names[0]  # noqa: PT018
    assert len({pseudonym(blind, "person", number) for number in range(500)}) == 500


def test_a_member_is_blind_until_it_is_lifted_on_the_record(blind: Project, hers: Conversation, rita: User) -> None:
    case = blind.cases.get(conversation=hers)
    assert people_for(rita, hers, "morning").is_blind
    with pytest.raises(ReadingRefused, match="not_allowed"):
        unblind(rita, case, "morning", "I want to know")
    rita.user_permissions.add(Permission.objects.get(codename="unblind_project"))
    rita = User.objects.get(pk=rita.pk)
    with pytest.raises(ReadingRefused, match="reason_missing"):
        unblind(rita, case, "morning", " ")
    record = unblind(rita, case, "morning", "A threat to life")
    assert unblind(rita, case, "morning", "Again") == record
    assert (record.kind, record.owner, record.reader_name) == ("unblind", hers.owner, "rita")
    assert not people_for(rita, hers, "morning").is_blind
    assert people_for(rita, hers, "evening").is_blind
    assert people_for(rita, hers).is_blind
    assert AccessRecord.objects.told_to(hers.owner).get() == record


def test_others_and_open_projects_have_names(blind: Project, hers: Conversation, rita: User) -> None:
    stranger = reviewer("stranger")
    assert people_for(stranger, hers).owner(hers) == "hortensia"
    Project.objects.update(is_blind=False)
    shown = people_for(rita, hers)
    assert (shown.is_blind, shown.owner(hers), shown.model(MODEL)) == (False, "hortensia", MODEL)
    assert shown.text("hortensia") == "hortensia"
    assert not people_for(rita, Project.objects.get(pk=blind.pk)).is_blind


def test_a_closed_project_stays_blind(blind: Project, hers: Conversation, rita: User) -> None:
    Project.objects.update(is_open=False)
    assert people_for(rita, hers).is_blind


def test_no_name_is_left_in_what_was_written(blind: Project, hers: Conversation, rita: User) -> None:
    EmailAddress.objects.create(user=hers.owner, email="other@letters.example")
    people = people_for(rita, hers)
    shown = " ".join(
        [
            people.text(
                "HORTENSIA's, Hortensias, hortensia@x, x_hortensia_, H.QUILL@letters.example, other@letters.example"
            ),
            people.text(f"{MODEL} or SecretModel"),
            *(str(people.html(message)) for message in hers.messages.all()),
            *(people.sender(message) for message in hers.messages.all()),
            people.title(hers),
            people.owner(hers),
            people.model(MODEL),
        ]
    ).lower()
    for told in ("hortensia", "quill", "letters.example", "secretmodel", BACKEND):
        assert told not in shown
    assert people.owner(hers).lower() in shown
    assert people.model(MODEL).lower() in shown


def test_a_name_that_is_a_tag_does_not_break_the_page(blind: Project, rita: User) -> None:
    strong = User.objects.create_user("strong")
    talk = conversation_of(strong)
    Message.objects.filter(conversation=talk).update(content="**Bold** and <script>x</script>")
    enqueue(blind, [talk], by=rita)
    people = people_for(rita, talk)
    html = people.html(talk.messages.get(role="assistant"))
    assert "<strong>Bold</strong>" in html
    assert "<script>" not in html


@pytest.mark.parametrize(
    ("username", "text", "replaced"),
    [
        ("ada", "Ada, adas, Ada's, adaptive", "P, Ps, P's, adaptive"),
        ("x", "x marks", "x marks"),
        ("jörgen", "Jo\u0308rgen", "P"),
        ("a.b+c", "mail a.b+c or aXbbc", "mail P or aXbbc"),
        ("straße", "STRASSE Straße", "STRASSE P"),
    ],
)
def test_names_are_found_as_people_write_them(username: str, text: str, replaced: str) -> None:
    names = Names(User(username=username), frozenset({username} if len(username) > 1 else ()), {})
    assert names.replaced(text, "P", str) == replaced


def test_lists_leave_out_what_one_is_blind_to(blind: Project, hers: Conversation, rita: User, owner: User) -> None:
    seen = conversation_of(owner, 7)
    assert list(without_blind(Conversation.objects.all(), rita)) == [seen]
    assert set(without_blind(Message.objects.all(), rita, "conversation_id")) == set(seen.messages.all())
    assert without_blind(Conversation.objects.all(), reviewer("stranger")).count() == 4
