"""Who may open what: every address of the console for every role, and for nobody."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import quote

import pytest
from console_book import Book
from django.test import Client
from django.urls import get_resolver

from arrears.console import pay_urls, placement_urls, register_urls, urls, work_urls
from arrears.people.models import User
from arrears.people.roles import ROLES

CASES = {"today", "cases", "case", "person", "loan", "when"}
OWN = {"account", "password"}
RULES = {"rules", "rule-pack", "rule", "rule-coverage", "calendar"}
JOURNAL = {"journal", "entry", "seals"}
DATA = {"tapes", "tape", "runs", "run", "set-aside", "set-aside-row", "differences", "book"}
# Written out, not computed from the table of rooms: this is what was agreed.
OPEN = {
    "collector": CASES | RULES,
    "supervisor": CASES | RULES | DATA | {"mode", "switches"},
    "strategist": CASES | RULES | DATA | {"mode"},
    "compliance": CASES | RULES | DATA | JOURNAL | {"mode", "switches", "access", "looked"},
    "engineer": CASES | RULES | DATA | {"mode", "clients"},
    "administrator": CASES
    | RULES
    | DATA
    | JOURNAL
    | {"mode", "clients", "switches", "access", "looked"},
    "head_of_collections": CASES | RULES | DATA | {"mode", "switches"},
    "team_lead": CASES | RULES,
    "hr": RULES,
    "security_officer": RULES | {"access", "looked", "sessions"},
    "lawyer": CASES | RULES,
    "hotline": CASES | RULES,
    "officer": RULES,
    # Without an agency in the register of staff there is nothing for them.
    "agency_manager": set(),
    "agency_collector": set(),
}
OPEN = {role: screens | OWN for role, screens in OPEN.items()}
OPEN["administrator"] |= {"sessions"}
# Anybody may report; most see only what they reported themselves.
for _role in set(OPEN) - {"agency_manager", "agency_collector"}:
    OPEN[_role] |= {"incidents", "report-incident"}
INCIDENTS = {"incidents", "report-incident"}
APART = {"mode", "clients", "switches", "access", "looked", "sessions"}
SCREENS = sorted(CASES | RULES | DATA | JOURNAL | OWN | INCIDENTS | APART)


def signed_in(role: str, **more: bool) -> Client:
    client = Client(**more)
    client.cookies["django_language"] = "en"
    client.force_login(User.objects.get(username=role))
    return client


def test_every_address_of_the_console_is_tried():
    apart = {"root", "sign-in", "sign-out", "revoke-client", "confirm-stop", "lift-stop", "proof"}
    apart |= {
        "export-journal",
        "incident",
        "incident-step",
        "close-incident",
        "confirm-incident",
        "return-incident",
    }
    apart |= {
        "reveal",
        "open-hold",
        "close-hold",
        "exports",
        "approve-export",
        "refuse-export",
        "fetch-export",
    }
    apart |= {"end-others", "end-session", "end-of", "reset-factor"}
    # Neither has the administrator anything to do with them: test_placement_pages opens them.
    apart |= {pattern.name for pattern in placement_urls.urlpatterns}
    apart |= {pattern.name for pattern in register_urls.urlpatterns}  # test_register_pages
    # The administrator has no work and no pay of their own: test_work_pages opens these.
    for rooms in (work_urls, pay_urls):
        apart |= {pattern.name for pattern in rooms.urlpatterns}
    assert {pattern.name for pattern in urls.urlpatterns} - apart == set(SCREENS)
    assert set(OPEN) == set(ROLES)
    assert get_resolver().reverse_dict  # the plan loads


@pytest.mark.parametrize("role", OPEN)
@pytest.mark.parametrize("name", SCREENS)
def test_a_role_opens_its_screens_and_no_other(console_book: Book, role: str, name: str):
    answer = signed_in(role).get(console_book.screens[name])
    if name in OPEN[role]:
        assert answer.status_code == HTTPStatus.OK
        assert "<h1>" in answer.text
    else:
        assert answer.status_code == HTTPStatus.FORBIDDEN
        assert "Observe mode" not in answer.text


@pytest.mark.parametrize("role", OPEN)
def test_the_menu_shows_only_what_opens(console_book: Book, role: str):
    page = signed_in(role).get("/cases/").text
    for name in ("today", "cases", "tapes", "runs", "set-aside", "differences", "book"):
        shown = f'href="{console_book.screens[name]}"' in page
        assert shown == (name in OPEN[role]), name
    assert ('href="/settings/mode/"' in page) == ("mode" in OPEN[role])
    assert ('href="/settings/clients/"' in page) == ("clients" in OPEN[role])


@pytest.mark.parametrize("name", SCREENS)
def test_nobody_is_led_to_sign_in_and_back(console_book: Book, name: str):
    address = console_book.screens[name]
    answer = Client().get(address)
    assert answer.status_code == HTTPStatus.FOUND
    assert answer["Location"] == f"/sign-in/?next={quote(address)}"
    part = Client().get(address, headers={"HX-Request": "true"})
    assert (part.status_code, part["HX-Refresh"]) == (HTTPStatus.NO_CONTENT, "true")


def test_one_who_may_not_sign_in_any_more_sees_nothing(console_book: Book):
    client = signed_in("supervisor")
    User.objects.filter(username="supervisor").update(is_active=False)
    try:
        for name in SCREENS:
            assert client.get(console_book.screens[name]).status_code in (302, 403)
    finally:
        User.objects.filter(username="supervisor").update(is_active=True)


@pytest.mark.parametrize("role", sorted(set(OPEN) - {"engineer", "administrator"}))
def test_only_who_may_mend_mends(console_book: Book, role: str):
    client, address = signed_in(role), console_book.to_mend[0]
    if role != "collector":
        assert "cell.amount_minor" not in client.get(address).text
    answer = client.post(address, {"command_id": "c-1", "cell.amount_minor": "2500"})
    assert answer.status_code == HTTPStatus.FORBIDDEN


@pytest.mark.parametrize("role", ["collector", "supervisor", "strategist", "engineer"])
def test_only_who_may_switch_switches(console_book: Book, role: str):
    client = signed_in(role)
    sent = {"command_id": "c-2", "mode": "live", "reason": "all is well, I think"}
    everything = {"confirmed": ["holds", "opt_outs", "plans", "matters", "contacts"]}
    answer = client.post("/settings/mode/", {**sent, **everything})
    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert "Observe mode" in signed_in("compliance").get("/settings/mode/").text


@pytest.mark.parametrize("role", ["collector", "supervisor", "strategist", "compliance"])
def test_only_who_may_manage_clients_makes_or_revokes_one(console_book: Book, role: str):
    client = signed_in(role)
    made = client.post("/settings/clients/", {"name": "mine", "scopes": ["loans.push"]})
    revoked = client.post(f"/settings/clients/{console_book.client_id}/revoke/")
    assert (made.status_code, revoked.status_code) == (HTTPStatus.FORBIDDEN,) * 2
    page = signed_in("engineer").get("/settings/clients/").text
    assert "mine" not in page
    assert "revoked" not in page


@pytest.mark.parametrize(
    "address", ["/settings/mode/", "/settings/clients/", "row", "revoke", "/sign-in/", "/sign-out/"]
)
def test_a_form_that_is_not_ours_is_refused(console_book: Book, address: str):
    at = {
        "row": console_book.to_mend[0],
        "revoke": f"/settings/clients/{console_book.client_id}/revoke/",
    }.get(address, address)
    client = signed_in("administrator", enforce_csrf_checks=True)
    answer = client.post(at, {"command_id": "c-3", "cell.amount_minor": "2500", "reason": "x" * 20})
    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert "<h1>" in answer.text
    assert client.get("/today/").status_code == HTTPStatus.OK  # still signed in


def test_to_revoke_is_never_a_link(console_book: Book):
    at = f"/settings/clients/{console_book.client_id}/revoke/"
    assert signed_in("administrator").get(at).status_code == HTTPStatus.METHOD_NOT_ALLOWED


@pytest.mark.parametrize(
    "address",
    [
        "/cases/00000000-0000-0000-0000-000000000000/",
        "/people/00000000-0000-0000-0000-000000000000/",
        "/loans/00000000-0000-0000-0000-000000000000/",
        "/data/tapes/00000000-0000-0000-0000-000000000000/",
        "/data/runs/00000000-0000-0000-0000-000000000000/",
        "/data/set-aside/00000000-0000-0000-0000-000000000000/",
        "/cases/1/",
        "/nothing/",
    ],
)
def test_what_is_not_there_is_told_in_words(console_book: Book, address: str):
    answer = signed_in("administrator").get(address)
    assert answer.status_code == HTTPStatus.NOT_FOUND
    assert "<h1>" in answer.text
    assert "Traceback" not in answer.text
