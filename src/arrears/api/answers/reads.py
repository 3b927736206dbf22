"""Who looked at a person's file, as the person is told it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from arrears.api.answers import Answer


class Look(Answer):
    """That somebody looked: by role and organisation, never with the reader's own reason."""

    id: UUID
    at: datetime
    what: Annotated[
        str, Field(description="person, case, loan, calendar, reads, set_aside, export or reveal")
    ]
    field: Annotated[str | None, Field(description="of a reveal: which one")]
    role: str
    organisation: str
    staff: Annotated[
        str | None, Field(description="a name only where the access table says that it is told")
    ]
