"""What the database answers a gate: how a person stands, and the counts; each as one JSON text.

Functions of the database (migrations 0003 to 0005), so that their plans are made once a session.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection

from arrears.conduct.locks import SWITCHES, make_standing, require_same_key
from arrears.conduct.rules.counts import LATEST_ZONE, LONGEST_DAYS, Counted, day_zones, read_days
from arrears.conduct.rules.intent import Intent
from arrears.journal.entries import Head, genesis
from arrears.journal.streams import of_person
from arrears.kernel.errors import BadInput, NotFound
from arrears.rulebook.act import BUSINESS_ZONES
from arrears.store.transactions import At

_STANDS: Final = "SELECT conduct_stands(%s, %s::uuid[], %s)"
_COUNTS: Final = "SELECT row_to_json(c) FROM conduct_counts(%s, %s, %s::uuid[], %s, %s, %s, %s) c"
_FIND: Final = "SELECT conduct_find(%s, %s::uuid[], %s, %s, %s, %s, %s, %s)"
_ZONES: Final = json.dumps(BUSINESS_ZONES)
# Local days begin up to 14 hours apart from UTC's: enough for the longest window anywhere.
_LOOK_BACK: Final = timedelta(days=LONGEST_DAYS + 3)


@dataclass(frozen=True, slots=True)
class Found:
    """All that a gate asks first, under the lock of the subject.

    Parameters
    ----------
    stands
        The row of ``conduct_stands``.
    head
        The newest entry of the person's stream of the journal, as it was seen.
    """

    subject_id: UUID
    stands: dict[str, Any]
    counted: Counted
    head: Head


def find(at: At, intent: Intent, number_hmac: str | None) -> Found:
    """Lock the person's subject and look at everything, in one question.

    Raises
    ------
    NotFound
        If there is no such person.
    BadInput
        If a loan named is none of theirs.
    """
    loans, since = list(intent.loan_ids), at.now - _LOOK_BACK
    given = [
        intent.person_id, loans, at.now, number_hmac, since, SWITCHES, _ZONES, LATEST_ZONE,
    ]  # fmt: skip
    answer = _one(_FIND, given)
    if answer is None:
        make_standing(at, intent.person_id)
        answer = _one(_FIND, given)
    if answer is None:
        raise AssertionError("a person who has a standing has a subject")
    require_same_key(answer["key"])
    stands = _known(answer.get("stands"), intent)
    seq, stream = answer["seq"], of_person(intent.person_id).name
    return Found(
        subject_id=UUID(answer["subject"]),
        stands=stands,
        counted=_counted(answer["counts"]),
        head=Head(0, genesis(stream))
        if seq is None
        else Head(seq, bytes.fromhex(answer["sha256"])),
    )


def stands(at: datetime, intent: Intent) -> dict[str, Any]:
    """How the person stands; raises as :func:`find` does."""
    return _known(_one(_STANDS, [intent.person_id, list(intent.loan_ids), at]), intent)


def counts(
    at: datetime,
    intent: Intent,
    subject_id: UUID,
    number_hmac: str | None,
    zone: str | None,
    before: datetime | None,
    except_for: UUID | None,
) -> Counted:
    """The contacts of the subject by local day."""
    loans, since = list(intent.loan_ids), at - _LOOK_BACK
    given = [subject_id, number_hmac, loans, day_zones(zone)[0], since, before, except_for]
    return _counted(_one(_COUNTS, given))


def _one(sql: str, given: list[Any]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        row = cursor.fetchone()
    if row is None or row[0] is None:
        return None
    return json.loads(row[0]) if isinstance(row[0], str) else row[0]


def _known(row: dict[str, Any] | None, intent: Intent) -> dict[str, Any]:
    if row is None:
        raise NotFound("there is no such person", key=intent.person_id)
    if row["known"] != len(intent.loan_ids):
        raise BadInput(
            "a loan named is not one of this person's",
            expected="loans that the person owes or answers for",
            found=", ".join(map(str, intent.loan_ids)),
        )
    birth_on, until = row["birth_on"], row["validation_until"]
    owed = row["owed"]  # the loan that is overdue longest comes first
    row["product"], row["creditor_type"] = owed[0][2:] if owed else row["other"] or (None, None)
    row["products"] = [loan[2] for loan in owed] or [row["product"]]
    row["days_past_due"] = max((_days_past_due(*loan[:2]) for loan in owed), default=0)
    row["birth_on"] = None if birth_on is None else date.fromisoformat(birth_on)
    row["validation_until"] = None if until is None else datetime.fromisoformat(until)
    return row


def _days_past_due(days: int | None, bucket: str) -> int:
    """As counted; where only months are known, the fewest days of the bucket."""
    return (int(bucket[1]) - 1) * 30 + 1 if days is None else days


def _counted(row: dict[str, Any]) -> Counted:
    first_on, talked_on = row["first_on"], row["conversation_on"]
    return Counted(
        days=read_days(row["days"]),
        first_on=None if first_on is None else date.fromisoformat(first_on),
        conversation_on=None if talked_on is None else date.fromisoformat(talked_on),
        located=row["located"],
    )
