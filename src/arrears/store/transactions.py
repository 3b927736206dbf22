"""The one way to the database: a transaction that knows its actor and what it may see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import connection
from django.db import transaction as django_transaction
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.sql import quote

from arrears.kernel.errors import ArrearsError
from arrears.store import clock, finishing
from arrears.store.actor import Actor

_AGENCY: Final = "agency:"
# Whom an agency may see is hashed for some of its queries: room for millions.
_AGENCY_MEMORY: Final = "64MB"


@dataclass(frozen=True, slots=True)
class At:
    """Where and when a transaction stands.

    Parameters
    ----------
    actor
        Who acts.
    now
        Its one instant, in UTC: everything written in it bears the same time.
    today
        The business day of that instant.
    """

    actor: Actor
    now: datetime
    today: date

    def finish(self, act: finishing.Finish, items: Sequence[Any]) -> None:
        """Leave items for the very end of the outermost transaction, just before its commit.

        There ``act`` is called once with all items left for it, in their order; what it raises
        undoes the whole transaction. Items of a savepoint that was rolled back are dropped.
        """
        finishing.gather(act, items)


class NestedScope(ArrearsError):
    """A transaction was opened inside another with a different scope: a defect of ours."""

    code = "nested-scope"


@contextmanager
def transaction(actor: Actor) -> Iterator[At]:
    """Open a transaction in the actor's row-security scope; it ends with the transaction.

    Inside another transaction it becomes a savepoint and keeps the outer scope, which must be
    the same. The scope is set ``LOCAL``, so a pooled connection cannot carry it over.

    Raises
    ------
    NestedScope
        If an outer transaction has another scope: rows would appear or vanish in mid-flight.
    """
    outermost = not connection.in_atomic_block
    with django_transaction.atomic():
        outer, acting = ("", "") if outermost and _begun(actor) else _entered(actor)
        if outer and outer != actor.scope:
            raise NestedScope(
                "a transaction was opened inside another with a different scope",
                expected=outer,
                found=actor.scope or "(nothing)",
            )
        yield At(actor=actor, now=clock.now(), today=clock.business_day())
        if not acting:
            finishing.finish()
        # At a commit the settings end by themselves.
        if not (outer and acting) and connection.savepoint_ids:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT set_config('arrears.scope', %s, true),"
                    " set_config('arrears.actor', %s, true)",
                    [outer, acting],
                )


def _begun(actor: Actor) -> bool:
    """Begin the transaction and set its scope in one round trip.

    False if it did not go like that; then :func:`_entered` does it, or says what is wrong.
    """
    raw = connection.connection
    settings = {"arrears.scope": actor.scope, "arrears.actor": actor.name}
    if actor.scope.startswith(_AGENCY):
        settings["work_mem"] = _AGENCY_MEMORY
    with connection.wrap_database_errors, raw.lock:
        if raw.pgconn.transaction_status != TransactionStatus.IDLE:
            return False
        local = (f"SET LOCAL {name} = {quote(value, raw)}" for name, value in settings.items())
        begun = raw.pgconn.exec_("; ".join(["BEGIN", *local]).encode())
    return bool(begun.status == ExecStatus.COMMAND_OK)


def _entered(actor: Actor) -> tuple[str, str]:
    """Set the scope within a transaction that stands; returns the scope and actor before."""
    with connection.cursor() as cursor:
        # One round trip: what is set now is read before it is set anew.
        cursor.execute(
            "SELECT current_setting('arrears.scope', true),"
            " current_setting('arrears.actor', true),"
            " set_config('arrears.scope', %s, true), set_config('arrears.actor', %s, true),"
            " CASE WHEN %s THEN set_config('work_mem', %s, true) END",
            [actor.scope, actor.name, actor.scope.startswith(_AGENCY), _AGENCY_MEMORY],
        )
        outer, acting, *_ = cursor.fetchone() or ("", "")
    return outer or "", acting or ""
