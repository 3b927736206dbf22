"""What the browser tests do again and again: go somewhere, sign in, look at the page as a whole."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from axe_playwright_python.sync_playwright import Axe
from console_book import Book
from django.db import connection
from django.test import Client
from playwright.sync_api import Page

from arrears.people.models import User

LANGUAGES = ("en", "zh-hans")


@dataclass(frozen=True)
class House:
    """The served console and its book."""

    url: str
    book: Book

    def at(self, address: str) -> str:
        return f"{self.url}{address}"


def speak(page: Page, house: House, language: str) -> None:
    """Choose a language as an earlier visit would have."""
    page.context.add_cookies([{"name": "django_language", "value": language, "url": house.url}])


def sign_in(page: Page, house: House, role: str, language: str = "en") -> None:
    """Sign in as the member of staff named like the role, second factor and all.

    How people do that themselves, ``test_sign_in_screens`` shows.
    """
    speak(page, house, language)
    client = Client()
    with ThreadPoolExecutor(1) as aside:  # Django keeps out of the thread that Playwright runs in
        aside.submit(_let_in, client, role).result()
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": house.url}]
    )
    page.goto(house.at("/"))


def _let_in(client: Client, role: str) -> None:
    try:
        client.force_login(User.objects.get(username=role))
    finally:
        connection.close()


def faults(page: Page) -> list[str]:
    """What axe finds wrong for people who do not see, or see little."""
    found = Axe().run(page).response["violations"]
    return [f"{v['id']}: {v['help']}: {node['html'][:160]}" for v in found for node in v["nodes"]]


def too_wide(page: Page) -> list[str]:
    """Elements that make the page scroll sideways; empty if it does not."""
    return page.evaluate(
        """() => document.documentElement.scrollWidth <= innerWidth ? [] :
           [...document.querySelectorAll('main *, header *')]
             .filter(e => e.getBoundingClientRect().right > innerWidth + 1)
             .slice(0, 5).map(e => e.outerHTML.slice(0, 160))"""
    )


def too_small(page: Page) -> list[str]:
    """Buttons, fields and links of menus that a finger would miss: less than 44 px high."""
    return page.evaluate(
        """() => [...document.querySelectorAll(
             'button, .btn, select, input:not([type=hidden]):not([type=checkbox]), .menu a')]
             .map(e => [e, e.getBoundingClientRect()])
             .filter(([e, r]) => r.width > 0 && r.height < 43.5)
             .slice(0, 5).map(([e, r]) => `${r.height} ${e.outerHTML.slice(0, 120)}`)"""
    )
