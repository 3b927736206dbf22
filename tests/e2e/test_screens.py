"""Every screen in both languages, on a desk and on a telephone: whole, readable, reachable."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page
from visits import LANGUAGES, House, faults, sign_in, speak, too_small, too_wide

SCREENS = [
    "today", "cases", "case", "held-case", "hostile-case", "person", "loan", "snapshot-loan",
    "tapes", "tape", "runs", "run", "set-aside", "set-aside-row", "differences", "book", "mode",
    "clients", "rules", "rule-pack", "rule", "rule-coverage", "calendar", "switches",
    "held-person", "when", "journal", "entry", "seals",
]  # fmt: skip
WIDTHS = (1440, 390)


def looked_at(page: Page, where: str) -> list[str]:
    """What is wrong with the page at each width; empty if nothing is."""
    wrong: list[str] = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        found = faults(page) + [f"too wide: {text}" for text in too_wide(page)]
        if width == 390:
            found += [f"too small: {text}" for text in too_small(page)]
        wrong += [f"{where} at {width}: {text}" for text in found]
    return wrong


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_screen_is_whole(page: Page, house: House, language: str):
    sign_in(page, house, "administrator", language)
    wrong: list[str] = []
    for name in SCREENS:
        answer = page.goto(house.at(house.book.screens[name]))
        assert answer is not None
        assert answer.status == 200, name
        assert page.get_attribute("html", "lang") == language
        assert page.locator("h1").count() == 1, name
        wrong += looked_at(page, name)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_outside_are_whole(page: Page, house: House, language: str):
    speak(page, house, language)
    wrong: list[str] = []
    for address in ("/sign-in/", "/nothing/"):
        page.goto(house.at(address))
        wrong += looked_at(page, address)
    page.goto(house.at("/sign-in/"))
    page.fill("#id_username", "nobody")
    page.fill("#id_password", "nothing")
    page.press("#id_password", "Enter")
    page.wait_for_selector("[role=alert]")
    wrong += looked_at(page, "a failed try")
    sign_in(page, house, "collector", language)
    answer = page.goto(house.at("/data/tapes/"))
    assert answer is not None
    assert answer.status == 403
    wrong += looked_at(page, "403")
    assert not wrong, "\n".join(wrong)


def test_an_empty_list_says_so(page: Page, house: House):
    sign_in(page, house, "administrator")
    wrong: list[str] = []
    for address in ("/cases/?currency=JPY", "/data/set-aside/?q=none", "/data/tapes/?kind=recall"):
        page.goto(house.at(address))
        assert page.locator(".empty").count() == 1, address
        wrong += looked_at(page, address)
    assert not wrong, "\n".join(wrong)


def test_a_hostile_name_does_nothing(page: Page, house: House):
    shown: list[str] = []
    page.on("dialog", lambda dialog: (shown.append(dialog.message), dialog.dismiss()))
    sign_in(page, house, "administrator")
    for name in ("hostile-case", "hostile-person"):
        page.goto(house.at(house.book.screens[name]))
        assert page.locator("h1").inner_text() == '<script>alert("name")</script>'
    assert shown == []
