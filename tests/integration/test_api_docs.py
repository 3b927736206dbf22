"""The page and the document that describe the API, and the examples of docs/api.md."""

from __future__ import annotations

import json
import re
import shlex
from datetime import UTC, datetime
from pathlib import Path

import pytest
from api_calls import Caller, operations
from django.test import Client
from keeping import allotted, keeper, owing
from placements_book import agency

from arrears.api import problems
from arrears.kernel.clock import FixedClock
from arrears.kernel.errors import ArrearsError
from arrears.people.roles import CLIENT_SCOPES
from arrears.store import clock

DOCS = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
ANYTHING = "…"


def sent(command: str, token: str):
    """The response to a curl command of the document."""
    words = shlex.split(command.replace("\\\n", " "))
    assert words[0] == "curl"
    headers, body, path = {}, None, words[1].replace("$ARREARS", "")
    for flag, value in zip(words[2::2], words[3::2], strict=True):
        if flag == "-H":
            name, _, text = value.replace("$TOKEN", token).partition(": ")
            headers[name.lower()] = text
        else:
            assert flag == "-d", flag
            body = value
    if body is None:
        return Client().get(path, headers=headers)
    content_type = headers.pop("content-type")
    return Client().post(path, data=body, content_type=content_type, headers=headers)


def same(told: object, written: object, where: str = "") -> None:
    """Hold an answer equal to what the document writes."""
    if written == ANYTHING:
        return
    if isinstance(written, dict):
        assert isinstance(told, dict), where
        assert set(told) == set(written), where
        for name in written:
            same(told[name], written[name], f"{where}/{name}")
    elif isinstance(written, list):
        assert isinstance(told, list), where
        assert len(told) == len(written), where
        for index, (left, right) in enumerate(zip(told, written, strict=True)):
            same(left, right, f"{where}/{index}")
    else:
        assert told == written, where


@pytest.mark.django_db
def test_every_example_answers_as_it_is_written():
    examples = re.findall(r"```sh\n(.*?)```\n\n *```json\n(.*?)```", DOCS, re.DOTALL)
    assert len(examples) == DOCS.count("```sh\n") == 11
    token = Caller.with_scopes(*CLIENT_SCOPES).token
    now = datetime(2026, 6, 30, 4, tzinfo=UTC)
    with clock.use(FixedClock(now)):
        agency("north")
        keeper("B-7")
        owing("P-7")
        allotted(now=now)
        for command, written in examples:
            same(sent(command, token).json(), json.loads(written), command)


def test_every_operation_is_listed_with_its_scope():
    listed = re.findall(r"^\| `(GET|POST) /api/v1(\S+)` \| `?([\w.]+)`? \|", DOCS, re.MULTILINE)
    found = {(method.lower(), path, None if s == "any" else s) for method, path, s in listed}
    assert found == set(operations())


def test_every_kind_of_problem_is_listed():
    listed = dict(re.findall(r"^\| (\d{3}) \| `([\w-]+)`", DOCS, re.MULTILINE))
    ours = [kind for kind in vars(problems).values() if isinstance(kind, type)]
    for kind in ours:
        if issubclass(kind, ArrearsError) and kind is not ArrearsError:
            assert f"`{kind.code}`" in DOCS, kind
            assert str(kind.http_status) in listed, kind


def test_the_description_needs_no_token_and_nothing_from_elsewhere(client):
    schema = client.get("/api/openapi.json")
    assert schema.status_code == 200
    assert schema.json()["openapi"].startswith("3.1")
    page = client.get("/api/docs")
    assert page.status_code == 200
    text = page.content.decode()
    assert not re.search(r"(src|href)=\"(https?:)?//", text)
    assert not re.search(r"<script(?![^>]*(src=|application/json))", text)
    assert " style=" not in text
    assert "'unsafe-inline'" not in page["Content-Security-Policy"]


def test_every_refusal_stands_in_the_schema(client):
    schema = client.get("/api/openapi.json").json()
    for methods in schema["paths"].values():
        for method, operation in methods.items():
            refusals = set(operation["responses"]) - {"200"}
            assert refusals >= {"401", "403", "422", "503"}
            assert (method == "post") == ("409" in refusals)
            for status in refusals:
                (media,) = operation["responses"][status]["content"]
                assert media == "application/problem+json"
            assert operation["security"]
