"""The register as people keep it: somebody is hired, an agency ends, every page is whole."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import pytest
from console_book import Book
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect
from register_book import YEAR, agency, do, engaged, staff, trained
from visits import House, faults, sign_in, too_small, too_wide

from arrears.people.actions import (
    add_absence,
    add_team,
    give_letter,
    join_team,
    prove_deletion,
    review_agency,
)
from arrears.store import clock

# A language for each width: what is too wide in Chinese is too wide on a telephone.
LOOKS = (("en", 1440), ("zh-hans", 390))


@dataclass(frozen=True)
class Stood:
    """The days and people that the pages are about."""

    today: date
    full: UUID
    bare: UUID


@pytest.fixture(scope="module")
def stood(book: Book, django_db_blocker) -> Iterator[Stood]:
    """Two agencies and some people, as of today."""
    with django_db_blocker.unblock():
        today = clock.business_day()
        engaged("north", until_on=today + YEAR, licence_no="L-1", licence_until_on=today + YEAR)
        agency("quay", address="9 Quay Street", phone="400-9", form="law_firm")
        marks = {"conduct": 4, "quality": 3, "data_security": 4, "note": "Two calls heard."}
        do(review_agency, ref="north", kind="yearly", reviewed_on=today, **marks)
        do(prove_deletion, ref="north", kind="returned", done_on=today, statement="Test data.")
        full = trained("N-1", "north", until_on=today + timedelta(days=20))
        bare = staff("N-2", "north", pictured=False, username="agency_manager")
        days = {"from_on": today, "until_on": today + YEAR}
        do(give_letter, letter_no="A-1", organisation="north", **days)
        team = do(add_team, organisation="north", name="Early", lead="N-1")["team"]
        do(join_team, team_id=team, badge_no="N-1", from_on=today)
        do(add_absence, badge_no="N-2", from_on=today, reason="leave")
        yield Stood(today, full.id, bare.id)


def wrong_with(page: Page, house: House, addresses: list[str], language: str) -> list[str]:
    """What is wrong with pages at the width that the browser has now."""
    wrong: list[str] = []
    for address in addresses:
        answer = page.goto(house.at(address))
        assert answer is not None
        assert answer.status == 200, address
        assert page.locator("h1").count() == 1, address
        found = faults(page) + [f"too wide: {text}" for text in too_wide(page)]
        if page.viewport_size == {"width": 390, "height": 900}:
            found += [f"too small: {text}" for text in too_small(page)]
        wrong += [f"{address} {language}: {text}" for text in found]
    return wrong


@pytest.mark.parametrize(("language", "width"), LOOKS)
def test_every_page_of_the_register_is_whole(
    stood: Stood, page: Page, house: House, language: str, width: int
):
    north, member, bare = "/organisations/north/", f"/staff/{stood.full}/", f"/staff/{stood.bare}/"
    sign_in(page, house, "compliance", language)
    page.set_viewport_size({"width": width, "height": 900})
    pages = [
        "/organisations/", north, "/organisations/quay/", "/organisations/lender/",
        "/register/propose/", f"{north}contracts/enter/", f"{north}review/",
        f"{north}steps/suspend/", "/staff/", "/staff/?q=nobody", "/staff/enter/", member, bare,
        f"{bare}photo/give/", f"{member}certify/", "/staff/teams/", "/agencies/",
    ]  # fmt: skip
    wrong = wrong_with(page, house, pages, language)
    page.goto(house.at(f"{north}contracts/enter/"))
    page.locator("main form").evaluate("form => form.noValidate = true")
    page.locator("main button[type=submit]").click()
    expect(page.locator(".fault").first).to_be_visible()
    wrong += [f"refused {language}: {text}" for text in faults(page)]
    assert not wrong, "\n".join(wrong)


def put_on_badge(page: Page, name: str, content: bytes) -> None:
    """Choose a file as the photo and send it; the browser takes it for a picture."""
    given: FilePayload = {"name": name, "mimeType": "image/jpeg", "buffer": content}
    page.get_by_label("Photo").set_input_files(given)
    page.get_by_role("button", name="Put it on the badge").click()


def test_somebody_is_hired_and_acts_once_the_papers_are_in_force(
    stood: Stood, page: Page, house: House
):
    sign_in(page, house, "hr")
    page.locator(".side").get_by_role("link", name="Staff register").click()
    page.get_by_role("link", name="Enter somebody").click()
    page.get_by_label("Works for").select_option("north")
    page.get_by_label("Name, as persons are told it").fill("Mei Chen")
    page.get_by_label("Badge number").fill("N-77")
    page.get_by_label("First day at work").fill(f"{stood.today}")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Staff register")
    page.get_by_role("link", name="Mei Chen").click()
    expect(page.locator("main")).to_contain_text("May not act today")

    def paper(kind: str, passed: date, over: date) -> None:
        page.get_by_role("link", name="Enter a paper").click()
        page.get_by_label("Kind").select_option(kind)
        page.get_by_label("Passed on").fill(f"{passed}")
        page.get_by_label("First day without it").fill(f"{over}")
        page.get_by_label("Number of the paper").fill("R-1")
        page.get_by_role("button", name="Enter").click()

    before, soon = stood.today - timedelta(days=300), stood.today + timedelta(days=9)
    for kind in ("test", "background"):
        paper(kind, before, soon)
    paper("training", before, stood.today)
    row = page.locator("tr", has_text="Training")
    expect(row).to_contain_text("over")
    expect(page.locator("main")).to_contain_text("May not act today")
    paper("training", before, stood.today - timedelta(days=301))
    expect(page.locator("main")).to_contain_text("It must end after it was passed")
    page.get_by_label("First day without it").fill(f"{soon}")
    page.get_by_role("button", name="Enter").click()
    expect(page.locator("main")).to_contain_text("May call today, but not visit")
    page.get_by_role("link", name="Photo for the badge").click()
    put_on_badge(page, "face.html", b"<script>alert(1)</script>")
    expect(page.locator("main")).to_contain_text("This is no photo")
    written = io.BytesIO()
    Image.new("RGB", (600, 800), "teal").save(written, "JPEG")
    put_on_badge(page, "face.jpg", written.getvalue())
    face = page.get_by_role("img", name="Photo of Mei Chen")
    expect(face).to_be_visible()
    assert face.evaluate("image => image.naturalWidth") == 600
    expect(page.locator("main")).to_contain_text("May call and visit today")
    page.goto(house.at("/staff/?ends=soon"))
    expect(page.locator("tr", has_text="Mei Chen")).to_contain_text(f"{soon}")


def test_an_agency_ends_once_it_was_reviewed_and_proved_that_it_deleted(
    stood: Stood, page: Page, house: House
):
    sign_in(page, house, "compliance")
    page.locator(".side").get_by_role("link", name="Organisations").click()
    page.get_by_role("link", name="Propose an agency").click()
    page.get_by_label("Short name").fill("hill")
    page.get_by_label("Name, as registered").fill("Hill & Sons")
    page.get_by_label("Address").fill("1 Hill Road")
    page.get_by_label("E-mail").fill("desk@hill.example")
    page.get_by_role("button", name="Propose").click()
    expect(page.locator("main")).to_contain_text("Before it can be approved it needs")
    page.get_by_role("link", name="a contract that is not over").click()
    page.get_by_label("Number of the contract").fill("C-1")
    page.get_by_label("Engaged for").fill("calls about card debts")
    page.get_by_label("First day", exact=True).fill(f"{stood.today}")
    page.get_by_label("First day without it").fill(f"{stood.today + YEAR}")
    page.get_by_label("credit card").check()
    page.get_by_label("phone", exact=True).check()
    page.get_by_label("Regions").fill("CN-31")
    page.get_by_label("Day on which the impact").fill(f"{stood.today}")
    page.get_by_role("button", name="Enter").click()
    page.get_by_role("link", name="Approve").click()
    page.get_by_label("Reason").fill("All papers are in order.")
    page.get_by_role("button", name="Approve").click()
    expect(page.locator("main")).to_contain_text("Cases can be placed with this agency")
    page.get_by_role("link", name="End", exact=True).click()
    page.get_by_label("Reason").fill("The contract is over.")
    page.get_by_role("button", name="End").click()
    refusal = page.get_by_role("alert")
    expect(refusal).to_contain_text("an exit review, proof that it deleted or gave back")
    page.get_by_role("link", name="Cancel").click()
    page.get_by_role("link", name="an exit review").click()
    expect(page.get_by_label("Kind")).to_have_value("exit")
    page.get_by_label("Day of the review").fill(f"{stood.today}")
    for mark in ("Conduct", "Quality of work", "Data security"):
        page.get_by_label(mark).select_option("4")
    page.get_by_label("What was seen").fill("Left in good order.")
    page.get_by_role("button", name="Enter").click()
    page.get_by_role("link", name="proof that it deleted").click()
    page.get_by_label("When it was done").fill(f"{stood.today}")
    page.get_by_label("What, how").fill("Disks wiped, certified by M. Hill.")
    page.get_by_role("button", name="Enter").click()
    page.get_by_role("link", name="End", exact=True).click()
    page.get_by_label("Reason").fill("The contract is over.")
    page.get_by_role("button", name="End").click()
    expect(page.locator("main")).to_contain_text("Ended on")
    page.goto(house.at("/agencies/"))
    expect(page.locator("main")).not_to_contain_text("Hill & Sons")


def test_an_agencys_manager_keeps_their_own_roster(stood: Stood, page: Page, house: House):
    sign_in(page, house, "agency_manager", "zh-hans")
    page.goto(house.at("/organisations/"))
    expect(page.locator("main")).to_contain_text("Agency north")
    expect(page.locator("main")).not_to_contain_text("Agency quay")
    answer = page.goto(house.at("/organisations/quay/"))
    assert answer is not None
    assert answer.status == 404
    page.goto(house.at(f"/staff/{stood.full}/"))
    page.get_by_role("link", name="登记缺勤").click()
    page.locator("#id_reason").select_option("sick")
    page.get_by_role("button", name="登记").click()
    expect(page.locator("#away + ul")).to_contain_text("病假")
    expect(page.get_by_role("link", name="修改登记")).to_have_count(0)
