"""The page at /api/docs in a real browser: it works under our content security policy, offline."""

from __future__ import annotations

import os
import shutil

import pytest
from playwright.sync_api import Browser, sync_playwright

from arrears.api.application import build

pytestmark = pytest.mark.browser


@pytest.fixture
def browser():
    chromium = os.environ.get("ARREARS_CHROMIUM") or shutil.which("chromium")
    switches = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=switches)
        yield opened
        opened.close()


@pytest.mark.parametrize("width", [390, 1440])
def test_the_page_shows_every_operation_and_breaks_no_rule(browser: Browser, live_server, width):
    page = browser.new_page(viewport={"width": width, "height": 900})
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{live_server.url}/api/docs")
    page.wait_for_selector(".opblock")
    page.click("#operations-loans-post_loans .opblock-summary-control")
    page.wait_for_selector("#operations-loans-post_loans .opblock-body")
    described = sum(len(path) for path in build().get_openapi_schema()["paths"].values())
    assert page.locator(".opblock").count() == described
    assert page.locator(".errors-wrapper").count() == 0
    assert said == []
    assert all(url.startswith(live_server.url) for url in asked)
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0
