"""The statements by which a tape is taken in; ``follow.py`` says when."""

from __future__ import annotations

from typing import Final

from arrears.kernel.ids import NAMED_SQL_POSTGRES

SUBJECTS: Final = """
INSERT INTO conduct_subject (id, id_hmac, made_at)
SELECT DISTINCT t.subject_id, t.id_hmac, %(now)s::timestamptz FROM pg_temp.t_subjects t
ON CONFLICT DO NOTHING
"""
# A gate that holds either budget goes first; then the person's contacts count in the new one.
LOCK_MOVED: Final = """
SELECT count(*) FROM (
  SELECT s.id FROM conduct_subject s WHERE s.id IN (
    SELECT unnest(ARRAY[b.subject_id, t.subject_id])
    FROM pg_temp.t_subjects t JOIN conduct_standing b ON b.person_id = t.person_id
    WHERE NOT b.pinned AND b.id_hmac IS DISTINCT FROM t.id_hmac)
  ORDER BY s.id FOR UPDATE) locked
"""
STANDINGS: Final = """
INSERT INTO conduct_standing (person_id, subject_id, id_hmac, pinned, in_charge, active_plan,
  plan_prepared, attorney_released, updated_at)
SELECT t.person_id, t.subject_id, t.id_hmac, false, 'lender', false, false, false, %(now)s
FROM pg_temp.t_subjects t
ON CONFLICT (person_id) DO UPDATE
SET subject_id = excluded.subject_id, id_hmac = excluded.id_hmac, updated_at = excluded.updated_at
WHERE NOT conduct_standing.pinned AND conduct_standing.id_hmac IS DISTINCT FROM excluded.id_hmac
"""

# Who is about to be held: a gate that is at one of them goes first (V3).
LOCK_HELD: Final = """
SELECT count(*) FROM (
  SELECT s.id FROM conduct_subject s WHERE s.id IN (
    SELECT b.subject_id FROM loans_kept_row k
    JOIN people_person p ON p.person_ref = k.row->>'person_id'
    JOIN conduct_standing b ON b.person_id = p.id
    WHERE k.tape_id = %(tape)s AND k."table" = 'flags')
  ORDER BY s.id FOR UPDATE) locked
"""
_HOLD_ID: Final = NAMED_SQL_POSTGRES.format(
    r"('hold' || E'\x1f' || f.person_ref || E'\x1f' || coalesce(f.loan_ref, '') || E'\x1f'"
    r" || f.tape_kind || E'\x1f' || f.from_on::text)"
)
# Days of a flag are the person's; where their zone is not known, as many as may be. An interval
# that is none lasts until somebody closes it. What a person closed, no later tape opens again.
HOLDS: Final = f"""
WITH flag AS (
  SELECT p.id AS person_id, p.person_ref, k.row->>'loan_id' AS loan_ref,
         k.row->>'kind' AS tape_kind, (k.row->>'from_on')::date AS from_on,
         (k.row->>'until_on')::date AS until_on, k.row->>'evidence' AS evidence,
         coalesce(p.time_zone, %(zones)s::jsonb ->> split_part(p.jurisdiction, '-', 1)) AS zone
  FROM loans_kept_row k JOIN people_person p ON p.person_ref = k.row->>'person_id'
  WHERE k.tape_id = %(tape)s AND k."table" = 'flags'
), read AS (
  SELECT {_HOLD_ID} AS id, f.person_id, f.evidence, f.tape_kind,
         coalesce(%(kinds)s::jsonb ->> replace(lower(trim(f.tape_kind)), '-', '_'), 'other')
           AS kind,
         l.id AS loan_id,
         f.from_on::timestamp AT TIME ZONE coalesce(f.zone, %(first_zone)s) AS from_at,
         f.until_on::timestamp AT TIME ZONE coalesce(f.zone, %(last_zone)s) AS until_at
  FROM flag f LEFT JOIN loans_loan l ON l.loan_ref = f.loan_ref
)
INSERT INTO conduct_hold (id, person_id, kind, tape_kind, loan_id, from_at, until_at, source,
  reason, evidence, opened_by, opened_at, handed_over)
SELECT DISTINCT ON (r.id) r.id, r.person_id, r.kind, r.tape_kind, r.loan_id, r.from_at,
       CASE WHEN r.until_at > r.from_at THEN r.until_at END, 'tape', r.tape_kind, r.evidence,
       %(by)s, %(now)s, '[]'::jsonb
FROM read r ORDER BY r.id
ON CONFLICT (id) DO UPDATE SET until_at = excluded.until_at, evidence = excluded.evidence
WHERE conduct_hold.closed_at IS NULL
  AND (conduct_hold.until_at, conduct_hold.evidence)
      IS DISTINCT FROM (excluded.until_at, excluded.evidence)
RETURNING id, person_id, kind, loan_id, from_at, until_at, xmax = 0 AS fresh
"""

CONTACTS: Final = """
INSERT INTO conduct_contact (id, person_id, act, purpose, channel, party, loan_ids, number_hmac,
  organisation, initiator, source, source_ref, started_at, received_at, automated, connected,
  closed_at, dropped, recorded_by)
SELECT t.id, p.id, t.act, 'collect', t.channel, 'borrower',
       CASE WHEN l.id IS NULL THEN '{}'::uuid[] ELSE ARRAY[l.id] END, t.number_hmac,
       t.organisation, 'unknown', 'tape', t.event_ref, t.started_at, %(now)s, t.automated,
       t.connected, %(now)s, false, 'tape'
FROM pg_temp.t_contacts t JOIN people_person p ON p.person_ref = t.person_ref
LEFT JOIN loans_loan l ON l.loan_ref = t.loan_ref
ON CONFLICT DO NOTHING
"""

# The last tape that names a point says what it is; one that no later tape names stays as it was.
POINTS: Final = """
INSERT INTO conduct_point (id, person_id, kind, tape_kind, number_hmac, source, status, owner,
  worth, obtained_on, taken_at)
SELECT DISTINCT ON (t.id) t.id, p.id, t.kind, t.tape_kind, t.number_hmac, t.source, t.status,
       t.owner, t.worth, t.obtained_on, %(now)s
FROM pg_temp.t_points t JOIN people_person p ON p.person_ref = t.person_ref
ORDER BY t.id, t.worth DESC
ON CONFLICT (id) DO UPDATE
SET kind = excluded.kind, source = excluded.source, status = excluded.status,
    owner = excluded.owner, worth = excluded.worth, obtained_on = excluded.obtained_on,
    taken_at = excluded.taken_at
"""
