"""The console's book, filled once for all tests of a file that only read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from console_book import Book, filled


@pytest.fixture(scope="module")
def console_book(database, django_db_blocker, tmp_path_factory) -> Iterator[Book]:
    """Committed, and gone after the file; what a test adds, it must not rely on being alone."""
    with django_db_blocker.unblock():
        yield filled(tmp_path_factory.mktemp("lender"))
        database.empty()
