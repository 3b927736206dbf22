"""Change the key of personal data, and seal anew what older keys sealed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from django.apps import apps
from django.db import connection

from arrears.journal.actions import of_house, record
from arrears.loans.sealed import SEALED_TABLES
from arrears.store.actor import Actor
from arrears.store.sealed.cipher import Opener, Sealer
from arrears.store.sealed.guard import require_keys
from arrears.store.sealed.place import ring
from arrears.store.sealed.reseal import SealedTable, counts_by_key, reseal
from arrears.store.transactions import transaction

Told = Callable[[str, int], None]
_PASSES: Final = 3
_KEYS: Final = of_house("keys")


def rotate(actor: Actor) -> str:
    """Seal with a new key from now on; returns its id. What is sealed opens as before."""
    actor.require("keys.manage")
    with transaction(actor) as at:
        for key_id in filter(None, held(actor)):
            ring().key(key_id)  # one that is lost is to be found before the next is made
        made = ring().rotate()
        record(at, _KEYS, "people.key_rotated", {"key": made.id})
        with connection.cursor() as cursor:
            require_keys(made.id, ring(), cursor)
    return made.id


def reseal_all(actor: Actor, told: Told = lambda table, rows: None) -> int:
    """Seal with the present key whatever another one sealed; returns how many rows were.

    Goes on where an earlier call was stopped. Rows that others are writing are passed over and
    tried again: call it until :func:`held` names the present key alone.

    Parameters
    ----------
    told
        Given a table and how many more of its rows are done.
    """
    actor.require("keys.manage")

    @contextmanager
    def within() -> Iterator[None]:
        with transaction(actor):
            yield

    total = 0
    for _ in range(_PASSES):
        done = 0
        with connection.cursor() as cursor:
            for table in SEALED_TABLES:
                with within():
                    sealer = Sealer(ring())
                    require_keys(sealer.key_id, ring(), cursor)

                def tell(rows: int, name: str = table.name) -> None:
                    told(name, rows)

                done += reseal(cursor, table, sealer, Opener(ring()), within, tell)
        total += done
        if not done:
            break
    if total:
        with transaction(actor) as at:
            record(at, _KEYS, "people.resealed", {"key": ring().current().id, "rows": total})
    return total


def held(actor: Actor) -> dict[str, int]:
    """How many values each key has sealed, by its id; those that are never sealed anew as well."""
    actor.require("keys.manage")
    counts: dict[str, int] = {}
    with transaction(actor), connection.cursor() as cursor:
        for table in (*SEALED_TABLES, *_sealed_once()):
            for key_id, values in counts_by_key(cursor, table).items():
                counts[key_id] = counts.get(key_id, 0) + values
    return counts


def _sealed_once() -> Iterator[SealedTable]:
    """Tables of other stages whose rows never change, by their models' ``sealed_once``."""
    for model in apps.get_models():
        columns = getattr(model, "sealed_once", ())
        if columns:
            yield SealedTable(model._meta.db_table, (), lambda row: str(row["id"]), columns)
