"""What a form sent, read: texts, days, months, amounts, shares."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from arrears.kernel.errors import BadInput
from arrears.kernel.money import EXPONENTS, parse_major


def line(form: Any, name: str) -> str:
    """One line of text, blanks and line ends as single blanks."""
    return " ".join(str(form.get(name, "")).replace("\0", " ").split())


def day(form: Any, name: str) -> date | None:
    """A day, None where nothing was sent; raises :class:`BadInput` for what is none."""
    given = line(form, name)
    if not given:
        return None
    try:
        return date.fromisoformat(given)
    except ValueError as error:
        raise BadInput("this is no day", expected="as 2026-03-31", found=given[:40]) from error


def month(given: str) -> date:
    """The first day of a month, as 2026-03; raises :class:`BadInput` for what is none."""
    try:
        return datetime.strptime(given[:7], "%Y-%m").date()  # noqa: DTZ007
    except ValueError as error:
        raise BadInput("this is no month", expected="as 2026-03", found=given[:40]) from error


def bps(form: Any, name: str) -> int:
    """Percent as basis points: 12.5 is 1,250; nothing is 0; raises :class:`BadInput`."""
    given = line(form, name).replace("%", "").strip()
    try:
        return parse_major(given or "0", "USD")
    except ValueError as error:
        raise BadInput("this is no share", expected="percent, as 12.5", found=given[:40],
                       key=name) from error  # fmt: skip


def minor(form: Any, name: str, currency: str) -> int:
    """An amount of a currency in minor units; raises :class:`BadInput` for what is none."""
    given = line(form, name)
    try:
        if currency not in EXPONENTS:
            raise ValueError
        return parse_major(given, currency, thousands=",")
    except ValueError as error:
        raise BadInput("this is no amount", expected="as 1234.50", found=given[:40],
                       key=name) from error  # fmt: skip


def an_id(given: str) -> UUID:
    """An id; raises :class:`BadInput` for what is none."""
    try:
        return UUID(given)
    except ValueError as error:
        raise BadInput("this is no id", expected="a UUID", found=given[:40]) from error
