"""Reads of the business days that were run, and of the outbound mode."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from arrears.daily.models import ModeSwitch
from arrears.daily.rules import CHECKLIST
from arrears.kernel.errors import NotFound
from arrears.store.actor import Actor
from arrears.store.pages import Page, bounded, select, views
from arrears.store.transactions import transaction

Mode = Literal["observe", "live"]


@dataclass(frozen=True, slots=True)
class RunView:
    """A business day of one version of the book.

    ``counts`` is the summary, once the run is finished: see :class:`RunCounts` in
    ``daily.rules``.
    """

    id: UUID
    as_of: date
    book_version: int
    engine: str
    state: str
    started_at: datetime
    finished_at: datetime | None
    aged_sha256: str | None
    counts: dict[str, Any]
    error: str | None
    parked: int


@dataclass(frozen=True, slots=True)
class StepView:
    """A step that is done."""

    name: str
    ordinal: int
    finished_at: datetime
    counts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ParkedView:
    """A person whose case the run could not carry out, and why."""

    id: UUID
    person_id: UUID | None
    person_ref: str
    step: str
    error: str
    state: str


@dataclass(frozen=True, slots=True)
class RunDetail:
    """A run with its steps and the first 500 parked cases."""

    run: RunView
    strategy_sha256: str
    steps: tuple[StepView, ...]
    parked: tuple[ParkedView, ...]


@dataclass(frozen=True, slots=True)
class ModeView:
    """A switch between observe and live."""

    id: UUID
    mode: str
    reason: str
    checklist: dict[str, bool]
    switched_by: str
    switched_at: datetime


_RUN = """
SELECT r.id, r.as_of, r.book_version, r.engine, r.state, r.started_at, r.finished_at,
       r.aged_sha256, r.counts, r.error,
       (SELECT count(*) FROM daily_parked_case k
        WHERE k.run_id = r.id AND k.state = 'parked') AS parked
FROM daily_run r
"""
_STEPS = """
SELECT name, ordinal, finished_at, counts FROM daily_run_step WHERE run_id = %s ORDER BY ordinal
"""
_PARKED = """
SELECT id, person_id, person_ref, step, error, state FROM daily_parked_case
WHERE run_id = %s ORDER BY person_ref, id LIMIT 500
"""


def runs(actor: Actor, page: int = 1, size: int = 50) -> Page[RunView]:
    """A page of runs, the newest day first; needs ``data.read``."""
    actor.require("data.read")
    limit, offset = bounded(page, size)
    sql = f"{_RUN} ORDER BY r.as_of DESC, r.started_at DESC, r.id LIMIT %s OFFSET %s"
    with transaction(actor):
        total = select("SELECT count(*) AS total FROM daily_run")[0]["total"]
        return Page(views(_run, sql, [limit, offset]), total, page, size)


def run(actor: Actor, run_id: UUID) -> RunDetail:
    """One run with its steps; needs ``data.read``.

    Raises
    ------
    NotFound
        If there is none of that id.
    """
    actor.require("data.read")
    with transaction(actor):
        found = views(_run, f"{_RUN} WHERE r.id = %s", [run_id])
        if not found:
            raise NotFound("there is no such run", key=run_id)
        digest = select("SELECT strategy_sha256 FROM daily_run WHERE id = %s", [run_id])
        return RunDetail(
            run=found[0],
            strategy_sha256=digest[0]["strategy_sha256"],
            steps=views(_step, _STEPS, [run_id]),
            parked=views(ParkedView, _PARKED, [run_id]),
        )


def newest_run(actor: Actor) -> RunView | None:
    """The finished run of the latest day; None before the first. Any actor may ask."""
    sql = f"""{_RUN} WHERE r.state = 'finished'
        ORDER BY r.as_of DESC, r.finished_at DESC, r.id LIMIT 1"""
    with transaction(actor):
        found = views(_run, sql)
    return found[0] if found else None


def outbound_mode() -> Mode:
    """Whether anything may leave the house: ``observe`` (nothing) until switched to ``live``."""
    newest = ModeSwitch.objects.order_by("-switched_at", "-id").first()
    return "live" if newest is not None and newest.mode == "live" else "observe"


def mode_history(actor: Actor) -> tuple[ModeView, ...]:
    """The last 200 switches, the newest first; needs ``data.read`` or ``mode.switch``."""
    if "mode.switch" not in actor.permissions:
        actor.require("data.read")
    return tuple(
        ModeView(m.id, m.mode, m.reason, dict(m.checklist), m.switched_by, m.switched_at)
        for m in ModeSwitch.objects.order_by("-switched_at", "-id")[:200]
    )


def checklist() -> tuple[str, ...]:
    """The items that must each be confirmed before outbound goes live."""
    return tuple(CHECKLIST)


def _run(counts: str, **columns: Any) -> RunView:
    return RunView(counts=json.loads(counts), **columns)


def _step(counts: str, **columns: Any) -> StepView:
    return StepView(counts=json.loads(counts), **columns)
