"""What people do with the rules: read one, see why not now, stop something, keep a proof."""

from __future__ import annotations

import json
import re
from pathlib import Path

from playwright.sync_api import Page, expect
from visits import House, sign_in


def test_a_rule_is_found_and_its_cases_open_in_place(page: Page, house: House):
    sign_in(page, house, "collector")
    page.locator(".side").get_by_role("link", name="Rules", exact=True).click()
    page.get_by_role("link", name="United Kingdom").click()
    before = page.locator("article").count()
    page.select_option("#f-act", "call_human")
    expect(page).to_have_url(re.compile("act=call_human"))
    expect(page.locator("article")).not_to_have_count(before)
    first = page.locator("article").first
    first.locator("summary").click()
    expect(first.locator(".cases li").first).to_be_visible()
    expect(first.locator("pre")).to_contain_text("forbid")


def test_the_calendar_says_why_not_by_keyboard(page: Page, house: House):
    sign_in(page, house, "collector")
    page.goto(house.at("/rules/calendar/"))
    cell = page.locator(".slot[tabindex]").first
    tip = cell.locator("[role=tooltip]")
    expect(tip).to_be_hidden()
    cell.focus()
    expect(tip).to_be_visible()
    expect(tip).to_contain_text("22:00")
    page.select_option("#f-jurisdiction", "us")
    page.get_by_role("button", name="Show the week").click()
    expect(page.locator("#f-zone")).to_be_visible()
    expect(page.locator(".times").first).to_contain_text("08:00–21:00")
    page.get_by_role("link", name="Week after").click()
    expect(page).to_have_url(re.compile("from=.*jurisdiction=us|jurisdiction=us.*from="))


def test_a_person_leads_to_their_own_calendar(page: Page, house: House):
    sign_in(page, house, "collector")
    page.goto(house.at(house.book.screens["held-person"]))
    expect(page.locator("main")).to_contain_text("Hold: dispute")
    page.get_by_role("link", name="When may we contact?").last.click()
    expect(page.locator("main")).to_contain_text("The house observes")
    page.get_by_role("link", name="Show it as if the house were live").click()
    expect(page.locator("#why-not + ol")).to_contain_text("dispute")
    expect(page.locator("rect.yes[x]")).to_have_count(0)


def test_two_people_stop_a_district_and_one_lets_go(page: Page, house: House):
    sign_in(page, house, "supervisor")
    page.click("nav >> text=Stop switches")
    page.select_option("#scope", "district")
    page.fill("#named", "CN-33")
    page.fill("#reason", "A typhoon.")
    page.get_by_role("button", name="Stop now").click()
    row = page.locator("tr", has_text="CN-33")
    expect(row).to_contain_text("not confirmed yet")
    expect(row.get_by_role("button", name="Confirm")).to_have_count(0)
    page.get_by_role("button", name="Sign out").click()
    sign_in(page, house, "compliance")
    page.goto(house.at("/rules/switches/"))
    row.get_by_role("button", name="Confirm").click()
    expect(row).to_contain_text("confirmed by")
    row.locator("summary").click()
    row.locator("textarea").fill("It has passed.")
    row.get_by_role("button", name="Lift it").click()
    expect(row).to_contain_text("It has passed.")
    expect(row.locator("summary")).to_have_count(0)


def test_the_journal_is_read_and_a_proof_kept(page: Page, house: House, tmp_path: Path):
    sign_in(page, house, "compliance")
    page.locator(".side").get_by_role("link", name="Journal", exact=True).click()
    page.select_option("#f-kind", "loans")
    expect(page).to_have_url(re.compile("kind=loans"))
    page.get_by_role("link", name="Tape taken in").first.click()
    with page.expect_download() as kept:
        page.get_by_role("link", name="Download the proof").click()
    kept.value.save_as(tmp_path / "proof.json")
    proof = json.loads((tmp_path / "proof.json").read_text())
    assert proof["root"] == proof["statement"]["root"]
    page.click("nav >> text=Seals and keys")
    page.fill("#root", proof["root"])
    page.get_by_role("button", name=re.compile("Verify")).click()
    expect(page.get_by_role("status").first).to_contain_text("Nothing was changed")
