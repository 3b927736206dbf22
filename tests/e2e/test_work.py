"""A working day in the console: sign in, find a case, read it, mend a row, switch the mode."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect
from visits import House, sign_in, speak


def test_a_wrong_password_a_right_one_and_out_again(page: Page, house: House):
    page.goto(house.at("/cases/?text=p1"))
    expect(page).to_have_url(re.compile(r"/sign-in/\?next="))
    speak(page, house, "en")
    page.reload()
    page.fill("#id_username", "collector")
    page.fill("#id_password", "not the password")
    page.click("button.btn-primary")
    expect(page.get_by_role("alert")).to_contain_text("User name or password is not right.")
    assert page.input_value("#id_password") == ""
    page.fill("#id_password", house.book.passwords["collector"])
    page.click("button.btn-primary")
    expect(page).to_have_url(house.at("/cases/?text=p1"))
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(house.at("/sign-in/"))
    page.goto(house.at("/cases/"))
    expect(page).to_have_url(re.compile("/sign-in/"))
    page.go_back()
    assert page.locator("table").count() == 0  # nothing of the signed-in pages is kept


def test_after_five_failed_tries_even_the_right_password_must_wait(page: Page, house: House):
    speak(page, house, "en")
    page.goto(house.at("/sign-in/"))
    passwords = [f"guess {number}" for number in range(5)]
    for password in [*passwords, house.book.passwords["strategist"]]:
        page.fill("#id_username", "strategist")
        page.fill("#id_password", password)
        page.click("button.btn-primary")
        page.wait_for_load_state()
    expect(page.get_by_role("alert")).to_contain_text("Too many failed tries")
    page.fill("#id_username", "collector")  # others are not shut out
    page.fill("#id_password", house.book.passwords["collector"])
    page.click("button.btn-primary")
    expect(page).to_have_url(house.at("/today/"))


def test_filters_change_the_list_the_address_and_survive_a_reload(page: Page, house: House):
    sign_in(page, house, "supervisor")
    page.click("nav >> text=Cases")
    rows = page.locator("#list tbody tr")
    expect(rows).to_have_count(50)
    page.check("input[name=bucket][value=M3]")
    expect(page).to_have_url(re.compile("bucket=M3"))
    expect(page.locator("#list .bucket-2")).to_have_count(0)
    page.fill("#f-text", "p1")
    page.press("#f-text", "Enter")
    expect(page).to_have_url(re.compile("text=p1"))
    expect(rows).to_have_count(1)
    page.reload()
    expect(rows).to_have_count(1)
    assert page.input_value("#f-text") == "p1"
    assert page.is_checked("input[name=bucket][value=M3]")
    page.go_back()
    expect(page).not_to_have_url(re.compile("text=p1"))
    expect(rows.first).to_be_visible()
    page.goto(house.at("/cases/"))
    page.fill("#f-least", "lots")
    page.press("#f-least", "Enter")
    expect(page.get_by_role("alert")).to_contain_text("lots")


def days_late(page: Page) -> list[int]:
    """The column of the list; where only months are known there is a dash."""
    shown = page.locator("#list td[data-label='Days late']").all_inner_texts()
    return [int(text) for text in shown if text != "—"]


def test_columns_sort_and_pages_turn_by_keyboard(page: Page, house: House):
    sign_in(page, house, "supervisor")
    page.goto(house.at("/cases/"))
    page.get_by_role("link", name="Days late").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("sort=days"))
    heads = page.locator("th[aria-sort]")
    expect(heads).to_have_attribute("aria-sort", "descending")
    days = days_late(page)
    assert days == sorted(days, reverse=True)
    page.get_by_role("link", name="Next page").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("page=2"))
    expect(page.get_by_role("link", name="Earlier page")).to_be_visible()
    assert max(days_late(page)) <= min(days)


def test_the_first_tab_skips_the_menu(page: Page, house: House):
    sign_in(page, house, "supervisor")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()


def test_everything_works_without_scripts(browser, house: House):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, house, "supervisor")
    page.goto(house.at("/cases/"))
    page.fill("#f-text", "p1")
    page.click("button:has-text('Filter')")
    assert page.locator("#list tbody tr").count() == 1
    page.click("#list tbody a")
    assert page.locator("h1").inner_text() == "姓名 p1"
    context.close()


def test_a_case_leads_to_its_person_and_loans(page: Page, house: House):
    sign_in(page, house, "collector")
    page.goto(house.at("/cases/?text=p1"))
    page.click("#list tbody a")
    main = page.locator("main")
    expect(main).to_contain_text("Next step: letter")
    expect(main).to_contain_text("¥230.00")
    expect(main).to_contain_text("$100.00")
    assert page.locator("svg[role=img]").count() >= 2
    page.get_by_role("link", name="Person and all loans").click()
    expect(page.locator("h1")).to_have_text("姓名 p1")
    expect(page.locator("main")).to_contain_text("L1-b")
    page.get_by_role("link", name="L1-b").first.click()
    expect(page.locator("h1")).to_contain_text("L1-b")


def test_a_row_is_mended_first_wrongly_then_rightly(page: Page, house: House):
    sign_in(page, house, "engineer")
    page.goto(house.at("/data/set-aside/?reason=type.invalid"))
    page.click("#list tbody tr:first-child a")
    field = page.get_by_label("amount_minor")
    expect(field).to_have_value("much")
    field.fill("2,500 yuan")
    page.get_by_role("button", name="Check and take in").click()
    expect(page.get_by_role("alert")).to_contain_text("Still wrong")
    expect(field).to_have_value("2,500 yuan")
    field.fill("2500")
    page.get_by_role("button", name="Check and take in").click()
    expect(page.get_by_role("status").first).to_contain_text("Mended:")
    expect(page.locator("main")).to_contain_text("Mended by")
    assert page.get_by_label("amount_minor").count() == 0
    page.goto(house.at("/data/set-aside/?reason=type.invalid"))
    expect(page.locator("#list tbody tr")).to_have_count(2)


def test_the_mode_is_switched_and_the_banner_follows(page: Page, house: House):
    sign_in(page, house, "compliance")
    expect(page.locator(".banner-observe")).to_be_visible()
    page.click("nav >> text=Observe or live")
    page.fill("#reason", "Everything was checked on 12 April.")
    page.get_by_role("button", name="Go live").click()
    expect(page.get_by_role("alert")).to_contain_text("Confirm every item")
    for box in page.locator("input[name=confirmed]").all():
        box.check()
    page.get_by_role("button", name="Go live").click()
    expect(page.locator(".banner-observe")).to_have_count(0)
    expect(page.locator("main")).to_contain_text("Everything was checked on 12 April.")
    page.fill("#reason", "A test has come to its end.")
    page.get_by_role("button", name="Back to observing").click()
    expect(page.locator(".banner-observe")).to_be_visible()


def test_a_client_gets_its_secret_once_and_loses_its_access(page: Page, house: House):
    sign_in(page, house, "engineer")
    page.goto(house.at("/settings/clients/"))
    page.get_by_label("Name").fill("nightly load")
    page.get_by_label("send loans and payments").check()
    page.get_by_role("button", name="Make a secret").click()
    expect(page.locator("#secret")).to_contain_text("arr_")
    page.goto(house.at("/settings/clients/"))
    expect(page.locator("#secret")).to_have_count(0)
    row = page.locator("tr", has_text="nightly load")
    row.locator("summary").click()
    row.get_by_role("button", name="Yes, revoke").click()
    expect(page.locator("tr", has_text="nightly load")).to_contain_text("revoked")


def test_the_language_is_switched_on_the_page_one_is_on(page: Page, house: House):
    sign_in(page, house, "supervisor", "zh-hans")
    page.goto(house.at("/cases/?text=p1"))
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")
    expect(page.locator("h1")).to_have_text("案件")
    page.get_by_role("button", name="English").click()
    expect(page).to_have_url(house.at("/cases/?text=p1"))
    expect(page.locator("h1")).to_have_text("Cases")
    page.get_by_role("button", name="中文").click()
    expect(page.locator("h1")).to_have_text("案件")


def test_the_menu_of_a_telephone_opens_and_leads_on(page: Page, house: House):
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(page, house, "supervisor")
    page.locator(".phone-menu summary").click()
    page.locator(".phone-menu").get_by_role("link", name="Tapes").click()
    expect(page.locator("h1")).to_have_text("Tapes")


def test_the_roll_rates_speak_the_readers_language(page: Page, house: House):
    sign_in(page, house, "supervisor", "zh-hans")
    page.goto(house.at("/data/book/?month=2026-01"))
    head = page.locator(".matrix thead").inner_text()
    assert "current" not in head
    assert "missing" not in head
    assert "未逾期" in head
