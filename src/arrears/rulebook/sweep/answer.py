"""The rulebook asked about every row of a frame at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import ibis

from arrears.rulebook.load import Rulebook, load_rulebook
from arrears.rulebook.sweep.days import Days
from arrears.rulebook.sweep.folded import Folded, all_of, any_of, negated
from arrears.rulebook.sweep.parts import Part, parts_of
from arrears.rulebook.sweep.sources import BadFrame, Sources
from arrears.rulebook.vocabulary import ACTS, Value

SEPARATOR: Final = " "
"""Between the ids of a row's reasons; no id holds one."""
TEXT: Final = "reasons_text"
FAULT: Final = "reasons_fault"
"""Columns that a sweep makes on the way."""


def sweep(
    table: Any,
    act: str,
    on: date,
    rulebook: Rulebook | None = None,
    *,
    reasons: bool = False,
    constants: Mapping[str, Value] | None = None,
    jurisdiction_column: str = "jurisdiction",
    actor: str = "actor",
    party: str = "party",
    days: tuple[str, str] | None = None,
) -> Any:
    """Who may be contacted: the answer of :func:`arrears.rulebook.decide.decide` for every row.

    Parameters
    ----------
    table
        An Ibis table, one row per act that is thought of; its columns are facts. Null is
        *unknown* for a fact that may be unknown, else *missing*; so is a fact without a column.
    act, on
        A member of ``ACTS``, and the local day that selects the rules in force.
    reasons
        Whether to add ``reasons``, an array of the ids of all refusing rules, sorted; empty for
        an allowed row, ``missing`` or ``error`` alone where the facts do not allow an answer.
    constants
        Facts that are equal for all rows, and ``actor``, ``party`` or ``jurisdiction``; they win
        over a column of that name. Rules that they rule out are not even asked.
    jurisdiction_column, actor, party
        Columns with the jurisdiction (null: every law applies), who acts and who is addressed.
    days
        Columns with the first and the last local day that it may be where each person is
        (:func:`timed` adds them); they lie at most one day beside ``on``, else ``error``.

    Returns
    -------
    ibis.Table
        The table with ``allowed`` (never null) and, if asked for, ``reasons``; not yet computed.
        What cannot be used raises :class:`BadFrame`: the act, a constant, a column's type.
    """
    names = {"jurisdiction": jurisdiction_column, "actor": actor, "party": party}
    asked = Question(table, act, on, rulebook, constants=constants, names=names, days=days)
    if not reasons:
        return table.mutate(allowed=asked.allowed())
    told = asked.told()
    words = told[TEXT].nullif("").split(SEPARATOR)
    nothing = ibis.literal([], type="array<string>")
    return told.mutate(reasons=ibis.coalesce(words, nothing)).drop(TEXT)


class Question:
    """One act put to one frame, compiled; the parameters are those of :func:`sweep`."""

    def __init__(
        self,
        table: Any,
        act: str,
        on: date,
        rulebook: Rulebook | None = None,
        *,
        constants: Mapping[str, Value] | None = None,
        names: Mapping[str, str] | None = None,
        days: tuple[str, str] | None = None,
    ) -> None:
        if act not in ACTS:
            raise BadFrame("there is no such act", expected=", ".join(ACTS), found=act)
        book = rulebook or load_rulebook()
        self._table = table
        self._sources = Sources(table, constants or {}, names or {})
        self._days = Days(table, on, days)
        self._parts = tuple(parts_of(book, act, self._sources, self._days))
        codes = [code for code in book.packs if code != "house"]
        self._stranger = any_of([self._sources.strangers(codes), self._days.stray])

    @property
    def parts(self) -> tuple[Part, ...]:
        """The rules that can still fire, pack by pack."""
        return self._parts

    def lacks(self) -> tuple[str, ...]:
        """Facts that the rules in force read and that no column and no constant gives, sorted."""
        reads = frozenset().union(*(part.reads for part in self._parts))
        return tuple(sorted(name for name in reads if self._sources.lacks(name)))

    def allowed(self) -> Any:
        """A boolean column, never null: null, which should not arise, is not allowed."""
        faults = [self._stranger]
        for part in self._parts:
            refused = [part.misfit, negated(part.given), negated(part.permitted)]
            refused += [fired for _, fired in part.forbids]
            faults.append(all_of([part.applies, any_of(refused)]))
        refused = any_of(faults)
        if isinstance(refused, bool):
            return ibis.literal(not refused)
        return (~refused).fill_null(False)

    def told(self) -> Any:
        """The frame with ``allowed``, and the reasons as one text, separated by spaces.

        In two steps, so that engines compute the parts of the second but once.
        """
        error = any_of([self._stranger, self._any(lambda part: part.misfit)])
        missing = self._any(lambda part: negated(part.given))
        parts = sorted((part for part in self._parts if part.forbids), key=lambda part: part.code)
        segments = list(map(_segment, parts))
        rules = ibis.literal(SEPARATOR).join(segments) if segments else ibis.literal("")
        fault = _case([(error, "error"), (missing, "missing")], None, "string")
        step = self._table.mutate(allowed=self.allowed(), **{FAULT: fault, TEXT: rules})
        # Refused, and by no rule: no permit holds, or a rule could not be evaluated.
        silent = ibis.cases((~step.allowed & (step[TEXT] == ""), "error"))
        text = ibis.coalesce(step[FAULT], silent, step[TEXT])
        return step.mutate(**{TEXT: text}).drop(FAULT)

    def _any(self, of: Any) -> Folded:
        return any_of(all_of([part.applies, of(part)]) for part in self._parts)


def _segment(part: Part) -> Any:
    """The ids of one pack that refuse a row, joined; null if there are none.

    Ids begin with the code of their pack, so that segments in order of codes are sorted.
    """
    ids = [_case([(fired, id_)], None, "string") for id_, fired in part.forbids]
    joined = ibis.literal(SEPARATOR).join(ids).nullif("")
    return _case([(part.applies, joined)], None, "string")


def _case(branches: list[tuple[Folded, Any]], otherwise: Any, dtype: str) -> Any:
    """A CASE without the branches that are known not to be taken."""
    taken: list[tuple[Any, Any]] = []
    for test, value in branches:
        if test is False:
            continue
        if test is True:
            otherwise = value
            break
        taken.append((test, _typed(value, dtype)))
    last = _typed(otherwise, dtype)
    return ibis.cases(*taken, else_=last) if taken else last


def _typed(value: Any, dtype: str) -> Any:
    if value is None:
        return ibis.null(dtype)
    return ibis.literal(value, type=dtype) if isinstance(value, (bool, str)) else value
