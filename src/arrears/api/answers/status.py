"""How the installation stands."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from arrears.api.answers import Answer


class BookState(Answer):
    """Which state of the loan book is current."""

    version: Annotated[int, Field(description="grows with each tape, push, mend and recall")]
    full_book_on: Annotated[date | None, Field(description="day of the newest full tape")]
    simulated: Annotated[bool, Field(description="a town's people, not real ones")]
    persons: int
    loans: int
    missing: Annotated[int, Field(description="loans that the newest full tape left out")]
    data_doubt: Annotated[int, Field(description="loans with rows set aside")]
    recalled: int
    set_aside: Annotated[int, Field(description="rows waiting to be mended")]


class Status(Answer):
    """How the installation stands, as far as the client is concerned."""

    client: Annotated[str, Field(description="the client's id")]
    scopes: Annotated[list[str], Field(description="what the client was granted")]
    business_day: date
    mode: Annotated[
        Literal["observe", "live"], Field(description="in observe mode nothing leaves the house")
    ]
    newest_run_on: Annotated[date | None, Field(description="day of the newest finished run")]
    book: BookState
