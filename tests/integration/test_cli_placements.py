"""``arrears placements``, ``queue``, ``access``: what they print, what they do, how they end."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from conduct_people import ACTOR, debtor
from keeping import allotted, keeper, kept, owing
from placements_book import HEAD, TERM, agency, now_placed, placed, when, which
from register_book import do

from arrears.cli import app, work
from arrears.kernel.ids import named
from arrears.people.access.actions import note_read
from arrears.people.queries import authenticate_client
from arrears.placements.actions import ask
from arrears.placements.models import PlacementBatch
from arrears.store.transactions import transaction


@pytest.fixture
def call(db, capsys, monkeypatch):
    """The command line in this process, on the database of the test, at noon."""
    monkeypatch.setattr(work, "at_work", lambda **_: nullcontext())

    def run(*arguments: object, code: int = 0) -> str:
        with when():
            assert app.run([str(each) for each in arguments]) == code, capsys.readouterr()
        told = capsys.readouterr()
        return str(told.err if code else told.out)

    return run


@pytest.fixture
def told(call):
    """The same, read as JSON."""

    def run(*arguments: object) -> Any:
        return json.loads(call(*arguments, "--json"))

    return run


@pytest.fixture
def north(db):
    with when():
        agency("north")


def placing(*persons: object) -> tuple[object, ...]:
    named_so = [part for each in persons for part in ("--person", each)]
    return ("placements", "preview", "place", "north", "--until", TERM, "--reason", "r", *named_so)


def test_a_batch_goes_its_whole_way(call, told, north, tmp_path: Path):
    for ref in ("P1", "P2"):
        debtor(ref)
    debtor("P3", loans=0)
    listed = tmp_path / "persons.txt"
    listed.write_text("P2\n\nP3\n", encoding="utf-8")
    seen = told(*placing("P1"), "--persons", listed)
    assert (seen["persons"], seen["set_aside"]) == (2, [{"reason": "no_case", "persons": 1}])
    batch, digest = seen["batch_id"], seen["digest"]
    assert "state:   approved" in call("placements", "ask", batch, "--digest", digest)
    assert now_placed("P1") is None
    assert "carried_out" in call("placements", "carry-out", batch, "--digest", digest)
    assert now_placed("P1") is not None
    shown = call("placements", "show", batch)
    assert "No case is open" in shown and "P1" in shown and digest in shown
    only = told("placements", "show", batch, "--set-aside")
    assert [each["person_ref"] for each in only["persons"]] == ["P3"]
    assert told("placements", "led")[0]["persons"] == 2
    assert told("placements", "list", "--state", "carried_out")["total"] == 1
    assert batch in call("placements", "list")
    assert "undone" in call("placements", "undo", batch, "--reason", "a slip")
    assert now_placed("P1") is None


def test_persons_are_recalled_in_one_step(call, north):
    placed("N1", "N2")
    out = call("placements", "recall", "north", "N1", "N2", "--reason", "settled")
    assert "carried_out" in out and "persons: 2" in out
    assert now_placed("N1") is None
    call("placements", "recall", "north", "N1", "--reason", "again", code=75)
    call("placements", "recall", "nobody", "N1", "--reason", "x", code=66)


def test_nobody_approves_at_the_command_line_what_was_asked_for_there(call, told, north):
    debtor("P1")
    debtor("P2")
    mine, others = told(*placing("P1")), told(*placing("P2"))
    with transaction(ACTOR):
        PlacementBatch.objects.update(second_because=["persons"])
    asked = call("placements", "ask", mine["batch_id"], "--digest", mine["digest"])
    assert "asked" in asked and "more persons than one may decide" in asked
    sure = ("--digest", mine["digest"], "--reason", "seen")
    assert "nobody approves" in call("placements", "approve", mine["batch_id"], *sure, code=77)
    with when():
        do(ask, HEAD, **which(others))
    sure = ("--digest", others["digest"], "--reason", "seen")
    assert "approved" in call("placements", "approve", others["batch_id"], *sure)
    call("placements", "approve", others["batch_id"], *sure, code=75)
    assert "refused" in call("placements", "refuse", others["batch_id"], "--reason", "no")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("placements", "show", "x"), 2),
        (("placements", "show", uuid4()), 66),
        (("placements", "ask", uuid4(), "--digest", "0"), 66),
        (("placements", "preview", "place", "north", "--reason", "r"), 65),
        ((*placing(), "--bucket", "M9"), 2),
        ((*placing(), "--least", "5"), 65),
        ((*placing("nobody"),), 65),
        ((*placing(), "--persons", "/nowhere"), 66),
        (("placements", "recall", "north", "--reason", "r"), 2),
        (("queue", "show", "nobody"), 66),
        (("access", "who-looked", "nobody"), 66),
    ],
)
def test_what_cannot_be_done_ends_with_its_code(call, north, arguments, code):
    call(*arguments, code=code)


def test_a_list_that_is_no_text_is_refused(call, north, tmp_path: Path):
    (tmp_path / "list").write_bytes(b"P1\n\xff\xfe")
    assert "UTF-8" in call(*placing(), "--persons", tmp_path / "list", code=65)


def test_the_queue_and_who_keeps_what(call, told, db):
    with when():
        keeper("MEI")
    owing("p1")
    owing("p2", language="fi")
    assert told("queue", "allot")["allotted"] == 1
    again = call("queue", "allot")
    assert "unkept" in again and "speaks the person's language" in again
    assert kept() == {"p1": "MEI"}
    shown = told("queue", "show", "MEI")
    assert ([each["person_ref"] for each in shown["lines"]], shown["total"]) == (["p1"], 1)
    assert "p1" in call("queue", "show", "MEI")
    loads = {each["badge_no"]: each["load"] for each in told("queue", "staff")}
    assert loads["MEI"] == 1
    assert "MEI" in call("queue", "staff")
    unkept = told("queue", "unkept")
    assert (unkept["total"], unkept["rows"][0]["reason"]) == (1, "no_language")
    assert "speaks the person's language" in call("queue", "unkept")
    allotted()


def test_who_looked_is_told_with_the_name(call, told, north):
    person = debtor("P1")
    note_read(HEAD, person, "case")
    assert person == named("person", "P1")
    looks = told("access", "who-looked", "P1")
    assert (looks["total"], looks["rows"][0]["what"]) == (1, "case")
    assert looks["rows"][0]["role"] == "head_of_collections"
    assert "head_of_collections" in call("access", "who-looked", "P1")


def test_a_program_of_an_agency_is_made_and_granted_less(call, told, north):
    mine = ("client", "add", "dialler", "--organisation", "north")
    made = told(*mine, "--scope", "queues.read", "--scope", "statements.read")
    assert authenticate_client(made["secret"]).permissions == {"queues.read", "statements.read"}
    (row,) = told("client", "list")
    assert row["organisation"] == "Agency north"
    assert "Agency north" in call("client", "list")
    call("client", "add", "other", "--organisation", "north", "--scope", "placements.ask", code=65)
    call("client", "add", "other", "--organisation", "n", "--scope", "cases.read", code=66)
