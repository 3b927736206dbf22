"""Where a sweep finds each fact of a row: a constant of all rows, a column, or nowhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from arrears.kernel.errors import BadInput
from arrears.rulebook.act import JURISDICTIONS
from arrears.rulebook.sweep.folded import Folded, all_of, any_of, negated
from arrears.rulebook.vocabulary import FACTS, HIGHEST, LISTS, Fact, Value

ROLES = {"actor": "Actor", "party": "Party"}


class BadFrame(BadInput):
    """The frame of facts cannot be swept as it is."""

    code = "frame"


@dataclass(frozen=True, slots=True)
class Operand:
    """One side of a comparison.

    Parameters
    ----------
    kind
        ``flag``, ``number``, or the name of a closed list.
    column
        The column that holds it; None for a constant.
    constant
        The value of all rows, where there is no column.
    """

    kind: str
    column: Any = None
    constant: Value = None


class Sources:
    """The facts of one frame, as the compiler asks for them.

    Parameters
    ----------
    table
        One row per act that is thought of.
    constants
        Facts (and ``actor``, ``party``, ``jurisdiction``) that are equal for all rows; they win
        over a column of the same name.
    names
        Columns that hold actor, party and jurisdiction.

    Raises
    ------
    BadFrame
        If a constant is no fact or has a value that the fact cannot have, a column has another
        type than its fact, or actor, party or jurisdiction stand nowhere.
    """

    def __init__(
        self, table: Any, constants: Mapping[str, Value], names: Mapping[str, str]
    ) -> None:
        self._table = table
        self._constants = dict(constants)
        self._names = {name: names.get(name, name) for name in (*ROLES, "jurisdiction")}
        for name, value in constants.items():
            self._check_constant(name, value)
        for name, column in self._names.items():
            if name not in constants and column not in table.columns:
                raise BadFrame(
                    f"the frame does not say the {name}",
                    expected=f"a column {column!r}, or a constant {name!r}",
                    found=", ".join(table.columns),
                )

    def lacks(self, name: str) -> bool:
        """Whether a fact is missing in every row."""
        if name in self._constants:
            return self._constants[name] is None and not FACTS[name].may_be_unknown
        return name not in self._table.columns

    def operand(self, name: str) -> Operand:
        """A fact as one side of a comparison."""
        fact = FACTS[name]
        kind = _kind(fact)
        if name in self._constants:
            return Operand(kind, constant=self._constants[name])
        return Operand(kind, self._column(name, kind))

    def role(self, name: str) -> Operand:
        """Who acts (``actor``) or who is addressed (``party``)."""
        if name in self._constants:
            return Operand(ROLES[name], constant=self._constants[name])
        return Operand(ROLES[name], self._column(self._names[name], ROLES[name]))

    def known(self, name: str) -> Folded:
        """Whether an optional fact is known: what ``context has`` asks."""
        operand = self.operand(name)
        if operand.column is None:
            return operand.constant is not None
        # A fact that may not be unknown is there, or the row is refused as missing.
        return operand.column.notnull() if FACTS[name].may_be_unknown else True

    def given(self, reads: Iterable[str]) -> Folded:
        """Whether no fact is missing that may not be unknown."""
        names = sorted(reads)
        if any(self.lacks(name) for name in names):
            return False
        return all_of(
            self.operand(name).column.notnull()
            for name in names
            if name not in self._constants and not FACTS[name].may_be_unknown
        )

    def misfit(self, reads: Iterable[str]) -> Folded:
        """Whether a fact has a value that it cannot have; null where a fact is missing."""
        return any_of(
            _outside(self.operand(name).column, FACTS[name])
            for name in sorted(reads)
            if name not in self._constants and not self.lacks(name)
        )

    def strangers(self, packs: Iterable[str]) -> Folded:
        """Whether actor or party is unheard of, or there is no pack for the jurisdiction."""
        wrong = []
        for name, members in ROLES.items():
            column = self.role(name).column
            if column is not None:
                wrong.append(column.isnull() | ~one_of(column, LISTS[members]))
        known = [code for code in JURISDICTIONS if code in packs]
        jurisdiction = self._jurisdiction()
        if jurisdiction is None:
            wrong.append(self._constants["jurisdiction"] not in (None, *known))
        else:
            # Null is not unheard of: every law applies then.
            wrong.append(negated(any_of([jurisdiction.isnull(), one_of(jurisdiction, known)])))
        return any_of(wrong)

    def under(self, pack: str) -> Folded:
        """Whether a pack applies: the house always, and every law where none is known."""
        if pack not in JURISDICTIONS:
            return True
        column = self._jurisdiction()
        if column is None:
            return self._constants["jurisdiction"] in (None, pack)
        return column.isnull() | (column == pack)

    def _jurisdiction(self) -> Any:
        if "jurisdiction" in self._constants:
            return None
        return self._column(self._names["jurisdiction"], "Jurisdiction")

    def _column(self, name: str, kind: str) -> Any:
        column = self._table[name]
        dtype = column.type()
        if dtype.is_null():
            return column.cast({"flag": "boolean", "number": "int64"}.get(kind, "string"))
        wanted = {"flag": dtype.is_boolean(), "number": dtype.is_integer()}
        if not wanted.get(kind, dtype.is_string()):
            raise BadFrame(
                f"the column {name!r} has the wrong type",
                expected={"flag": "boolean", "number": "a whole number"}.get(kind, "text"),
                found=str(dtype),
            )
        return column

    def _check_constant(self, name: str, value: Value) -> None:
        if name in ROLES or name == "jurisdiction":
            members: Iterable[Any] = LISTS[ROLES[name]] if name in ROLES else (None, *JURISDICTIONS)
            wrong = None if value in members else ", ".join(str(member) for member in members)
        elif name not in FACTS:
            wrong = "a name that `arrears policy facts` lists"
        elif value is None:
            wrong = None
        else:
            wrong = FACTS[name].misfit(value)
        if wrong is not None:
            raise BadFrame(
                "a constant of the sweep cannot be used",
                expected=wrong,
                found=f"{name} = {value!r}"[:120],
            )


def one_of(column: Any, members: Iterable[str]) -> Folded:
    """Whether a column is one of some words.

    DuckDB turns an ``IN`` of six or more words into a hash join of its own; plain comparisons in
    a row stop at the first that holds.
    """
    return any_of(column == member for member in members)


def _outside(column: Any, fact: Fact) -> Folded:
    if fact.kind == "flag":
        return False
    if fact.kind == "enum":
        assert fact.values is not None
        outside = negated(one_of(column, LISTS[fact.values]))
    else:
        outside = (column < 0) | (column > HIGHEST[fact.kind])
    # Where null is a value, it must not turn the whole answer into null.
    return all_of([column.notnull(), outside]) if fact.may_be_unknown else outside


def _kind(fact: Fact) -> str:
    if fact.kind == "enum":
        assert fact.values is not None
        return fact.values
    return "flag" if fact.kind == "flag" else "number"
