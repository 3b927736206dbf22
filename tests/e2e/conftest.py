"""A served console and the system's Chromium, for tests that do what people do."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from console_book import Book, filled
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer
from visits import House

SWITCHES = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
]  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "e2e" in item.path.parts:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")
def book(database, django_db_blocker, tmp_path_factory) -> Iterator[Book]:
    """A small book, committed; gone after the file."""
    with django_db_blocker.unblock():
        book = filled(tmp_path_factory.mktemp("lender"), many=60)
        with database.owner() as owner:
            # As in a town's book: the demo's sign-ins are spared the second factor.
            owner.execute("UPDATE loans_book SET simulated = true")
        yield book
        database.empty()


@pytest.fixture(scope="module")
def house(book: Book) -> Iterator[House]:
    """The console served, and where its things stand."""
    server = LiveServer("localhost")
    yield House(server.url, book)
    server.stop()


@pytest.fixture(scope="module")
def browser(house: House) -> Iterator[Browser]:
    chromium = os.environ.get("ARREARS_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=SWITCHES)
        yield opened
        opened.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A new browser profile; nobody is signed in."""
    opened = browser.new_context(viewport={"width": 1440, "height": 900})
    opened.set_default_timeout(20_000)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext, house: House) -> Iterator[Page]:
    """A page of it. The test fails if the browser complained or anything left the house."""
    opened = context.new_page()
    said: list[str] = []
    asked: list[str] = []
    opened.on("console", lambda m: said.append(m.text) if m.type in ("error", "warning") else None)
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.on("request", lambda request: asked.append(request.url))
    yield opened
    # A page that is refused or not there is told by the browser too.
    assert [text for text in said if "the server responded with a status of 4" not in text] == []
    assert [url for url in asked if not url.startswith((house.url, "data:"))] == []
