from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture
def shared_card_book() -> Path:
    """The 30,000 real card accounts: under ``ARREARS_SHARED_DATA``, or beside the repository."""
    place = Path(os.environ.get("ARREARS_SHARED_DATA", ROOT.parent / "shared" / "data"))
    book = place / "uci350" / "UCI_Credit_Card.csv.gz"
    if not book.exists():
        pytest.skip(f"the real data is not at {place}; set ARREARS_SHARED_DATA")
    return book
