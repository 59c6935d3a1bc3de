"""Two reviewers of a project, each in a browser: they see each other, and what the other changes, without reloading."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, expect

from conversations.models import Label, Project, User
from conversations.review.rubric import assess
from tests.browser.test_look import AXE, run_axe, take_picture
from tests.unit.review_queue.conftest import OWNER, project_of, reviewer

pytestmark = [pytest.mark.django_db(transaction=True)]

Visit = Callable[..., Page]


@pytest.fixture
def rita() -> User:
    return reviewer("rita")


@pytest.fixture
def paul() -> User:
    return reviewer("paul")


@pytest.fixture
def project(rita: User, paul: User) -> Project:
    return project_of(User.objects.create_user(**OWNER), rita, paul)


@pytest.fixture
def visit(live_address: str, new_context: Callable[..., BrowserContext]) -> Visit:
    """A reviewer's browser at an address of the admin, with the reason given where one is asked for."""

    def go(reviewer: User, name: str, *numbers: int, **options: object) -> Page:
        client = Client()
        client.force_login(reviewer)
        address = reverse(f"admin:conversations_project_{name}", args=numbers)
        if name == "case":
            client.post(address, {"reason": "An audit"})
        context = new_context(**options)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_address}])
        page = context.new_page()
        page.goto(live_address + address)
        return page

    return go


def together(page: Page, name: str) -> None:
    """Wait until the page knows that somebody else is there."""
    expect(page.locator(".case > .here")).to_have_text(f"Also here: {name}")


def pressed(page: Page, words: str) -> None:
    expect(page.get_by_role("button", name=words, pressed=True)).to_be_visible()


def labelled(page: Page) -> None:
    expect(page.locator("#marks .label")).to_contain_text("accurate")


def test_two_at_one_case_see_each_others_changes(visit: Visit, project: Project, rita: User, paul: User) -> None:
    case = project.cases.order_by("pk")[0]
    Label.objects.create(name="accurate")
    hers, his = (visit(person, "case", project.pk, case.pk) for person in (rita, paul))
    together(hers, "paul")
    together(his, "rita")

    his.get_by_role("group", name="Clarity").get_by_label("3", exact=True).check()
    hers.get_by_role("button", name="Needs follow-up").click()
    hers.get_by_label("Assigned to").select_option("paul")
    hers.get_by_role("button", name="Assign", exact=True).click()
    expect(hers.get_by_role("button", name="Take it")).to_have_count(0)
    pressed(his, "Needs follow-up")
    expect(his.get_by_label("Assigned to")).to_have_value(str(paul.pk))
    hers.locator("#label").fill("accurate")
    hers.locator("#label").press("Enter")
    labelled(hers)  # its answer takes the place of the form in which she goes on
    labelled(his)
    his.locator("#note").fill("Not finished yet")
    hers.locator("#note").fill("A note of rita’s")
    hers.get_by_role("button", name="Keep the note").click()
    expect(hers.locator(".note")).to_contain_text("A note of rita’s")
    for group, value in (("Clarity", "4"), ("Kind", "2")):
        hers.get_by_role("group", name=group).get_by_label(value, exact=True).check()
    hers.get_by_role("button", name="Keep my assessment").click()
    expect(hers.locator(".told")).to_have_text("Your assessment is kept.")
    expect(his.get_by_text("1 reviewer has assessed it in full.")).to_be_visible()
    # What somebody is about to say stays as it is, whatever others do.
    expect(his.get_by_role("radio", name="3", exact=True)).to_be_checked()
    expect(his.locator("#note")).to_have_value("Not finished yet")

    his.get_by_role("group", name="Kind").get_by_label("1", exact=True).check()
    his.get_by_role("button", name="Keep my assessment").click()
    for page in (hers, his):
        expect(page.locator(".compared tbody tr").first).to_contain_text("Clarity")
        expect(page.get_by_text("Final: you have seen each other’s values.")).to_be_visible()
    expect(hers.locator(".compared tbody tr").first.locator("td")).to_have_text(["4", "3"])

    his.close()
    expect(hers.locator(".case > .here")).to_be_hidden()


def test_the_queue_follows_and_ends_with_the_session(visit: Visit, project: Project, rita: User, paul: User) -> None:
    hers, his = (visit(person, "queue", project.pk) for person in (rita, paul))
    rows = hers.locator("tr[data-case]")
    expect(rows).to_have_count(3)
    his.get_by_role("button", name="Take the next case").click()
    expect(rows.first).to_contain_text("In review")
    expect(rows.first).to_contain_text("paul")
    his.get_by_role("textbox", name="Reason").fill("An audit")
    his.get_by_role("button", name="Open the conversation").click()
    expect(rows.first.locator(".here")).to_have_text("paul")
    expect(hers.get_by_role("link", name="In review 1")).to_be_visible()

    User.objects.get(pk=rita.pk).delete()
    expect(hers.locator("[data-review]")).to_have_attribute("data-connection", "signed-out")


@pytest.mark.axe
@pytest.mark.parametrize("name", ["queue", "agreement", "case"])
def test_axe_finds_nothing(
    name: str, visit: Visit, project: Project, rita: User, paul: User, errors: list[str]
) -> None:
    first, second = project.cases.order_by("pk")[:2]
    for person, case in ((rita, first), (rita, second), (paul, second)):
        assess(case, person, {criterion.pk: 1 for criterion in project.criteria.all()})
    numbers = [project.pk, first.pk] if name == "case" else [project.pk]
    page = visit(paul, name, *numbers)
    wrong: list[str] = []
    before = list(errors)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.reload()  # or colours would be on their way from one to the other
        page.evaluate(AXE.read_text("utf-8"))
        take_picture(page, f"review {name} {scheme}")
        wrong += run_axe(page, "{rules: {'heading-order': {enabled: false}}}")
    page.set_viewport_size({"width": 390, "height": 844})
    take_picture(page, f"review {name} narrow")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert not wrong, "\n".join(wrong)
    errors[:] = before  # axe looks into Django's styles and is refused
