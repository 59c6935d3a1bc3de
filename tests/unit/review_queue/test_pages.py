"""The pages of a project: who comes in, what they do there, and what they say when it cannot be done."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from conversations.models import AccessRecord, Assessment, Case, Conversation, Criterion, Project, Status, User
from conversations.review.queue import enqueue
from conversations.review.rubric import assess
from tests.unit.review_queue.conftest import reviewer


@pytest.fixture
def case(project: Project) -> Case:
    found = project.cases.order_by("pk").first()
    assert found
    return found


@pytest.fixture
def at_rita(client: Client, rita: User) -> Client:
    client.force_login(rita)
    return client


@pytest.fixture
def manager(db: None) -> User:
    made = User.objects.create_user("mona", is_staff=True)
    made.groups.add(Group.objects.get(name="Administrators"))
    return made


def to(name: str, *args: object) -> str:
    return reverse(f"admin:conversations_project_{name}", args=args)


def page(client: Client, name: str, *args: object, **query: Any) -> str:
    answer = client.get(to(name, *args), query)
    assert answer.status_code == 200, answer
    return answer.content.decode()


def act(client: Client, case: Case, **form: object) -> str:
    """Send a form of the panel; what the next page says."""
    client.post(to("act", case.project_id, case.pk), form)
    return page(client, "queue", case.project_id)


def open_case(client: Client, case: Case) -> str:
    """Give the reason, and read."""
    client.post(to("case", case.project_id, case.pk), {"reason": "An audit"})
    return page(client, "case", case.project_id, case.pk)


def test_a_stranger_finds_nothing(client: Client, project: Project, case: Case) -> None:
    client.force_login(reviewer("stranger"))
    for name, args in (("queue", ()), ("agreement", ()), ("agreement_csv", ()), ("case", (case.pk,))):
        assert client.get(to(name, project.pk, *args)).status_code == 404
    for name, args in (("next", ()), ("act", (case.pk,))):
        assert client.post(to(name, project.pk, *args), {"do": "take"}).status_code == 404
    assert "Tone" not in page(client, "changelist")
    case.refresh_from_db()
    assert (case.status, case.assignee) == ("new", None)


def test_a_case_of_another_project_is_not_found(at_rita: Client, project: Project, case: Case, rita: User) -> None:
    other = Project.objects.create(name="Other")
    other.members.add(rita)
    assert at_rita.get(to("case", other.pk, case.pk)).status_code == 404


def test_the_queue_is_filtered_and_paged(at_rita: Client, project: Project, case: Case, paul: User) -> None:
    Case.objects.filter(pk=case.pk).update(assignee=paul, status=Status.FOLLOW_UP)
    shown = page(at_rita, "queue", project.pk)
    assert shown.count("<tr data-case") == 3
    assert "Letter 0 of Hortensia" in shown
    for query, count in (
        ({"status": "follow_up"}, 1), ({"status": "new", "whose": "unassigned"}, 2), ({"whose": str(paul.pk)}, 1),
        ({"whose": "mine"}, 0), ({"status": "nonsense", "whose": "9" * 30}, 3), ({"p": "x"}, 3), ({"p": "99"}, 3),
    ):  # fmt: skip
        assert page(at_rita, "queue", project.pk, **query).count("<tr data-case") == count, query


@pytest.mark.parametrize("is_blind", [False, True])
def test_a_page_of_the_queue_costs_the_same_whatever_is_on_it(
    at_rita: Client, project: Project, owner: User, rita: User, is_blind: bool
) -> None:
    Project.objects.update(is_blind=is_blind)
    page(at_rita, "queue", project.pk)
    with CaptureQueriesContext(connection) as few:
        page(at_rita, "queue", project.pk)
    Conversation.objects.bulk_create(Conversation(owner=owner) for _ in range(80))
    enqueue(project, Conversation.objects.all(), by=rita)
    with CaptureQueriesContext(connection) as many:
        assert page(at_rita, "queue", project.pk).count("<tr data-case") == 50
    assert len(many) == len(few) < 25


def test_the_next_case_is_taken_by_a_button(at_rita: Client, project: Project, case: Case, rita: User) -> None:
    for expected in project.cases.order_by("pk"):
        answer = at_rita.post(to("next", project.pk))
        assert answer["Location"] == to("case", project.pk, expected.pk)
    at_rita.post(to("next", project.pk))
    assert "Nothing is left to take" in page(at_rita, "queue", project.pk)
    assert at_rita.get(to("next", project.pk)).status_code == 405
    assert set(project.cases.values_list("assignee", flat=True)) == {rita.pk}


def test_a_case_asks_for_the_reason_and_then_shows_the_rubric(at_rita: Client, case: Case, owner: User) -> None:
    asked = page(at_rita, "case", case.project_id, case.pk)
    assert "Answer 0" not in asked
    assert "criterion-" not in asked
    shown = open_case(at_rita, case)
    assert "Answer 0" in shown
    assert shown.count('type="radio"') == 7
    assert AccessRecord.objects.told_to(owner).get().reader_name == "rita"


def test_assessing_and_closing(at_rita: Client, case: Case, rita: User) -> None:
    clarity, kind = case.project.criteria.all()
    assert "It is not complete yet" in act(at_rita, case, do="assess", **{f"criterion-{clarity.pk}": 4})
    assert "Missing: Kind" in act(at_rita, case, do="status", status="done")
    assert "Your assessment is kept" in act(at_rita, case, do="assess", **{f"criterion-{kind.pk}": 2})
    assert "Status: Done" in act(at_rita, case, do="status", status="done")
    assert set(Assessment.objects.values_list("reviewer", "criterion", "value")) == {
        (rita.pk, clarity.pk, 4), (rita.pk, kind.pk, 2),
    }  # fmt: skip


def test_others_are_shown_after_ones_own(at_rita: Client, case: Case, paul: User, rita: User) -> None:
    values = {criterion.pk: criterion.highest for criterion in case.project.criteria.all()}
    assess(case, paul, values)
    before = open_case(at_rita, case)
    assert "1 reviewer has assessed it in full" in before
    assert '<th scope="col" dir="auto">paul' not in before
    assess(case, rita, values)
    after = page(at_rita, "case", case.project_id, case.pk)
    assert '<th scope="col" dir="auto">paul' in after
    assert "Final" in after
    assert 'type="radio"' not in after


@pytest.mark.parametrize(
    "form",
    [{"do": "assign", "assignee": "999999"}, {"do": "assign", "assignee": "²"}, {"do": "status", "status": "gone"},
     {"do": "assess", "criterion-x": "1"}, {"do": "assess", "criterion-1": "one"}, {"do": "nothing"}, {}],
)  # fmt: skip
def test_nonsense_changes_nothing_and_is_answered(at_rita: Client, case: Case, form: dict[str, str]) -> None:
    assert 'class="error"' in act(at_rita, case, **form)
    assert Case.objects.get(pk=case.pk).status == Status.NEW
    assert not Assessment.objects.exists()


def test_assigning(at_rita: Client, case: Case, paul: User, rita: User) -> None:
    assert "Assigned to paul" in act(at_rita, case, do="assign", assignee=paul.pk)
    assert "Somebody else has taken it" in act(at_rita, case, do="take")
    assert "Nobody has it now" in act(at_rita, case, do="assign", assignee="")
    assert "It is yours" in act(at_rita, case, do="take")
    assert Case.objects.get(pk=case.pk).assignee == rita


def test_a_closed_project_shows_no_buttons(at_rita: Client, project: Project, case: Case) -> None:
    Project.objects.update(is_open=False)
    assert "It can be read, not worked in" in page(at_rita, "queue", project.pk)
    assert "Take the next case" not in page(at_rita, "queue", project.pk)
    assert 'type="radio"' not in open_case(at_rita, case)
    assert "It can be read, not worked in" in act(at_rita, case, do="status", status="done")


def test_agreement_is_shown_and_downloaded(at_rita: Client, project: Project, rita: User, paul: User) -> None:
    assert "Two reviewers have to assess" in page(at_rita, "agreement", project.pk)
    Criterion.objects.filter(name="Kind").update(name="=Kind")
    clarity, kind = project.criteria.all()
    for case, (mine, his) in zip(project.cases.order_by("pk"), ((1, 2), (2, 1), (1, 2)), strict=True):
        assess(case, rita, {clarity.pk: mine, kind.pk: 1})
        assess(case, paul, {clarity.pk: his, kind.pk: 1})
    shown = page(at_rita, "agreement", project.pk)
    assert "<strong>-0.800</strong>" in shown
    assert "both always gave the same one value" in shown
    table = at_rita.get(to("agreement_csv", project.pk))
    assert table["Content-Disposition"] == 'attachment; filename="agreement-tone.csv"'
    lines = table.content.decode("utf-8-sig").splitlines()
    assert lines[1].startswith("Clarity,1,5,paul,rita,none,3,0.0,0.444")
    assert lines[1].endswith(",-0.8,") or ",-0.79999" in lines[1]
    assert lines[3] == "'=Kind,1,2,paul,rita,none,3,1.0,1.0,,no_variance"


def test_a_manager_sets_a_project_up(client: Client, manager: User, rita: User) -> None:
    client.force_login(manager)
    form = {
        "name": "Care", "is_blind": "on", "is_open": "on", "members": [rita.pk],
        "criteria-TOTAL_FORMS": 1, "criteria-INITIAL_FORMS": 0,
        "criteria-0-name": "Warm", "criteria-0-lowest": 1, "criteria-0-highest": 3,
        "criteria-0-words": "cold\r\n\r\nlukewarm\r\n", "criteria-0-position": 0,
    }  # fmt: skip
    answer = client.post(to("add"), form)
    assert "Give a word for each step" in answer.content.decode()
    assert "lukewarm" in answer.content.decode()
    client.post(to("add"), {**form, "criteria-0-words": "cold\nlukewarm\nwarm"})
    made = Project.objects.get()
    assert (made.is_blind, list(made.members.all())) == (True, [rita])
    assert made.criteria.get().words == ["cold", "lukewarm", "warm"]


def test_a_rubric_in_use_stays(client: Client, manager: User, project: Project, case: Case, rita: User) -> None:
    client.force_login(manager)
    assert "stay as they are" not in page(client, "change", project.pk)
    assess(case, rita, {criterion.pk: 1 for criterion in project.criteria.all()})
    assert "stay as they are" in page(client, "change", project.pk)
    clarity, kind = project.criteria.all()
    form = {
        "name": "Tone", "is_open": "on", "members": [rita.pk],
        "criteria-TOTAL_FORMS": 3, "criteria-INITIAL_FORMS": 2,
        "criteria-0-id": clarity.pk, "criteria-0-name": "Clear", "criteria-0-lowest": 0, "criteria-0-highest": 9,
        "criteria-0-position": 0, "criteria-0-project": project.pk,
        "criteria-1-id": kind.pk, "criteria-1-name": "Kind", "criteria-1-DELETE": "on", "criteria-1-position": 1,
        "criteria-1-project": project.pk,
        "criteria-2-name": "New", "criteria-2-lowest": 1, "criteria-2-highest": 2, "criteria-2-position": 2,
        "criteria-2-project": project.pk,
    }  # fmt: skip
    client.post(to("change", project.pk), form)
    found = list(project.criteria.values_list("name", "lowest", "highest"))
    assert found == [("Clear", 1, 5), ("Kind", 1, 2)]
    assert client.get(to("delete", project.pk)).status_code == 403


def test_the_names_are_not_shown_by_switching_blindness_off(client: Client, manager: User, project: Project) -> None:
    Project.objects.update(is_blind=True)
    manager.groups.clear()
    manager.user_permissions.set(
        [permission for permission in Group.objects.get(name="Administrators").permissions.all()
         if permission.codename != "unblind_project"]
    )  # fmt: skip
    client.force_login(manager)
    form = {"name": "Tone", "is_open": "on", "criteria-TOTAL_FORMS": 0, "criteria-INITIAL_FORMS": 0}
    client.post(to("change", project.pk), form)
    assert Project.objects.get().is_blind


def test_a_reviewer_cannot_set_up(at_rita: Client, project: Project) -> None:
    assert at_rita.get(to("add")).status_code == 403
    at_rita.post(to("change", project.pk), {"name": "Mine"})
    assert Project.objects.get().name == "Tone"
