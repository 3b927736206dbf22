"""A small lender's book with something on every screen of the console."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from lender import Lender, day

from arrears.cases.queries import CaseFilter, list_cases
from arrears.conduct.actions.holds import open_hold
from arrears.conduct.actions.incidents import add_step, report_incident
from arrears.conduct.actions.stops import open_stop
from arrears.conduct.gate import gate
from arrears.conduct.queries import incidents
from arrears.conduct.rules.intent import OWNED, Intent
from arrears.daily.actions import run_day
from arrears.daily.queries import runs
from arrears.journal.actions import seal
from arrears.journal.queries import entries_of
from arrears.journal.streams import of_person
from arrears.kernel.ids import named, uuid7
from arrears.loans.actions import take_in
from arrears.loans.queries import SetAsideFilter, set_aside, tapes
from arrears.people.actions import create_client, ensure_demo_users
from arrears.people.queries import machine_clients
from arrears.rulebook.baseline import read_baseline
from arrears.store import clock
from arrears.store.actor import system
from arrears.store.transactions import transaction

ACTOR = system("test")
HOSTILE = '<script>alert("name")</script>'
HOSTILE_REF = "h<b>'1"
LAST_DAY = 100
MANY = 120  # persons with one late loan each: three pages of the list


@dataclass(frozen=True)
class Book:
    """What stands in the database: passwords by role, and addresses.

    Parameters
    ----------
    screens
        Every screen behind the sign-in.
    to_mend
        Rows of a payment each whose amount is no number: of L4, L5 and L6.
    """

    passwords: dict[str, str]
    screens: dict[str, str]
    to_mend: tuple[str, ...]
    client_id: UUID


def filled(folder: Path, many: int = MANY) -> Book:
    """Take two tapes in, work some days, and tell where to look."""
    lender = Lender(folder)
    _lend(lender, many)
    take_in(ACTOR, lender.full(59))
    for number in (40, 45, 59):
        run_day(ACTOR, day(number))
    _go_on(lender)
    tape = lender.full(LAST_DAY)
    _append(tape / "loan_parties.csv", [("loan_id", "person_id", "role"),
                                        ("L1", "p2", "guarantor")])  # fmt: skip
    _append(tape / "snapshots.csv", _states())
    take_in(ACTOR, tape)
    run_day(ACTOR, day(LAST_DAY))
    create_client(ACTOR, "core banking", {"loans.push", "people.push"})
    _conduct()
    demo = ensure_demo_users(ACTOR)
    return _told({user.role: user.password for user in demo})


def _lend(lender: Lender, many: int) -> None:
    lender.lend("L1", "p1", [10, 40, 70, 200, 230], payoff_minor=1_234_567)
    lender.pay("L1", 12, 4_000)
    lender.pay("L1", 30, 3_000)
    lender.lend("L1-b", "p1", [500])
    lender.lend("L1-usd", "p1", [35], currency="USD")
    lender.lend("LH", HOSTILE_REF, [20, 120])
    lender.persons[HOSTILE_REF]["name"] = HOSTILE
    lender.lend("L3", "p3", [20, 80, 300])
    lender.pay("L3", 42)  # cured, and fallen behind again later
    lender.lend("L2", "p2", [105, 300])
    for number in range(many):
        lender.lend(f"M{number:04}", f"m{number:04}", [10 + number % 40, 400])
    for number in (4, 5, 6):
        lender.lend(f"L{number}", f"p{number}", [10, 400])


def _go_on(lender: Lender) -> None:
    for number in (4, 5, 6):
        lender.pay(f"L{number}", 60, 2_500)
        lender.payments[-1]["amount_minor"] = "much"
    for name in ("S1", "S2"):
        lender.lend(name, f"p-{name}", [], principal_minor=None, annual_rate_bps=None)


def _conduct() -> None:
    """A dispute of p3, a stop switch, two answers of the gate, and a seal over all of it."""
    now = clock.now()
    open_hold(
        ACTOR, f"test {uuid7(now)}", person_ref="p3", kind="dispute", source="person",
        reason="The third instalment was paid in cash.", loan_ref="L3", part="instalment 3",
        until_at=now + timedelta(days=30),
    )  # fmt: skip
    open_stop(
        ACTOR, f"test {uuid7(now)}", scope="channel", value="chat",
        reason="<b>The account was taken over.</b>", until_at=now + timedelta(days=2),
    )  # fmt: skip
    _incidents()
    baseline = read_baseline()["message"].facts
    with transaction(ACTOR) as at:
        for ref in ("p1", "p3"):
            facts = {name: value for name, value in baseline.items() if name not in OWNED}
            gate(at, Intent(named("person", ref), "message", "collect", "sms", facts=facts))
    with transaction(ACTOR) as at:
        seal(at, day(LAST_DAY))


def _incidents() -> None:
    """A leak about p1 of which one has been told, and a rude call."""
    made = report_incident(
        ACTOR, "test incident 1", kind="leak", person_ref="p1",
        what="<b>A list of persons</b> was sent to the wrong agency.", done="Access was cut off.",
    )["incident_id"]  # fmt: skip
    add_step(
        ACTOR, "test incident 2", incident_id=UUID(str(made)), kind="told", told_to="person",
        text="Told by letter what was in the list.",
    )  # fmt: skip
    report_incident(ACTOR, "test incident 3", kind="manner", what="The person was shouted at.")


def _states() -> list[tuple[object, ...]]:
    head = ("loan_id", "as_of", "months_past_due", "balance_minor", "overdue_minor")
    return [
        head,
        ("S1", day(30), 0, 90_000, 0),
        ("S1", day(58), 1, 90_000, 9_000),
        ("S1", day(89), 2, 90_000, 18_000),
        ("S2", day(30), 1, 50_000, 5_000),
        ("S2", day(58), 0, 50_000, 0),
        ("S2", day(89), 0, 50_000, 0),
    ]


def _append(path: Path, rows: list[tuple[object, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


def _told(passwords: dict[str, str]) -> Book:
    (case,) = list_cases(ACTOR, CaseFilter(text="p1")).rows
    (hostile,) = list_cases(ACTOR, CaseFilter(text=HOSTILE_REF)).rows
    (held,) = list_cases(ACTOR, CaseFilter(text="p4")).rows
    rows = set_aside(ACTOR, SetAsideFilter(reason="type.invalid")).rows
    (leak,) = incidents(ACTOR, kind="leak").rows
    assert [row.loan_ref for row in rows] == ["L4", "L5", "L6"]
    screens = {
        "today": "/today/",
        "cases": "/cases/",
        "case": f"/cases/{case.id}/",
        "held-case": f"/cases/{held.id}/",
        "hostile-case": f"/cases/{hostile.id}/",
        "person": f"/people/{case.person_id}/",
        "hostile-person": f"/people/{hostile.person_id}/",
        "loan": f"/loans/{named('loan', 'L1')}/",
        "snapshot-loan": f"/loans/{named('loan', 'S1')}/",
        "tapes": "/data/tapes/",
        "tape": f"/data/tapes/{tapes(ACTOR).rows[0].id}/",
        "runs": "/data/runs/",
        "run": f"/data/runs/{runs(ACTOR).rows[0].id}/",
        "set-aside": "/data/set-aside/",
        "set-aside-row": f"/data/set-aside/{rows[-1].id}/",
        "differences": "/data/differences/",
        "book": "/data/book/",
        "rules": "/rules/",
        "rule-pack": "/rules/gb/",
        "rule": "/rules/us/us.contact.hours@2021-11-30/",
        "rule-coverage": "/rules/cn/coverage/",
        "calendar": "/rules/calendar/?jurisdiction=us&flag=hold_dispute&calls_7d_debt=7",
        "switches": "/rules/switches/",
        "incidents": "/incidents/",
        "report-incident": "/incidents/report/",
        "incident": f"/incidents/{leak.id}/",
        "held-person": f"/people/{named('person', 'p3')}/",
        "when": f"/people/{case.person_id}/when/?as=live",
        "journal": "/journal/",
        "entry": f"/journal/{entries_of(ACTOR, of_person(named('person', 'p3'))).rows[0].id}/",
        "seals": "/journal/seals/",
        "mode": "/settings/mode/",
        "clients": "/settings/clients/",
        "access": "/settings/access/",
        "looked": f"/people/{case.person_id}/looked/",
        "sessions": "/settings/sessions/",
        "account": "/account/",
        "password": "/account/password/",
    }
    to_mend = tuple(f"/data/set-aside/{row.id}/" for row in rows)
    return Book(passwords, screens, to_mend, machine_clients(ACTOR)[0].id)
