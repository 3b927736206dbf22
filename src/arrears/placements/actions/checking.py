"""The statements that find the persons of a batch and look at each; one set for all of them.

Each works on the temporary table ``t_asked``. The same checks run when a batch is previewed and,
under the locks of the persons' budgets, when it is carried out.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.db import connection

from arrears.conduct.rules.kinds import CHANNEL_KINDS, NUMBER_KINDS

# A hold of one channel or number does not keep a person from being placed.
_PARTIAL: Final = ", ".join(f"'{kind}'" for kind in (*CHANNEL_KINDS, *NUMBER_KINDS))

ASKED: Final = "CREATE TEMP TABLE t_asked (person_id uuid PRIMARY KEY) ON COMMIT DROP"

_BY_CASE: Final = """
  (cardinality(%(buckets)s::text[]) = 0 OR c.bucket = ANY(%(buckets)s))
  AND (cardinality(%(products)s::text[]) = 0 OR c.product = ANY(%(products)s))
  AND (cardinality(%(treatments)s::text[]) = 0 OR c.treatment = ANY(%(treatments)s))
  AND (cardinality(%(jurisdictions)s::text[]) = 0 OR c.jurisdiction = ANY(%(jurisdictions)s)
       OR split_part(c.jurisdiction, '-', 1) = ANY(%(jurisdictions)s))
  AND (%(currency)s::text IS NULL OR c.currency = %(currency)s)
  AND (%(least_minor)s::bigint IS NULL OR c.overdue_minor >= %(least_minor)s)
  AND (%(most_minor)s::bigint IS NULL OR c.overdue_minor <= %(most_minor)s)
  AND (%(least_days)s::int IS NULL OR c.days_past_due >= %(least_days)s)
  AND (%(most_days)s::int IS NULL OR c.days_past_due <= %(most_days)s)
"""
_BY_REF: Final = "(cardinality(%(person_refs)s::text[]) = 0 OR p.person_ref = ANY(%(person_refs)s))"
FIND_TO_PLACE: Final = f"""
INSERT INTO t_asked SELECT p.id FROM people_person p
LEFT JOIN cases_case c ON c.person_id = p.id AND c.state = 'open'
WHERE {_BY_REF} AND (NOT %(by_case)s OR (c.id IS NOT NULL AND {_BY_CASE}))
LIMIT %(most)s
"""
FIND_PLACED: Final = f"""
INSERT INTO t_asked SELECT p.id FROM placements_placement w
JOIN people_person p ON p.id = w.person_id
LEFT JOIN cases_case c ON c.person_id = p.id AND c.state = 'open'
WHERE w.organisation_id = %(organisation)s AND w.until_at IS NULL AND {_BY_REF}
  AND (NOT %(term_over)s OR w.term_until_on <= %(today)s)
  AND (NOT %(by_case)s OR (c.id IS NOT NULL AND {_BY_CASE}))
LIMIT %(most)s
"""
UNKNOWN: Final = """
SELECT g.ref FROM unnest(%s::text[]) g (ref)
WHERE NOT EXISTS (SELECT 1 FROM people_person p WHERE p.person_ref = g.ref)
ORDER BY g.ref LIMIT 20
"""

_LOOK: Final = f"""
WITH whose AS (
  SELECT a.person_id AS asked, a.person_id FROM t_asked a
  UNION
  SELECT a.person_id, o.person_id FROM t_asked a
  JOIN conduct_standing t ON t.person_id = a.person_id
  JOIN conduct_standing o ON o.subject_id = t.subject_id
), held AS (
  SELECT w.asked AS person_id, min(h.kind) AS kind FROM whose w
  JOIN conduct_hold h ON h.person_id = w.person_id
  WHERE h.closed_at IS NULL AND h.from_at <= %(now)s
    AND (h.until_at IS NULL OR h.until_at > %(now)s) AND h.kind NOT IN ({_PARTIAL})
  GROUP BY w.asked
), doubt AS (
  SELECT DISTINCT l.person_id FROM t_asked a JOIN loans_loan l ON l.person_id = a.person_id
  JOIN loans_hold d ON d.loan_id = l.id
  WHERE d.from_on <= %(today)s AND (d.until_on IS NULL OR d.until_on > %(today)s)
), outside AS (
  SELECT c.person_id, min(l.product) AS product FROM t_asked a
  JOIN cases_case c ON c.person_id = a.person_id AND c.state = 'open'
  JOIN cases_loan k ON k.case_id = c.id AND k.left_on IS NULL
  JOIN loans_loan l ON l.id = k.loan_id
  WHERE NOT l.product = ANY(%(products)s) GROUP BY c.person_id
), conflicted AS (
  SELECT k.person_id, count(*) AS n FROM people_conflict k
  JOIN people_staff s ON s.id = k.staff_id
  WHERE s.organisation_id = %(organisation)s AND (s.left_on IS NULL OR s.left_on > %(today)s)
  GROUP BY k.person_id
)
SELECT a.person_id, c.currency, c.overdue_minor,
"""
_TABLES: Final = """
FROM t_asked a JOIN people_person p ON p.id = a.person_id
LEFT JOIN cases_case c ON c.person_id = a.person_id AND c.state = 'open'
LEFT JOIN placements_placement w ON w.person_id = a.person_id AND w.until_at IS NULL
LEFT JOIN people_organisation o ON o.id = w.organisation_id
LEFT JOIN held h ON h.person_id = a.person_id
LEFT JOIN doubt d ON d.person_id = a.person_id
LEFT JOIN outside x ON x.person_id = a.person_id
LEFT JOIN conflicted f ON f.person_id = a.person_id
"""
_COVERED: Final = (
    "(p.jurisdiction = ANY(%(jurisdictions_covered)s)"
    " OR split_part(p.jurisdiction, '-', 1) = ANY(%(jurisdictions_covered)s))"
)
_PLACE: Final = f"""
  CASE WHEN c.id IS NULL THEN 'no_case'
       WHEN w.organisation_id = %(organisation)s THEN 'placed_here'
       WHEN w.id IS NOT NULL THEN 'placed_elsewhere'
       WHEN h.kind IS NOT NULL THEN 'held'
       WHEN d.person_id IS NOT NULL THEN 'doubt'
       WHEN x.product IS NOT NULL THEN 'product'
       WHEN NOT {_COVERED} THEN 'jurisdiction'
       WHEN f.n IS NOT NULL THEN 'conflict' END AS aside,
  CASE WHEN c.id IS NULL THEN NULL
       WHEN w.organisation_id = %(organisation)s THEN NULL
       WHEN w.id IS NOT NULL THEN o.ref
       WHEN h.kind IS NOT NULL THEN h.kind
       WHEN d.person_id IS NOT NULL THEN NULL
       WHEN x.product IS NOT NULL THEN x.product
       WHEN NOT {_COVERED} THEN p.jurisdiction END AS aside_detail
"""
_RECALL: Final = """
  CASE WHEN w.organisation_id IS DISTINCT FROM %(organisation)s THEN 'not_placed' END AS aside,
  NULL::text AS aside_detail
"""
_RETAIN: Final = """
  CASE WHEN w.organisation_id IS DISTINCT FROM %(organisation)s THEN 'not_placed'
       WHEN w.term_until_on >= %(term)s THEN 'term_kept' END AS aside,
  CASE WHEN w.organisation_id = %(organisation)s AND w.term_until_on >= %(term)s
       THEN w.term_until_on::text END AS aside_detail
"""
LOOK: Final = {
    kind: f"{_LOOK}{said}{_TABLES}"
    for kind, said in (("place", _PLACE), ("recall", _RECALL), ("retain", _RETAIN))
}
"""What of each person asked for: currency, money, and why they are set aside, by kind of batch."""

TAKEN: Final = """
SELECT person_id FROM placements_batch_line WHERE batch_id = %s AND aside IS NULL
ORDER BY person_id
"""
STANDS: Final = {
    kind: f"""
SELECT r.aside, r.currency, count(*) AS persons,
  coalesce(sum(r.overdue_minor), 0)::bigint AS overdue_minor
FROM ({said}) r GROUP BY r.aside, r.currency ORDER BY r.aside, r.currency
"""
    for kind, said in LOOK.items()
}
"""What would become of the persons of ``t_asked`` now, by reason and currency."""

SINCE: Final = """
SELECT count(DISTINCT w.person_id) FILTER (WHERE k.id IS NOT NULL) AS contacted,
  count(DISTINCT w.person_id) FILTER (WHERE n.told_at IS NOT NULL) AS told,
  count(DISTINCT w.person_id) FILTER (WHERE w.until_at IS NOT NULL) AS ended
FROM placements_placement w
LEFT JOIN conduct_contact k ON k.person_id = w.person_id AND k.organisation = %(ref)s
  AND k.received_at >= w.from_at AND NOT k.dropped
LEFT JOIN placements_notice n ON n.placement_id = w.id
WHERE w.batch_id = %(batch)s
"""
"""What happened with the persons of a placement since: what forbids to undo it."""

DIGEST: Final = """
SELECT encode(sha256(convert_to(%(head)s || coalesce(string_agg(
  l.person_id::text, ',' ORDER BY l.person_id), ''), 'UTF8')), 'hex') AS digest
FROM placements_batch_line l WHERE l.batch_id = %(batch)s AND l.aside IS NULL
"""
MONEY: Final = """
SELECT currency, count(*) AS persons, coalesce(sum(overdue_minor), 0)::bigint AS overdue_minor
FROM placements_batch_line WHERE batch_id = %s AND aside IS NULL AND currency IS NOT NULL
GROUP BY currency ORDER BY currency
"""
COUNTS: Final = """
SELECT aside, count(*) AS n FROM placements_batch_line WHERE batch_id = %s
GROUP BY aside ORDER BY aside
"""


def stage_taken(batch_id: UUID) -> None:
    """Fill ``t_asked`` with the persons whom a batch would move, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.t_asked")
        cursor.execute(ASKED)
        cursor.execute(f"INSERT INTO t_asked {TAKEN}", [batch_id])
        # Without it the planner takes a batch for a handful, and looks at its persons in turn.
        cursor.execute("ANALYZE pg_temp.t_asked")
