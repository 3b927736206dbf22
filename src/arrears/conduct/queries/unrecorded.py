"""Answers of the gate, and contacts, that stand in their tables without an entry in the journal.

Whoever has the application's login could write such a row; the gate never does.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from arrears.journal.verifier.statements import Report
from arrears.store.actor import Actor
from arrears.store.pages import select
from arrears.store.transactions import transaction

MOST: Final = 1000
# A finding allows nothing; what a tape tells of contacts is on record as the tape.
_VERDICTS: Final = """
SELECT v.id, v.person_id, v.decided_at AS at FROM conduct_verdict v
WHERE NOT v.finding AND v.decided_at >= coalesce(%(from_at)s, '-infinity'::timestamptz)
  AND v.decided_at < coalesce(%(until_at)s, 'infinity'::timestamptz)
  AND NOT EXISTS (
    SELECT FROM journal_entry e
    WHERE e.stream = 'person:' || v.person_id AND e.data->>'verdict' = v.id::text
      AND e.kind = CASE WHEN v.allowed THEN 'conduct.allowed' ELSE 'conduct.refused' END)
ORDER BY v.decided_at, v.id LIMIT %(most)s
"""
_CONTACTS: Final = """
SELECT k.id, k.person_id, k.received_at AS at FROM conduct_contact k
WHERE k.source <> 'tape' AND k.received_at >= coalesce(%(from_at)s, '-infinity'::timestamptz)
  AND k.received_at < coalesce(%(until_at)s, 'infinity'::timestamptz)
  AND NOT EXISTS (
    SELECT FROM journal_entry e
    WHERE e.stream = 'person:' || k.person_id AND e.data->>'contact' = k.id::text
      AND e.kind IN ('conduct.allowed', 'conduct.contact_reported'))
ORDER BY k.received_at, k.id LIMIT %(most)s
"""


def compare(
    actor: Actor,
    report: Report,
    from_at: datetime | None = None,
    until_at: datetime | None = None,
) -> Report:
    """Put every verdict and contact without an entry into the verifier's report.

    Parameters
    ----------
    from_at, until_at
        Only those of ``[from_at, until_at)``; None: open. Of 1,000 each the first are named.
    """
    actor.require("journal.read")
    given = {"from_at": from_at, "until_at": until_at, "most": MOST}
    with transaction(actor):
        verdicts, contacts = list(_found(_VERDICTS, given)), list(_found(_CONTACTS, given))
    for told, stream, at in verdicts:
        report.find(
            f"verdict {told} of {at} has no entry in the journal: it did not come through the gate",
            stream,
        )
    for told, stream, at in contacts:
        report.find(
            f"contact {told} of {at} has no entry in the journal: it did not come through the gate",
            stream,
        )
    return report


def _found(sql: str, given: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for row in select(sql, given):
        yield str(row["id"]), f"person:{row['person_id']}", f"{row['at']:%Y-%m-%d %H:%M} UTC"
