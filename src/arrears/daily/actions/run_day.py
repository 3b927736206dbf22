"""Run a business day: once for each state of the book, and on from where it stopped."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import connection

from arrears.book.age import waterfall
from arrears.book.engine import ENGINES
from arrears.book.treat import strategy
from arrears.daily.models import Run, RunStep
from arrears.daily.states import RUN
from arrears.daily.steps import STEPS, Day
from arrears.daily.steps.day import BookMoved, Progress
from arrears.journal.actions import of_house, record
from arrears.kernel.errors import BadInput, Conflict
from arrears.kernel.ids import named
from arrears.loans.models import Book, Tape
from arrears.store.actor import Actor
from arrears.store.patience import patiently
from arrears.store.transactions import transaction

_RUNNING: Final = 4_119_703
RUNS: Final = of_house("runs")
# What a step leaves in files; if they are gone (a cache was cleared), it is done again.
MOST_NEWER_BOOKS: Final = 5
_FILES = {"book": ("book",), "age": ("aged", "persons")}


@dataclass(frozen=True, slots=True)
class RunResult:
    """A finished run.

    Parameters
    ----------
    counts
        ``buckets`` (loans, overdue_minor per currency), ``cases`` (opened, escalated, eased,
        cured, withdrawn, open), ``treatments``, ``allotment`` (as ``allotment.actions.Done``,
        and ``unkept``), ``parked``, ``differences``.
    effect
        False if this day of this book had been run before.
    """

    run_id: UUID
    as_of: date
    book_version: int
    aged_sha256: str
    counts: dict[str, Any]
    effect: bool


def run_day(
    actor: Actor, as_of: date, *, engine: str = "duckdb", progress: Progress | None = None
) -> RunResult:
    """Do the work of a day: age, open, escalate, cure, treat; see ``daily.steps``.

    The same day of the same book under the same strategy is one run: again, it returns the
    first result. A run that was killed or failed goes on after its last step.

    Raises
    ------
    BadInput
        If there is no book yet, or no such engine.
    Conflict
        If another run is at work, or a later day was run already.
    NotAllowed
        Without the permission ``data.run``.
    Unavailable
        If the database or the disk is away; what was done stays.
    """
    actor.require("data.run")
    if engine not in ENGINES:
        raise BadInput("there is no such engine", expected=" or ".join(ENGINES), found=engine)
    tell = progress or (lambda step, done, of: None)
    with _alone():
        for newer_books in range(MOST_NEWER_BOOKS + 1):
            try:
                return _run(actor, as_of, engine, tell)
            except BookMoved:
                # Tapes do not come in without end; pushes might.
                if newer_books == MOST_NEWER_BOOKS:
                    raise
    raise AssertionError("the last try returns or raises")


def _run(actor: Actor, as_of: date, engine: str, progress: Progress) -> RunResult:
    run = patiently(lambda: _begin(actor, as_of, engine))
    if run.state == "finished":
        return _result(run, effect=False)
    day = Day(run, settings.ARREARS.home, progress)
    try:
        counts = _carry_out(actor, day)
        patiently(lambda: _finish(actor, run, counts))
    except Exception as error:
        _fail(actor, run, error)
        raise
    finally:
        day.close()
    return _result(run, effect=True)


def strategy_digest() -> str:
    """SHA-256 of what decides beside the book: decision tables and waterfalls."""
    digest = hashlib.sha256()
    for path in [*sorted(strategy.SHIPPED.glob("*.yaml")), waterfall.SHIPPED]:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def book_digest() -> str:
    """SHA-256 of all deliveries that made the book what it is, in their order."""
    digest = hashlib.sha256()
    tapes = Tape.objects.filter(book_version__isnull=False).order_by("book_version", "id")
    for tape_ref, sha256 in tapes.values_list("tape_ref", "sha256").iterator():
        digest.update(f"{tape_ref}\x1f{sha256}\x1e".encode())
    return digest.hexdigest()


@contextmanager
def _alone() -> Iterator[None]:
    """One run at a time: a lock that ends with the session, also if the process is killed."""
    with connection.cursor() as cursor:
        if not _take_place(cursor):
            running = Run.objects.filter(state="started").order_by("-started_at", "id").first()
            raise Conflict(
                "another run is at work",
                expected="one run at a time",
                found=f"the run of {running.as_of}, since {running.started_at:%Y-%m-%d %H:%M} UTC"
                if running
                else "a run that is just beginning",
                remedy="wait until it is done; a run that was killed frees its place by itself",
            )
    try:
        yield
    finally:
        # A connection that was lost has let go of its lock already.
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_RUNNING])


def _take_place(cursor: Any) -> bool:
    cursor.execute("SELECT pg_try_advisory_lock(%s)", [_RUNNING])
    return bool(cursor.fetchone()[0])


def _keep_place() -> None:
    """The lock went with a connection that was lost: take it again, or make room.

    Raises
    ------
    Conflict
        If another run began in the meantime.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"
            " AND classid = 0 AND objid = %s AND pid = pg_backend_pid()",
            [_RUNNING],
        )
        if not cursor.fetchone()[0] and not _take_place(cursor):
            raise Conflict(
                "the database was away, and another run began in the meantime",
                expected="one run at a time",
                remedy="wait until it is done, then run this day again; what was done stays",
            )


def _begin(actor: Actor, as_of: date, engine: str) -> Run:
    """The run's row: a new one, the one to go on with, or the one that is finished."""
    with transaction(actor) as at:
        book = Book.objects.filter(id=1).first()
        if book is None:
            raise BadInput(
                "there is no loan book yet",
                expected="a tape that was taken in",
                found="an empty database",
                remedy="take one in: `arrears ingest PATH`",
            )
        newest = Run.objects.filter(state="finished").order_by("-as_of", "id").first()
        if newest is not None and newest.as_of > as_of:
            raise Conflict(
                "a later day was run already; history is not rewritten",
                expected=f"{newest.as_of} or later",
                found=str(as_of),
                remedy="to see how loans stood on an earlier day, use `arrears age`",
            )
        _give_up_others()
        strategy_sha256, book_sha256 = strategy_digest(), book_digest()
        run_id = named("run", as_of.isoformat(), book_sha256, strategy_sha256)
        run = Run.objects.select_for_update().filter(id=run_id).first()
        if run is None:
            record(at, RUNS, "daily.run_started", _told(run_id, as_of, book.version, engine))
            return Run.objects.create(
                id=run_id,
                as_of=as_of,
                book_version=book.version,
                book_sha256=book_sha256,
                strategy_sha256=strategy_sha256,
                engine=engine,
                state=RUN.initial,
                started_at=at.now,
            )
        if run.state != "finished":
            run.state = RUN.step(run.state, "resume")
            run.engine, run.error = engine, None
            run.save(update_fields=["state", "engine", "error"])
            record(at, RUNS, "daily.run_resumed", _told(run_id, as_of, book.version, engine))
        return run


def _told(run_id: UUID, as_of: date, book_version: int, engine: str) -> dict[str, object]:
    told: dict[str, object] = {"run": str(run_id), "as_of": as_of.isoformat()}
    return told | {"book_version": book_version, "engine": engine}


def _give_up_others() -> None:
    """Runs that were killed hold no lock; the one that begins takes their place."""
    for left in Run.objects.filter(state=RUN.initial).order_by("id"):
        left.state = RUN.step(left.state, "fail")
        left.error = "it was stopped from outside before it was done"
        left.save(update_fields=["state", "error"])


def _carry_out(actor: Actor, day: Day) -> dict[str, dict[str, Any]]:
    """Every step that is not done yet, each with its mark in one transaction."""
    done = {step.name: step.counts for step in RunStep.objects.filter(run_id=day.run.id)}
    counts: dict[str, dict[str, Any]] = {}
    for ordinal, step in enumerate(STEPS, start=1):
        name = step.__name__
        day.progress(name, 0, 1)
        there = all(getattr(day, file).exists() for file in _FILES.get(name, ()))
        if name in done and there:
            counts[name] = done[name]
            continue

        def work(step: Any = step, name: str = name, ordinal: int = ordinal) -> dict[str, Any]:
            _keep_place()
            with transaction(actor) as at:
                found: dict[str, Any] = step(day, at)
                RunStep.objects.update_or_create(
                    run_id=day.run.id,
                    name=name,
                    defaults={"ordinal": ordinal, "finished_at": at.now, "counts": found},
                )
            return found

        counts[name] = patiently(work)
    return counts


def _finish(actor: Actor, run: Run, counts: dict[str, dict[str, Any]]) -> None:
    cases, summary = counts["cases"], counts["summary"]
    with transaction(actor) as at:
        run.counts = {
            "rows": counts["book"]["rows"],
            "overdue_loans": counts["age"]["loans"],
            "buckets": summary["buckets"],
            "cases": {
                **{name: number for name, number in cases.items() if name != "parked"},
                "open": summary["open"],
            },
            "treatments": summary["treatments"],
            "allotment": counts["allot"],
            "parked": cases["parked"],
            "differences": counts["differences"].get("differences", 0),
        }
        run.state, run.finished_at = RUN.step(run.state, "finish"), at.now
        run.save(update_fields=["counts", "state", "finished_at"])
        told = {"run": str(run.id), "aged_sha256": run.aged_sha256, "cases": run.counts["cases"]}
        record(at, RUNS, "daily.run_finished", told)


def _fail(actor: Actor, run: Run, error: Exception) -> None:
    """Note the error with the run, if the database can be reached at all."""
    if not connection.is_usable():
        return
    with transaction(actor) as at:
        run.state, run.error = RUN.step("started", "fail"), str(error)
        run.save(update_fields=["state", "error"])
        told = {"run": str(run.id), "error": type(error).__name__}
        record(at, RUNS, "daily.run_failed", told)


def _result(run: Run, effect: bool) -> RunResult:
    return RunResult(run.id, run.as_of, run.book_version, run.aged_sha256 or "", run.counts, effect)
