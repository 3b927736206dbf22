"""SCIM as a directory speaks it: real requests over HTTP to a served console."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

import pytest
from second_factors import ADMIN, browser, user

from arrears.journal.models import JournalEntry
from arrears.kernel.errors import ConfigError
from arrears.people.actions import create_client, revoke_client
from arrears.people.models import User
from arrears.people.sign_in.directory import mapped
from arrears.store.transactions import transaction

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
LI = {
    "schemas": [USER],
    "userName": "li.na",
    "externalId": "emp-17",
    "name": {"givenName": "Na", "familyName": "Li"},
    "displayName": "李娜",
    "active": True,
    "preferredLanguage": "zh-CN",
    "emails": [{"value": "li.na@bank.example"}],
    "roles": [{"value": "collector"}],
}


@dataclass
class Directory:
    """The lender's directory: a token and where to send it."""

    url: str
    token: str
    client: Any

    def __call__(self, method: str, at: str, body: Any = None, **headers: str):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode() if body else None
        request = urllib.request.Request(f"{self.url}/scim/v2/{at}", raw, method=method)
        request.add_header("Content-Type", "application/scim+json")
        request.add_header("Authorization", f"Bearer {self.token}")
        for name, value in headers.items():
            request.add_header(name, value)
        try:
            answer = urllib.request.urlopen(request, timeout=30)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            text = answer.read()
            assert "application/scim+json" in answer.headers["Content-Type"] or not text
            return answer.status, json.loads(text) if text else None


@pytest.fixture
def directory(live_server) -> Directory:
    made = create_client(ADMIN, "directory", {"scim.manage"})
    return Directory(live_server.url, made.secret, made)


def patched(*operations: dict[str, Any]) -> dict[str, Any]:
    return {"schemas": [PATCH], "Operations": list(operations)}


def on_record() -> list[str]:
    with transaction(ADMIN):
        return list(
            JournalEntry.objects.filter(kind__startswith="people.user")
            .order_by("position")
            .values_list("kind", flat=True)
        )


def test_a_joiner_comes_moves_and_leaves(directory):
    status, made = directory("POST", "Users", LI)
    assert status == 201
    assert made["userName"] == "li.na"
    assert made["externalId"] == "emp-17"
    assert made["roles"] == [{"value": "collector", "primary": True}]
    assert made["meta"]["location"] == f"{directory.url}/scim/v2/Users/{made['id']}"
    li = User.objects.get()
    assert (li.display_name, li.role, li.language) == ("李娜", "collector", "zh-hans")
    assert not li.has_usable_password()
    at = f"Users/{made['id']}"
    assert directory("GET", at) == (200, made)
    moved = LI | {"roles": [{"value": "supervisor"}], "displayName": "李娜娜"}
    status, told = directory("PUT", at, moved)
    assert (status, told["roles"][0]["value"]) == (200, "supervisor")
    assert directory("PUT", at, moved)[1] == told  # again: nothing changes, not even the time
    client = browser()
    client.force_login(User.objects.get())
    assert client.get("/cases/").status_code == 200
    status, told = directory("PATCH", at, patched({"op": "Replace", "path": "active",
                                                   "value": "False"}))  # fmt: skip
    assert (status, told["active"]) == (200, False)
    assert client.get("/cases/").status_code == 302  # on the way home: out at once
    before = on_record()
    leave = patched({"op": "replace", "value": {"active": False}})
    assert directory("PATCH", at, leave)[1] == told
    assert directory("DELETE", at) == (204, None)
    assert on_record() == before == [
        "people.user_made", "people.user_changed", "people.user_shut"
    ]  # fmt: skip
    status, told = directory("PATCH", at, patched({"op": "add", "path": "active", "value": True}))
    assert told["active"] is True
    assert client.get("/cases/").status_code == 302


def test_who_is_there_is_found_by_name_and_page(directory):
    ids = [directory("POST", "Users", LI | {"userName": f"u{n}", "externalId": f"e{n}"})[1]["id"]
           for n in range(3)]  # fmt: skip
    found = directory("GET", "Users?filter=userName%20eq%20%22U1%22")[1]
    assert (found["totalResults"], found["Resources"][0]["id"]) == (1, ids[1])
    found = directory("GET", "Users?filter=externalId%20EQ%20%22e2%22")[1]
    assert [each["id"] for each in found["Resources"]] == [ids[2]]
    assert directory("GET", "Users?filter=userName%20eq%20%22x%22")[1]["Resources"] == []
    page = directory("GET", "Users?startIndex=2&count=1")[1]
    assert (page["totalResults"], page["startIndex"], page["itemsPerPage"]) == (3, 2, 1)
    assert page["Resources"][0]["id"] == ids[1]
    assert directory("GET", "Users?startIndex=-5&count=-1")[1]["itemsPerPage"] == 0


def test_it_says_what_it_can(directory):
    status, told = directory("GET", "ServiceProviderConfig")
    assert status == 200
    assert (told["patch"]["supported"], told["bulk"]["supported"]) == (True, False)
    assert directory("GET", "ResourceTypes")[1]["Resources"][0]["endpoint"] == "/Users"
    assert directory("GET", "ResourceTypes/User")[0] == 200
    names = {each["name"] for each in directory("GET", f"Schemas/{USER}")[1]["attributes"]}
    assert {"userName", "active", "roles"} <= names
    assert "password" not in names


@pytest.mark.parametrize(
    "method, at, body, status, scim_type",
    [
        ("POST", "Users", b"{", 400, "invalidSyntax"),
        ("POST", "Users", b'{"a": 1, "a": 2}', 400, "invalidSyntax"),
        ("POST", "Users", b"[]", 400, "invalidSyntax"),
        ("POST", "Users", {"userName": "x"}, 400, "invalidSyntax"),
        ("POST", "Users", LI | {"userName": ""}, 400, "invalidValue"),
        ("POST", "Users", LI | {"userName": 7}, 400, "invalidValue"),
        ("POST", "Users", LI | {"userName": "a\nb"}, 400, "invalidValue"),
        ("POST", "Users", LI | {"userName": "x" * 151}, 400, "invalidValue"),
        ("POST", "Users", LI | {"active": "perhaps"}, 400, "invalidValue"),
        ("POST", "Users", LI | {"roles": []}, 400, "invalidValue"),
        ("POST", "Users", LI | {"roles": "collector"}, 400, "invalidValue"),
        ("POST", "Users", LI | {"roles": [{"value": "king"}]}, 400, "invalidValue"),
        ("POST", "Users", LI | {"roles": [{"value": "administrator"}]}, 400, "invalidValue"),
        ("POST", "Users", LI | {"userName": "THERE"}, 409, "uniqueness"),
        ("PUT", "Users/999999", LI, 404, None),
        ("GET", "Users/abc", None, 404, None),
        ("GET", "Users/٣", None, 404, None),
        ("GET", "Users/99999999999999999999999", None, 404, None),
        ("GET", "Groups", None, 404, None),
        ("GET", "Schemas/x", None, 404, None),
        ("GET", "Users?filter=userName%20sw%20%22a%22", None, 400, "invalidFilter"),
        ("GET", "Users?filter=active%20eq%20true", None, 400, "invalidFilter"),
        ("GET", "Users?filter=", None, 400, "invalidFilter"),
        ("GET", "Users?count=many", None, 400, "invalidValue"),
        ("PATCH", "Users/{there}", patched(), 400, "invalidSyntax"),
        ("PATCH", "Users/{there}", LI, 400, "invalidSyntax"),
        ("PATCH", "Users/{there}", patched({"op": "remove", "path": "active"}), 400,
         "invalidSyntax"),
        ("PATCH", "Users/{there}", patched({"op": "replace", "path": "id", "value": "1"}), 400,
         "mutability"),
        ("PATCH", "Users/{there}", patched({"op": "replace", "path": "role", "value": "x"}), 400,
         "invalidPath"),
        ("PATCH", "Users/{there}",
         patched({"op": "replace", "value": {"is_staff": True, "password": "x"}}), 400,
         "invalidPath"),
        ("POST", "Users/{there}", LI, 405, None),
        ("POST", "ServiceProviderConfig", LI, 405, None),
        ("POST", "Users", b"[" * 100_000, 413, None),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_as_scim_says_it(directory, method, at, body, status, scim_type):
    there = user("there")
    before = list(User.objects.values())
    answer, told = directory(method, at.replace("{there}", str(there.pk)).replace("٣", "%D9%A3"),
                             body)  # fmt: skip
    assert (answer, told["schemas"], told["status"]) == (status, [ERROR], str(status))
    assert told.get("scimType") == scim_type
    assert told["detail"]
    assert list(User.objects.values()) == before


def test_only_a_client_with_the_scope_speaks_scim(directory):
    other = create_client(ADMIN, "core", {"cases.read"})
    for header, status in (("Bearer arr_x", 401), ("", 401), (f"Basic {directory.token}", 401),
                           (f"Bearer {other.secret}", 403)):  # fmt: skip
        answer, told = directory("POST", "Users", LI, Authorization=header)
        assert (answer, told["schemas"]) == (status, [ERROR])
    assert directory("GET", "Users", **{"Content-Type": "text/html"})[0] == 200
    assert directory("POST", "Users", LI, **{"Content-Type": "text/html"})[0] == 415
    revoke_client(ADMIN, directory.client.id)
    assert directory("GET", "Users")[0] == 401
    assert not User.objects.exists()


def test_the_directory_neither_makes_nor_unmakes_administrators(directory):
    boss = user("boss", "administrator")
    at = f"Users/{boss.pk}"
    demote = {"op": "replace", "path": "roles", "value": [{"value": "collector"}]}
    assert directory("PATCH", at, patched(demote))[0] == 403
    leave = patched({"op": "replace", "path": "active", "value": False})
    assert directory("PATCH", at, leave)[0] == 409  # the last one
    second = user("second", "administrator")
    assert directory("PATCH", at, leave)[0] == 200  # a leaver is a leaver
    assert directory("DELETE", f"Users/{second.pk}")[0] == 409
    raised = {"op": "replace", "path": "roles", "value": [{"value": "administrator"}]}
    clerk = user("clerk")
    assert directory("PATCH", f"Users/{clerk.pk}", patched(raised))[0] == 400
    assert User.objects.get(username="clerk").role == "collector"


@pytest.mark.parametrize(
    "text",
    ["", "[]", "roles: {}", "roles: {a: king}\nby_name: true\nnever: []",
     "roles: {}\nby_name: perhaps\nnever: []", "roles: []\nby_name: true\nnever: []",
     "roles: {}\nby_name: true\nnever: []\nmore: 1"],
)  # fmt: skip
def test_a_table_of_roles_that_cannot_be_read_makes_nobody(text):
    with pytest.raises(ConfigError):
        mapped(text)


def test_the_table_maps_the_directorys_words():
    table = mapped("roles: {Collections CN: collector, Root: administrator}\nby_name: false\n"
                   "never: [administrator]")  # fmt: skip
    assert table.role(["Payroll", "Collections CN"]) == "collector"
    assert table.role(["collector"]) is None
    assert table.role(["Root"]) is None
