"""One writer of the loan book at a time."""

from __future__ import annotations

from typing import Final

from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

from arrears.kernel.errors import Conflict

_BOOK: Final = 4_119_702
PATIENCE_SECONDS: Final = 5

_HOLDER = """
SELECT a.pid, to_char(a.xact_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')
FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.objid = %s AND l.classid = 0 AND l.granted
"""


def lock_book(patience_seconds: int = PATIENCE_SECONDS) -> None:
    """Take the book for this transaction; others wait a moment, then are told.

    Raises
    ------
    Conflict
        If another process keeps it for longer than the patience.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout')")
        before = cursor.fetchone()[0]
        cursor.execute(f"SET LOCAL lock_timeout = '{patience_seconds}s'")
        try:
            with transaction.atomic():  # a savepoint: the question below needs one
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_BOOK])
        except OperationalError as error:
            if not isinstance(error.__cause__, LockNotAvailable):
                raise
            cursor.execute(_HOLDER, [_BOOK])
            holder = cursor.fetchone()
            raise Conflict(
                "another process is writing to the loan book",
                expected="one take-in, push or mend at a time",
                found=f"database process {holder[0]}, since {holder[1]} UTC" if holder else None,
                remedy="wait until it is done, then try again; nothing was changed",
            ) from error
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [before])
