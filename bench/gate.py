"""What the gate costs, everything committed, against bare inserts of the very same rows.

An embedded server of its own with the installation's settings, as many client processes for both.
A gate locks the person's budget, loads how they stand and what was counted, decides, and writes
verdict, contact and journal entry. A bare client writes the same three rows by the same driver, one
transaction each, into clones with the same indexes, without triggers, keys and row security.
Rounds of both take turns, so that both see the machine in the same mood.

    .venv/bin/python bench/gate.py --clients 4 --acts 500 --rounds 4
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import shutil
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from measure import table

LEAST_SHARE = 0.40
AT = datetime(2026, 11, 25, 4, tzinfo=UTC)  # a Wednesday, noon in Shanghai
CLONES = {
    "conduct_verdict": "bare_verdict",
    "conduct_contact": "bare_contact",
    "journal_entry": "bare_entry",
}
_REFS = "SELECT n, 'CUST-' || lpad(n::text, 10, '0') AS r FROM generate_series(1, %s) n"


def fill(persons: int) -> None:
    """Persons in arrears, one loan each, whom the gate knows."""
    from django.db import connection

    from arrears.conduct.actions.house import set_observing
    from arrears.conduct.locks import keep_key
    from arrears.loans.actions.write import named_sql
    from arrears.loans.models import Tape
    from arrears.store.actor import system
    from arrears.store.transactions import transaction

    names = (("person", "r"), ("loan", "'HT' || r"), ("case", "r"))
    person, loan, case = (named_sql(*each) for each in names)
    with transaction(system("bench")) as at, connection.cursor() as cursor:
        set_observing(at, False)
        keep_key(at)
        tape = Tape.objects.create(
            id="00000000-0000-0000-0000-000000000001", tape_ref="bench", kind="full",
            form="instalment", source="bench", sha256="0" * 64, received_at=AT, book_version=1,
            state="taken_in", totals={"tables": {}},
        )  # fmt: skip
        for statement in (
            f"""INSERT INTO people_person (id, person_ref, name, phone, birth_on, jurisdiction,
                tape_id, updated_at)
            SELECT {person}, r, '名字' || n %% 9973, 's1.bench', '1980-05-17',
                'CN', '{tape.id}', '{AT}' FROM ({_REFS}) s""",
            f"""INSERT INTO loans_loan (id, loan_ref, person_id, product, creditor_type, currency,
                grace_days, status, tape_id)
            SELECT {loan}, 'HT' || r, {person}, 'online_consumer', 'bank', 'CNY', 0, 'open',
                '{tape.id}' FROM ({_REFS}) s""",
            f"""INSERT INTO cases_case (id, person_id, state, opened_on, as_of, currency,
                overdue_minor, other_currencies, loans_count, days_past_due, product, bucket,
                bucket_rank, worst_bucket_rank, treatment, treatment_rule, treatment_table,
                treatment_version, treatment_arm, treated_since)
            SELECT {case}, {person}, 'open', '2026-10-20', '2026-11-24', 'CNY', 10000, false, 1, 40,
                'online_consumer', 'M2', 2, 2, 'call', 'r', 't', 1, 'a', '2026-11-24'
            FROM ({_REFS}) s""",
            f"""INSERT INTO cases_loan (case_id, loan_id, joined_on, as_of, currency, overdue_minor,
                days_past_due, bucket)
            SELECT {case}, {loan}, '2026-10-20', '2026-11-24', 'CNY', 10000, 40, 'M2'
            FROM ({_REFS}) s""",
            f"""INSERT INTO conduct_subject (id, made_at)
            SELECT {named_sql("subject", "r")}, '{AT}' FROM ({_REFS}) s""",
            f"""INSERT INTO conduct_standing (person_id, subject_id, pinned, in_charge,
                active_plan, plan_prepared, attorney_released, updated_at)
            SELECT {person}, {named_sql("subject", "r")}, false, 'lender', false, false, false,
                '{AT}' FROM ({_REFS}) s""",
        ):
            cursor.execute(statement, [persons])
        _number(cursor, persons)


def _number(cursor: Any, persons: int) -> None:
    """Give each person a phone number, as the hash by which the gate knows it."""
    from arrears.people.sealed import phone_hash

    hashes = [phone_hash(f"138{number:08}") for number in range(1, persons + 1)]
    cursor.execute(
        "UPDATE people_person SET phone_hmac = (%s::text[])[right(person_ref, 10)::int]", [hashes]
    )


def clone(owner: Any) -> None:
    """Tables for the bare rows, with the indexes of those that they stand for."""
    for real, bare in CLONES.items():
        owner.execute(f"CREATE TABLE {bare} (LIKE {real} INCLUDING ALL)")
        owner.execute(f"GRANT SELECT, INSERT ON {bare} TO arrears_app")
    owner.execute("VACUUM (ANALYZE)")


def client(kind: str, first: int, acts: int, start: Any, told: Any) -> None:
    """One client: warms up, waits for the others, works, tells its seconds."""
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "arrears.site.settings"
    django.setup()
    from arrears.kernel.clock import FixedClock
    from arrears.store import clock

    with clock.use(FixedClock(AT)):
        work = _gate(first, acts) if kind == "gate" else _bare(first, acts)
        next(work)
        start.wait()
        began = time.perf_counter()
        for _ in work:
            pass
        told.put(time.perf_counter() - began)


def _intents(first: int, count: int) -> list[Any]:
    from arrears.conduct.rules.intent import OWNED, Intent
    from arrears.kernel.ids import named
    from arrears.rulebook.baseline import read_baseline

    lawful = read_baseline()["message"].facts
    facts = {name: value for name, value in lawful.items() if name not in OWNED}
    return [
        Intent(
            person_id=named("person", f"CUST-{number:010}"),
            act="message",
            purpose="collect",
            channel="sms",
            number=f"138{number:08}",
            facts=facts,
        )
        for number in range(first, first + count)
    ]


def _gate(first: int, acts: int) -> Any:
    from arrears.conduct.gate import gate
    from arrears.conduct.verdicts import Allowed
    from arrears.store.actor import system
    from arrears.store.transactions import transaction

    actor = system("bench")
    intents = _intents(first, acts)

    def once(intent: Any) -> None:
        with transaction(actor) as at:
            answer = gate(at, intent, spend=True)
        if not isinstance(answer, Allowed):
            raise SystemExit(f"the gate refused: {[reason.id for reason in answer.reasons]}")

    once(intents[0])
    yield
    for intent in intents[1:]:
        once(intent)
        yield


def _bare(first: int, acts: int) -> Any:
    from django.db import connection
    from django.db.transaction import atomic

    from arrears.store.actor import system
    from arrears.store.transactions import transaction

    persons = [intent.person_id for intent in _intents(first, acts)]
    rows: dict[str, list[tuple[Any, ...]]] = {}
    names: dict[str, list[str]] = {}
    with transaction(system("bench")), connection.cursor() as cursor:
        for real, bare in CLONES.items():
            which = "stream = ANY(%s)" if real == "journal_entry" else "person_id = ANY(%s)"
            order = "stream" if real == "journal_entry" else "person_id"
            wanted = [f"person:{p}" for p in persons] if order == "stream" else persons
            cursor.execute(f"SELECT * FROM {real} WHERE {which} ORDER BY {order}", [wanted])
            names[bare] = [column[0] for column in cursor.description]
            rows[bare] = cursor.fetchall()
    statements = {
        bare: f"INSERT INTO {bare} ({', '.join(names[bare])})"
        f" VALUES ({', '.join(['%s'] * len(names[bare]))})"
        for bare in CLONES.values()
    }

    def once(number: int) -> None:
        with atomic(), connection.cursor() as cursor:
            for bare, statement in statements.items():
                cursor.execute(statement, rows[bare][number])

    count = len(rows["bare_verdict"])
    if not count == len(rows["bare_contact"]) == len(rows["bare_entry"]) == acts:
        raise SystemExit(f"the gate wrote other rows than expected: {count} of {acts}")
    once(0)
    yield
    for number in range(1, count):
        once(number)
        yield


def round_of(kind: str, clients: int, first: int, acts: int) -> float:
    """Acts a second of all clients together in one round."""
    context = multiprocessing.get_context("spawn")
    start, told = context.Barrier(clients), context.Queue()
    processes = [
        context.Process(target=client, args=(kind, first + n * acts, acts, start, told))
        for n in range(clients)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        if process.exitcode:
            raise SystemExit(f"a {kind} client ended with {process.exitcode}")
    slowest = max(told.get() for _ in processes)
    return clients * (acts - 1) / slowest


def bench(clients: int, acts: int, rounds: int) -> dict[str, Any]:
    """Rounds of both in turn; prints the rates and their share."""
    import psycopg

    from arrears.kernel.clock import FixedClock
    from arrears.site.installation import opened
    from arrears.store import clock
    from arrears.store.logins import Logins

    rates: dict[str, list[float]] = {"gate": [], "bare": []}
    with opened() as config, clock.use(FixedClock(AT)):
        fill(clients * acts * rounds)
        with psycopg.connect(autocommit=True, **Logins.of(config).parameters("owner")) as owner:
            clone(owner)
        for turn in range(rounds):
            for kind, found in rates.items():
                first = 1 + turn * clients * acts
                found.append(round_of(kind, clients, first, acts))
    return report(clients, acts, rates)


def report(clients: int, acts: int, rates: dict[str, list[float]]) -> dict[str, Any]:
    """Print each round's rates, and the share of their sums."""
    lines = [["round", "gate /s", "bare inserts /s", "share"]]
    for number, (gated, bare) in enumerate(zip(rates["gate"], rates["bare"], strict=True), 1):
        lines.append([str(number), f"{gated:,.0f}", f"{bare:,.0f}", f"{gated / bare:.0%}"])
    print(table(lines))
    mean = {kind: len(found) / sum(1 / rate for rate in found) for kind, found in rates.items()}
    share = mean["gate"] / mean["bare"]
    verdict = "at least" if share >= LEAST_SHARE else "BELOW"
    print(f"{clients} clients, {acts} acts each: {share:.0%}, {verdict} {LEAST_SHARE:.0%}")
    summary = {"clients": clients, "acts": acts, "share": round(share, 3)}
    summary |= {f"{kind}_per_s": round(rate) for kind, rate in mean.items()}
    print(json.dumps(summary))
    return summary


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--acts", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="arrears-bench-"))
    home.chmod(0o755)  # as root, the server's user passes through it
    os.environ |= {"ARREARS_HOME": str(home), "ARREARS_LOG_LEVEL": "ERROR"}
    os.environ.pop("DATABASE_URL", None)
    try:
        bench(given.clients, given.acts, given.rounds)
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
