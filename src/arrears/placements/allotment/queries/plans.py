"""What an allotment of today would change, before anybody carries it out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import pyarrow.compute as pc

from arrears.placements.allotment import decided
from arrears.placements.allotment.facts import AWAY, IN_CHARGE
from arrears.placements.allotment.rules import Allotted, Keeper, unfit
from arrears.store.actor import Actor
from arrears.store.pages import select
from arrears.store.transactions import At, transaction

MOST_MOVES: Final = 200

_NAMES: Final = """
SELECT s.id, s.display_name, s.badge_no, o.name AS organisation FROM people_staff s
JOIN people_organisation o ON o.id = s.organisation_id WHERE s.id = ANY(%s)
"""
_MOVED: Final = f"""
SELECT c.id::text AS case_id, q.person_ref, c.product, c.bucket, q.language,
  s.display_name AS keeper, a.staff_id::text AS keeper_id,
  a.organisation_id <> {IN_CHARGE} AS placed, s.left_on <= %(today)s AS left_house,
  {AWAY} AS away,
  EXISTS (SELECT FROM people_conflict k
     WHERE k.person_id = c.person_id AND k.staff_id = a.staff_id) AS conflicted
FROM cases_case c JOIN people_person q ON q.id = c.person_id
LEFT JOIN placements_placement p ON p.person_id = c.person_id AND p.until_at IS NULL
LEFT JOIN placements_allotment a ON a.case_id = c.id AND a.until_at IS NULL
LEFT JOIN people_staff s ON s.id = a.staff_id
WHERE c.id = ANY(%(cases)s)
"""


@dataclass(frozen=True, slots=True)
class KeeperPlan:
    """What a keeper has before and after; ``came`` and ``went`` are cases that change hands."""

    staff_id: UUID
    display_name: str
    badge_no: str
    organisation: str
    languages: tuple[str, ...]
    skills: tuple[str, ...]
    capacity: int
    before: int
    came: int
    went: int

    @property
    def after(self) -> int:
        """Their cases once it is carried out."""
        return self.before + self.came - self.went

    @property
    def level_bps(self) -> int | None:
        """Cases by capacity after it, in basis points; None for who takes none."""
        return self.after * 10_000 // self.capacity if self.capacity else None


@dataclass(frozen=True, slots=True)
class Move:
    """A case that changes hands; ``why`` is one of ``words.MOVED``, ``to`` None: to nobody."""

    case_id: UUID
    person_ref: str
    product: str
    bucket: str
    language: str | None
    before: str | None
    to: str | None
    why: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class PlanView:
    """What an allotment would do now.

    Parameters
    ----------
    digest
        Handed to ``actions.allot_now``, so that what was seen is what is carried out.
    reasons
        How many cases change hands by why.
    nobody
        How many have no keeper after it, by reason.
    lowest_bps, highest_bps
        Of all keepers who take cases: cases by capacity after it, in basis points.
    moves
        The first 200 of them.
    """

    digest: str
    kept: int
    allotted: int
    moved: int
    let_go: int
    reasons: Mapping[str, int]
    nobody: Mapping[str, int]
    over_capacity: int
    lowest_bps: int | None
    highest_bps: int | None
    keepers: tuple[KeeperPlan, ...]
    moves: tuple[Move, ...]

    @property
    def changes(self) -> int:
        """How many cases change hands."""
        return self.allotted + self.moved + self.let_go


def plan(actor: Actor) -> PlanView:
    """What an allotment would change now, within the actor's reach; needs ``queues.manage``."""
    actor.require("queues.manage")
    with transaction(actor) as at:
        found, among = decided.today(at)
        moves, reasons = _moves(at, found, among)
        people = _people(found, among)
    changed = found.changed
    had, has = pc.is_valid(changed["keeper_before"]), pc.is_valid(changed["keeper"])
    allotted = changed.filter(pc.invert(had)).num_rows
    moved = changed.filter(pc.and_(had, has)).num_rows
    nobody = Counter(found.rows["reason"].drop_null().to_pylist())
    levels = [each.level_bps for each in people if each.level_bps is not None]
    return PlanView(
        digest=decided.digest(found),
        kept=found.rows.num_rows - nobody.total() - allotted - moved,
        allotted=allotted,
        moved=moved,
        let_go=changed.num_rows - allotted - moved,
        reasons=reasons,
        nobody=dict(sorted(nobody.items())),
        over_capacity=found.over_capacity,
        lowest_bps=min(levels, default=None),
        highest_bps=max(levels, default=None),
        keepers=people,
        moves=tuple(moves),
    )


def _people(found: Allotted, among: list[Keeper]) -> tuple[KeeperPlan, ...]:
    rows = found.rows
    before, after = (Counter(rows[c].to_pylist()) for c in ("keeper_before", "keeper"))
    came = Counter(found.changed["keeper"].to_pylist())
    went = Counter(found.changed["keeper_before"].to_pylist())
    named = {row["id"]: row for row in select(_NAMES, [[UUID(each.id) for each in among]])}
    people = []
    for each in among:
        told = named[UUID(each.id)]
        people.append(
            KeeperPlan(
                UUID(each.id),
                told["display_name"],
                told["badge_no"],
                told["organisation"],
                tuple(sorted(each.languages)),
                tuple(sorted(each.skills)),
                each.capacity,
                each.load + before[each.id],
                came[each.id],
                went[each.id],
            )
        )
        assert people[-1].after == each.load + after[each.id]
    return tuple(sorted(people, key=lambda k: (k.organisation, k.display_name, k.staff_id)))


def _moves(at: At, found: Allotted, among: list[Keeper]) -> tuple[list[Move], dict[str, int]]:
    """The first moves, those from keeper to keeper before those that nobody had; and why, counted.

    Of a first day hundreds of thousands are new to everybody: these are counted, not looked up.
    """
    changed = found.changed
    had = pc.is_valid(changed["keeper_before"])
    new = changed.filter(pc.invert(had))
    shown = changed.filter(had).to_pylist() + new.slice(0, MOST_MOVES).to_pylist()
    given = {"today": at.today, "cases": [UUID(row["case_id"]) for row in shown]}
    facts = {row["case_id"]: row for row in select(_MOVED, given)}
    there = {each.id: each for each in among}
    takers = sorted({row["keeper"] for row in shown if row["keeper"]})
    names = {row["id"]: row["display_name"] for row in select(_NAMES, [list(map(UUID, takers))])}
    moves = [_move(facts[row["case_id"]], row, there, names) for row in shown]
    reasons = Counter(each.why for each in moves if each.why != "nobody")
    if new.num_rows:
        reasons["nobody"] = new.num_rows
    return moves[:MOST_MOVES], dict(sorted(reasons.items()))


def _move(
    fact: dict[str, Any], row: dict[str, Any], there: dict[str, Keeper], names: dict[UUID, str]
) -> Move:
    return Move(
        case_id=UUID(fact["case_id"]),
        person_ref=fact["person_ref"],
        product=fact["product"],
        bucket=fact["bucket"],
        language=fact["language"],
        before=fact["keeper"],
        to=names[UUID(row["keeper"])] if row["keeper"] else None,
        why=_why(fact, there),
        reason=row["reason"],
    )


def _why(fact: dict[str, Any], there: dict[str, Keeper]) -> str:
    """Why it does not stay: nobody had it, they are gone, do not fit, or have too many."""
    if fact["keeper_id"] is None:
        return "nobody"
    for why in ("placed", "left_house", "away"):
        if fact[why]:
            return why.partition("_")[0]
    keeper = there.get(fact["keeper_id"])
    if keeper is None:
        return "not_ready"
    asked = {name: fact[name] for name in ("product", "bucket", "language", "conflicted")}
    return unfit(keeper, **asked) or "full"
