"""Why a row is set aside: every reason code, once, with what it means."""

from __future__ import annotations

REASONS: dict[str, str] = {
    "row.shape": "the row has more or fewer fields than the header",
    "type.invalid": "a cell is not of the column's type",
    "required.missing": "a required cell is empty",
    "key.character": "an id contains U+001F, the separator of composite keys, or NUL",
    "key.too_long": "an id is longer than 255 characters",
    "text.nul": "a text contains the character NUL, which a database cannot hold",
    "range.low": "a number is below what the column may hold",
    "range.high": "a number is above what the column may hold",
    "date.sentinel": "a date lies before 1850 or after 2199: a marker, not a day",
    "date.future": "a day lies after the tape's book_on",
    "date.order": "a day lies before the one it must follow",
    "code.unknown": "a code is none of those allowed",
    "text.shape": "a text has not the shape of its kind (jurisdiction, language, time zone)",
    "coordinates.incomplete": "latitude or longitude stands alone",
    "snapshot.no_state": "neither days_past_due nor months_past_due is given",
    "duplicate.conflict": "two rows of one key differ",
    "duplicate.changed": "a payment of this id was taken in before, with other contents",
    "reference.person": "the person is not in the tape",
    "reference.loan": "the loan is not in the tape",
    "reversal.unknown": "the payment that it reverses is not in the tape",
    "reversal.of_itself": "it reverses itself",
    "reversal.of_reversal": "what it reverses is itself a reversal",
    "reversal.other_loan": "what it reverses belongs to another loan",
    "reversal.other_amount": "what it reverses has another amount",
    "reversal.earlier": "it is dated before what it reverses",
    "reversal.twice": "another row reverses the same payment already",
    "schedule.overlap": "the same schedule stands twice under different seq",
    "person.set_aside": "the row is sound, but its person was set aside",
    "loan.incomplete": "the row is sound, but another row of its loan was set aside",
}
"""In order of precedence: a row with several faults carries the first."""

RANK = {code: rank for rank, code in enumerate(REASONS)}
