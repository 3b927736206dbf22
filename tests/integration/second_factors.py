"""Codes of an authenticator app, as a phone computes them (RFC 6238), and a door to knock at."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import struct
import time

from django.test import Client

from arrears.journal.models import JournalEntry
from arrears.people.actions import create_user
from arrears.people.models import User
from arrears.store.actor import system
from arrears.store.transactions import transaction

ADMIN = system("test")
GOOD = "correct horse battery"


def code(secret: str, steps: int = 0) -> str:
    """The six digits now, or of that many half minutes later."""
    counter = struct.pack(">Q", int(time.time()) // 30 + steps)
    digest = hmac.digest(base64.b32decode(secret), counter, hashlib.sha1)
    at = digest[-1] & 15
    return f"{(int.from_bytes(digest[at : at + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"


def user(username: str = "li.na", role: str = "collector") -> User:
    return User.objects.get(pk=create_user(ADMIN, username, "李娜", role, GOOD, "en"))


def browser(**more: object) -> Client:
    """A browser that was here before and reads English."""
    client = Client(**more)
    client.cookies["django_language"] = "en"
    return client


def give_password(client: Client, username: str = "li.na", password: str = GOOD, at: str = ""):
    told = {"username": username, "password": password}
    return client.post(f"/sign-in/{at}", told)


def set_up_app(client: Client) -> tuple[str, list[str]]:
    """Set up an authenticator app; returns its secret and the recovery codes."""
    page = client.get("/account/app/")
    assert page.status_code == 200, page.headers
    (secret,) = re.findall(r'id="secret">([A-Z2-7]+)<', page.text)
    answer = client.post("/account/app/", {"code": code(secret)})
    assert answer.headers["Location"] == "/account/codes/", answer.text
    codes = re.findall(r"<li><code>(\d+)</code></li>", client.get("/account/codes/").text)
    return secret, codes


def kinds() -> list[str]:
    with transaction(ADMIN):
        return list(
            JournalEntry.objects.filter(kind__startswith="people.")
            .order_by("position")
            .values_list("kind", flat=True)
        )


def enrolled(username: str = "li.na", role: str = "collector"):
    """Somebody with an app set up, and their browser, signed out again."""
    user(username, role)
    client = browser()
    give_password(client, username)
    secret, codes = set_up_app(client)
    client.post("/sign-out/")
    return client, secret, codes
