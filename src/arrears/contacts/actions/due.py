"""Queue what is due by the treatments of a business day: all at once, in sets."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from arrears.contacts.actions.queue import LOCAL
from arrears.contacts.models import Template
from arrears.contacts.rules.cadence import Cadence, cadences
from arrears.contacts.states import MESSAGE
from arrears.journal.actions import Entry, of_person, record_many
from arrears.kernel.ids import NAMED_SQL_POSTGRES
from arrears.store.transactions import At

_ID: Final = NAMED_SQL_POSTGRES.format(
    "'message' || chr(31) || d.person_id::text || chr(31) || d.key"
)
# Who is placed with an agency hears from that agency (V8). The days are those of
# ``Cadence.template_on``; a test holds the two equal.
_QUEUE: Final = f"""
INSERT INTO contacts_message (id, person_id, key, template_id, channel, carrier, purpose, reason,
  loan_ids, because, asked_by, queued_at, due_at, until_at, tries, state, refused_by)
SELECT {_ID}, d.person_id, d.key, t.ref, %(channel)s, %(carrier)s, t.purpose, t.reason,
  '{{}}', d.because, %(actor)s, %(now)s, %(now)s, %(until)s, 0, %(state)s, '{{}}'
FROM (
  SELECT c.person_id, %(treatment)s || ': ' || c.treatment_rule AS because,
    %(treatment)s || ':' || c.treated_since || ':'
      || (%(as_of)s - c.treated_since) / %(every)s AS key,
    CASE WHEN c.treated_since = %(as_of)s THEN %(first)s ELSE %(later)s END AS template
  FROM cases_case c LEFT JOIN conduct_standing s ON s.person_id = c.person_id
  WHERE c.state = 'open' AND c.hold IS NULL AND c.as_of = %(as_of)s
    AND c.treatment = %(treatment)s AND c.treated_since <= %(as_of)s
    AND (%(as_of)s - c.treated_since) %% %(every)s = 0
    AND coalesce(s.in_charge, 'lender') = 'lender'
) d JOIN contacts_template t ON t.ref = d.template
ORDER BY d.person_id
ON CONFLICT (person_id, key) DO NOTHING
RETURNING id, person_id, template_id, because
"""
CHUNK: Final = 20_000


def queue_due(at: At, as_of: date) -> dict[str, int]:
    """Queue the messages of a business day for everybody whose treatment writes on it.

    Again, or after a stop, it queues what is still missing. Of a day that is too long ago nothing
    is queued: its messages would be of no use.

    Returns
    -------
    dict[str, int]
        How many were queued, by treatment; a treatment whose templates nobody drafted has none.
    """
    known = set(Template.objects.values_list("ref", flat=True))
    return {
        name: _queue(at, as_of, cadence)
        for name, cadence in cadences().items()
        if {cadence.first, cadence.later} <= known
    }


def _queue(at: At, as_of: date, cadence: Cadence) -> int:
    until_at = _midnight(as_of + timedelta(days=cadence.of_use_days))
    if until_at <= at.now:
        return 0
    given: dict[str, Any] = {
        "treatment": cadence.treatment, "as_of": as_of, "every": cadence.every_days,
        "first": cadence.first, "later": cadence.later, "channel": cadence.channel,
        "carrier": LOCAL, "actor": at.actor.name, "now": at.now, "until": until_at,
        "state": MESSAGE.initial,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_QUEUE, given)
        queued = sorted(cursor.fetchall(), key=lambda row: (row[1], row[0]))
    for begin in range(0, len(queued), CHUNK):
        chunk = queued[begin : begin + CHUNK]
        record_many(at, [_entry(at, cadence, until_at, *row) for row in chunk])
    return len(queued)


def _entry(
    at: At,
    cadence: Cadence,
    until_at: datetime,
    message_id: UUID,
    person_id: UUID,
    template: str,
    because: str,
) -> Entry:
    return Entry(
        of_person(person_id),
        "contacts.message_queued",
        {"message": str(message_id), "template": template, "channel": cadence.channel,
         "purpose": "collect", "because": because, "due_at": at.now.isoformat(),
         "until_at": until_at.isoformat()},
    )  # fmt: skip


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(settings.ARREARS.business_zone))
