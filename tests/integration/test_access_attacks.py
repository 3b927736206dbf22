"""Somebody who was let in tries to get more: leavers, tampered forms, pages that went stale."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from conduct_people import NOON, debtor
from django.test import Client
from placements_book import agency, placed, when
from second_factors import ADMIN, GOOD, browser, code, give_password, set_up_app, user

from arrears.cases.exports.models import Export
from arrears.kernel.clock import FixedClock
from arrears.kernel.errors import BadInput
from arrears.people.access.models import Reveal
from arrears.people.actions import add_staff, create_user, leave, set_active, set_password
from arrears.people.models import Person, User
from arrears.people.sign_in.accounts import set_role
from arrears.store import clock
from arrears.store.transactions import transaction

pytestmark = pytest.mark.django_db
PHONE = "+8613911112222"
WHY = "The borrower asks which number is on file."
FORM = {"field": "phone", "reason": WHY}


@pytest.fixture
def someone() -> Iterator[Person]:
    with clock.use(FixedClock(NOON)):
        who = debtor("A", phone=PHONE)
        with transaction(ADMIN):
            person = Person.objects.get(id=who)
        yield person


def signed_in(name: str, role: str) -> Client:
    client = browser()
    client.force_login(user(name, role))
    return client


def reveals() -> int:
    with transaction(ADMIN):
        return Reveal.objects.count()


@pytest.mark.parametrize(
    "password",
    ["password123", "qwertyuiop", "iloveyou1", "1qaz2wsx3edc", "woaini1314", "12345678901",
     "short", "wang.fang1"],
)  # fmt: skip
def test_a_password_that_everybody_guesses_is_refused_wherever_one_is_set(password):
    """Django's list of the 20,000 commonest that leaked; what is like the name; mere digits."""
    with pytest.raises(BadInput):
        create_user(ADMIN, "wang.fang", "王芳", "collector", password)
    client = signed_in("wang.fang", "collector")
    with pytest.raises(BadInput):
        set_password(ADMIN, "wang.fang", password)
    form = {"old_password": GOOD, "new_password1": password, "new_password2": password}
    assert client.post("/account/password/", form).status_code == 422
    assert User.objects.get(username="wang.fang").check_password(GOOD)


@pytest.mark.parametrize("how", ["shut out", "other role", "password"])
def test_a_form_that_was_open_does_nothing_once_its_reader_is_out(someone, how):
    client = signed_in("li.na", "collector")
    page = f"/people/{someone.id}/"
    assert client.get(page).status_code == 200
    if how == "shut out":
        set_active(ADMIN, "li.na", active=False)
    elif how == "other role":
        set_role(ADMIN, "li.na", "strategist")
    else:
        set_password(ADMIN, "li.na", "another horse battery")
    answer = client.post(f"{page}reveal/", {**FORM, "command_id": "c"})
    assert answer["Location"].startswith("/sign-in/")
    assert reveals() == 0
    assert client.get(page)["Location"].startswith("/sign-in/")


def test_a_leaver_on_the_way_home_opens_nothing_with_anything_they_still_have():
    """The session, the password, the authenticator, a list that was approved: none of it counts."""
    with when():
        agency("north")
        placed("N1")
        name = "north.manager"
        user(name, "agency_manager")
        add_staff(
            ADMIN, "leaver-1", organisation="north", display_name="M", badge_no="N-M",
            joined_on=date(2020, 1, 1), username=name,
        )  # fmt: skip
    client = browser()
    give_password(client, name)
    secret, _ = set_up_app(client)
    ask = {"kind": "cases", "form": "csv", "reason": WHY, "command_id": "e"}
    assert client.post("/exports/", ask).status_code == 302
    with transaction(ADMIN):
        export = Export.objects.get()
    assert export.state == "approved"
    leave(ADMIN, "leaver-2", badge_no="N-M", left_on=clock.business_day(), reason="moves away")
    for path in ("/cases/", "/today/", "/exports/"):
        assert client.get(path)["Location"].startswith("/sign-in/")
    answer = client.post(f"/exports/{export.id}/fetch/")
    assert answer["Location"].startswith("/sign-in/")
    give_password(client, name)
    client.post("/sign-in/second/", {"code": code(secret, 1)})
    assert client.get("/cases/")["Location"].startswith("/sign-in/")
    with transaction(ADMIN):
        assert Export.objects.get().state == "approved"  # nothing left


def test_another_person_in_the_form_than_in_the_address_is_not_revealed(someone):
    other = debtor("B")
    client = signed_in("li.na", "collector")
    sent = {**FORM, "command_id": "c", "person_id": str(other), "person": str(other),
            "actor": "staff:1", "minutes": "9999", "role": "compliance"}  # fmt: skip
    client.post(f"/people/{someone.id}/reveal/", sent)
    with transaction(ADMIN):
        made = Reveal.objects.get()
    assert made.person_id == someone.id
    assert made.actor == f"staff:{User.objects.get(username='li.na').pk}"
    assert (made.until_at - made.revealed_at).total_seconds() == 300


def test_an_export_takes_neither_asker_nor_role_nor_scope_from_the_form(someone):
    client = signed_in("li.na", "supervisor")
    sent = {"kind": "cases", "form": "csv", "reason": WHY, "command_id": "e", "state": "fetched",
            "asked_by": "staff:1", "role": "compliance", "scope": "agency:1",
            "decided_by": "staff:1", "rows": "1", "list_sha256": "0" * 64}  # fmt: skip
    assert client.post("/exports/", sent).status_code == 302
    with transaction(ADMIN):
        made = Export.objects.get()
    assert made.asked_by == f"staff:{User.objects.get(username='li.na').pk}"
    assert (made.role, made.scope, made.decided_by) == ("supervisor", "lender", None)
    stranger = signed_in("wang.fang", "supervisor")  # a guessed id of somebody else's
    assert stranger.post(f"/exports/{made.id}/fetch/").status_code == 404
    assert stranger.post(f"/exports/{made.id}/approve/", {"command_id": "a"}).status_code == 403


@pytest.mark.parametrize("field", ["phone\0", "PHONE", "phone,email", "__class__", "id", "person"])
def test_a_field_that_is_none_reveals_nothing(someone, field):
    client = signed_in("li.na", "collector")
    sent = {"reason": WHY, "command_id": "c", "field": field}
    page = client.post(f"/people/{someone.id}/reveal/", sent, follow=True)
    assert page.status_code == 200
    assert PHONE not in page.text
    assert reveals() == 0


def test_one_command_for_two_people_does_not_count_for_the_second(someone):
    """An id of a command that was seen elsewhere neither reveals nor hides what was done."""
    first, second = signed_in("li.na", "collector"), signed_in("wang.fang", "collector")
    path = f"/people/{someone.id}/reveal/"
    first.post(path, {**FORM, "command_id": "same"})
    told = second.post(path, {**FORM, "command_id": "same"}, follow=True)
    assert (PHONE in told.text) == (reveals() == 2)
