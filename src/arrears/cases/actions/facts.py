"""What the stored cases know on a day, as the frames that ``cases.rules`` decides on."""

from __future__ import annotations

from datetime import date

import pyarrow as pa

from arrears.cases.rules import CLOSED_CASES, OPEN_CASES, OPEN_LOANS, Facts
from arrears.store.staging import fetch_arrow

# Holds that keep a loan where it is: of the day, or not over, for then the rows of that day are
# in doubt too. data_doubt sorts before missing.
_HOLD = """
(SELECT min(h.kind) FROM loans_hold h
 WHERE h.loan_ref = l.loan_ref AND h.kind IN ('data_doubt', 'missing')
   AND (h.until_on IS NULL OR (h.from_on <= %s AND h.until_on > %s)))
"""
_OPEN_LOANS = f"""
SELECT p.person_ref, c.id::text, l.loan_ref, k.bucket, {_HOLD}, l.accepted_book_on
FROM cases_case c JOIN cases_loan k ON k.case_id = c.id AND k.left_on IS NULL
JOIN loans_loan l ON l.id = k.loan_id JOIN people_person p ON p.id = c.person_id
WHERE c.state = 'open'
"""
_OPEN_CASES = """
SELECT p.person_ref, c.id::text, c.bucket_rank, c.treatment,
       EXISTS (SELECT 1 FROM cases_loan k WHERE k.case_id = c.id AND k.left_because = 'cured')
FROM cases_case c JOIN people_person p ON p.id = c.person_id
WHERE c.state = 'open'
"""
_CLOSED_CASES = """
SELECT DISTINCT ON (p.person_ref) p.person_ref, c.id::text,
       (count(*) FILTER (WHERE c.opened_on = %s) OVER (PARTITION BY p.person_ref))::int
FROM cases_case c JOIN people_person p ON p.id = c.person_id
WHERE c.state <> 'open'
  AND NOT EXISTS (SELECT 1 FROM cases_case o WHERE o.person_id = c.person_id AND o.state = 'open')
ORDER BY p.person_ref, c.closed_on DESC, c.opened_on DESC, c.id
"""


def load_facts(aged: pa.Table, persons: pa.Table, as_of: date) -> Facts:
    """The facts of a day; inside a transaction that sees the lender's book.

    Parameters
    ----------
    aged, persons
        What ageing and treatment made of the book, see :class:`arrears.cases.rules.Facts`.
    """
    return Facts(
        aged=aged,
        persons=persons,
        open_loans=fetch_arrow(_OPEN_LOANS, OPEN_LOANS, [as_of, as_of]),
        open_cases=fetch_arrow(_OPEN_CASES, OPEN_CASES),
        closed_cases=fetch_arrow(_CLOSED_CASES, CLOSED_CASES, [as_of]),
    )
