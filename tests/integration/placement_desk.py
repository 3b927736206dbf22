"""What tests of the placement screens do: sit down at a desk, send a form as it stands there."""

from __future__ import annotations

import re
from http import HTTPStatus

from conduct_people import ACTOR, NOON
from django.test import Client
from placements_book import TERM, agency
from register_book import do

from arrears.kernel.ids import uuid7
from arrears.people.actions import add_staff, ensure_demo_users
from arrears.people.models import Organisation, User


def people() -> None:
    """Somebody of each role, of the lender."""
    ensure_demo_users(ACTOR)


def agency_with_people() -> Organisation:
    """The agency ``north``, with its manager and a collector."""
    made = agency()
    for role in ("agency_manager", "agency_collector"):
        do(add_staff, organisation="north", display_name=f"{role} of north", badge_no=f"N-{role}",
           joined_on=NOON.date(), username=role)  # fmt: skip
    return made


def desk(role: str, language: str = "en") -> Client:
    client = Client()
    client.cookies["django_language"] = language
    client.force_login(User.objects.get(username=role))
    return client


def form_of(page: str, address: str) -> dict[str, str]:
    """The hidden fields of the form that is sent to an address."""
    found = re.search(rf'<form[^>]*action="{re.escape(address)}".*?</form>', page, re.DOTALL)
    assert found, f"no form for {address}"
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', found[0]))


def offered(page: str, address: str) -> bool:
    return f'action="{address}"' in page


def sent(client: Client, page_at: str, act: str, **fields: str):
    """Open a page, and send its form for an act as it stands there."""
    page = client.get(page_at).text
    return client.post(act, {**form_of(page, act), **fields}, follow=True)


def previewed(client: Client, **fields: object) -> str:
    """The address of a batch that the form makes."""
    given = {"command_id": str(uuid7(NOON)), "kind": "place", "organisation": "north",
             "term": TERM.isoformat(), "reason": "a campaign"}  # fmt: skip
    answer = client.post("/placements/new/", {**given, **fields})
    assert answer.status_code == HTTPStatus.FOUND, answer.text
    return answer["Location"]
