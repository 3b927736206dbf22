"""Parameters that several operations take."""

from __future__ import annotations

from typing import Annotated

from ninja import Path, Query

from arrears.book.contract import KEY_LENGTH_MAX
from arrears.store.pages import LARGEST_PAGE

_REF = {"min_length": 1, "max_length": KEY_LENGTH_MAX, "pattern": r"^[^\u0000\u001f]+$"}
LoanRef = Annotated[str, Path(..., description="the tape's loan_id; may hold slashes", **_REF)]
PersonRef = Annotated[str, Path(..., description="the tape's person_id; may hold slashes", **_REF)]
PageNumber = Annotated[int, Query(1, ge=1, le=1_000_000, description="which page, from 1")]
PageSize = Annotated[int, Query(50, ge=1, le=LARGEST_PAGE, description="rows a page")]
