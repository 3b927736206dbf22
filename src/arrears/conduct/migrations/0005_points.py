"""Contact points of the tape at the gate, and all that a gate asks first in one answer."""

import importlib

import django.db.models.deletion
from django.db import migrations, models

from arrears.store.rowsecurity import protect

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
_CHANGES = (
    ("observing boolean, holds jsonb,", "observing boolean, points jsonb, holds jsonb,"),
    (
        "  conduct_held(p.id,",
        "  conduct_points(p.id) AS points,\n  conduct_held(p.id,",
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
  stands record;
  counts record;
  head record;
  zone text;
BEGIN
  SELECT * INTO locked FROM conduct_lock(whom, switches);
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  SELECT * INTO stands FROM conduct_stands(whom, loans, moment);
  IF NOT FOUND THEN
    RETURN json_build_object('subject', locked.subject_id, 'key', locked.key_sha256);
  END IF;
  zone := coalesce(stands.time_zone,
                   zones ->> lower(split_part(stands.jurisdiction, '-', 1)), widest);
  SELECT * INTO counts
    FROM conduct_counts(locked.subject_id, number, loans, zone, since, NULL, NULL);
  SELECT h.seq, encode(h.sha256, 'hex') AS sha256 INTO head
    FROM journal_head h WHERE h.stream = 'person:' || whom;
  RETURN json_build_object('subject', locked.subject_id, 'key', locked.key_sha256,
    'stands', row_to_json(stands), 'counts', row_to_json(counts),
    'seq', head.seq, 'sha256', head.sha256);
END $$;
"""


def _stands() -> str:
    """The function of migration 0004 with these changes."""
    text: str = _agencies._stands()
    for old, new in _CHANGES:
        if text.count(old) != 1:
            raise ValueError(f"migration 0004 does not hold this once: {old[:60]!r}")
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
        migrations.RunSQL(_stands(), "DROP FUNCTION conduct_stands"),
        migrations.RunSQL(_FIND, "DROP FUNCTION conduct_find"),
    ]
