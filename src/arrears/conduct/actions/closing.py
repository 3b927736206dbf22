"""What became of a contact that the gate allowed and spent."""

from __future__ import annotations

from uuid import UUID

from arrears.conduct.models import Contact
from arrears.store.transactions import At


def close_contact(at: At, contact_id: UUID, *, made: bool) -> None:
    """Keep that a message or letter was made, or surely was not: then it counts no more.

    Again, or after another result, it changes nothing.
    """
    open_ = Contact.objects.filter(id=contact_id, closed_at=None)
    open_.update(closed_at=at.now, dropped=not made)
