"""Whatever a call gets wrong, the answer is a problem document; strangers learn nothing."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime

import pytest
from api_calls import Caller, operations
from django.db import OperationalError

from arrears.api.v1 import status
from arrears.people.models import MachineClient
from arrears.people.roles import CLIENT_SCOPES

pytestmark = pytest.mark.django_db


def problem(response, status: int) -> dict[str, object]:
    """The problem document of a refusal, after checking its form."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    told = json.loads(response.content)
    assert told["status"] == status
    assert told["type"].startswith("urn:arrears:problem:")
    assert told["title"]
    return told


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer arr_wrong",
        "Basic YTpi",
        "arr_right",
        "Bearer 催收",
        "Bearer " + "x" * 5000,
        "Bearer arr_right arr_right",
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_without_a_known_token_nothing_is_told(client, header, method):
    headers = {} if header is None else {"authorization": header}
    path = "/api/v1/status" if method == "get" else "/api/v1/persons"
    sent = {"data": b"{", "content_type": "text/plain"} if method == "post" else {}
    response = getattr(client, method)(path, headers=headers, **sent)
    told = problem(response, 401)
    assert response["WWW-Authenticate"].startswith("Bearer")
    assert "remedy" in told
    assert "arr_right" not in response.content.decode()


def test_a_revoked_client_is_a_stranger():
    caller = Caller.with_scopes("cases.read")
    assert caller.get("/status").status_code == 200
    caller.revoke()
    problem(caller.get("/status"), 401)


def test_a_signed_in_member_of_staff_is_a_stranger_too(client, django_user_model):
    user = django_user_model.objects.create(
        username="u",
        display_name="U",
        role="administrator",
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    client.force_login(user)
    problem(client.get("/api/v1/status"), 401)


@pytest.mark.parametrize("held", sorted(CLIENT_SCOPES))
def test_an_operation_opens_to_its_scope_alone(held):
    caller = Caller.with_scopes(held)
    for method, path, scope in operations():
        response = caller.send(method, path.format_map(_Anything()), {})
        if scope is None or held == scope:
            assert response.status_code not in (401, 403), path
        else:
            told = problem(response, 403)
            assert scope in told["expected"], path


class _Anything(dict):
    def __missing__(self, name: str) -> str:
        return "0197a000-0000-7000-8000-000000000000"


def test_the_scopes_of_the_operations_are_the_scopes_that_can_be_granted():
    # SCIM is described by its own RFC; the operation of messages is still to come.
    elsewhere = {"scim.manage", "messages.report"}
    assert {scope for _, _, scope in operations()} - {None} == CLIENT_SCOPES - elsewhere


@pytest.mark.parametrize("path", ["/api/", "/api/v1", "/api/v1/", "/api/v2/status", "/api/%00"])
@pytest.mark.parametrize("method", ["get", "post", "put", "delete", "options", "head"])
def test_an_address_that_is_none_is_a_problem(client, path, method):
    response = getattr(client, method)(path)
    if method == "head":
        assert response.status_code == 404
    else:
        problem(response, 404)


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options", "trace"])
def test_a_method_that_an_address_does_not_take_is_a_problem(client, method):
    response = getattr(client, method)("/api/v1/status")
    problem(response, 405)
    assert response["Allow"] == "GET"


def test_a_parameter_that_does_not_exist_filters_nothing_and_is_refused():
    caller = Caller.with_scopes("cases.read")
    told = problem(caller.get("/cases?bukcet=M3&size=5"), 422)
    assert [(e["in"], e["pointer"]) for e in told["errors"]] == [("query", "/bukcet")]
    assert caller.get("/cases?bucket=M1&bucket=M2").status_code == 200
    told = problem(caller.get("/cases?size=1&size=2"), 422)
    assert told["errors"][0]["code"] == "repeated_parameter"


def test_every_field_that_is_wrong_is_named():
    caller = Caller.with_scopes("people.push")
    persons = [
        {"person_id": "P-1", "jurisdiction": "CN"},
        {"person_id": "", "jurisdiction": 86, "nick/name": "x"},
    ]
    told = problem(caller.post("/persons", {"persons": persons}), 422)
    assert {(error["in"], error["pointer"]) for error in told["errors"]} == {
        ("body", "/persons/1/person_id"),
        ("body", "/persons/1/jurisdiction"),
        ("body", "/persons/1/nick~1name"),
    }


def test_a_thousand_wrong_rows_do_not_make_an_endless_answer():
    caller = Caller.with_scopes("people.push")
    told = problem(caller.post("/persons", {"persons": [{}] * 1000}), 422)
    assert len(told["errors"]) == 100
    assert "2000" in told["title"]


@pytest.mark.parametrize("key", [None, "", " ", "a b", "ключ", "x" * 151])
def test_a_command_needs_a_key_of_its_own(key):
    caller = Caller.with_scopes("people.push")
    persons = [{"person_id": "P-1", "jurisdiction": "CN"}]
    told = problem(caller.post("/persons", {"persons": persons}, key=key), 422)
    assert [(e["in"], e["pointer"]) for e in told["errors"]] == [("header", "/Idempotency-Key")]


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b'{"persons": [{"person_id": 1' + b"0" * 5000 + b"}]}", "application/json", 400),
        (b'{"persons": [{"person_id": "\\u0000", "jurisdiction": "CN"}]}', "application/json", 422),
        (b'{"persons": [{"person_id": "\\ud800", "jurisdiction": "CN"}]}', "application/json", 422),
        (b"null", "application/json", 422),
        (b"[]", "application/json", 422),
        (b'"x"', "application/json", 422),
        (b"", "application/json", 422),
        (b"persons=1", "application/x-www-form-urlencoded", 415),
        (b"<persons/>", "application/xml", 415),
        (b" " * (5 * 1024 * 1024 + 1), "application/json", 413),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(body, content_type, status):
    caller = Caller.with_scopes("people.push")
    problem(caller.raw("/persons", body, content_type), status)


def test_a_compressed_body_is_not_unpacked():
    caller = Caller.with_scopes("people.push")
    bomb = gzip.compress(b" " * 50_000_000)
    response = caller.raw("/persons", bomb, "application/json", {"content-encoding": "gzip"})
    problem(response, 415)


def test_a_database_that_is_away_is_said_to_be_away(monkeypatch):
    caller = Caller.with_scopes("cases.read")

    def away(*_: object) -> None:
        raise OperationalError("server closed the connection unexpectedly at 10.0.0.7")

    monkeypatch.setattr(status, "transaction", away)
    response = caller.get("/status")
    told = problem(response, 503)
    assert int(response["Retry-After"]) > 0
    assert "10.0.0.7" not in str(told)


def test_a_defect_is_told_without_its_details(monkeypatch):
    caller = Caller.with_scopes("cases.read")

    def broken(*_: object) -> None:
        raise RuntimeError("secret of the house")

    monkeypatch.setattr(status, "transaction", broken)
    assert "secret" not in str(problem(caller.get("/status"), 500))


def test_a_token_is_kept_as_a_hash_only():
    caller = Caller.with_scopes("cases.read")
    row = MachineClient.objects.get()
    assert caller.token not in str(vars(row))
