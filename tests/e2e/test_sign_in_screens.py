"""Signing in as people do it: an authenticator app, a passkey, and sessions ended elsewhere."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from playwright.sync_api import BrowserContext, Page, expect
from second_factors import ADMIN, GOOD, code
from visits import LANGUAGES, House, faults, sign_in, speak, too_small, too_wide

from arrears.people.actions import create_user


def add(username: str) -> None:
    """A new member of staff, made aside: Django keeps out of Playwright's thread."""

    def make() -> None:
        try:
            create_user(ADMIN, username, "Li Na", "collector", GOOD, "en")
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as aside:
        aside.submit(make).result()


def knock(page: Page, house: House, username: str, language: str = "en") -> None:
    speak(page, house, language)
    page.goto(house.at("/sign-in/"))
    page.fill("#id_username", username)
    page.fill("#id_password", GOOD)
    page.press("#id_password", "Enter")


def sound(page: Page) -> None:
    """Usable by all, on a phone as well."""
    assert faults(page) == []
    page.set_viewport_size({"width": 375, "height": 740})
    assert (too_wide(page), too_small(page)) == ([], [])
    page.set_viewport_size({"width": 1440, "height": 900})


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_sign_in_sets_an_app_up_and_the_next_asks_for_its_code(
    page: Page, house: House, language: str
):
    name = f"first.{language}"
    add(name)
    knock(page, house, name, language)
    expect(page).to_have_url(house.at("/account/"))
    sound(page)
    page.locator("a[href='/account/app/']").click()
    secret = page.inner_text("#secret")
    sound(page)
    page.fill("#id_code", "000000")
    page.press("#id_code", "Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    secret = page.inner_text("#secret")
    page.fill("#id_code", code(secret))
    page.press("#id_code", "Enter")
    expect(page).to_have_url(house.at("/account/codes/"))
    expect(page.locator("#codes li")).to_have_count(10)
    sound(page)
    page.locator("a.btn-primary").click()
    expect(page).to_have_url(house.at("/today/"))
    page.locator("form[action='/sign-out/'] button").click()
    knock(page, house, name, language)
    expect(page).to_have_url(house.at("/sign-in/second/"))
    sound(page)
    page.fill("#id_code", code(secret, 1))
    page.press("#id_code", "Enter")
    expect(page).to_have_url(house.at("/today/"))


def test_a_passkey_is_set_up_and_opens_the_door_alone(
    page: Page, context: BrowserContext, house: House
):
    add("with.passkey")
    devices = context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    devices.send(
        "WebAuthn.addVirtualAuthenticator",
        {"options": {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
                     "hasUserVerification": True, "isUserVerified": True,
                     "automaticPresenceSimulation": True}},
    )  # fmt: skip
    knock(page, house, "with.passkey")
    page.locator("a[href='/account/passkeys/add/']").click()
    sound(page)
    page.fill("#id_name", "My laptop")
    page.check("#id_passwordless")
    page.click("#add_passkey")
    expect(page).to_have_url(house.at("/account/codes/"))
    page.locator("a.btn-primary").click()
    expect(page).to_have_url(house.at("/today/"))
    page.goto(house.at("/account/"))
    expect(page.locator("main")).to_contain_text("My laptop")
    page.locator("form[action='/sign-out/'] button").click()
    # As the second step after the password …
    knock(page, house, "with.passkey")
    expect(page).to_have_url(house.at("/sign-in/second/"))
    page.click("#use_passkey")
    expect(page).to_have_url(house.at("/today/"))
    page.locator("form[action='/sign-out/'] button").click()
    # … and alone.
    page.click("#passkey_login")
    expect(page).to_have_url(house.at("/today/"))


def test_a_passkey_that_is_not_there_is_told_on_the_page(page: Page, house: House):
    speak(page, house, "en")
    page.goto(house.at("/sign-in/"))
    page.evaluate("() => { navigator.credentials.get = () => Promise.reject(Error('gone')) }")
    page.click("#passkey_login")
    expect(page.locator("#passkey_trouble")).to_be_visible()


@pytest.mark.parametrize("language", LANGUAGES)
def test_security_ends_a_session_and_it_is_over(
    page: Page, context: BrowserContext, house: House, browser, language: str
):
    elsewhere = browser.new_context()
    other = elsewhere.new_page()
    sign_in(other, house, "collector", language)
    sign_in(page, house, "administrator", language)
    page.goto(house.at("/settings/sessions/"))
    sound(page)
    page.locator("tr", has_text="collector ·").first.locator("button").click()
    expect(page.get_by_role("status").first).to_be_visible()
    other.goto(house.at("/cases/"))
    expect(other).to_have_url(house.at("/sign-in/?next=/cases/"))
    page.goto(house.at("/account/password/"))
    sound(page)
    elsewhere.close()
