"""Every role against every address, every scope against every operation: as the table says.

Generated: a new address or operation is tried without being named here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import pytest
from api_calls import Caller, operations
from console_book import Book
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, resolve

from arrears.console.doors import UNGUARDED, Doors, declared
from arrears.console.shell import ANYBODY
from arrears.people.access import TABLE
from arrears.people.actions import add_organisation, add_staff
from arrears.people.models import User
from arrears.people.roles import CLIENT_SCOPES, ROLES
from arrears.store.actor import system

ADMIN = system("test")
AGENCY_ROLES = sorted(role.name for role in TABLE.roles.values() if role.of == "agency")
# Parts of addresses that stand for words; every other part is a number or a guessed id.
WORDS = {"code": "us", "anchor": "us.contact.hours@2021-11-30", "provider_id": "lender"}


@dataclass(frozen=True)
class Address:
    """An address of the site: how to reach it and what it says that it needs."""

    name: str
    path: str
    view: Callable[..., Any]

    @property
    def needs(self) -> frozenset[str] | None:
        return getattr(self.view, "needs", None)

    def open_to(self, role: str) -> bool:
        needs = self.needs or frozenset()
        return ANYBODY in needs or bool(needs & TABLE.held[role])


def addresses() -> list[Address]:
    return [
        Address(
            f"{space}{pattern.name or route}",
            "/" + re.sub(r"<(?:\w+:)?(\w+)>", _guess, route),
            pattern.callback,
        )
        for space, route, pattern in _patterns(get_resolver(), "", "")
        if not route.startswith("api/")
    ]


def _guess(part: re.Match[str]) -> str:
    if part[1] in WORDS:
        return WORDS[part[1]]
    return str(uuid4()) if part[0].startswith("<uuid:") else "1"


def _patterns(resolver: Any, space: str, route: str) -> Iterator[tuple[str, str, URLPattern]]:
    for each in resolver.url_patterns:
        inner = route + str(each.pattern)
        if isinstance(each, URLResolver):
            namespace = f"{space}{each.namespace}:" if each.namespace else space
            yield from _patterns(each, namespace, inner)
        else:
            yield space, inner, each


@pytest.fixture(scope="module")
def doors(console_book: Book, django_db_blocker) -> Book:
    """The console's book, with an agency whose people the users of agency roles are."""
    with django_db_blocker.unblock():
        add_organisation(ADMIN, "matrix-1", ref="north", name="North Agency")
        for role in AGENCY_ROLES:
            add_staff(
                ADMIN, f"matrix {role}", organisation="north", display_name=role,
                badge_no=f"N-{role}", joined_on=date(2020, 1, 1), username=role,
            )  # fmt: skip
    return console_book


def signed_in(role: str) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.get(username=role))
    return client


def tried(client: Client, path: str) -> int:
    """The status of a page; of one that only takes forms, of an empty form."""
    status = client.get(path).status_code
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        status = client.post(path, {}).status_code
    return status


def test_every_address_says_what_it_needs():
    found = addresses()
    assert len(found) > 40
    assert [each.name for each in found if not declared(each.view, each.name)] == []
    unknown = {
        need for each in found for need in each.needs or () if need not in {*TABLE.known, ANYBODY}
    }
    assert unknown == set()


def test_what_needs_nothing_is_listed_with_its_reason():
    guarded = {each.name for each in addresses() if each.needs is not None}
    assert guarded & set(UNGUARDED) == set()
    assert all(UNGUARDED.values())


@pytest.mark.parametrize("role", sorted(ROLES))
def test_a_role_enters_where_the_table_says_and_nowhere_else(doors: Book, role: str):
    client = signed_in(role)
    wrong = {}
    for each in addresses():
        if each.needs is None:
            continue
        status = tried(client, each.path)
        refused = status == HTTPStatus.FORBIDDEN
        if refused == each.open_to(role) or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            wrong[each.name] = status
    assert wrong == {}


def test_nobody_enters_anywhere_without_signing_in(doors: Book):
    client = Client(raise_request_exception=False)
    for each in addresses():
        if each.needs is not None:
            status = tried(client, each.path)
            assert status == HTTPStatus.FOUND, each.name


def test_a_role_that_was_taken_away_opens_nothing_at_the_next_request(doors: Book):
    client = signed_in("compliance")
    assert client.get("/journal/").status_code == HTTPStatus.OK
    User.objects.filter(username="compliance").update(role="collector")
    try:
        assert client.get("/journal/").status_code != HTTPStatus.OK
    finally:
        User.objects.filter(username="compliance").update(role="compliance")


@pytest.mark.parametrize("scope", sorted(CLIENT_SCOPES))
def test_a_program_calls_what_its_scope_says_and_nothing_else(doors: Book, scope: str):
    client = Caller.with_scopes(scope)
    wrong = {}
    for method, path, needed in operations():
        address = re.sub(r"{\w+}", lambda _: str(uuid4()), path)
        status = client.send(method, address, {}).status_code
        allowed = needed in (None, scope)
        if (status == HTTPStatus.FORBIDDEN) == allowed or status in (401, 500):
            wrong[f"{method} {path}"] = status
    assert wrong == {}


def test_every_operation_names_a_scope_of_the_table():
    scopes = {scope for _, _, scope in operations() if scope is not None}
    assert scopes <= CLIENT_SCOPES
    free = [path for _, path, scope in operations() if scope is None]
    assert free == ["/status"]


@pytest.mark.parametrize("token", ["", "arr_", "arr_" + "x" * 43, "arr_é", "x" * 300])
def test_no_token_no_answer(doors: Book, token: str):
    for method, path, _ in operations():
        address = re.sub(r"{\w+}", lambda _: str(uuid4()), path)
        stranger = Caller("none", token)
        assert stranger.send(method, address, {}).status_code == HTTPStatus.UNAUTHORIZED, path


@pytest.mark.parametrize(
    "query", ["?role=administrator", "?scope=lender", "?may=journal.read", "?actor=staff:1"]
)
def test_what_the_address_claims_opens_nothing(doors: Book, query: str):
    client = signed_in("collector")
    for path in ("/journal/", "/settings/access/", "/settings/clients/", "/data/tapes/"):
        assert client.get(path + query).status_code == HTTPStatus.FORBIDDEN
        headers = {"X-Role": "administrator", "X-Actor": "staff:1", "X-Original-URL": "/today/"}
        assert client.get(path, headers=headers).status_code == HTTPStatus.FORBIDDEN


def test_a_role_sent_along_with_a_form_is_no_role(doors: Book):
    client = signed_in("collector")
    client.post("/language/", {"language": "en", "role": "administrator", "is_active": "on"})
    client.post("/account/password/", {"role": "administrator", "username": "administrator"})
    assert User.objects.get(username="collector").role == "collector"


def test_an_address_that_says_nothing_stays_shut(db):
    def open_secret(request: HttpRequest) -> HttpResponse:
        return HttpResponse("secret")

    request = RequestFactory().get("/today/")
    request.resolver_match = resolve("/today/")
    request.resolver_match.url_name = "nowhere"
    request.resolver_match.view_name = "nowhere"
    answer = Doors(open_secret).process_view(request, open_secret, (), {})
    assert answer is not None
    assert answer.status_code == HTTPStatus.FORBIDDEN


def test_an_agencys_people_see_nothing_once_they_are_of_no_agency(doors: Book):
    assert signed_in("agency_manager").get("/cases/").status_code == HTTPStatus.OK
    assert signed_in("agency_manager").get("/data/tapes/").status_code == HTTPStatus.FORBIDDEN
