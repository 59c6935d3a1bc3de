"""Notes: kept, changed, taken back and restored; a blind project's stay in it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from conversations.models import Case, Conversation, Note, Project, User
from conversations.review import notes
from conversations.review.notes import NoteRefused


def test_a_note_is_taken_changed_taken_back_and_restored(talk: Conversation, reviewer: User) -> None:
    note = notes.write(reviewer, talk, " Look\0 again ")
    notes.change(note, "Looked")
    assert list(notes.on(talk, None, is_blind=False)) == [note]

    notes.trash(note)
    assert not notes.on(talk, None, is_blind=False)
    notes.restore(note)
    assert notes.on(talk, None, is_blind=False).get().text == "Looked"


@pytest.mark.parametrize(
    ("text", "code"), [("", "note_empty"), (" \u200b\n", "note_empty"), ("x" * 10_001, "note_too_long")]
)
def test_a_note_that_cannot_be_kept_is_refused(talk: Conversation, reviewer: User, text: str, code: str) -> None:
    with pytest.raises(NoteRefused, match=code):
        notes.write(reviewer, talk, text)
    assert not Note.objects.exists()


def test_what_was_taken_back_is_gone_after_a_day(talk: Conversation, reviewer: User) -> None:
    old, new = (notes.write(reviewer, talk, text) for text in ("old", "new"))
    notes.trash(old)
    Note.objects.filter(pk=old.pk).update(trashed_at=timezone.now() - timedelta(hours=25))

    notes.trash(new)

    assert list(Note.objects.all()) == [new]


def test_nobody_has_the_note_of_another(talk: Conversation, reviewer: User, owner: User) -> None:
    note = notes.write(reviewer, talk, "mine")

    assert (notes.own(reviewer, note.pk), notes.own(owner, note.pk)) == (note, None)


def test_a_blind_projects_notes_stay_in_it_and_others_stay_out(talk: Conversation, reviewer: User) -> None:
    blind, seeing = (
        Case.objects.create(project=Project.objects.create(name=name, is_blind=name == "blind"), conversation=talk)
        for name in ("blind", "seeing")
    )
    for case in (blind, seeing, None):
        notes.write(reviewer, talk, case.project.name if case else "free", case=case)

    def shown(case: Case | None, *, is_blind: bool = False) -> set[str]:
        return set(notes.on(talk, case, is_blind=is_blind).values_list("text", flat=True))

    assert shown(None) == shown(seeing) == {"free", "seeing"}
    assert shown(blind, is_blind=True) == {"blind"}
    blind.refresh_from_db()
    assert blind.version == 1
