"""What of a person's identity a screen may show."""

from __future__ import annotations

MASK = "•"


def masked(text: str | None, first: int, last: int) -> str | None:
    """The text with its middle hidden.

    One so short that neither four characters nor half of it would be hidden is hidden whole.
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
