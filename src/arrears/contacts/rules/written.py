"""What stands in a message's variables, from what is known when it is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from arrears.kernel.money import exponent

_UNITS: Final = {"CNY": "元", "TWD": "新台币元", "USD": "美元", "EUR": "欧元", "GBP": "英镑",
                 "INR": "卢比"}  # fmt: skip


def amount(minor: int, currency: str, language: str) -> str:
    """An amount for a text: ``1,280.50 元``, ``1,280.50 CNY``."""
    digits = exponent(currency)
    whole, part = divmod(abs(minor), 10**digits)
    told = f"{'-' if minor < 0 else ''}{whole:,}" + (f".{part:0{digits}}" if digits else "")
    unit = _UNITS.get(currency, currency) if language == "zh" else currency
    return f"{told} {unit}"


def owed(loans: Sequence[Mapping[str, Any]], language: str) -> dict[str, str]:
    """What is overdue of some loans: sums by currency, days of the longest, and which they are.

    Parameters
    ----------
    loans
        With ``currency``, ``overdue_minor``, ``days_past_due`` and ``loan_ref``. One whose figures
        are not known leaves all of them out: a text with half of a sum would be wrong.
    """
    unknown = any(each["overdue_minor"] is None or each["days_past_due"] is None for each in loans)
    if not loans or unknown:
        return {}
    sums: dict[str, int] = {}
    for each in loans:
        sums[each["currency"]] = sums.get(each["currency"], 0) + each["overdue_minor"]
    joint = "、" if language == "zh" else ", "
    return {
        "amount_due": joint.join(amount(sums[name], name, language) for name in sorted(sums)),
        "days_past_due": str(max(each["days_past_due"] for each in loans)),
        "loans": joint.join(_called(each["loan_ref"], language) for each in loans[:3])
        + ("" if len(loans) <= 3 else ("等" if language == "zh" else " and others")),
    }


def _called(loan_ref: str, language: str) -> str:
    end = loan_ref[-4:]
    return f"尾号{end}的贷款" if language == "zh" else f"loan ending {end}"
