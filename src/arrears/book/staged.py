"""Intermediate results that the engine computes once and keeps.

Without this the planner guesses the size of what comes next (DuckDB: four times the memory) or
computes it anew at each use (Spark: twice the time).
"""

from __future__ import annotations

from typing import Any

import ibis

from arrears.book.exact import is_spark


class Stage:
    """Named temporary tables of one job; :meth:`close` drops all but what was given out.

    Parameters
    ----------
    con
        The backend that computes and holds them.
    """

    def __init__(self, con: Any) -> None:
        self._con = con
        self._names: list[str] = []

    def keep(self, expression: Any, *, result: bool = False) -> Any:
        """Compute an expression now and return the table that holds its rows.

        Parameters
        ----------
        expression
            An Ibis table.
        result
            Whether it outlives :meth:`close`, until the connection ends.
        """
        name = ibis.util.gen_name("stage")
        if is_spark(self._con):
            frame = self._con._session.sql(self._con.compile(expression)).localCheckpoint()
            frame.createOrReplaceTempView(name)
            table = self._con.table(name)
        else:
            table = self._con.create_table(name, expression, temp=True)
        if not result:
            self._names.append(name)
        return table

    def close(self) -> None:
        """Drop what was kept."""
        for name in self._names:
            if is_spark(self._con):
                self._con._session.catalog.dropTempView(name)
            else:
                self._con.raw_sql(f'DROP TABLE IF EXISTS temp.main."{name}"')
        self._names.clear()

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
