"""Contact points of the tape at the gate, and all that a gate asks first in one answer."""

import importlib

import django.db.models.deletion
from django.db import migrations, models

from arrears.store.rowsecurity import protect

_guards = importlib.import_module("arrears.conduct.migrations.0002_guards")
_agencies = importlib.import_module("arrears.conduct.migrations.0004_agencies")

# Whether a number is good is so whoever asks; the function gives what a gate needs, no number.
_POINTS = """
CREATE POLICY conduct_point_told ON conduct_point FOR SELECT TO arrears_owner USING (true);

CREATE FUNCTION conduct_points(whom uuid) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  IF coalesce(current_setting('arrears.scope', true), '') = '' THEN
    RAISE EXCEPTION 'contact points are for transactions with a scope'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN (
    SELECT coalesce(jsonb_agg(jsonb_build_array(
        k.kind, k.number_hmac, k.source, k.status, k.owner) ORDER BY k.worth, k.id), '[]')
    FROM conduct_point k WHERE k.person_id = whom
  );
END $$;
REVOKE ALL ON FUNCTION conduct_points FROM PUBLIC;
GRANT EXECUTE ON FUNCTION conduct_points TO arrears_app;
"""
_UNDO_POINTS = """
DROP FUNCTION conduct_points;
DROP POLICY conduct_point_told ON conduct_point;
"""
# How a person stands: what migration 0004 asked in one large statement, in small ones, whose
# making ready takes a fraction of the time; the caller reads what is owed.
_STANDS = """
CREATE FUNCTION conduct_stands(whom uuid, loans uuid[], moment timestamptz)
RETURNS json LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  p record;
  owed json;
  other json;
  known bigint := 0;
BEGIN
  SELECT b.jurisdiction, b.time_zone, b.birth_on, b.address, b.phone, b.email, t.subject_id,
    t.in_charge, t.agency_announced, t.active_plan, t.plan_prepared, t.attorney_released,
    t.capacity, t.validation_sent_at, t.validation_until INTO p
  FROM people_person b LEFT JOIN conduct_standing t ON t.person_id = b.id WHERE b.id = whom;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  IF cardinality(loans) = 0 THEN
    owed := (
      SELECT json_agg(json_build_array(k.days_past_due, k.bucket, l.product, l.creditor_type)
        ORDER BY k.days_past_due DESC NULLS LAST, l.loan_ref)
      FROM cases_case c JOIN cases_loan k ON k.case_id = c.id AND k.left_on IS NULL
      JOIN loans_loan l ON l.id = k.loan_id
      WHERE c.state = 'open' AND c.person_id = whom);
    IF owed IS NULL THEN
      other := (
        SELECT json_build_array(l.product, l.creditor_type) FROM loans_loan l
        WHERE l.person_id = whom ORDER BY l.loan_ref LIMIT 1);
    END IF;
  ELSE
    -- For a guarantor the cases are those of the loans named.
    owed := (
      SELECT json_agg(json_build_array(k.days_past_due, k.bucket, l.product, l.creditor_type)
        ORDER BY k.days_past_due DESC NULLS LAST, l.loan_ref)
      FROM cases_case c JOIN cases_loan k ON k.case_id = c.id AND k.left_on IS NULL
      JOIN loans_loan l ON l.id = k.loan_id
      WHERE c.state = 'open' AND k.loan_id = ANY(loans)
        AND c.person_id IN (SELECT whom UNION
                            SELECT g.person_id FROM loans_loan g WHERE g.id = ANY(loans)));
    IF owed IS NULL THEN
      other := (
        SELECT json_build_array(l.product, l.creditor_type) FROM loans_loan l
        WHERE l.id = ANY(loans) ORDER BY l.loan_ref LIMIT 1);
    END IF;
    known := (
      SELECT count(*) FROM loans_loan l WHERE l.id = ANY(loans)
        AND (l.person_id = whom OR EXISTS (
          SELECT 1 FROM loans_party y WHERE y.loan_id = l.id AND y.person_id = whom)));
  END IF;
  RETURN json_build_object(
    'jurisdiction', p.jurisdiction, 'time_zone', p.time_zone, 'birth_on', p.birth_on,
    'address', p.address, 'phone', p.phone, 'email', p.email,
    'in_charge', coalesce(p.in_charge, 'lender'),
    'agency_announced', coalesce(p.agency_announced, false),
    'active_plan', coalesce(p.active_plan, false),
    'plan_prepared', coalesce(p.plan_prepared, false),
    'attorney_released', coalesce(p.attorney_released, false), 'capacity', p.capacity,
    'validation_sent_at', p.validation_sent_at, 'validation_until', p.validation_until,
    'observing', coalesce((SELECT h.observing FROM conduct_house h WHERE h.id = 1), true),
    'points', conduct_points(whom), 'holds', conduct_held(whom, p.subject_id, moment),
    'doubts', coalesce((
      SELECT json_agg(json_build_array(d.loan_id, d.from_on, d.until_on))
      FROM loans_hold d JOIN loans_loan l ON l.id = d.loan_id
      WHERE l.person_id = whom OR l.id = ANY(loans)), '[]'),
    'stops', coalesce((
      SELECT json_agg(json_build_array(x.scope, x.value, x.from_at, x.until_at))
      FROM conduct_stop x WHERE x.lifted_at IS NULL AND x.until_at > moment), '[]'),
    'owed', coalesce(owed, '[]'), 'other', other, 'known', known);
END $$;
"""

# As before, but who was never contacted is told so at once.
_AT_ONCE = """  SELECT array_agg(s.person_id) || whose INTO members
    FROM conduct_standing s WHERE s.subject_id = whose;
  IF NOT EXISTS (SELECT 1 FROM conduct_contact k WHERE k.person_id = ANY(members)) THEN
    days := '[]';
    located := 0;
    RETURN NEXT;
    RETURN;
  END IF;
"""
_COUNT_CHANGES = (
    ("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"),
    ("AS $$\nBEGIN\n", "AS $$\n#variable_conflict use_column\nDECLARE\n  members uuid[];\nBEGIN\n"),
    ("  RETURN QUERY\n", _AT_ONCE + "  RETURN QUERY\n"),
    (
        """      FROM (
        SELECT s.person_id FROM conduct_standing s WHERE s.subject_id = whose
        UNION SELECT whose  -- a person whom nobody has gated yet is their own subject
      ) m JOIN conduct_contact k ON k.person_id = m.person_id
      WHERE NOT k.dropped""",
        """      -- a person whom nobody has gated yet is their own subject
      FROM conduct_contact k WHERE k.person_id = ANY(members)
        AND NOT k.dropped""",
    ),
)

# Locks, then looks: each statement of a volatile function sees what was committed before it, so
# that whoever waited for the lock sees what the one before has written. Nothing for whom nobody
# has gated.
_FIND = """
CREATE FUNCTION conduct_find(
  whom uuid, loans uuid[], moment timestamptz, number text, since timestamptz,
  switches bigint, zones jsonb, widest text
) RETURNS json LANGUAGE plpgsql VOLATILE
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  locked record;
  stands json;
  counts record;
  head record;
  zone text;
BEGIN
  SELECT * INTO locked FROM conduct_lock(whom, switches);
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  stands := conduct_stands(whom, loans, moment);
  IF stands IS NULL THEN
    RETURN json_build_object('subject', locked.subject_id, 'key', locked.key_sha256);
  END IF;
  zone := coalesce(stands ->> 'time_zone',
                   zones ->> lower(split_part(stands ->> 'jurisdiction', '-', 1)), widest);
  SELECT * INTO counts
    FROM conduct_counts(locked.subject_id, number, loans, zone, since, NULL, NULL);
  SELECT h.seq, encode(h.sha256, 'hex') AS sha256 INTO head
    FROM journal_head h WHERE h.stream = 'person:' || whom;
  RETURN json_build_object('subject', locked.subject_id, 'key', locked.key_sha256,
    'stands', stands, 'counts', row_to_json(counts),
    'seq', head.seq, 'sha256', head.sha256);
END $$;
"""


def _counts() -> str:
    """The function of migration 0002."""
    text: str = _guards._COUNTS
    return text[text.index("CREATE FUNCTION conduct_counts") : text.index("REVOKE ALL")]


def _quick_counts() -> str:
    """The same with these changes."""
    text = _counts()
    for old, new in _COUNT_CHANGES:
        if text.count(old) != 1:
            raise ValueError(f"migration 0002 does not hold this once: {old[:60]!r}")
        text = text.replace(old, new)
    return text


class Migration(migrations.Migration):
    dependencies = [
        ("conduct", "0004_agencies"),
        ("journal", "0004_single"),
    ]

    operations = [
        migrations.CreateModel(
            name="Point",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=10)),
                ("tape_kind", models.TextField()),
                ("number_hmac", models.CharField(max_length=64, null=True)),
                ("source", models.CharField(max_length=20, null=True)),
                ("status", models.CharField(max_length=12, null=True)),
                ("owner", models.CharField(max_length=10, null=True)),
                ("worth", models.PositiveSmallIntegerField()),
                ("obtained_on", models.DateField(null=True)),
                ("taken_at", models.DateTimeField()),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="people.person",
                    ),
                ),
            ],
            options={
                "db_table": "conduct_point",
                "indexes": [
                    models.Index(fields=["person", "worth", "id"], name="conduct_point_person")
                ],
            },
        ),
        *protect("conduct_point"),
        migrations.RunSQL(_POINTS, _UNDO_POINTS),
        migrations.RunSQL("DROP FUNCTION conduct_stands", _agencies._stands()),
        migrations.RunSQL(_STANDS, "DROP FUNCTION conduct_stands"),
        migrations.RunSQL(
            _quick_counts(), _counts().replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
        ),
        migrations.RunSQL(_FIND, "DROP FUNCTION conduct_find"),
    ]
