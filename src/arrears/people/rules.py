"""What of a person's identity a screen may show."""

from __future__ import annotations

MASK = "•"


def masked(text: str | None, first: int, last: int) -> str | None:
    """The text with its middle hidden; whole if nothing would stay hidden but then all of it.

    A text too short to hide at least as much as is shown is hidden entirely.
    """
    if text is None:
        return None
    hidden = len(text) - first - last
    if hidden < (len(text) + 1) // 2 and hidden < 4:
        return MASK * len(text)
    return text[:first] + MASK * hidden + text[len(text) - last :]


def masked_email(email: str | None) -> str | None:
    """The first letter and the domain: ``l•••@example.org``."""
    if email is None:
        return None
    name, at, domain = email.rpartition("@")
    if not at:
        return masked(email, 1, 0)
    return name[:1] + MASK * 3 + at + domain
