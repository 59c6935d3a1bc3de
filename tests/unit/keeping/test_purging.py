"""What a purge deletes, what it leaves, and what it writes down."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db.models import ProtectedError
from django.utils import timezone

from conversations.exports.changes import Deleted
from conversations.exports.rights import Reader
from conversations.keeping import purging, removing, worker
from conversations.keeping.holds import why_kept
from conversations.keeping.purging import forecast, purge
from conversations.models import Attachment, Case, Conversation, Hold, Message, Project, PurgeReport, SiteSettings, User
from conversations.search import search_conversations
from conversations.tasks import write
from conversations.uploads import storage
from conversations.uploads.receiving import receive
from tests.unit.exports.replaying import Follower
from tests.unit.views.people import answer, conversation_of, person, say, talk

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def ada() -> User:
    SiteSettings.load()
    return person("ada")


def trashed(conversation: Conversation, days_ago: float) -> Conversation:
    conversation.trash()
    Conversation.objects.filter(pk=conversation.pk).update(trashed_at=timezone.now() - timedelta(days=days_ago))
    return conversation


def purged() -> list[PurgeReport]:
    reports: list[PurgeReport] = []
    for _step in purge(reports=reports):
        pass
    return reports


def titles() -> list[str]:
    return sorted(Conversation.objects.values_list("title", flat=True))


def with_file(conversation: Conversation) -> Path:
    said = say(conversation, "Look")
    file = receive(conversation.owner, SimpleUploadedFile("a.txt", b"words"))
    Attachment.objects.filter(pk=file.pk).update(message=said)
    Message.objects.filter(pk=said.pk).update(attached=1)
    return storage.path_of(file.stored_name)


def test_what_was_long_enough_in_the_trash_goes_with_its_files_words_and_a_report(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removing, "PIECE", 3)
    old, new = conversation_of(ada, "Old"), conversation_of(ada, "New")
    talk(old, 7)
    path = with_file(old)
    say(new, "Question 0")
    follower = Follower(Reader(ada))
    follower.follow()
    trashed(old, 31)
    trashed(new, 29)
    assert [type(line) for line in follower.follow()].count(Deleted) == 8 + 1 + 2, "told when it went to the trash"

    (report,) = purged()

    assert titles() == ["New"]
    assert (report.rule, report.detail, report.conversations, report.messages, report.files) == ("trash", "30", 1, 8, 1)
    assert report.keys == [str(old.pk)]
    assert not path.exists()
    assert Attachment.objects.held_by(ada).size == 0
    assert set(search_conversations("question", Conversation.objects.all(), 5).hits) == {new.pk}
    assert follower.follow() == [], "and not once more"
    assert purged() == []
    assert PurgeReport.objects.count() == 1


def test_a_deleted_branch_goes_alone(ada: User) -> None:
    conversation = conversation_of(ada)
    question = say(conversation, "Why?")
    first, second = answer(conversation, "So.", question), answer(conversation, "Because.", question)
    below = say(conversation, "And then?", first)
    first.trash()
    Message.objects.filter(pk__in=[first.pk, below.pk]).update(trashed_at=timezone.now() - timedelta(days=31))
    assert [(each.rule, each.messages) for each in forecast()] == [("branch", 2)]

    (report,) = purged()

    assert (report.rule, report.conversations, report.messages, report.keys) == ("branch", 0, 2, [])
    conversation.refresh_from_db()
    assert (conversation.leaf_id, conversation.messages.count(), conversation.size) == (second.pk, 2, 2)


def test_what_is_held_or_under_review_stays(ada: User) -> None:
    bob = person("bob")
    mine, hers, judged = (conversation_of(owner, owner.username) for owner in (ada, bob, bob))
    branch = say(conversation_of(ada, "Branch"), "Gone?")
    branch.trash()
    Message.objects.filter(pk=branch.pk).update(trashed_at=timezone.now() - timedelta(days=99))
    for each in (mine, hers, judged):
        trashed(each, 99)
    on_person = Hold.objects.create(owner=ada, reason="A lawsuit", placed_by="root")
    Hold.objects.create(conversation=hers, reason="A complaint", placed_by="root")
    project = Project.objects.create(name="Tone")
    Case.objects.create(project=project, conversation=judged)

    assert purged() == []
    assert [(each.rule, each.conversations, each.held) for each in forecast()] == [("trash", 0, 3), ("branch", 0, 1)]
    assert why_kept([mine.pk, hers.pk, judged.pk]) == {mine.pk: "hold", hers.pk: "hold", judged.pk: "review"}
    for thing in (hers, bob, ada):
        with pytest.raises(ProtectedError):
            thing.delete()

    on_person.lift("root")
    Project.objects.update(is_open=False)
    assert [(report.rule, report.conversations, report.held) for report in purged()] == [
        ("trash", 2, 1),
        ("branch", 0, 0),
    ]
    assert titles() == ["Branch", "bob"]


def test_a_purge_that_was_cut_off_is_ended_by_the_next(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removing, "PIECE", 2)
    conversation = trashed(conversation_of(ada), 31)
    talk(conversation, 5)
    steps = purge()
    next(steps)
    steps.close()
    assert Message.objects.count() == 3
    assert PurgeReport.objects.get().messages == 2
    assert not conversation.restore(), "there is no way back any more"
    assert not Conversation.objects.trashed_by(ada).exists()
    assert purged() == [], "whoever began may still be at it"

    monkeypatch.setattr(purging, "_PATIENCE", timedelta(0))
    assert [report.rule for report in purged()] == ["left"]
    assert (Conversation.objects.count(), Message.objects.count()) == (0, 0)


def test_what_is_restored_while_others_go_stays(ada: User) -> None:
    first, second = (trashed(conversation_of(ada, title), 31) for title in ("First", "Second"))
    steps = purge()
    next(steps)
    (left,) = Conversation.objects.filter(pk__in=[first.pk, second.pk], purged_at=None)
    left.restore()
    assert list(steps) == []
    assert titles() == [left.title]


async def test_one_process_purges_once_an_hour(ada: User) -> None:
    now = timezone.now()
    claims = [await write(worker.claim) for _process in range(2)]
    assert claims == [True, False]
    await write(SiteSettings.objects.update, purge_due_at=now)
    assert await write(worker.claim)
    assert await worker.run() == []


def test_the_command_tells_and_with_dry_run_only_tells(ada: User, capsys: pytest.CaptureFixture[str]) -> None:
    say(trashed(conversation_of(ada), 31), "Secret words")
    call_command("purge", "--dry-run")
    assert capsys.readouterr() == (
        "Time in the trash was over (30 days): 1 conversations, 1 messages\n",
        "Nothing was deleted.\n",
    )
    call_command("purge")
    assert capsys.readouterr().out == "Time in the trash was over (30 days): 1 conversations, 1 messages\n"
    call_command("purge")
    assert capsys.readouterr().out == "Nothing is due.\n"
