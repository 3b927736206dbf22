"""Staff as a list shows them: who may act today, and whose papers end when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from arrears.kernel.errors import BadInput
from arrears.people.register.facts import staff_on_register
from arrears.people.rules.kinds import CERTIFICATE_KINDS
from arrears.people.rules.standing import staff_facts_on
from arrears.store.actor import Actor
from arrears.store.pages import Page, bounded, select
from arrears.store.transactions import transaction

MOST: Final = 200
SOON: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class StaffRow:
    """A member of staff in a list.

    Parameters
    ----------
    papers
        Kind of certificate → the day on which the last of it ends (or was revoked).
    facts
        The rulebook's ``staff_*`` facts of today; authority for all persons only.
    away_until_on, away
        Whether they are away today, and the first day on which they are back (None: not known).
    badge_end_on, letter_end_on
        First day without a good badge (None: until they leave), and without an authority letter
        for all persons (None: there never was one).
    """

    id: UUID
    badge_no: str
    display_name: str
    organisation: str
    organisation_name: str
    joined_on: date
    left_on: date | None
    languages: tuple[str, ...]
    skills: tuple[str, ...]
    capacity: int
    username: str | None
    team: str | None
    away: bool
    away_until_on: date | None
    pictured: bool
    badge_end_on: date | None
    letter_end_on: date | None
    papers: dict[str, date]
    facts: dict[str, bool]

    def ends(self, day: date) -> tuple[tuple[str, date], ...]:
        """What ended, or ends within thirty days of the day, soonest first: what, and when."""
        held: dict[str, date | None] = {
            **self.papers, "badge": self.badge_end_on, "letter": self.letter_end_on
        }  # fmt: skip
        due = [(what, on) for what, on in held.items() if on is not None and on <= day + SOON]
        return tuple(sorted(due, key=lambda each: (each[1], each[0])))


@dataclass(frozen=True, slots=True)
class StaffFilter:
    """Which staff are asked for; what is None is not asked.

    Parameters
    ----------
    organisation
        Reference of who employs them.
    text
        Part of a name or badge number.
    lacks
        One of :data:`LACKS`: what forbids them to act today.
    ends
        One of :data:`ENDS`: whether something they held is over, or ends within 30 days.
    gone
        Whether those who left are listed too.
    """

    organisation: str | None = None
    badge_no: str | None = None
    text: str | None = None
    team_id: UUID | None = None
    lacks: str | None = None
    ends: str | None = None
    gone: bool = False


# What forbids to act, as a condition on a row: the same as the facts of `staff_facts_on`.
_TRAINED: Final = "(p.training > %(day)s AND p.test > %(day)s)"
_CLEARED: Final = "(p.background > %(day)s)"
_BADGED: Final = "(s.photo IS NOT NULL AND (b.end_on IS NULL OR b.end_on > %(day)s))"
_LETTER: Final = "(l.end_on > %(day)s)"
LACKS: Final = {
    "any": f"({_TRAINED} AND {_CLEARED} AND {_BADGED} AND {_LETTER}) IS NOT TRUE",
    "training": f"{_TRAINED} IS NOT TRUE",
    "background": f"{_CLEARED} IS NOT TRUE",
    "badge": f"{_BADGED} IS NOT TRUE",
    "letter": f"{_LETTER} IS NOT TRUE",
    "agent_certificate": "(p.agent_certificate > %(day)s) IS NOT TRUE",
}
_HELD: Final = "ARRAY[p.training, p.test, p.background, p.agent_certificate, b.end_on, l.end_on]"
ENDS: Final = {
    "over": f"%(day)s >= ANY({_HELD})",
    "soon": f"EXISTS (SELECT FROM unnest({_HELD}) e(on_day)"
    " WHERE e.on_day > %(day)s AND e.on_day <= %(soon)s)",
}
# least() and max() pass over what is null; a paper that was revoked ends there.
_STAFF: Final = """
SELECT s.id, s.badge_no, s.display_name, o.ref AS organisation, o.name AS organisation_name,
  s.joined_on, s.left_on, s.languages, s.skills, s.capacity, u.username, t.name AS team,
  a.id IS NOT NULL AS away, a.until_on AS away_until_on, s.photo IS NOT NULL AS pictured,
  b.end_on AS badge_end_on, l.end_on AS letter_end_on, {kinds}, count(*) OVER () AS total
FROM people_staff s JOIN people_organisation o ON o.id = s.organisation_id
CROSS JOIN LATERAL (SELECT least(s.badge_until_on, s.badge_revoked_on) AS end_on) b
CROSS JOIN LATERAL (SELECT {ends}
  FROM people_certificate c WHERE c.staff_id = s.id) p
CROSS JOIN LATERAL (SELECT max(least(l.until_on, l.revoked_on)) AS end_on
  FROM people_authority_letter l WHERE (l.staff_id = s.id OR l.organisation_id = s.organisation_id)
    AND l.person_id IS NULL AND l.from_on <= %(day)s) l
LEFT JOIN people_user u ON u.id = s.user_id
LEFT JOIN people_team_member m ON m.staff_id = s.id AND m.from_on <= %(day)s
  AND (m.until_on IS NULL OR m.until_on > %(day)s)
LEFT JOIN people_team t ON t.id = m.team_id
LEFT JOIN people_absence a ON a.staff_id = s.id AND a.from_on <= %(day)s
  AND (a.until_on IS NULL OR a.until_on > %(day)s)
WHERE (%(organisation)s::text IS NULL OR o.ref = %(organisation)s)
  AND (%(badge_no)s::text IS NULL OR s.badge_no = %(badge_no)s)
  AND (%(team_id)s::uuid IS NULL OR m.team_id = %(team_id)s)
  AND (%(text)s::text IS NULL OR strpos(lower(s.badge_no || ' ' || s.display_name), %(text)s) > 0)
  AND (%(gone)s OR s.left_on IS NULL OR s.left_on > %(day)s)
  AND {asked}
ORDER BY o.kind <> 'lender', o.ref, s.badge_no, s.id LIMIT %(limit)s OFFSET %(offset)s
"""
_KINDS: Final = ", ".join(f"p.{kind}" for kind in CERTIFICATE_KINDS)
_ENDS: Final = ", ".join(
    f"max(least(c.expires_on, c.revoked_on)) FILTER (WHERE c.kind = '{kind}') AS {kind}"
    for kind in CERTIFICATE_KINDS
)


def staff_page(
    actor: Actor,
    number: int = 1,
    size: int = 50,
    which: StaffFilter | None = None,
    *,
    organisation: str | None = None,
    badge_no: str | None = None,
    gone: bool = False,
) -> Page[StaffRow]:
    """Staff by organisation and badge, the lender's first; needs ``register.read``.

    Parameters
    ----------
    which
        What is asked; without it the other arguments say so.
    """
    actor.require("register.read")
    asked = which or StaffFilter(organisation, badge_no, gone=gone)
    limit, offset = bounded(number, size)
    with transaction(actor) as at:
        given = {
            "organisation": asked.organisation,
            "badge_no": asked.badge_no,
            "team_id": asked.team_id,
            "text": asked.text.lower() if asked.text else None,
            "gone": asked.gone,
            "day": at.today,
            "soon": at.today + SOON,
            "limit": limit,
            "offset": offset,
        }
        sql = _STAFF.format(kinds=_KINDS, ends=_ENDS, asked=_conditions(asked))
        rows = select(sql, given)
        total = rows[0]["total"] if rows else 0
        return Page(_rows(rows, at.today), total, number, size)


def expiring(actor: Actor, before: date) -> tuple[StaffRow, ...]:
    """Staff who lack a certificate that is good until a day, 200 at most: whom to train next."""
    page = staff_page(actor, 1, MOST)
    needed = [kind for kind in CERTIFICATE_KINDS if kind != "agent_certificate"]

    def lacks(row: StaffRow) -> bool:
        return any(row.papers.get(kind, date.min) < before for kind in needed)

    return tuple(row for row in page.rows if lacks(row))


def _conditions(asked: StaffFilter) -> str:
    for given, known in ((asked.lacks, LACKS), (asked.ends, ENDS)):
        if given is not None and given not in known:
            raise BadInput("there is no such filter", expected=", ".join(known), found=given)
    found = [known[given] for given, known in ((asked.lacks, LACKS), (asked.ends, ENDS)) if given]
    return " AND ".join(found or ["true"])


def _rows(rows: list[dict[str, Any]], day: date) -> tuple[StaffRow, ...]:
    known = {each.badge_no: each for each in staff_on_register([r["badge_no"] for r in rows])}
    found = []
    for row in rows:
        del row["total"]
        ends = {kind: row.pop(kind) for kind in CERTIFICATE_KINDS}
        mine = [known[row["badge_no"]]]
        facts = staff_facts_on(mine, [row["badge_no"]], row["organisation"], day)
        lists = {"languages": tuple(row["languages"]), "skills": tuple(row["skills"])}
        papers = {kind: end for kind, end in ends.items() if end is not None}
        found.append(StaffRow(**row | lists, papers=papers, facts=facts))
    return tuple(found)
