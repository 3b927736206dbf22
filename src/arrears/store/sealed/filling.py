"""The step of an upgrade that seals what an earlier release kept as it was."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction

from arrears.store.sealed.cipher import Opener, Sealer
from arrears.store.sealed.guard import require_keys
from arrears.store.sealed.place import ring
from arrears.store.sealed.reseal import SealedTable, reseal


def fill(connection: Any, tables: Iterable[SealedTable]) -> None:
    """Seal what is not sealed; stopped half-way, the next start goes on with the rest.

    An empty table makes no key.
    """

    @contextmanager
    def within() -> Iterator[None]:
        with transaction.atomic(connection.alias):
            cursor.execute("SELECT set_config('arrears.scope', 'lender', true)")
            yield

    with connection.cursor() as cursor:
        for table in tables:
            with within():
                cursor.execute(f"SELECT EXISTS (SELECT FROM {table.name})")
                if not cursor.fetchone()[0]:
                    continue
                sealer = Sealer(ring())
                require_keys(sealer.key_id, ring(), cursor)
            reseal(cursor, table, sealer, Opener(ring()), within)
