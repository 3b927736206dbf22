"""What is left of a field when it is masked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from arrears.people.access.table import Mask
from arrears.people.rules import MASK, masked, masked_email

COVERED: Final = MASK * 3  # what stands for a text of which nothing is shown
_HAN: Final = re.compile("[\u3400-\u9fff]")
# Province and city, or city and district, of an address written in Chinese.
_AREA_CHARACTERS: Final = 6


def _ends(text: str) -> str:
    """``138•••••1234``; of a short one less, of a very short one nothing."""
    last = 4 if len(text) >= 11 else 2
    return masked(text, 3, last) or ""


def _short_ends(text: str) -> str:
    """``310•••••••••••••12``: of a national id even the last four would narrow it down."""
    return masked(text, 3, 2) or ""


def _email(text: str) -> str:
    return masked_email(text) or ""


def _year(text: str) -> str:
    """The year of an ISO date; anything else is hidden whole."""
    return f"{text[:4]}-••-••" if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else COVERED


def _area(text: str) -> str:
    """Where roughly: the head of a Chinese address, the last part of another."""
    if _HAN.search(text):
        head = text.strip()[: min(_AREA_CHARACTERS, len(text.strip()) // 2)]
        # A house number says more than the area, wherever it stands.
        return re.split(r"\d", head, maxsplit=1)[0] + COVERED
    _, comma, area = text.rpartition(",")
    area = area.strip()
    return f"{COVERED}, {area}" if comma and area and not re.search(r"\d", area) else COVERED


def _whole(text: str) -> str:
    return COVERED


_MASKS: Final[Mapping[Mask, Callable[[str], str]]] = {
    "ends": _ends,
    "short_ends": _short_ends,
    "email": _email,
    "year": _year,
    "area": _area,
    "whole": _whole,
}


def mask(kind: Mask, text: str) -> str:
    """A text as those may see it for whom the field is masked."""
    return _MASKS[kind](text) if text else text
