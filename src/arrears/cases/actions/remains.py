"""The figures of a case from what ageing last said of the loans that are left in it."""

from __future__ import annotations

# As book.persons ranks them: most days (of a loan known in months, the fewest of its bucket),
# then the amount, then the reference.
_REMAINS = """
UPDATE cases_case c SET
  currency = w.currency, bucket = w.bucket, bucket_rank = substr(w.bucket, 2, 1)::smallint,
  days_past_due = w.days_past_due, days_past_due_after_grace = w.days_past_due_after_grace,
  product = w.product, loans_count = r.loans, overdue_minor = r.overdue_minor,
  late_interest_minor = r.late_interest_minor, other_currencies = r.other_currencies,
  max_days_past_due_ever = r.max_days_past_due_ever, times_over_30 = r.times_over_30
FROM (
  SELECT DISTINCT ON (k.case_id) k.case_id, k.currency, k.bucket, k.days_past_due,
         k.days_past_due_after_grace, l.product
  FROM cases_loan k JOIN loans_loan l ON l.id = k.loan_id
  WHERE k.left_on IS NULL AND k.case_id IN ({cases})
  ORDER BY k.case_id, coalesce(k.days_past_due, 30 * substr(k.bucket, 2, 1)::int - 29) DESC,
           coalesce(k.overdue_minor, -1) DESC, l.loan_ref
) w, LATERAL (
  SELECT count(*) AS loans,
         sum(k.overdue_minor) FILTER (WHERE k.currency = w.currency) AS overdue_minor,
         sum(k.late_interest_minor) FILTER (WHERE k.currency = w.currency) AS late_interest_minor,
         bool_or(k.currency <> w.currency) AS other_currencies,
         max(k.max_days_past_due_ever) AS max_days_past_due_ever,
         sum(k.times_over_30) AS times_over_30
  FROM cases_loan k WHERE k.case_id = w.case_id AND k.left_on IS NULL
) r
WHERE c.id = w.case_id
"""


def remains(cases: str) -> str:
    """SQL that gives cases which lost a loan the figures of those that are left.

    The treatment stays as it was decided; the next run on fresh figures decides anew.

    Parameters
    ----------
    cases
        A subquery of the ids of the cases.
    """
    return _REMAINS.format(cases=cases)
