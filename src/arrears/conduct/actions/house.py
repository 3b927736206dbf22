"""Whether the installation only observes; ``daily`` says so when it switches the mode."""

from __future__ import annotations

from django.db import connection

from arrears.conduct.locks import lock_switches
from arrears.store.transactions import At


def set_observing(at: At, observing: bool) -> None:
    """Let the gate refuse every act, or no longer; in the transaction that switches the mode."""
    lock_switches()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO conduct_house (id, observing, switched_at) VALUES (1, %s, %s)"
            " ON CONFLICT (id) DO UPDATE SET observing = excluded.observing,"
            " switched_at = excluded.switched_at",
            [observing, at.now],
        )
