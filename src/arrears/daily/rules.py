"""What must be known before anything leaves the house."""

from __future__ import annotations

from collections.abc import Mapping

from arrears.kernel.errors import BadInput

# Item → what compliance confirms. Without each of them a message could reach somebody who has
# a right to be left alone, which the book alone does not tell.
CHECKLIST: Mapping[str, str] = {
    "holds": "disputes, hardship, complaints, deaths and other holds are in",
    "opt_outs": "wishes not to be contacted, by channel, are in",
    "plans": "running repayment plans and promises are in",
    "matters": "legal matters and lawyers' mandates are in",
    "contacts": "the contacts of the last 30 days are in, so that limits count them",
}
MODES = ("observe", "live")
REASON_LENGTH = 10


def require_switch(mode: str, reason: str, confirmed: Mapping[str, bool]) -> None:
    """Refuse a switch of the outbound mode that lacks a reason or, for live, a confirmation.

    Raises
    ------
    BadInput
        With what is missing.
    """
    if mode not in MODES:
        raise BadInput("there is no such mode", expected=" or ".join(MODES), found=mode)
    if "\0" in reason:
        raise BadInput(
            "a reason cannot be kept", expected="no character NUL", found=repr(reason[:100])
        )
    if len(reason.strip()) < REASON_LENGTH:
        raise BadInput(
            "a switch of the mode needs a reason that others can follow",
            expected=f"at least {REASON_LENGTH} characters",
            found=f"{len(reason.strip())} characters",
        )
    unknown = sorted(set(confirmed) - set(CHECKLIST))
    if unknown:
        raise BadInput(
            "the check-list has no such item",
            expected=", ".join(CHECKLIST),
            found=", ".join(unknown),
        )
    missing = [item for item in CHECKLIST if not confirmed.get(item, False)]
    if mode == "live" and missing:
        raise BadInput(
            "outbound goes live only when every item is confirmed",
            expected=", ".join(CHECKLIST),
            found="not confirmed: " + ", ".join(missing),
            remedy="have each confirmed: " + "; ".join(CHECKLIST[item] for item in missing),
        )
