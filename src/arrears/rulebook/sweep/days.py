"""Which rules are in force for which rows: persons live on different days at one instant."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import ibis

from arrears.rulebook.rule import Rule
from arrears.rulebook.sweep.folded import Folded, all_of
from arrears.rulebook.sweep.sources import BadFrame


class Days:
    """The local days of a frame's rows.

    Parameters
    ----------
    table
        The frame.
    on
        The day of all rows, or the one about which theirs lie.
    columns
        First and last local day that it may be where a person is; None: ``on`` for all.
    """

    def __init__(self, table: Any, on: date, columns: tuple[str, str] | None) -> None:
        self._columns: tuple[Any, Any] | None = None
        self._first, self._last = on, on
        if columns is None:
            return
        for name in columns:
            if name not in table.columns or not table[name].type().is_date():
                raise BadFrame(
                    f"the frame has no days in {name!r}",
                    expected="a column of type date",
                    found=str(table[name].type()) if name in table.columns else "no such column",
                )
        self._columns = (table[columns[0]], table[columns[1]])
        # At one instant no two places on Earth lie more than a day beside the day of UTC.
        self._first, self._last = on - timedelta(days=1), on + timedelta(days=1)

    @property
    def stray(self) -> Folded:
        """Whether a row's days are unknown, the wrong way round, or not about the given one."""
        if self._columns is None:
            return False
        first, last = self._columns
        sound = (first >= _day(self._first)) & (last <= _day(self._last)) & (first <= last)
        return ~sound.fill_null(False)

    def in_force(self, rule: Rule) -> Folded:
        """Whether a rule holds on any of a row's days."""
        begun: Folded = rule.from_on is None or rule.from_on <= self._first
        ended: Folded = rule.until_on is not None and rule.until_on <= self._first
        if rule.from_on is not None and rule.from_on > self._last:
            return False
        going: Folded = not ended and (rule.until_on is None or rule.until_on > self._last)
        if self._columns is None or (begun and going) or ended:
            return bool(begun and not ended)
        first, last = self._columns
        return all_of(
            [
                True if begun else last >= _day(rule.from_on),
                True if going else first < _day(rule.until_on),
            ]
        )


def _day(day: date | None) -> Any:
    return ibis.literal(day, type="date")
