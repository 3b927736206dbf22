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

    Raises
    ------
    BadFrame
        If the act, a constant or a column's type cannot be used.
    """
    names = {"jurisdiction": jurisdiction_column, "actor": actor, "party": party}
    asked = Question(table, act, on, rulebook, constants=constants, names=names, days=days)
    added = {"allowed": asked.allowed()}
    if reasons:
        added["reasons"] = asked.reasons()
    return table.mutate(**added)


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
        """A boolean column, never null.

        As the test of a CASE: engines then stop at the first part that fails for a row, and take
        null, which is what a missing fact makes of a comparison, for failed.
        """
        clean = [negated(self._stranger)]
        for part in self._parts:
            silent = (negated(fired) for _, fired in part.forbids)
            passed = all_of([part.given, negated(part.misfit), *silent, part.permitted])
            clean.append(any_of([negated(part.applies), passed]))
        return _case([(all_of(clean), True)], False, "boolean")

    def reasons(self) -> Any:
        """An array of text, never null."""
        told = self.reasons_text().nullif("").split(SEPARATOR)
        return ibis.coalesce(told, ibis.literal([], type="array<string>"))

    def reasons_text(self) -> Any:
        """The same as one text, ids separated by spaces: what is quick to group by."""
        told = [part for part in self._parts if part.forbids]
        segments = [_segment(part) for part in sorted(told, key=lambda part: part.code)]
        joined = ibis.literal(SEPARATOR).join(segments) if segments else ibis.literal("")
        unpermitted = self._any(lambda part: negated(part.permitted))
        if unpermitted is not False:
            joined = _case([(all_of([unpermitted, joined == ""]), "error")], joined, "string")
        error = any_of([self._stranger, self._any(lambda part: part.misfit)])
        missing = self._any(lambda part: negated(part.given))
        return _case([(error, "error"), (missing, "missing")], joined, "string")

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
