"""Who looked at whose file: a collector looks and reveals, compliance sees it, the limit holds."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from django.db import connection
from playwright.sync_api import Browser, Page, expect
from sealed_person import describe
from visits import LANGUAGES, House, faults, sign_in, too_small, too_wide

from arrears.kernel.ids import named
from arrears.people.access import TABLE, actions, queries
from arrears.store.actor import system
from arrears.store.transactions import transaction

PHONE, MASKED = "+8613911112222", "+86•••••••2222"
WHO = named("person", "p1")
WHY = "The borrower asks which number is on file."


@pytest.fixture(autouse=True)
def two_a_day(monkeypatch) -> None:
    for asks in (actions, queries):
        limits = {**TABLE.reveals_a_day, "collector": 2, "supervisor": 2}
        monkeypatch.setattr(asks, "TABLE", replace(TABLE, reveals_a_day=limits))


@pytest.fixture
def phone(house: House) -> None:
    def write() -> None:
        try:
            with transaction(system("test")):
                describe(WHO, phone=PHONE, email="p1@example.org")
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as aside:  # Django keeps out of Playwright's thread
        aside.submit(write).result()


def reveal(page: Page, field: str, why: str = WHY, times: int = 1) -> None:
    form = page.locator("form[action$='/reveal/']")
    if not form.locator("textarea").is_visible():
        page.locator("details", has=form).locator("summary").click()
    form.locator("select").select_option(field)
    form.locator("textarea").fill(why)
    form.locator("button").click(click_count=times)
    page.wait_for_load_state()


def sound(page: Page) -> None:
    assert faults(page) == []
    page.set_viewport_size({"width": 390, "height": 800})
    assert (too_wide(page), too_small(page)) == ([], [])
    page.set_viewport_size({"width": 1440, "height": 900})


@pytest.mark.parametrize(
    ("language", "role"), zip(LANGUAGES, ("collector", "supervisor"), strict=True)
)
def test_a_look_and_a_reveal_are_seen_by_compliance_and_the_limit_holds(
    page: Page, house: House, browser: Browser, phone: None, language: str, role: str
):
    sign_in(page, house, role, language)
    page.goto(house.at("/cases/?text=p1"))
    page.locator("tbody a[href^='/cases/']").first.click()
    page.locator(f"a[href='/people/{WHO}/']").first.click()
    main = page.locator("main")
    expect(main).to_contain_text(MASKED)
    expect(main).not_to_contain_text(PHONE)
    reveal(page, "phone", "too short")
    expect(main).not_to_contain_text(PHONE)
    reveal(page, "phone", times=2)  # pressed twice: one reveal
    expect(main).to_contain_text(PHONE)
    sound(page)
    reveal(page, "email")
    expect(main).to_contain_text("p1@example.org")
    page.reload()
    # Two a day are used up: the form says so and offers no third.
    expect(page.locator("form[action$='/reveal/']")).to_have_count(0)
    sound(page)
    assert page.goto(house.at(f"/people/{WHO}/looked/")).status == 403

    watcher = browser.new_context().new_page()
    sign_in(watcher, house, "compliance", language)
    watcher.goto(house.at(f"/people/{WHO}/"))
    watcher.locator(f"a[href='/people/{WHO}/looked/']").click()
    rows = watcher.locator("tbody tr", has_text=ROLE[language][role])
    reveals = rows.filter(has_text=WHY)
    expect(reveals).to_have_count(2)
    assert rows.count() >= 4  # the case, the person's page, two reveals
    expect(watcher.locator("main")).not_to_contain_text(PHONE)
    sound(watcher)
    watcher.context.close()


ROLE = {
    "en": {"collector": "collector", "supervisor": "supervisor"},
    "zh-hans": {"collector": "催收员", "supervisor": "主管"},
}
