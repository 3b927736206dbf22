"""Signing in: password, second factor, recovery codes, who must have one, and what is on record."""

from __future__ import annotations

import re
import threading
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from second_factors import (
    ADMIN,
    GOOD,
    browser,
    code,
    enrolled,
    give_password,
    kinds,
    set_up_app,
    user,
)

from arrears.journal.models import JournalEntry
from arrears.kernel.clock import FixedClock
from arrears.kernel.errors import BadInput, ConfigError, Conflict, NotAllowed
from arrears.people.actions import ensure_demo_users, set_active
from arrears.people.models import User
from arrears.people.queries import staff_actor
from arrears.people.sign_in.accounts import set_role
from arrears.people.sign_in.actions import reset_second_factor, take_try
from arrears.people.sign_in.models import Session
from arrears.people.sign_in.rules import needs_second_factor, read
from arrears.store import clock
from arrears.store.transactions import transaction

pytestmark = pytest.mark.django_db


def test_who_has_no_second_factor_can_only_set_one_up():
    user()
    client = browser()
    assert give_password(client).headers["Location"] == "/"
    for address in ("/", "/today/", "/cases/", "/rules/", "/journal/"):
        assert client.get(address).headers["Location"] == "/account/", address
    assert client.get("/cases/", headers={"HX-Request": "true"})["HX-Redirect"] == "/account/"
    assert "Your role needs a second factor" in client.get("/account/").text
    before = client.session.session_key
    _, codes = set_up_app(client)
    assert len(set(codes)) == 10
    assert client.session.session_key != before
    assert client.get("/cases/").status_code == 200
    assert "people.second_factor_added" in kinds()
    assert "people.session_enrolled" in kinds()


def test_who_has_one_is_asked_for_it_and_a_code_passes_once():
    client, secret, _ = enrolled()
    assert give_password(client, at="?next=/cases/").headers["Location"] == "/sign-in/second/"
    assert client.get("/cases/").status_code == 302  # not in yet
    wrong = client.post("/sign-in/second/", {"code": "000000"})
    assert "not right" in wrong.text
    next_code = code(secret, 1)
    answer = client.post("/sign-in/second/", {"code": next_code})
    assert answer.headers["Location"] == "/cases/"
    assert client.get("/cases/").status_code == 200
    assert Session.objects.filter(ended_at=None).get().method == "password+totp"
    other = browser()
    give_password(other)
    assert "used already" in other.post("/sign-in/second/", {"code": next_code}).text
    assert other.get("/cases/").status_code == 302


def test_a_recovery_code_opens_once_and_they_are_shown_once():
    client, _, codes = enrolled()
    assert "<li><code>" not in client.get("/account/codes/").text
    for given, opens in ((codes[3], True), (codes[3], False), (codes[4], True)):
        client = browser()
        give_password(client)
        answer = client.post("/sign-in/second/", {"code": given})
        assert (answer.status_code == 302) == opens
        assert (client.get("/cases/").status_code == 200) == opens
    assert "<li><code>" not in client.get("/account/codes/").text


def test_five_wrong_codes_pause_the_second_step_for_every_browser():
    _, secret, codes = enrolled()
    for number in range(5):
        client = browser()
        give_password(client)
        client.post("/sign-in/second/", {"code": f"{number:06}"})
    client = browser()
    give_password(client)
    for right in (code(secret, 1), codes[0]):
        assert client.post("/sign-in/second/", {"code": right}).status_code == 200
    assert client.get("/cases/").status_code == 302
    assert kinds().count("people.refused") >= 5


def test_a_wrong_password_counts_from_each_address_and_the_right_one_must_wait():
    user()
    user("wang.fang")
    client = browser()
    for number in range(5):
        assert "not right" in give_password(client, password=f"guess {number}").text
    assert "Too many failed tries" in give_password(client).text
    assert give_password(browser(), "wang.fang").status_code == 302
    elsewhere = browser(REMOTE_ADDR="198.51.100.7")
    assert give_password(elsewhere).status_code == 302
    # Headers that anybody can send are no other address.
    lying = browser(HTTP_X_FORWARDED_FOR="198.51.100.9", HTTP_X_REAL_IP="198.51.100.9")
    assert "Too many failed tries" in give_password(lying).text
    with clock.use(FixedClock(clock.now() + timedelta(minutes=15, seconds=1))):
        assert give_password(client).status_code == 302


def test_many_tries_at_once_pass_the_limit_together_no_more_than_one_by_one(committed_db):
    now = clock.now()
    passed: list[bool] = []

    def tries() -> None:
        passed.extend(take_try("name x", 5, now) for _ in range(5))
        connection.close()

    threads = [threading.Thread(target=tries) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (passed.count(True), len(passed)) == (5, 30)


def test_the_secret_lies_sealed_and_no_factor_is_told_in_the_journal():
    client, secret, codes = enrolled()
    rows = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in rows
    assert not any(each in rows for each in codes)
    with transaction(ADMIN):
        told = str(list(JournalEntry.objects.values_list("data", flat=True)))
    assert secret not in told
    assert client.session.get("mfa.totp.secret") is None


def test_the_last_factor_stays_and_another_lets_it_go():
    client, secret, _ = enrolled()
    give_password(client)
    client.post("/sign-in/second/", {"code": code(secret, 1)})
    assert "add another one" in client.post("/account/app/remove/").text
    assert Authenticator.objects.filter(type="totp").count() == 1
    Authenticator.objects.create(
        user=User.objects.get(), type="webauthn", data={"name": "key", "credential": {}}
    )
    assert client.post("/account/app/remove/").status_code == 302
    assert not Authenticator.objects.filter(type="totp").exists()
    assert "people.second_factor_removed" in kinds()


def test_a_change_of_factors_asks_again_after_some_minutes():
    client, secret, _ = enrolled()
    give_password(client)
    client.post("/sign-in/second/", {"code": code(secret, 1)})
    with clock.use(FixedClock(clock.now() + timedelta(minutes=6))):
        for address in ("/account/app/remove/", "/account/passkeys/add/", "/account/codes/new/"):
            answer = client.post(address, {"credential": "{}"})
            assert answer.headers["Location"].startswith("/account/again/"), address
        assert "password is not right" in client.post("/account/again/", {"password": "x"}).text
        assert client.post("/account/again/", {"password": GOOD}).status_code == 302


def test_a_reset_takes_factors_away_ends_sessions_and_is_for_security_alone():
    client, secret, _ = enrolled()
    give_password(client)
    client.post("/sign-in/second/", {"code": code(secret, 1)})
    with pytest.raises(NotAllowed):
        reset_second_factor(staff_actor(User.objects.get()), "li.na")
    reset_second_factor(ADMIN, "LI.NA")
    assert client.get("/cases/").status_code == 302
    assert not Authenticator.objects.exists()
    give_password(client)
    assert client.get("/cases/").headers["Location"] == "/account/"


def test_the_demo_needs_none_while_its_book_is_simulated_and_only_then():
    demo = {each.username: each.password for each in ensure_demo_users(ADMIN)}
    client = browser()
    give_password(client, "collector", demo["collector"])
    assert client.get("/cases/").headers["Location"] == "/account/"
    for demo_user, simulated, needed in (
        (True, True, False), (True, False, True), (False, True, True), (False, False, True),
    ):  # fmt: skip
        assert needs_second_factor("collector", demo=demo_user, simulated=simulated) is needed


@pytest.mark.parametrize(
    "text",
    [
        "",
        "default: required",
        "default: requird\nroles: {}\ndemo_in_a_simulated_book: optional",
        "default: required\nroles: {hr: perhaps}\ndemo_in_a_simulated_book: optional",
        "default: required\nroles: []\ndemo_in_a_simulated_book: optional",
        "default: required\nroles: {}\ndemo_in_a_simulated_book: optional\nmore: 1",
    ],
)
def test_a_table_of_second_factors_that_cannot_be_read_opens_no_door(text):
    with pytest.raises(ConfigError):
        read(text)


# --- the last administrator -----------------------------------------------------------------


def test_the_last_administrator_can_be_neither_shut_out_nor_demoted():
    user("a", "administrator")
    user("b", "administrator")
    set_active(ADMIN, "a", active=False)
    with pytest.raises(Conflict):
        set_active(ADMIN, "b", active=False)
    with pytest.raises(Conflict):
        set_role(ADMIN, "b", "collector")
    set_role(ADMIN, "b", "administrator")
    with pytest.raises(BadInput):
        set_role(ADMIN, "b", "king")
    set_active(ADMIN, "a", active=True)
    set_role(ADMIN, "b", "collector")


def test_two_administrators_who_shut_each_other_out_at_once_leave_one(committed_db):
    user("a", "administrator")
    user("b", "administrator")
    refused: list[Conflict] = []
    ready = threading.Barrier(2)

    def shut(name: str) -> None:
        ready.wait()
        try:
            set_active(ADMIN, name, active=False)
        except Conflict as conflict:
            refused.append(conflict)
        finally:
            connection.close()

    threads = [threading.Thread(target=shut, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert User.objects.filter(role="administrator", is_active=True).count() == 1


def test_the_words_and_the_work_are_the_same_for_a_name_that_nobody_has(monkeypatch):
    """Timing: the same number of hashes, counts and entries, whoever is asked for."""
    from django.contrib.auth import hashers

    user()
    user("left")
    set_active(ADMIN, "left", active=False)
    hashed: list[int] = []
    encode = hashers.MD5PasswordHasher.encode
    monkeypatch.setattr(
        hashers.MD5PasswordHasher,
        "encode",
        lambda *args, **more: hashed.append(1) or encode(*args, **more),
    )
    told = {}
    for name in ("li.na", "nobody", "left"):
        hashed.clear()
        page = give_password(browser(), name, GOOD if name == "left" else "wrong").text
        page = re.sub(r'name="csrfmiddlewaretoken" value="\w+"|value="[\w.]+"', "", page)
        told[name] = (len(hashed), page)
    assert told["li.na"] == told["nobody"] == told["left"]
