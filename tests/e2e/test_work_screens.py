"""Days at work: a queue taken up and carried over, a lead handing over, a scheme, a statement."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from commission_book import adopted, loan, noon, pay, place, stated
from commission_book import agency as paid_agency
from conduct_people import ACTOR, NOON
from console_book import Book
from keeping import keeper
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer
from register_book import do, person_in_book
from visits import LANGUAGES, House, faults, sign_in, too_small, too_wide

from arrears.kernel.clock import FixedClock
from arrears.people.actions import add_staff, add_team, join_team
from arrears.placements.allotment.actions import allot_cases
from arrears.placements.commission.actions import set_target
from arrears.store import clock
from arrears.store.transactions import transaction

APRIL = date(2026, 4, 1)
WEIGHTS = {"weights_bps": {"recovered": 5000, "complaints": 3000, "training": 2000}}


@pytest.fixture(scope="module")
def house(book: Book, django_db_blocker) -> Iterator[House]:
    """The console served at a fixed noon, with a team at work and an agency that is paid."""
    with clock.use(FixedClock(NOON)):
        with django_db_blocker.unblock():
            _staffed()
            _paid()
            with clock.use(FixedClock(NOON - timedelta(days=2))), transaction(ACTOR) as at:
                allot_cases(at)
        server = LiveServer("localhost")
        yield House(server.url, book)
        server.stop()


def _staffed() -> None:
    keeper("L-1", username="collector", display_name="陈静", capacity=30)
    keeper("L-2", display_name="林海", capacity=40, languages=["zh", "en"])
    keeper("L-3", username="team_lead", display_name="赵敏", capacity=0)
    keeper("L-4", display_name="吴磊", capacity=20, papers=("training",))
    made = add_team(ACTOR, "team", organisation="lender", name="早班组", lead="L-3")
    for badge in ("L-1", "L-2", "L-3", "L-4"):
        do(join_team, team_id=made["team"], badge_no=badge, from_on=date(2026, 2, 1))


def _paid() -> None:
    north = paid_agency("north")
    add_staff(
        ACTOR, "manager", organisation="north", display_name="孙华", badge_no="N-1",
        joined_on=date(2026, 2, 1), username="agency_manager",
    )  # fmt: skip
    person = person_in_book("paid")
    place(person, north, noon(date(2026, 3, 20)))
    held = loan("LP", person)
    for number, minor in ((3, 123_457), (9, 50_001), (20, 7)):
        pay(f"pay-{number}", held, date(2026, 4, number), minor)
    stated("north", APRIL)
    adopted("lender", date(2026, 11, 1), WEIGHTS)
    aims = {"recovered": {"CNY": 20_000_00}, "complaints": 10_000, "training": 9_500}
    do(set_target, organisation="lender", month=date(2026, 11, 1), aims=aims)


def test_a_collector_works_the_queue_in_order_and_what_is_left_comes_first(
    page: Page, house: House
):
    sign_in(page, house, "collector")
    expect(page).to_have_url(house.at("/queue/"))  # the first screen of who works cases
    rows = page.locator("section[aria-labelledby=next] tbody tr")
    expect(rows.first).to_contain_text("left over for 2 days")
    waiting = rows.count()
    name = rows.first.locator("td.title a").inner_text()
    rows.first.get_by_role("button", name="Take up").click()
    expect(page.locator("h1")).to_have_text(name)
    expect(page.locator(".strip")).to_contain_text("In your hands")
    page.get_by_role("link", name="My work").first.click()
    expect(rows).to_have_count(waiting - 1)
    hand = page.locator("section[aria-labelledby=in-hand]")
    hand.locator("summary").click()
    hand.get_by_label("Why").fill("The line was busy.")
    hand.get_by_role("button", name="Put it back").click()
    expect(page.get_by_role("status").first).to_contain_text("Put back")
    expect(rows.first).to_contain_text(name)  # it keeps its place
    rows.first.get_by_role("button", name="Take up").click()
    page.locator(".strip").get_by_role("button", name="Done for now").click()
    expect(page.get_by_role("status").first).to_contain_text("it comes again on")
    second = rows.first.locator("td.title a").inner_text()
    assert second != name
    rows.first.get_by_role("button", name="Take up").click()
    with clock.use(FixedClock(NOON + timedelta(days=1))):
        sign_in(page, house, "collector")
        # What was in hand yesterday and not finished is free again, and first.
        expect(page.locator("section[aria-labelledby=in-hand]")).to_have_count(0)
        expect(rows.first).to_contain_text("left over for 3 days")
        expect(rows.first).to_contain_text(second)


def test_two_pages_take_up_one_case_and_only_the_first_has_it(page: Page, house: House):
    sign_in(page, house, "collector")
    rows = page.locator("section[aria-labelledby=next] tbody tr")
    name = rows.first.locator("td.title a").inner_text()
    sent = rows.first.locator("form").evaluate(
        "f => [f.action, new URLSearchParams(new FormData(f)).toString()]"
    )
    twice = [
        page.evaluate(
            "([url, body]) => fetch(url, {method: 'POST', body, headers:"
            " {'Content-Type': 'application/x-www-form-urlencoded'}}).then(a => a.url)",
            sent,
        )
        for _ in range(2)
    ]
    assert all(
        re.search("/cases/", url) for url in twice
    )  # the second sending has no second effect
    page.goto(house.at("/queue/"))
    hand = page.locator("section[aria-labelledby=in-hand]")
    expect(hand).to_contain_text(name)
    row = hand.locator("tbody tr", has_text=name)
    expect(row).to_have_count(1)
    row.get_by_role("button", name="Done for now").click()
    expect(row).to_have_count(0)


def test_a_lead_enters_an_absence_and_hands_work_over(page: Page, house: House):
    sign_in(page, house, "team_lead")
    page.click("nav >> text=Team board")
    board = page.locator("section[aria-labelledby=members]")
    expect(board.get_by_role("row", name=re.compile("吴磊"))).to_contain_text("may not act")
    expect(page.locator("section[aria-labelledby=nobody]")).to_contain_text(
        "Every open case has somebody who is at work."
    )
    board.get_by_role("link", name="林海").click()
    boxes = page.locator("input[name=case]")
    expect(boxes.first).to_be_visible()
    boxes.nth(0).check()
    boxes.nth(1).check()
    page.select_option("#to", label=page.locator("#to option", has_text="陈静").inner_text())
    page.fill("#over-reason", "A day full of visits.")
    page.get_by_role("button", name="Hand over the chosen ones").click()
    expect(page.get_by_role("status").first).to_contain_text("2 cases handed over.")
    page.get_by_role("button", name="Enter it").click()
    expect(page.get_by_role("status").first).to_contain_text("Colleagues have all of their cases.")
    expect(page.locator("section[aria-labelledby=kept]")).to_contain_text("They keep no case.")
    page.locator("section[aria-labelledby=absences] summary").first.click()
    page.get_by_role("button", name="End the absence").click()
    expect(page.get_by_role("status").first).to_contain_text("They are back")
    page.goto(house.at("/queue/board/"))
    expect(page.locator(".note", has_text="Without any case")).to_contain_text("林海")
    page.get_by_role("link", name="Allotment of today").click()
    expect(page.locator("section[aria-labelledby=would]")).to_contain_text("above capacity")
    page.get_by_role("button", name="Allot as shown").click()
    expect(page.get_by_role("status").first).to_contain_text("Allotted:")
    expect(page.locator("main")).to_contain_text("Nothing would change")


def test_why_a_case_is_with_whom_and_one_case_is_handed_over(page: Page, house: House):
    sign_in(page, house, "supervisor")
    page.goto(house.at("/queue/board/"))
    page.locator("section[aria-labelledby=members]").get_by_role("link", name="陈静").click()
    page.locator("section[aria-labelledby=kept] td.title a").first.click()
    who = page.locator("section[aria-labelledby=who]")
    expect(who.get_by_role("row", name=re.compile("吴磊"))).to_contain_text("not at work, or badge")
    expect(who.get_by_role("row", name=re.compile("陈静"))).to_contain_text("keeper")
    page.fill("#over-reason", "Speaks with the family already.")
    page.get_by_role("button", name="Hand over").click()
    expect(page.get_by_role("status").first).to_contain_text("Handed over")
    expect(page.locator("section[aria-labelledby=history]")).to_contain_text("handed over")


def test_a_scheme_on_money_alone_is_refused_and_another_takes_two(page: Page, house: House):
    sign_in(page, house, "head_of_collections")
    page.goto(house.at("/pay/schemes/north/"))
    page.get_by_label("amount recovered, %").fill("100")
    for name in ("promises and plans kept", "complaints upheld"):
        page.get_by_label(f"{name}, %").fill("")
    page.fill("#from", "2026-12")
    page.fill("#reason", "A simple one.")
    page.get_by_role("button", name="Propose").click()
    refused = page.get_by_role("alert")
    expect(refused).to_contain_text("must not hang on the amount recovered alone")
    expect(refused).to_contain_text("第六十六条")
    page.get_by_label("amount recovered, %").fill("40")
    page.get_by_label("promises and plans kept, %").fill("30")
    page.get_by_label("complaints upheld, %").fill("30")
    page.get_by_role("button", name="Propose").click()
    expect(page.get_by_role("status").first).to_contain_text("A second person has to approve it.")
    proposed = page.locator("section[aria-labelledby=proposals] tbody tr")
    proposed.filter(has_text="waits for a second person").locator("td.title a").click()
    expect(page.locator("main")).to_contain_text("You proposed it: a second person decides.")
    waiting = page.url
    sign_in(page, house, "compliance")
    page.goto(waiting)
    expect(page.locator("main")).to_contain_text("now 60 %")
    page.fill("#reason", "Read and compared.")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("status").first).to_contain_text("Approved")


def test_a_statement_adds_up_is_disputed_settled_and_leaves_by_the_export_rules(
    page: Page, house: House
):
    sign_in(page, house, "agency_manager")
    page.click("nav >> text=Statements")
    page.get_by_role("link", name="2026-04").click()
    address = page.url
    lines = page.locator("section[aria-labelledby=lines] tbody tr td:last-child")
    parts = page.locator("table.adds tbody td")
    owed = _minor(page.locator("table.adds tfoot td").inner_text())
    assert sum(_minor(text) for text in lines.all_inner_texts()) == owed > 0
    assert sum(_minor(text) for text in parts.all_inner_texts()) == owed
    page.fill("#text-dispute", "The payment of the 9th was placed in M2.")
    page.get_by_role("button", name="Object").click()
    expect(page.get_by_role("status").first).to_contain_text("Your objection is put down")
    page.fill("#export-reason", "For our own books of April.")
    page.get_by_role("button", name="Lines as CSV").click()
    expect(page).to_have_url(house.at("/exports/"))
    with page.expect_download() as coming:
        page.get_by_role("button", name="Fetch it, once").first.click()
    text = coming.value.path().read_text("utf-8-sig")
    assert "Confidential" in text.splitlines()[0]
    assert text.count("pay-") == 3
    sign_in(page, house, "compliance")
    page.goto(address)
    expect(page.locator("main")).to_contain_text("The payment of the 9th was placed in M2.")
    page.fill("#text-uphold", "It was in M1 on that day.")
    page.get_by_role("button", name="It stands as issued").click()
    page.fill("#text-settle", "Agreed by telephone.")
    page.get_by_role("button", name="Settle it").click()
    expect(page.locator(".headline")).to_contain_text("settled, to be paid")


def _minor(text: str) -> int:
    found = re.search(r"(-?)¥([\d,]+)\.(\d\d)", text)
    return int(f"{found[1]}{found[2].replace(',', '')}{found[3]}") if found else 0


PAGES = {
    "collector": ("/queue/", "/queue/?team=1"),
    "team_lead": ("/queue/board/", "/queue/allotment/", "member", "why"),
    "head_of_collections": (
        "/pay/schemes/", "/pay/schemes/north/", "/pay/charges/north/", "/pay/statements/",
        "/pay/targets/?organisation=lender&month=2026-11", "months", "statement", "proposal",
    ),
    "supervisor": ("/queue/", "/queue/board/"),
    "compliance": ("/pay/charges/north/", "statement"),
}  # fmt: skip
BEHIND = {
    "member": ("/queue/board/", 'td.title a:has-text("陈静")'),
    "why": ("/queue/board/", 'td.title a:has-text("陈静")'),
    "months": (
        "/pay/targets/?organisation=lender&month=2026-11",
        "a:has-text('Month by month'), a:has-text('逐月')",
    ),
    "statement": ("/pay/statements/", "td.title a"),
    "proposal": ("/pay/schemes/", "section[aria-labelledby=proposals] td.title a"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_screen_of_work_and_pay_is_whole(page: Page, house: House, language: str):
    wrong: list[str] = []
    for role, addresses in PAGES.items():
        sign_in(page, house, role, language)
        for where in addresses:
            page.set_viewport_size({"width": 1440, "height": 900})
            start, link = BEHIND.get(where, (where, ""))
            page.goto(house.at(start))
            if link:
                page.locator(link).first.click()
            if where == "why":
                page.locator("section[aria-labelledby=kept] td.title a").first.click()
            assert page.locator("h1").count() == 1, where
            for width in (1440, 390):
                page.set_viewport_size({"width": width, "height": 900})
                found = faults(page) + too_wide(page) + (too_small(page) if width == 390 else [])
                wrong += [f"{role} {where} at {width}: {text}" for text in found]
    assert not wrong, "\n".join(wrong)
