"""Bounded reads: pages of a list, and rows of SQL as frozen view models."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import connection

from arrears.kernel.errors import BadInput

View = TypeVar("View")
LARGEST_PAGE = 200
Parameters = Sequence[Any] | Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Page(Generic[View]):
    """One page of a list.

    Parameters
    ----------
    rows
        At most ``size`` of them.
    total
        How many rows the whole list has.
    number
        Which page this is, from 1.
    """

    rows: tuple[View, ...]
    total: int
    number: int
    size: int

    @property
    def pages(self) -> int:
        """How many pages there are; one for an empty list."""
        return max(1, -(-self.total // self.size))

    @property
    def has_previous(self) -> bool:
        """Whether a page comes before this one."""
        return self.number > 1

    @property
    def has_next(self) -> bool:
        """Whether a page comes after this one."""
        return self.number < self.pages


def bounded(number: int, size: int) -> tuple[int, int]:
    """Limit and offset of a page.

    Raises
    ------
    BadInput
        If the number is below 1 or the size not between 1 and :data:`LARGEST_PAGE`.
    """
    if number < 1 or not 1 <= size <= LARGEST_PAGE:
        raise BadInput(
            "there is no such page",
            expected=f"a page from 1 on, of 1 to {LARGEST_PAGE} rows",
            found=f"page {number} of {size} rows",
        )
    return size, (number - 1) * size


def select(sql: str, parameters: Parameters = ()) -> list[dict[str, Any]]:
    """The rows of a query by column name."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def views(view: Callable[..., View], sql: str, parameters: Parameters = ()) -> tuple[View, ...]:
    """The rows of a query as view models; its columns are named like their fields."""
    return tuple(view(**row) for row in select(sql, parameters))
