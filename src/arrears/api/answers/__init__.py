"""What the API answers with; field by field, so that a screen's change never alters it."""

from __future__ import annotations

from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Row = TypeVar("Row")
Bucket = Annotated[str, Field(description="M1 (1 to 30 days past due) … M7+ (181 and more)")]
Minor = Annotated[int, Field(description="minor units of the currency")]
MaybeMinor = Annotated[
    int | None, Field(description="minor units of the currency; null: the lender does not tell")
]


class Answer(BaseModel):
    """A part of an answer, read from the frozen views of the queries."""

    model_config = ConfigDict(from_attributes=True)


class Listed(Answer, Generic[Row]):
    """One page of a list, counted from 1."""

    rows: list[Row]
    total: Annotated[int, Field(description="rows of the whole list")]
    number: Annotated[int, Field(description="which page this is")]
    size: Annotated[int, Field(description="rows a page")]
    pages: int
