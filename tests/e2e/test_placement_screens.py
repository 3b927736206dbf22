"""Placing persons with an agency, undoing it, recalling and keeping: as people do it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from conduct_people import ACTOR, at, debtor
from console_book import Book
from django.db import connection
from placements_book import agency, now_placed
from playwright.sync_api import Page, expect
from register_book import do
from visits import LANGUAGES, House, faults, sign_in, too_small, too_wide

from arrears.cases.models import Case
from arrears.conduct.actions.holds import open_hold
from arrears.kernel.ids import named
from arrears.people.actions import add_staff, ensure_demo_users
from arrears.placements.limits import limits
from arrears.store import clock

REFS = ("A1", "A2", "A3", "B1", "B3", "C1", "C2")


@pytest.fixture(scope="module")
def book(database, django_db_blocker) -> Iterator[Book]:
    """Seven debtors, two agencies, and people on both sides."""
    with django_db_blocker.unblock():
        ensure_demo_users(ACTOR)
        today = clock.business_day()
        terms = {"from_on": today - timedelta(days=30), "until_on": today + timedelta(days=300)}
        for ref in ("north", "south"):
            agency(ref, impact_assessed_on=terms["from_on"], **terms)
        for role in ("agency_manager", "agency_collector"):
            do(add_staff, organisation="north", display_name="Wang Fang", badge_no=f"N-{role}",
               joined_on=today, username=role)  # fmt: skip
        for ref in REFS:
            debtor(ref)
        with at():
            Case.objects.filter(person__person_ref__in=("A1", "A2")).update(
                overdue_minor=limits().money_above_minor["CNY"]
            )
        do(open_hold, person_ref="A3", kind="dispute", source="person", reason="paid in cash")
        yield Book({}, {}, (), uuid4())
        database.empty()


def aside(ask: Callable[[], object]) -> object:
    """Ask the database outside the thread that Playwright runs in."""

    def asked() -> object:
        try:
            return ask()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asked).result()


def sound(page: Page) -> None:
    """Usable by all, on a desk and on a telephone."""
    wrong = faults(page)
    page.set_viewport_size({"width": 390, "height": 844})
    wrong += [*faults(page), *too_wide(page), *too_small(page)]
    page.set_viewport_size({"width": 1440, "height": 900})
    assert wrong == []


def term(days: int = 60) -> str:
    return (clock.business_day() + timedelta(days=days)).isoformat()


def preview(page: Page, house: House, refs: str, kind: str = "place") -> str:
    """Fill the form in; the address of the batch that it leads to."""
    page.goto(house.at(f"/placements/new/?kind={kind}"))
    page.select_option("#organisation", "north")
    if kind != "recall":
        page.fill("#term", term())
    page.fill("#refs", refs)
    page.fill("#reason", "a campaign")
    page.locator("main form button[type=submit]").last.click()
    expect(page.locator("#step")).to_be_visible()
    return page.url


def placed(page: Page, house: House, refs: str) -> str:
    """Have persons placed with the agency, by one person."""
    address = preview(page, house, refs)
    for act in ("ask", "carry-out"):
        page.locator(f"form[action$='/{act}/'] button").click()
        expect(page.get_by_role("status").first).to_be_visible()
    return address


@pytest.mark.parametrize("language", LANGUAGES)
def test_many_are_placed_by_two_persons_and_taken_back(page: Page, house: House, language: str):
    sign_in(page, house, "head_of_collections", language)
    page.locator(".side a[href='/placements/']").click()
    sound(page)
    page.locator("main a.btn-primary[href='/placements/new/']").click()
    sound(page)
    page.select_option("#organisation", "north")
    page.fill("#term", term(-1))
    page.fill("#refs", "A1 A2 A3 nobody")
    page.fill("#reason", "a campaign")
    page.locator("main form button[type=submit]").last.click()
    expect(page.get_by_role("alert")).to_be_visible()
    sound(page)
    page.fill("#term", term())
    page.fill("#refs", "A1 A2 A3")
    page.locator("main form button[type=submit]").last.click()
    batch = page.url
    expect(page.locator("main")).to_contain_text("¥2,000,000.00")
    sound(page)
    page.locator("nav.tabs a[href='?list=aside']").click()
    expect(page.locator("td", has_text="A3")).to_be_visible()
    sound(page)
    page.goto(batch)
    page.locator("form[action$='/ask/'] button").click()
    expect(page.locator("form[action$='/approve/']")).to_have_count(0)
    sound(page)
    sign_in(page, house, "compliance", language)
    page.goto(batch)
    sound(page)
    page.fill("#approve-reason", "the list is right")
    page.locator("form[action$='/approve/'] button").click()
    expect(page.get_by_role("status").first).to_be_visible()
    sign_in(page, house, "supervisor", language)
    page.goto(batch)
    sound(page)
    page.locator("form[action$='/carry-out/'] button").dblclick()
    expect(page.locator("form[action$='/undo/']")).to_have_count(1)
    assert aside(lambda: now_placed("A1")) is not None
    sound(page)
    page.locator("details:has(#undo-reason) > summary").click()
    page.fill("#undo-reason", "the wrong list")
    page.locator("form[action$='/undo/'] button").click()
    expect(page.locator("main")).to_contain_text("the wrong list")
    sound(page)
    assert aside(lambda: now_placed("A1")) is None


def test_one_is_told_of_the_agency_and_recalled_from_the_case(page: Page, house: House):
    ref = "B1"
    sign_in(page, house, "supervisor", "zh-hans")
    placed(page, house, ref)
    page.goto(house.at("/placements/notices/"))
    sound(page)
    page.locator("tr", has_text=ref).locator("summary").click()
    page.locator("tr", has_text=ref).locator("select").select_option("sms")
    page.locator("tr", has_text=ref).locator("input[name=evidence]").fill("message 17")
    page.locator("tr", has_text=ref).locator("button").click()
    expect(page.locator("tr", has_text=ref)).to_have_count(0)
    case = house.at(f"/cases/{named('case', ref)}/")
    page.goto(case)
    whose = page.locator("section:has(#whose)")
    expect(whose).to_contain_text("Agency north")
    sound(page)
    whose.locator("details:has(#recall-reason) > summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("a settlement")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(case)
    expect(page.locator("#recall-reason")).to_have_count(0)
    assert aside(lambda: now_placed(ref)) is None
    whose.locator("details > summary").last.click()
    expect(whose).to_contain_text("a settlement")
    sound(page)


def test_an_agency_keeps_a_person_if_the_lender_agrees_and_sees_its_own_only(
    page: Page, house: House
):
    sign_in(page, house, "head_of_collections")
    placed(page, house, "C1")
    considered = preview(page, house, "C2")
    recall = preview(page, house, "C1", kind="recall")
    sign_in(page, house, "agency_manager")
    page.locator(".side a[href='/placements/']").click()
    sound(page)
    expect(page.locator("main")).not_to_contain_text("south")
    for address in (considered, recall, house.at(f"/people/{named('person', 'C2')}/")):
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 404, address
    page.goto(house.at("/placements/keep/"))
    sound(page)
    page.check("input[value='C1']")
    page.fill("#term", term(90))
    page.fill("#reason", "a plan is near")
    page.locator("main form button[type=submit]").last.click()
    expect(page.locator("#step")).to_be_visible()
    asked = page.url
    sound(page)
    page.goto(house.at(f"/cases/{named('case', 'C1')}/"))
    expect(page.locator("section:has(#whose)")).not_to_contain_text("staff:")
    sound(page)
    sign_in(page, house, "compliance")
    page.goto(asked)
    page.fill("#approve-reason", "we agree")
    page.locator("form[action$='/approve/'] button").click()
    sign_in(page, house, "head_of_collections")
    page.goto(asked)
    page.locator("form[action$='/carry-out/'] button").click()
    expect(page.get_by_role("status").first).to_contain_text("Done for 1 person.")
    kept = aside(lambda: now_placed("C1"))
    assert kept is not None
    assert kept.term_until_on.isoformat() == term(90)


def test_a_preview_that_the_book_has_left_behind_is_shown_as_such(page: Page, house: House):
    sign_in(page, house, "supervisor")
    batch = preview(page, house, "B3")
    aside(lambda: do(open_hold, person_ref="B3", kind="complaint", source="person", reason="rude"))
    page.reload()
    expect(page.locator(".note-attention").first).to_contain_text("The book has moved on")
    sound(page)
    page.locator("form[action$='/ask/'] button").click()
    expect(page.get_by_role("status").first).to_contain_text("this is a new one")
    assert page.url != batch
    assert UUID(page.url.split("/")[-2])
