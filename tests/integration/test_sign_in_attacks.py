"""Attacks on the door and on every form: forged, framed, misled, stuffed with more than asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from second_factors import ADMIN, GOOD, browser, code, give_password, set_up_app, user

import arrears
from arrears.people.actions import create_client
from arrears.people.models import User
from arrears.people.sign_in.models import Session
from arrears.site.config import Config

pytestmark = pytest.mark.django_db
NOBODY = "00000000-0000-0000-0000-000000000000"
SAMPLES = {"uuid": NOBODY, "uuidstr": NOBODY, "int": "1", "slug": "x", "str": "x", "path": "x"}


def addresses() -> Iterator[tuple[str, object]]:
    """Every address of the site with its view; parameters filled with samples."""

    def below(prefix: str, patterns: list[URLPattern | URLResolver]) -> Iterator:
        for each in patterns:
            route = str(each.pattern).lstrip("^").rstrip("$").replace("\\Z", "")
            route = re.sub(r"<(?:(\w+):)?\w+>", lambda m: SAMPLES[m[1] or "str"], route)
            if isinstance(each, URLResolver):
                yield from below(prefix + route, each.url_patterns)
            else:
                yield prefix + route, each.callback

    yield from below("/", get_resolver().url_patterns)


EVERY = dict(addresses())
BY_TOKEN = ("/api/", "/scim/v2/")
# What the lender's provider makes a browser post: its signature counts, and it is read in a
# second step, in the session that asked. test_sign_in_saml tries to get past that.
BY_SIGNATURE = "/sign-in/saml/x/back/"


def test_the_addresses_are_all_there():
    assert len(EVERY) > 60
    for one in ("/sign-in/", "/sign-in/second/", "/account/password/", "/settings/mode/",
                "/scim/v2/Users", "/language/"):  # fmt: skip
        assert one in EVERY


@pytest.mark.parametrize("address", sorted(EVERY))
def test_a_form_that_did_not_come_from_us_is_refused_everywhere(address):
    """Only what bears a token, which no browser sends by itself, may go without our mark."""
    exempt = getattr(EVERY[address], "csrf_exempt", False)
    assert not exempt or address.startswith(BY_TOKEN) or address == BY_SIGNATURE
    client = Client(enforce_csrf_checks=True)
    answer = client.post(address, {"command_id": "c"})
    if address.startswith(BY_TOKEN):
        client.force_login(user())
        answer = client.post(address, {"command_id": "c"})  # a cookie is no token
        assert answer.status_code in (401, 403, 404, 405)
        assert answer.status_code != 403 or not exempt
    elif address == BY_SIGNATURE:
        assert answer["Location"] == "/sign-in/saml/x/in/"
        assert client.get(answer["Location"]).status_code == 404
    else:
        assert answer.status_code == 403


def test_a_forged_mark_and_a_foreign_origin_are_refused():
    user()
    client = browser(enforce_csrf_checks=True)
    page = client.get("/sign-in/")
    (mark,) = set(re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)) or {""}
    form = {"username": "li.na", "password": GOOD}
    assert client.post("/sign-in/", form | {"csrfmiddlewaretoken": mark[::-1]}).status_code == 403
    foreign = {"Origin": "https://evil.example"}
    sent = form | {"csrfmiddlewaretoken": mark}
    assert client.post("/sign-in/", sent, headers=foreign).status_code == 403
    assert client.post("/sign-in/", sent).status_code == 302


@pytest.mark.parametrize(
    "there",
    [
        "https://evil.example/", "//evil.example/", "/\\evil.example", "///evil.example",
        "http:evil.example", "javascript:alert(1)", "https:evil.example", "\thttps://evil.example",
        "https://testserver@evil.example/", "https://evil.example\\@testserver/",
        "%2F%2Fevil.example",
    ],
)  # fmt: skip
def test_next_leads_nowhere_else(there):
    user()
    client = browser()
    answer = client.post("/sign-in/", {"username": "li.na", "password": GOOD, "next": there})
    assert urlsplit(answer["Location"]).netloc == ""
    secret, _ = set_up_app(client)
    client.post("/sign-out/", {"next": there})
    client = browser()
    client.post("/sign-in/", {"username": "li.na", "password": GOOD, "next": there})
    answer = client.post("/sign-in/second/", {"code": code(secret, 1), "next": there})
    assert urlsplit(answer["Location"]).netloc == ""
    answer = client.post("/language/", {"language": "en", "next": there})
    assert urlsplit(answer["Location"]).netloc == ""


@pytest.mark.parametrize("host", ["evil.example", "testserver.evil.example", "evil.example:80", "",
                                  "testserver@evil.example", "a b"])  # fmt: skip
def test_a_foreign_host_is_refused(host):
    answer = browser().get("/sign-in/", headers={"host": host})
    assert answer.status_code == 400
    assert "evil" not in answer.text


def test_headers_that_a_proxy_sets_are_not_believed():
    lies = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https",
            "X-Forwarded-For": "203.0.113.9", "Forwarded": "host=evil.example",
            "X-Original-URL": "/settings/clients/", "X-Rewrite-URL": "/settings/clients/",
            "X-HTTP-Method-Override": "DELETE"}  # fmt: skip
    user()
    client = browser()
    answer = client.get("/cases/", headers=lies)
    assert answer["Location"] == "/sign-in/?next=/cases/"
    client.post("/sign-in/", {"username": "li.na", "password": GOOD}, headers=lies)
    assert Session.objects.get().address == "127.0.0.1"
    token = create_client(ADMIN, "directory", {"scim.manage"}).secret
    told = client.get("/scim/v2/Users", headers={**lies, "Authorization": f"Bearer {token}"})
    assert "evil" not in told.text


@pytest.mark.parametrize(
    "address", ["/sign-in/", "/sign-in/second/", "/account/", "/nothing/", "/scim/v2/Users",
                "/api/v1/cases", "/healthz"],
)  # fmt: skip
def test_no_page_can_be_framed_guessed_or_kept(address):
    answer = browser().get(address)
    if address != "/healthz":
        assert answer["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
        assert "'unsafe" not in answer["Content-Security-Policy"]
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "no-store" in answer["Cache-Control"] or "private" in answer["Cache-Control"]


def test_cookies_are_out_of_reach_of_scripts_and_of_other_sites():
    user()
    client = browser()
    client.get("/sign-in/")
    give_password(client)
    for name in ("sessionid", "csrftoken"):
        cookie = client.cookies[name]
        assert cookie["httponly"], name
        assert cookie["samesite"] == "Lax", name
    assert not client.cookies["sessionid"]["expires"]  # gone with the browser
    served = Config.from_environ({"ARREARS_ORIGINS": "https://arrears.example"})
    assert served.tls  # then SESSION_COOKIE_SECURE, CSRF_COOKIE_SECURE and HSTS are on


@pytest.mark.parametrize(
    "credential",
    ["", "x", "null", "[]", "{}", "7", '"a"', '{"response": {}}', '{"response": null}',
     '{"id": "AA", "rawId": "AA", "type": "public-key", "response": {"userHandle": "MQ"}}',
     '{"id": "AA", "rawId": "AA", "type": "public-key", "response": {"userHandle": "MQ",'
     ' "clientDataJSON": "e30", "authenticatorData": "AA", "signature": "AA"}}'],
)  # fmt: skip
def test_a_passkey_that_is_none_opens_nothing_and_breaks_nothing(credential):
    user()
    client = browser()
    asked = client.get("/sign-in/passkey/", headers={"Accept": "application/json"})
    assert asked.json()["request_options"]["publicKey"]["userVerification"] == "required"
    answer = client.post("/sign-in/passkey/", {"credential": credential})
    assert answer["Location"] == "/sign-in/"
    assert client.get("/cases/")["Location"] == "/sign-in/?next=/cases/"


def test_the_second_step_does_not_stand_alone():
    user()
    client = browser()
    for answer in (client.get("/sign-in/second/"),
                   client.post("/sign-in/second/", {"code": "123456"})):  # fmt: skip
        assert answer["Location"] == "/sign-in/"
    # The first step of one, the second of another: the code is asked of who gave the password.
    give_password(client)
    _, codes = set_up_app(client)
    client.post("/sign-out/")
    user("wang.fang")
    other = browser()
    give_password(other, "wang.fang")
    set_up_app(other)
    other.post("/sign-out/")
    give_password(other, "wang.fang")
    assert other.post("/sign-in/second/", {"code": codes[0]}).status_code == 200
    assert other.get("/cases/").status_code == 302


@pytest.mark.parametrize("name", ["\0", "li.na\0", "x" * 10_000, "' OR 1=1 --", "李娜", "\ud83d"])
def test_a_name_that_nobody_can_have_is_told_the_same(name):
    user()
    sent = {"username": name.encode("utf-8", "replace").decode(), "password": GOOD}
    page = browser().post("/sign-in/", sent)
    assert page.status_code == 200
    assert Session.objects.count() == 0


def test_fields_that_a_form_does_not_have_change_nothing():
    li = user()
    client = browser()
    client.force_login(li)
    more = {"role": "administrator", "is_active": "1", "username": "boss", "user": "1", "id": "1",
            "is_superuser": "1", "demo": "1"}  # fmt: skip
    form = {"old_password": GOOD, "new_password1": "another horse battery",
            "new_password2": "another horse battery"}  # fmt: skip
    before = User.objects.values("id", "username", "role", "is_active").get()
    assert client.post("/account/password/", form | more).status_code == 302
    assert User.objects.values("id", "username", "role", "is_active").get() == before
    token = create_client(ADMIN, "directory", {"scim.manage"}).secret
    body = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "new",
            "roles": [{"value": "collector"}], "role": "administrator", "is_superuser": True,
            "password": "x", "id": "1", "meta": {"created": "1970-01-01"}}  # fmt: skip
    answer = client.post("/scim/v2/Users", body, "application/scim+json",
                         headers={"Authorization": f"Bearer {token}"})  # fmt: skip
    assert answer.status_code == 201
    made = User.objects.get(username="new")
    assert (made.role, made.has_usable_password()) == ("collector", False)
    assert made.pk != li.pk


def test_one_address_alone_takes_a_file():
    """The photo of a badge, which is drawn anew; elsewhere what is sent as a file is not read."""
    source = Path(arrears.__file__).parent
    taking = [
        path.relative_to(source).as_posix()
        for path in (*source.rglob("*.py"), *source.rglob("*.html"))
        if re.search(r'request\.FILES|type="file"', path.read_text("utf-8"))
    ]
    assert taking == ["console/views/staff.py"]
    client = browser()
    client.force_login(user())
    page = SimpleUploadedFile("x.html", b"<script>alert(1)</script>", "text/html")
    answer = client.post("/account/password/", {"old_password": page, "new_password1": page})
    assert answer.status_code == 422
    assert "<script>alert(1)" not in answer.text


def test_a_page_of_the_door_runs_nothing_inline():
    client = browser()
    client.force_login(user())
    for at in ("/sign-in/", "/account/", "/account/password/", "/account/app/",
               "/account/passkeys/add/"):  # fmt: skip
        who = browser() if at == "/sign-in/" else client
        answer = who.get(at)
        if answer.status_code == 302:
            assert answer["Location"].startswith("/account/again/")
            who.post("/account/again/", {"password": GOOD})
            answer = who.get(at)
        assert answer.status_code == 200
        for script in re.findall(r"<script[^>]*>", answer.text):
            assert " src=" in script or 'type="application/json"' in script, at
        assert not re.search(r"\son\w+=|javascript:|<style|\sstyle=", answer.text), at
