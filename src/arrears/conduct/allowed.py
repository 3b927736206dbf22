"""How a table shows that what it holds was allowed: a foreign key that only an allow satisfies.

A stage that acts lets its model inherit :class:`AllowedKey`, and its migration run
:func:`require_allowed`. The key leads to the verdict by all that makes it fit: it allowed, for
this person and this act, and the act began between the verdict and its expiry.
"""

from __future__ import annotations

from typing import Any, Final

from django.db import migrations, models

COLUMNS: Final = (
    "verdict_id",
    "verdict_allowed",
    "verdict_decided_at",
    "verdict_expires_at",
)


class AllowedKey(models.Model):
    """The four columns of the key; fill them with ``Allowed.columns()`` and nothing else."""

    verdict_id = models.UUIDField(null=True)
    verdict_allowed = models.BooleanField(null=True)
    verdict_decided_at = models.DateTimeField(null=True)
    verdict_expires_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


def require_allowed(
    table: str, *, person: str = "person_id", act: str = "act", at: str, unless: str = "false"
) -> migrations.RunSQL:
    """The migration operation that ties a table to verdicts which allow.

    Parameters
    ----------
    table
        It holds the columns of :class:`AllowedKey`.
    person, act, at
        Its columns that name the person, the act, and the instant at which it began.
    unless
        SQL condition of rows that need no verdict (reports of what others did).
    """
    sql = f"""
    ALTER TABLE {table} ADD CONSTRAINT {table}_verdict_allows CHECK (
      (({unless}) AND verdict_id IS NULL AND verdict_allowed IS NULL
        AND verdict_decided_at IS NULL AND verdict_expires_at IS NULL)
      OR (NOT ({unless}) AND verdict_id IS NOT NULL
        AND verdict_allowed IS NOT NULL AND verdict_allowed
        AND verdict_decided_at IS NOT NULL AND verdict_expires_at IS NOT NULL
        AND {at} >= verdict_decided_at AND {at} < verdict_expires_at)
    );
    ALTER TABLE {table} ADD CONSTRAINT {table}_verdict FOREIGN KEY
      (verdict_id, verdict_allowed, {person}, {act}, verdict_decided_at, verdict_expires_at)
      REFERENCES conduct_verdict (id, allowed, person_id, act, decided_at, expires_at);
    ALTER TABLE {table} ADD CONSTRAINT {table}_verdict_once UNIQUE (verdict_id);
    """
    undo = f"""
    ALTER TABLE {table} DROP CONSTRAINT {table}_verdict_once;
    ALTER TABLE {table} DROP CONSTRAINT {table}_verdict;
    ALTER TABLE {table} DROP CONSTRAINT {table}_verdict_allows;
    """
    return migrations.RunSQL(sql, undo)


def empty_key() -> dict[str, Any]:
    """The columns of a row that needs no verdict."""
    return dict.fromkeys(COLUMNS)
