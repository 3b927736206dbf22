"""Staff and machine clients: made, changed, shut out; and what of a person is shown."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from django.db import connection
from sealed_person import create_person

from arrears.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from arrears.kernel.ids import named
from arrears.people.actions import (
    create_client,
    create_user,
    ensure_demo_users,
    revoke_client,
    set_active,
    set_language,
    set_password,
)
from arrears.people.models import MachineClient, User
from arrears.people.queries import authenticate_client, machine_clients, person, staff, staff_actor
from arrears.people.roles import ROLES
from arrears.people.rules import MASK, masked, masked_email
from arrears.store.actor import LENDER, NOTHING, Actor, system
from arrears.store.transactions import transaction

ADMIN = system("test")
GOOD = "correct horse battery"


def add(username: str = "mei", **changed: str) -> int:
    told = {"display_name": "梅", "role": "collector", "password": GOOD, "language": "en"}
    return create_user(ADMIN, username, **{**told, **changed})


@pytest.mark.django_db
def test_a_user_may_what_the_role_may_and_nothing_once_inactive():
    user = User.objects.get(pk=add())
    assert user.check_password(GOOD)
    assert staff_actor(user) == Actor(
        "staff", str(user.pk), LENDER, ROLES["collector"], "collector"
    )
    set_active(ADMIN, "MEI", active=False)
    user.refresh_from_db()
    assert staff_actor(user) == Actor("staff", str(user.pk), NOTHING)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "changed",
    [
        {"role": "king"},
        {"language": "tlh"},
        {"password": "12345678"},
        {"password": "short"},
        {"username": " "},
        {"display_name": ""},
        {"username": "x" * 151},
    ],
)
def test_a_user_who_cannot_be_is_refused(changed):
    with pytest.raises(BadInput):
        add(**changed)
    assert User.objects.count() == 0


@pytest.mark.django_db
def test_a_user_name_is_taken_whatever_its_case():
    add("mei")
    with pytest.raises(Conflict):
        add("Mei")
    assert [view.username for view in staff(ADMIN)] == ["mei"]


def test_a_user_name_asked_for_eight_times_at_once_is_given_once(committed_db):
    refused: list[Conflict] = []

    def make() -> None:
        try:
            add()
        except Conflict as conflict:
            refused.append(conflict)
        finally:
            connection.close()

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (User.objects.count(), len(refused)) == (1, 7)


@pytest.mark.django_db
def test_passwords_and_languages_change():
    user = User.objects.get(pk=add())
    set_password(ADMIN, "mei", "another horse battery")
    set_language(staff_actor(user), "zh-hans")
    user.refresh_from_db()
    assert user.check_password("another horse battery")
    assert user.language == "zh-hans"
    with pytest.raises(NotFound):
        set_password(ADMIN, "nobody", GOOD)
    with pytest.raises(NotFound):
        set_active(ADMIN, "nobody", active=True)
    with pytest.raises(BadInput):
        set_language(staff_actor(user), "tlh")


@pytest.mark.django_db
def test_demo_users_are_the_same_on_every_call_and_one_for_each_role():
    first = ensure_demo_users(ADMIN)
    assert {user.role for user in first} == set(ROLES)
    assert len({user.password for user in first}) == len(first)
    assert ensure_demo_users(ADMIN) == first
    assert User.objects.count() == len(ROLES)
    for demo in first:
        assert User.objects.get(username=demo.username).check_password(demo.password)


@pytest.mark.django_db
def test_a_machine_client_is_known_by_its_secret_until_it_is_revoked():
    client = create_client(ADMIN, "core", {"loans.push", "cases.read"})
    actor = authenticate_client(client.secret)
    assert actor == Actor(
        "machine", str(client.id), LENDER, frozenset({"loans.push", "cases.read"})
    )
    stored = MachineClient.objects.get()
    assert client.secret not in str(vars(stored))
    for wrong in ("", client.secret[:-1], client.secret + "x", "arr_", "\ud800", "\x00"):
        assert authenticate_client(wrong) is None
    revoke_client(ADMIN, client.id)
    at = machine_clients(ADMIN)[0].revoked_at
    assert authenticate_client(client.secret) is None
    revoke_client(ADMIN, client.id)
    assert machine_clients(ADMIN)[0].revoked_at == at


@pytest.mark.django_db
def test_a_machine_client_who_cannot_be_is_refused():
    create_client(ADMIN, "core", {"loans.push"})
    with pytest.raises(Conflict):
        create_client(ADMIN, "core", {"loans.push"})
    for name, scopes in (("a", set()), ("a", {"staff.manage"}), (" ", {"loans.push"})):
        with pytest.raises(BadInput):
            create_client(ADMIN, name, scopes)
    with pytest.raises(NotFound):
        revoke_client(ADMIN, named("client", "nobody"))
    assert MachineClient.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "ask",
    [
        lambda actor: create_user(actor, "a", "a", "collector", GOOD),
        lambda actor: set_password(actor, "a", GOOD),
        lambda actor: set_active(actor, "a", active=True),
        ensure_demo_users,
        lambda actor: create_client(actor, "a", {"loans.push"}),
        lambda actor: revoke_client(actor, named("client", "a")),
        staff,
        machine_clients,
    ],
)
def test_nobody_manages_people_without_the_permission(ask):
    for role in ("collector", "supervisor", "strategist", "compliance"):
        with pytest.raises(NotAllowed):
            ask(Actor("staff", "1", LENDER, ROLES[role]))


@pytest.mark.django_db
def test_a_person_is_shown_masked_and_to_whom_may_see():
    with transaction(ADMIN):
        create_person(
            "p1",
            id=named("person", "p1"),
            name="王梅",
            phone="+8613800138000",
            email="wang@example.org",
            national_id="110101199003070010",
            jurisdiction="CN",
            tape_id=named("tape", "t"),
            updated_at=datetime(2026, 1, 1, tzinfo=UTC),
        )
    reader = Actor("staff", "1", LENDER, frozenset({"people.read"}), "collector")
    view = person(reader, "p1")
    assert view == person(reader, named("person", "p1"))
    assert view.phone == "+86" + MASK * 7 + "8000"
    assert view.national_id == "110" + MASK * 13 + "10"
    assert view.email == "w" + MASK * 3 + "@example.org"
    assert "13800138" not in repr(view)
    with pytest.raises(NotFound):
        person(reader, "p2")
    with pytest.raises(NotFound):  # row security: who has no scope finds nobody
        person(Actor("staff", "1", NOTHING, frozenset({"people.read"})), "p1")
    with pytest.raises(NotAllowed):
        person(Actor("staff", "1", LENDER), "p1")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (None, None),
        ("", ""),
        ("1", MASK),
        ("12345678", MASK * 8),
        ("1234567890", MASK * 10),
        ("12345678901", "123" + MASK * 4 + "8901"),
    ],
)
def test_a_masked_text_hides_four_characters_or_half_or_all(text, shown):
    assert masked(text, 3, 4) == shown


@pytest.mark.parametrize(
    ("email", "shown"),
    [
        (None, None),
        ("a@b.org", f"a{MASK * 3}@b.org"),
        ("nonsense", "n" + MASK * 7),
        ("@x", "•••@x"),
    ],
)
def test_a_masked_email(email, shown):
    assert masked_email(email) == shown
