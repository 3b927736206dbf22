"""The badge that staff show: their photo on it."""

from __future__ import annotations

import base64
import binascii
import io
from typing import Final

from arrears.journal.actions import of_house, record
from arrears.journal.evidence.actions import keep, mark
from arrears.kernel.errors import BadInput
from arrears.people.actions.papers import of_badge
from arrears.people.rules.pictures import badge_photo
from arrears.store.commands import Result, command
from arrears.store.transactions import At

MEDIA_TYPE: Final = "image/jpeg"


@command("staff.photo", permission="register.manage")
def give_photo(at: At, *, badge_no: str, photo: str) -> Result:
    """Put a photo on a badge; the one before is kept for its term. Returns ``{"photo": id}``.

    Parameters
    ----------
    photo
        The file in base64; drawn anew before it is kept (:func:`badge_photo`).

    Raises
    ------
    BadInput
        If it is no picture that can be used.
    """
    try:
        content = base64.b64decode(photo, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadInput("this is no photo", expected="a file in base64", key="photo") from error
    drawn = badge_photo(content)
    staff = of_badge(badge_no)
    about = of_house(f"staff {staff.id}")
    if staff.photo is not None:
        mark(at, about, "closed", at.today)
    staff.photo = keep(
        at,
        io.BytesIO(drawn),
        about=about,
        kind="staff_file",
        media_type=MEDIA_TYPE,
        jurisdiction=None,
        recorded_at=at.now,
    )
    staff.save(update_fields=["photo"])
    told = {"staff": str(staff.id), "photo": str(staff.photo)}
    record(at, about, "people.staff_pictured", told)
    return {"photo": str(staff.photo)}
