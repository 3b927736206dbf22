"""What row security rests on: a scope that ends with its transaction, and who leads, on the row."""

from __future__ import annotations

import queue
import random
import threading
from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from agency_book import ORGANISATION, full_book
from conduct_people import ACTOR, AS_OF, NOON
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from placements_book import HEAD, of_agency
from register_book import do

from arrears.cases.models import Case
from arrears.cases.queries import list_cases
from arrears.kernel.ids import named, uuid7
from arrears.people.models import Person
from arrears.placements.actions import recall
from arrears.store.actor import Actor
from arrears.store.pages import select
from arrears.store.transactions import transaction

POOL, WORKERS, TURNS = 3, 6, 60
EVERYBODY = {named("person", ref): ref for ref in (*ORGANISATION, "own")}


@pytest.fixture
def book(db):
    with full_book() as agencies:
        yield agencies


@pytest.fixture
def committed_book(committed_db):
    with full_book() as agencies:
        yield agencies


class Rolled(Exception):
    """Ends a transaction without a commit."""


@dataclass
class Seen:
    """What came of many turns: what was wrong, and which connection served whom."""

    wrong: list[str] = field(default_factory=list)
    turns: Counter[int] = field(default_factory=Counter)
    served: dict[tuple[int, str], set[int]] = field(default_factory=lambda: defaultdict(set))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def turn(
        self, wanted: list[tuple[Actor, set[str]]], chance: random.Random, worker: int
    ) -> None:
        """One transaction of whoever it is, in which all that shows must be theirs."""
        actor, expected = chance.choice(wanted)
        with suppress(Rolled), transaction(actor):
            pid = select("SELECT pg_backend_pid() AS pid")[0]["pid"]
            seen = set(Person.objects.values_list("person_ref", flat=True))
            cases = (
                {row.person_ref for row in list_cases(actor).rows} if actor.permissions else set()
            )
            guessed = chance.choice(list(EVERYBODY))
            one = Person.objects.filter(id=guessed).exists()
            with self.lock:
                self.served[pid, actor.scope].add(worker)
                self.turns[pid] += 1
            if seen != expected or cases - expected or one != (EVERYBODY[guessed] in expected):
                self.wrong.append(f"{actor.scope}: {seen}, {cases}, {guessed}: {one}")
            if chance.random() < 0.3:
                raise Rolled  # a rollback ends the scope like a commit
        if Person.objects.exists():
            self.wrong.append(f"the scope {actor.scope} outlived its transaction")


def test_agencies_on_pooled_connections_never_see_each_other(committed_book):
    """Both agencies, the lender and nobody take turns on the same few connections, many at once."""
    north, south = committed_book
    wanted = [
        (of_agency(north), {"N1", "N2"}),
        (of_agency(south), {"S1"}),
        (ACTOR, {"N1", "N2", "S1", "own"}),
        (Actor("staff", "0"), set()),
    ]
    pool: queue.Queue[BaseDatabaseWrapper] = queue.Queue()
    for _ in range(POOL):
        made = connections.create_connection("default")
        made.inc_thread_sharing()
        pool.put(made)
    seen = Seen()

    def work(worker: int) -> None:
        chance, own = random.Random(worker), connections["default"]
        for _ in range(TURNS):
            connections["default"] = borrowed = pool.get()
            try:
                seen.turn(wanted, chance, worker)
            except Exception as error:
                seen.wrong.append(repr(error))
            finally:
                connections["default"] = own
                pool.put(borrowed)

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while not pool.empty():
        pool.get().close()
    assert not seen.wrong, seen.wrong[:5]
    # Every connection has served every scope, and several workers each: none was anybody's own.
    assert len(seen.turns) == POOL and seen.turns.total() == WORKERS * TURNS
    assert len(seen.served) == POOL * len(wanted)
    assert all(len(workers) > 1 for workers in seen.served.values())


def led() -> dict[str, tuple[str | None, set[str | None]]]:
    """Whose each person is by the placements' own words, and by the columns of person and cases."""
    with transaction(ACTOR):
        return {
            row["ref"]: (row["placed"], {row["person"], *row["cases"]})
            for row in select(
                "SELECT p.person_ref AS ref, o.ref AS placed, a.ref AS person,"
                " ARRAY(SELECT b.ref FROM cases_case c"
                "   LEFT JOIN people_organisation b ON b.id = c.agency_id"
                "   WHERE c.person_id = p.id) AS cases"
                " FROM people_person p"
                " LEFT JOIN placements_placement w ON w.person_id = p.id AND w.until_at IS NULL"
                " LEFT JOIN people_organisation o ON o.id = w.organisation_id"
                " LEFT JOIN people_organisation a ON a.id = p.agency_id"
            )
        }


def test_persons_and_cases_name_the_agency_that_leads_them(book):
    def everywhere(**expected: str | None) -> bool:
        return led() == {ref: (agency, {agency}) for ref, agency in expected.items()}

    assert everywhere(N1="north", N2="north", S1="south", own=None)
    do(recall, HEAD, organisation="north", person_refs=["N1"], reason="r")
    assert everywhere(N1=None, N2="north", S1="south", own=None)
    with transaction(ACTOR), connection.cursor() as cursor:
        # Whatever is written there, it stays what the placements say.
        cursor.execute("UPDATE people_person SET agency_id = %s", [book[1].id])
        cursor.execute("UPDATE cases_case SET agency_id = %s", [book[1].id])
    assert everywhere(N1=None, N2="north", S1="south", own=None)
    with transaction(ACTOR):
        old = Case.objects.get(person_id=named("person", "N2"))
        Case.objects.filter(id=old.id).update(state="cured", closed_on=AS_OF)
        old.id, old.agency_id = uuid7(NOON), None
        old.save(force_insert=True)
    assert everywhere(N1=None, N2="north", S1="south", own=None)


def test_a_case_that_is_opened_during_a_recall_is_nobody_elses(committed_book):
    """The opening waits for the recall, so that no case stays with an agency that lost it."""
    person = named("person", "N2")
    with transaction(ACTOR):
        old = Case.objects.get(person_id=person)
        Case.objects.filter(id=old.id).update(state="cured", closed_on=AS_OF)
    opened = threading.Event()

    def open_anew() -> None:
        try:
            with transaction(ACTOR):
                old.id, old.agency_id = uuid7(NOON), None
                old.save(force_insert=True)
            opened.set()
        finally:
            connections.close_all()

    thread = threading.Thread(target=open_anew)
    with transaction(ACTOR), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE placements_placement SET until_at = from_at + interval '1 second',"
            " ended_by = 'x', end_kind = 'recalled', end_reason = 'r' WHERE person_id = %s",
            [person],
        )  # fmt: skip
        thread.start()
        assert not opened.wait(0.5)
    thread.join()
    assert opened.is_set()
    assert led()["N2"] == (None, {None})
