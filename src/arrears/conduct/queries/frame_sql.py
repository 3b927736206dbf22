"""The statement behind :func:`~arrears.conduct.queries.frame.facts_frame`.

Definitions are those of ``situation.py``, ``rules/counts.py`` and ``conduct_counts`` in the
database, for an act about all loans of a person that names no number.
"""

from __future__ import annotations

from typing import Final

from arrears.conduct.rules.counts import EARLIEST_ZONE, LATEST_ZONE, WINDOWS
from arrears.conduct.rules.kinds import HOLD_FACTS
from arrears.conduct.rules.persons import MOST_YEARS, OF_AGE_YEARS
from arrears.conduct.rules.points import FIRM, OF_CHANNEL
from arrears.conduct.rules.unowned import ELSEWHERE, ON_TAPE, OWN_CHANNELS, TAPE_COLUMNS
from arrears.rulebook.act import BUSINESS_ZONES, JURISDICTIONS

_TAPED: Final = " ".join(
    f"WHEN g.channel = '{channel}' THEN b.{column} IS NOT NULL"
    for channel, column in TAPE_COLUMNS.items()
) + " ELSE g.channel IN ({})".format(", ".join(f"'{channel}'" for channel in sorted(OWN_CHANNELS)))
_POINT_KINDS: Final = " ".join(
    "WHEN g.channel = '{}' THEN k.kind IN ({})".format(
        channel, ", ".join(f"'{kind}'" for kind in kinds)
    )
    for channel, kinds in OF_CHANNEL.items()
)
_FIRM: Final = ", ".join(f"'{status}'" for status in sorted(FIRM))
_COUNTED: Final = {
    "connected": "call AND connected IS NOT FALSE",
    "unanswered": "call AND connected IS NOT TRUE",
    "calls": "call",
    "calls_debt": "call",
    "messages": "act = 'message'",
    "letters": "act = 'letter'",
    "visits": "act = 'visit_arrival'",
    "debits": "act = 'debit'",
    "contacts": "touch",
}
_HOLD_COLUMNS: Final = tuple(dict.fromkeys(HOLD_FACTS.values()))

COLUMNS: Final = (
    "person_id", "person_ref", "jurisdiction", "time_zone", "case_id", "public_holiday",
    "age", "capacity", "overdue", "days_past_due", "active_plan", "plan_prepared",
    "attorney_released", "validation_sent", "validation_open", "product", "creditor_type",
    "digital_loan", "point_source", "point_status", "point_is_work", "stopped",
    "in_charge", "agency_announced",
    *_HOLD_COLUMNS, *WINDOWS, "locate_contacts", "first_communication", "days_since_first",
    "days_since_conversation",
)  # fmt: skip
"""Columns of the frame, in order; all but the first five are facts."""

_COUNTRY: Final = "lower(split_part(p.jurisdiction, '-', 1))"
_ZONES: Final = " ".join(f"WHEN '{code}' THEN '{zone}'" for code, zone in BUSINESS_ZONES.items())
_CODES: Final = ", ".join(f"'{code}'" for code in JURISDICTIONS)
_WINDOWED: Final = ",\n    ".join(
    f"count(*) FILTER (WHERE ours AND {_COUNTED[what]} AND day >= today - {days - 1}) AS {name}"
    for name, (what, days) in WINDOWS.items()
)
_HELD: Final = ",\n    ".join(
    "bool_or(h.kind IN ({})) AS {}".format(
        ", ".join(f"'{kind}'" for kind, fact in HOLD_FACTS.items() if fact == name), name
    )
    for name in _HOLD_COLUMNS
)
_HOLDS: Final = ",\n  ".join(
    "coalesce(h.hold_doubt, false) OR coalesce(d.doubted, false) AS hold_doubt"
    if name == "hold_doubt"
    else f"coalesce(h.{name}, false) AS {name}"
    for name in _HOLD_COLUMNS
)
_HISTORY: Final = ",\n  ".join(f"coalesce(n.{name}, 0) AS {name}" for name in WINDOWS)

FRAME: Final = f"""
WITH given AS (
  SELECT %s::timestamptz AS at, %s::text AS channel, %s::text AS organisation, %s::text AS zone,
         %s::boolean AS everybody, %s::text[] AS products, %s::text[] AS districts,
         %s::jsonb AS holidays
), base AS (
  SELECT p.*, t.subject_id, coalesce(t.subject_id, p.id) AS subject, t.in_charge,
         t.agency_announced, t.active_plan, t.plan_prepared, t.attorney_released, t.capacity,
         t.validation_sent_at,
         t.validation_until, z.own_zone, coalesce(z.own_zone, '{LATEST_ZONE}') AS day_zone,
         (g.at AT TIME ZONE coalesce(z.own_zone, '{EARLIEST_ZONE}'))::date AS today,
         CASE WHEN {_COUNTRY} IN ({_CODES}) THEN {_COUNTRY} END AS code
  FROM given g CROSS JOIN people_person p
  LEFT JOIN conduct_standing t ON t.person_id = p.id
  CROSS JOIN LATERAL (
    SELECT coalesce(p.time_zone, CASE {_COUNTRY} {_ZONES} END) AS own_zone) z
), shared AS (
  SELECT a.id, a.day_zone, a.today, b.id AS member FROM base a JOIN base b ON b.subject = a.subject
), met AS (
  SELECT s.id, s.today, k.act, k.connected, k.conversation, k.initiator <> 'person' AS ours,
         k.act IN ('call_human', 'call_automated') AS call,
         k.act IN ('message', 'call_human', 'call_automated', 'letter', 'visit_arrival') AS touch,
         (k.started_at AT TIME ZONE s.day_zone)::date AS day
  FROM shared s JOIN conduct_contact k ON k.person_id = s.member WHERE NOT k.dropped
), counted AS (
  SELECT id,
    {_WINDOWED},
    count(*) FILTER (WHERE act = 'locate' AND ours) AS locate_contacts,
    min(day) FILTER (WHERE ours AND touch) AS first_on,
    max(day) FILTER (WHERE call AND connected IS NOT FALSE AND conversation IS NOT FALSE)
      AS conversation_on
  FROM met GROUP BY id
), held AS (
  SELECT s.id,
    {_HELD}
  FROM given g CROSS JOIN shared s JOIN conduct_hold h ON h.person_id = s.member
  WHERE h.closed_at IS NULL AND h.from_at <= g.at AND (h.until_at IS NULL OR g.at < h.until_at)
    AND (h.channel IS NULL OR g.channel IN (h.channel, 'unknown'))
  GROUP BY s.id
), doubt AS (
  SELECT l.person_id AS id, true AS doubted
  FROM given g CROSS JOIN loans_hold d JOIN loans_loan l ON l.id = d.loan_id
  WHERE d.from_on::timestamp AT TIME ZONE g.zone <= g.at
    AND (d.until_on IS NULL OR g.at < d.until_on::timestamp AT TIME ZONE g.zone)
  GROUP BY l.person_id
), point AS (
  -- Of each person the best that the channel can use (rules/points.py).
  SELECT DISTINCT ON (k.person_id) k.person_id AS id, k.source, k.owner = 'work' AS is_work,
         CASE WHEN k.owner IN ('other', 'unknown')
                AND coalesce(k.status, '') NOT IN ({_FIRM}) THEN 'doubtful'
              ELSE k.status END AS status
  FROM given g CROSS JOIN conduct_point k
  WHERE CASE {_POINT_KINDS} ELSE false END
  ORDER BY k.person_id, k.worth, k.id
), owed AS (
  SELECT c.person_id AS id, min(c.id::text) AS case_id, count(*) AS loans_count,
    max(coalesce(k.days_past_due, (substr(k.bucket, 2, 1)::int - 1) * 30 + 1)) AS days_past_due,
    array_agg(l.product) AS products,
    (array_agg(l.product ORDER BY k.days_past_due DESC NULLS LAST, l.loan_ref))[1] AS product,
    (array_agg(l.creditor_type ORDER BY k.days_past_due DESC NULLS LAST, l.loan_ref))[1]
      AS creditor_type
  FROM cases_case c JOIN cases_loan k ON k.case_id = c.id AND k.left_on IS NULL
  JOIN loans_loan l ON l.id = k.loan_id
  WHERE c.state = 'open' GROUP BY c.person_id
), first AS (
  SELECT DISTINCT ON (l.person_id) l.person_id AS id, l.product, l.creditor_type
  FROM loans_loan l ORDER BY l.person_id, l.loan_ref
), found AS (
  SELECT b.*, o.case_id, o.loans_count, o.days_past_due,
         coalesce(o.products, ARRAY[f.product]) AS products,
         coalesce(o.product, f.product, 'other') AS product,
         coalesce(o.creditor_type, f.creditor_type, 'other') AS creditor_type,
         CASE WHEN b.birth_on IS NULL
                OR extract(year FROM b.today) - extract(year FROM b.birth_on)
                   NOT BETWEEN 0 AND {MOST_YEARS} THEN 'unknown'
              WHEN extract(year FROM b.today) - extract(year FROM b.birth_on)
                   - (to_char(b.today, 'MMDD') < to_char(b.birth_on, 'MMDD'))::int
                   >= {OF_AGE_YEARS} THEN 'adult'
              ELSE 'minor' END AS age
  FROM base b LEFT JOIN owed o ON o.id = b.id LEFT JOIN first f ON f.id = b.id
)
SELECT b.id::text AS person_id, b.person_ref, b.code AS jurisdiction, b.own_zone AS time_zone,
  b.case_id,
  (g.holidays -> b.jurisdiction ->> CASE WHEN b.own_zone IS NULL THEN '' ELSE b.today::text END)
    ::boolean AS public_holiday,
  b.age,
  coalesce(b.capacity, CASE b.age WHEN 'adult' THEN 'full' ELSE 'unknown' END) AS capacity,
  b.loans_count IS NOT NULL AS overdue, coalesce(b.days_past_due, 0) AS days_past_due,
  coalesce(b.active_plan, false) AS active_plan, coalesce(b.plan_prepared, false) AS plan_prepared,
  coalesce(b.attorney_released, false) AS attorney_released,
  b.validation_sent_at IS NOT NULL AS validation_sent,
  coalesce(g.at < b.validation_until, false) AS validation_open, b.product, b.creditor_type,
  b.product = 'online_consumer' AS digital_loan,
  coalesce(k.source, CASE WHEN CASE {_TAPED} END THEN '{ON_TAPE["point_source"]}'
    ELSE '{ELSEWHERE["point_source"]}' END) AS point_source,
  coalesce(k.status, '{ON_TAPE["point_status"]}') AS point_status,
  coalesce(k.is_work, false) AS point_is_work,
  g.everybody
    OR (cardinality(g.products) > 0
        AND (b.products = ARRAY[NULL]::text[] OR b.products && g.products))
    OR EXISTS (SELECT 1 FROM unnest(g.districts) AS x (district)
       WHERE x.district IN (split_part(b.jurisdiction, '-', 1), b.jurisdiction)
          OR (b.address IS NULL AND split_part(b.jurisdiction, '-', 2) = '')
          OR strpos(b.address, x.district) > 0) AS stopped,
  coalesce(b.in_charge, 'lender') = g.organisation AS in_charge,
  coalesce(b.in_charge, 'lender') = g.organisation AND coalesce(b.agency_announced, false)
    AS agency_announced,
  {_HOLDS},
  {_HISTORY},
  coalesce(n.locate_contacts, 0) AS locate_contacts, n.first_on IS NULL AS first_communication,
  -- Both ignore null, so that it is asked for first.
  CASE WHEN n.first_on IS NOT NULL THEN least(36500, greatest(0, b.today - n.first_on)) END
    AS days_since_first,
  CASE WHEN n.conversation_on IS NOT NULL
    THEN least(36500, greatest(0, b.today - n.conversation_on)) END AS days_since_conversation
FROM given g CROSS JOIN found b LEFT JOIN counted n ON n.id = b.id LEFT JOIN held h ON h.id = b.id
LEFT JOIN doubt d ON d.id = b.id LEFT JOIN point k ON k.id = b.id
ORDER BY b.person_ref
"""
