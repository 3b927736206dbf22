from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from arrears.book.engine import connect

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def duckdb_engine() -> Any:
    return connect("duckdb", memory_limit="1GB", threads=2)


@pytest.fixture(scope="session")
def mappings() -> Path:
    return ROOT / "mappings"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Where the real data lies: ``ARREARS_SHARED_DATA``, or beside the repository."""
    place = Path(os.environ.get("ARREARS_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not place.is_dir():
        pytest.skip(f"the real data is not at {place}; set ARREARS_SHARED_DATA")
    return place
