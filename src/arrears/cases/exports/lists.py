"""What stands in an export: ids of a filter, and their rows as the asker sees them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from functools import partial
from typing import Any, Final
from uuid import UUID

from arrears.cases.exports.files import Cell
from arrears.cases.queries import CaseFilter, case_ids, cases_after
from arrears.cases.queries.views import CaseView
from arrears.kernel.errors import BadInput
from arrears.people.access import exposure
from arrears.people.access.sight import unrevealed
from arrears.people.models import Person
from arrears.people.sealed import FIELDS, opened
from arrears.store.actor import Actor
from arrears.store.pages import LARGEST_PAGE

_CASE: Final = (
    "person_ref", "person_name", "state", "opened_on", "closed_on", "as_of", "bucket",
    "days_past_due", "currency", "overdue_minor", "loans_count", "treatment", "hold",
)  # fmt: skip
_PERSON: Final = (
    "person_ref", "name", "phone", "email", "national_id", "birth_on", "address", "language",
    "jurisdiction",
)  # fmt: skip
_FIELDS: Final = frozenset({"name", "phone", "email", "national_id", "birth_on", "address"})
Table = tuple[tuple[str, ...], list[tuple[Cell, ...]], list[UUID]]
Which = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Listed:
    """A kind of list that may leave as a file.

    Parameters
    ----------
    needs
        The permission that it takes beside ``cases.export``.
    kept
        Which list is asked for, checked, as plain JSON; raises ``BadInput``.
    listed
        How many rows it has now, and the digest of which they are; raises ``BadInput`` for
        none, or more than the third argument.
    table
        Columns, rows and the persons that they are about.
    """

    needs: str
    kept: Callable[[Which], dict[str, Any]]
    listed: Callable[[Actor, Which, int], tuple[int, str]]
    table: Callable[[Actor, Which], Table]


_LISTS: dict[str, Listed] = {}


def register(kind: str, listed: Listed) -> None:
    """Let a kind of list be exported; stages above this one call it once they are loaded."""
    _LISTS[kind] = listed


def list_of(kind: str) -> Listed:
    """The kind of list of that name.

    Raises
    ------
    BadInput
        If there is none.
    """
    if kind not in _LISTS:
        raise BadInput(
            "there is no such export", expected=" or ".join(sorted(_LISTS)), found=kind[:40]
        )
    return _LISTS[kind]


def filter_of(which: Mapping[str, Any]) -> CaseFilter:
    """The filter that an export's row keeps.

    Raises
    ------
    BadInput
        If it names what no filter has.
    """
    known = {field.name for field in fields(CaseFilter)}
    if set(which) - known:
        raise BadInput(
            "there is no such filter",
            expected=", ".join(sorted(known)),
            found=", ".join(sorted(set(which) - known))[:200],
        )
    return CaseFilter(**{**which, "buckets": tuple(which.get("buckets", ()))})


def kept(which: CaseFilter) -> dict[str, Any]:
    """A filter as plain JSON."""
    return {**asdict(which), "buckets": list(which.buckets)}


def listed(actor: Actor, which: CaseFilter, most: int) -> tuple[int, str]:
    """How many cases a filter finds now, and the digest of which they are.

    Raises
    ------
    BadInput
        If there are none, or more than ``most``.
    """
    ids = case_ids(actor, which, most + 1)
    if not 1 <= len(ids) <= most:
        raise BadInput(
            "this is no list to export",
            expected=f"1 to {most} rows",
            found=f"{len(ids)} rows" if ids else "nothing",
            remedy="narrow the list" if ids else "look for what is there",
        )
    return len(ids), hashlib.sha256("\n".join(map(str, ids)).encode()).hexdigest()


def table_of(actor: Actor, kind: str, which: CaseFilter) -> Table:
    """Columns, rows and the persons they are about; fields hidden from the asker are no columns."""
    cases = _cases(actor, which)
    people = list(dict.fromkeys(case.person_id for case in cases))
    if kind == "cases":
        hidden = exposure(actor, "name") == "hidden"
        columns = tuple(name for name in _CASE if not (hidden and name == "person_name"))
        rows = [tuple(_cell(getattr(case, name)) for name in columns) for case in cases]
        return columns, rows, people
    return *_persons(actor, people), people


def _cases(actor: Actor, which: CaseFilter) -> list[CaseView]:
    found: list[CaseView] = []
    after: UUID | None = None
    while True:
        part = cases_after(actor, which, after, LARGEST_PAGE)
        found += part.rows
        after = part.next_after
        if after is None:
            return found


def _persons(
    actor: Actor, people: Sequence[UUID]
) -> tuple[tuple[str, ...], list[tuple[Cell, ...]]]:
    seen = unrevealed(actor)
    columns = tuple(
        name for name in _PERSON if name not in _FIELDS or exposure(actor, name) != "hidden"
    )
    rows = []
    for start in range(0, len(people), 1000):
        batch = Person.objects.filter(id__in=people[start : start + 1000]).order_by("id")
        rows += [
            tuple(
                seen.text(name, _field(person, name))
                if name in _FIELDS
                else _cell(getattr(person, name))
                for name in columns
            )
            for person in batch
        ]
    return columns, rows


def _cell(value: object) -> Cell:
    return value if isinstance(value, int) or value is None else str(value)


def _field(person: Person, name: str) -> str | None:
    value = getattr(person, name)
    if name in FIELDS:
        return opened(person.person_ref, name, value)
    return None if value is None else str(value)


def _listed(actor: Actor, which: Which, most: int) -> tuple[int, str]:
    return listed(actor, filter_of(which), most)


def _table(actor: Actor, which: Which, *, kind: str) -> Table:
    return table_of(actor, kind, filter_of(which))


for _kind, _needs in (("cases", "cases.export"), ("persons", "people.export")):
    register(
        _kind,
        Listed(_needs, lambda which: kept(filter_of(which)), _listed, partial(_table, kind=_kind)),
    )
