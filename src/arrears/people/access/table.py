"""The access table, read from ``table.yaml``; refused unless every role is decided throughout."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal, get_args

import yaml

from arrears.kernel.errors import ConfigError
from arrears.people.access import reading

Exposure = Literal["shown", "masked", "hidden"]
Mask = Literal["ends", "short_ends", "email", "year", "area", "whole"]
SOURCE: Final = Path(__file__).with_name("table.yaml")
MACHINE: Final = "machine"
EXPOSURES: Final[tuple[Exposure, ...]] = get_args(Exposure)
MASKS: Final[tuple[Mask, ...]] = get_args(Mask)


@dataclass(frozen=True)
class Told:
    """How something is called in both languages."""

    en: str
    zh: str


@dataclass(frozen=True)
class Role:
    """A role of the console; ``of`` is lender or agency: whose people can have it."""

    name: str
    of: str
    told: Told


@dataclass(frozen=True)
class Action:
    """What can be done with a resource, and by which roles (``machine``: by which clients)."""

    name: str
    told: Told
    by: frozenset[str]


@dataclass(frozen=True)
class Resource:
    """What actions are done with."""

    name: str
    told: Told
    actions: Mapping[str, Action]


@dataclass(frozen=True)
class Field:
    """A datum about a person or loan, and how each role sees it."""

    name: str
    of: str
    told: Told
    mask: Mask
    seen: Mapping[str, Exposure]


@dataclass(frozen=True)
class AccessTable:
    """The whole table.

    Parameters
    ----------
    reveal_minutes
        How long a revealed field stays so.
    reveals_a_day
        By role; a role that is not named reveals nothing.
    second_person_above_rows, most_rows, expires_after_hours
        Of exports.
    staff_named
        Whether persons who ask who looked at their file are told names of staff.
    """

    roles: Mapping[str, Role]
    resources: Mapping[str, Resource]
    fields: Mapping[str, Field]
    reveal_minutes: int
    reveals_a_day: Mapping[str, int]
    second_person_above_rows: int
    most_rows: int
    expires_after_hours: int
    staff_named: bool

    @cached_property
    def held(self) -> Mapping[str, frozenset[str]]:
        """The permissions of each role and of ``machine``, as ``resource.action``."""
        return {
            role: frozenset(name for name, action in self.permissions() if role in action.by)
            for role in (*self.roles, MACHINE)
        }

    @cached_property
    def known(self) -> frozenset[str]:
        """Every permission that there is."""
        return frozenset(name for name, _ in self.permissions())

    def permissions(self) -> Iterator[tuple[str, Action]]:
        """Every action under its full name, in the order of the table."""
        for resource in self.resources.values():
            for action in resource.actions.values():
                yield f"{resource.name}.{action.name}", action

    def exposure(self, role: str, field: str) -> Exposure:
        """How a role sees a field; an unknown role or field is hidden."""
        found = self.fields.get(field)
        return found.seen.get(role, "hidden") if found else "hidden"


def load_table(source: Path = SOURCE) -> AccessTable:
    """Read and check the table.

    Raises
    ------
    ConfigError
        If the file cannot be read, a role is not decided somewhere, or a word is unknown.
    """
    try:
        data = yaml.load(source.read_text("utf-8"), Loader=reading.UniqueKeys)
        return _table(data)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError("the access table cannot be read", found=str(error)) from error
    except reading.Misfit as error:
        raise ConfigError(
            "the access table cannot be used",
            expected=error.expected,
            found=error.found,
            remedy=f"mend {error.place} in {source.name}",
        ) from error


def _table(data: Any) -> AccessTable:
    top = reading.members("the file", data, "roles", "resources", "fields", "reveals", "exports",
                          "reads")  # fmt: skip
    roles = {
        name: _role(name, value) for name, value in reading.mapping("roles", top["roles"]).items()
    }
    if MACHINE in roles:
        raise reading.Misfit("roles", f"any name but {MACHINE}", MACHINE)
    every = frozenset((*roles, MACHINE))
    resources = {
        name: _resource(name, value, every)
        for name, value in reading.mapping("resources", top["resources"]).items()
    }
    fields = {
        name: _field(name, value, every)
        for name, value in reading.mapping("fields", top["fields"]).items()
    }
    reveals = reading.members("reveals", top["reveals"], "minutes", "a_day")
    exports = reading.members("exports", top["exports"], "second_person_above_rows", "most_rows",
                              "expires_after_hours")  # fmt: skip
    reads = reading.members("reads", top["reads"], "staff_named_to_the_person")
    table = AccessTable(
        roles=roles,
        resources=resources,
        fields=fields,
        reveal_minutes=reading.number("reveals.minutes", reveals["minutes"], 60),
        reveals_a_day={
            role: reading.number(f"reveals.a_day.{role}", limit, 10_000)
            for role, limit in reading.mapping("reveals.a_day", reveals["a_day"]).items()
        },
        staff_named=reading.flag("reads", reads["staff_named_to_the_person"]),
        **{name: reading.number(f"exports.{name}", exports[name], 10**7) for name in exports},
    )
    _require_reveals(table)
    return table


def _role(name: str, value: Any) -> Role:
    place = f"roles.{name}"
    given = reading.members(place, value, "of", "en", "zh")
    of = reading.one_of(f"{place}.of", given["of"], ("lender", "agency"))
    return Role(reading.word(place, name), of, _told(place, given))


def _resource(name: str, value: Any, every: frozenset[str]) -> Resource:
    place = f"resources.{name}"
    given = reading.members(place, value, "en", "zh", "actions", "nobody")
    actions = {}
    for action, told in reading.mapping(f"{place}.actions", given["actions"]).items():
        at = f"{place}.actions.{action}"
        inner = reading.members(at, told, "en", "zh", "by")
        by = reading.names(at, inner["by"], every)
        actions[action] = Action(reading.word(at, action), _told(at, inner), by)
    some = frozenset[str]().union(*(action.by for action in actions.values()))
    reading.require_parts(place, every, some, reading.names(place, given["nobody"], every))
    return Resource(reading.word(place, name), _told(place, given), actions)


def _field(name: str, value: Any, every: frozenset[str]) -> Field:
    place = f"fields.{name}"
    given = reading.members(place, value, "of", "en", "zh", "mask", *EXPOSURES)
    parts = {exposure: reading.names(place, given[exposure], every) for exposure in EXPOSURES}
    reading.require_parts(place, every, *parts.values())
    seen = {role: exposure for exposure, roles in parts.items() for role in roles}
    mask = reading.one_of(f"{place}.mask", given["mask"], MASKS)
    return Field(reading.word(place, name), reading.word(place, given["of"]), _told(place, given),
                 mask, seen)  # fmt: skip


def _told(place: str, given: Mapping[str, Any]) -> Told:
    return Told(reading.text(place, given["en"]), reading.text(place, given["zh"]))


def _require_reveals(table: AccessTable) -> None:
    reveal = table.resources.get("people")
    may = reveal.actions["reveal"].by if reveal and "reveal" in reveal.actions else frozenset()
    limited = frozenset(table.reveals_a_day)
    if may != limited:
        raise reading.Misfit(
            "reveals.a_day",
            f"a limit for each role that may reveal: {', '.join(sorted(may))}",
            ", ".join(sorted(limited)) or "none",
        )


TABLE: Final = load_table()
