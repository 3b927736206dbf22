"""Keeping the register through its pages, as tests do again and again."""

from __future__ import annotations

import re
from datetime import timedelta
from http import HTTPStatus

from django.test import Client
from register_book import ACTOR, agency, engaged, staff

from arrears.people import actions
from arrears.people.models import Organisation, Staff, User
from arrears.store import clock
from arrears.store.transactions import transaction


def stood() -> Organisation:
    """Two agencies and some people of theirs and the lender's, one user of each role."""
    actions.ensure_demo_users(ACTOR)
    north = engaged("north")
    agency("south", address="2 Road", phone="2")
    for badge, employer in (("N-1", "north"), ("S-1", "south"), ("L-1", "lender")):
        staff(badge, employer)
    staff("N-boss", "north", username="agency_manager")
    return north


def signed_in(role: str, language: str = "en") -> Client:
    client = Client()
    client.cookies["django_language"] = language
    client.force_login(User.objects.get(username=role))
    return client


def of(badge: str) -> Staff:
    with transaction(ACTOR):
        return Staff.objects.get(badge_no=badge)


def at(badge: str, rest: str = "") -> str:
    return f"/staff/{of(badge).id}/{rest}"


def sent(client: Client, path: str, **told):
    """Fill in the form of a page as a browser does: with what it holds, and its hidden fields."""
    page = client.get(path)
    assert page.status_code == HTTPStatus.OK, (path, page.status_code)
    hidden = dict(re.findall(r'type="hidden" name="(command_id|seen)" value="([^"]+)"', page.text))
    return client.post(path, hidden | told)


def day(offset: int = 0) -> str:
    return (clock.business_day() + timedelta(days=offset)).isoformat()
