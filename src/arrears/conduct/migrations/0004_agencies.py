"""Agencies at the gate: what its person was told of them, and holds that they cannot see."""

import importlib

from django.db import migrations, models

_gate = importlib.import_module("arrears.conduct.migrations.0003_gate")

# The budget is the subject's, whoever asks: a hold of the same human under another reference
# stops an agency too that may not see that reference. The function gives what a gate needs of
# them, never a row.
_HELD = """
CREATE POLICY conduct_hold_counted ON conduct_hold FOR SELECT TO arrears_owner USING (true);

CREATE FUNCTION conduct_held(whom uuid, whose uuid, moment timestamptz) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  IF coalesce(current_setting('arrears.scope', true), '') = '' THEN
    RAISE EXCEPTION 'holds are for transactions with a scope'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN (
    SELECT coalesce(jsonb_agg(jsonb_build_array(
      h.kind, h.loan_id, h.channel, h.number_hmac, h.from_at, h.until_at)), '[]')
    FROM conduct_hold h
    WHERE h.person_id IN (
        SELECT s.person_id FROM conduct_standing s WHERE s.subject_id = whose
        UNION ALL SELECT whom)
      AND h.closed_at IS NULL
      AND (h.until_at IS NULL OR h.until_at > moment)
  );
END $$;
REVOKE ALL ON FUNCTION conduct_held FROM PUBLIC;
GRANT EXECUTE ON FUNCTION conduct_held TO arrears_app;
"""
_UNDO_HELD = """
DROP FUNCTION conduct_held;
DROP POLICY conduct_hold_counted ON conduct_hold;
"""

_OLD_HOLDS = """  coalesce((SELECT jsonb_agg(jsonb_build_array(
      h.kind, h.loan_id, h.channel, h.number_hmac, h.from_at, h.until_at))
    FROM conduct_hold h
    WHERE h.person_id IN (
        SELECT s.person_id FROM conduct_standing s WHERE s.subject_id = t.subject_id
        UNION ALL SELECT p.id)
      AND h.closed_at IS NULL
      AND (h.until_at IS NULL OR h.until_at > moment)), '[]') AS holds,
"""
_CHANGES = (
    ("in_charge text, active_plan", "in_charge text, agency_announced boolean, active_plan"),
    (
        "coalesce(t.active_plan, false)",
        "coalesce(t.agency_announced, false) AS agency_announced,\n"
        "  coalesce(t.active_plan, false)",
    ),
    (_OLD_HOLDS, "  conduct_held(p.id, t.subject_id, moment) AS holds,\n"),
)


def _stands() -> str:
    """The function of migration 0003 with these changes."""
    text: str = _gate._STANDS
    for old, new in _CHANGES:
        if text.count(old) != 1:
            raise ValueError(f"migration 0003 does not hold this once: {old[:60]!r}")
        text = text.replace(old, new)
    return text


class Migration(migrations.Migration):
    dependencies = [("conduct", "0003_gate")]

    operations = [
        migrations.AddField(
            model_name="standing",
            name="agency_announced",
            field=models.BooleanField(db_default=False),
        ),
        migrations.RunSQL(_HELD, _UNDO_HELD),
        migrations.RunSQL("DROP FUNCTION conduct_stands", _gate._STANDS),
        migrations.RunSQL(_stands(), "DROP FUNCTION conduct_stands"),
    ]
