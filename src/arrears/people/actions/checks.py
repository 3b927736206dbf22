"""What the register takes as text and as lists."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from arrears.kernel.errors import BadInput

LONGEST = 500


def text(name: str, given: str | None, longest: int = LONGEST) -> str:
    """The text without blanks around it.

    Raises
    ------
    BadInput
        If it is empty, longer than ``longest`` characters, or holds a control character.
    """
    found = (given or "").strip()
    if not found or len(found) > longest or any(ord(letter) < 32 for letter in found):
        raise BadInput(
            f"{name} cannot be used",
            expected=f"1 to {longest} characters, none of them a control character",
            found=repr(found[:80]),
            key=name,
        )
    return found


def maybe(name: str, given: str | None, longest: int = LONGEST) -> str | None:
    """As :func:`text`; nothing and blanks are None."""
    return text(name, given, longest) if (given or "").strip() else None


def one_of(name: str, given: str, members: Collection[str]) -> str:
    """A member of a list; raises :class:`BadInput` for any other."""
    if given not in members:
        raise BadInput(
            f"unknown {name}", expected=", ".join(members), found=str(given)[:80], key=name
        )
    return given


def texts(name: str, given: Sequence[str], members: Collection[str] | None = None) -> list[str]:
    """Distinct texts in order, of a list where there is one; 100 at most."""
    if len(given) > 100:
        raise BadInput(f"too many {name}", expected="100 at most", found=str(len(given)), key=name)
    found = sorted({text(name, each, 80) for each in given})
    if members is not None:
        for each in found:
            one_of(name, each, members)
    return found
