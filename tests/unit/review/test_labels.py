"""Labels: found whatever their case, made by who may, put on once, and taken off."""

from __future__ import annotations

import pytest

from conversations.models import Conversation, Label, LabelUse, User
from conversations.review import labels
from conversations.review.labels import LabelRefused
from tests.unit.review.doors import leaf


def test_a_label_is_found_whatever_its_case_and_made_by_who_may(db: None) -> None:
    made = labels.find("  Needs \n care ", may_create=True)

    assert made.name == "Needs care"
    assert labels.find("needs CARE", may_create=False) == made
    assert labels.find("needs care", may_create=True) == made


@pytest.mark.parametrize(
    ("name", "code"),
    [("", "label_empty"), (" \0 ", "label_empty"), ("x" * 41, "label_too_long"), ("new", "label_unknown")],
)
def test_a_label_that_cannot_be_is_refused(db: None, name: str, code: str) -> None:
    with pytest.raises(LabelRefused, match=code):
        labels.find(name, may_create=False)
    assert not Label.objects.exists()


def test_the_beginning_of_one_label_alone_will_do(db: None) -> None:
    good = labels.find("good example", may_create=True)
    assert labels.find("GOOD ex", may_create=False) == good
    labels.find("good enough", may_create=True)
    with pytest.raises(LabelRefused, match="label_unknown"):
        labels.find("good e", may_create=False)
    assert labels.find("good", may_create=True).name == "good"


def test_it_is_on_once_on_the_whole_and_once_on_a_message(talk: Conversation, reviewer: User) -> None:
    label = labels.find("odd", may_create=True)
    reply = talk.messages.get(pk=leaf(talk))

    assert [labels.put(reviewer, label, talk) for _ in range(2)] == [True, False]
    assert [labels.put(reviewer, label, talk, reply) for _ in range(2)] == [True, False]
    assert (labels.on(talk), labels.on_messages([reply.pk])) == ([label], {reply.pk: [label]})

    assert [labels.take_off(label, talk) for _ in range(2)] == [True, False]
    assert LabelUse.objects.get().message == reply
