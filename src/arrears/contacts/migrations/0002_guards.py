"""Only an allow hands over; rows of persons are seen within a scope; reports are not rewritten."""

from django.db import migrations

from arrears.conduct.allowed import require_allowed
from arrears.store.rowsecurity import protect

# What was handed over stays as it was: only what became of it is added.
_KEPT = """
CREATE FUNCTION contacts_hand_over_result() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
DECLARE
  result text[] := ARRAY['state', 'carrier_ref', 'answered_at', 'delivered_at', 'opened_at',
                         'trouble'];
BEGIN
  IF to_jsonb(OLD) - result <> to_jsonb(NEW) - result THEN
    RAISE EXCEPTION 'a hand-over only gets what became of it'
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER contacts_hand_over_unchanged BEFORE UPDATE ON contacts_hand_over
  FOR EACH ROW EXECUTE FUNCTION contacts_hand_over_result();
CREATE TRIGGER contacts_hand_over_kept BEFORE DELETE ON contacts_hand_over
  FOR EACH ROW EXECUTE FUNCTION conduct_refuse();
CREATE TRIGGER contacts_report_kept BEFORE UPDATE OR DELETE ON contacts_report
  FOR EACH ROW EXECUTE FUNCTION conduct_refuse();

-- Of a wording that was proposed only its way through the states is added.
CREATE FUNCTION contacts_wording_text() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
BEGIN
  IF OLD.state <> 'draft' AND (OLD.subject, OLD.body, OLD.jurisdictions, OLD.carrier, OLD.facts)
     IS DISTINCT FROM (NEW.subject, NEW.body, NEW.jurisdictions, NEW.carrier, NEW.facts) THEN
    RAISE EXCEPTION 'a wording is not rewritten once it was proposed; draft a new one'
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER contacts_wording_unchanged BEFORE UPDATE ON contacts_wording
  FOR EACH ROW EXECUTE FUNCTION contacts_wording_text();
"""
_UNDO = """
DROP TRIGGER contacts_wording_unchanged ON contacts_wording;
DROP FUNCTION contacts_wording_text;
DROP TRIGGER contacts_report_kept ON contacts_report;
DROP TRIGGER contacts_hand_over_kept ON contacts_hand_over;
DROP TRIGGER contacts_hand_over_unchanged ON contacts_hand_over;
DROP FUNCTION contacts_hand_over_result;
"""


class Migration(migrations.Migration):
    dependencies = [("contacts", "0001_initial"), ("conduct", "0002_guards")]

    operations = [
        require_allowed("contacts_hand_over", at="handed_at"),
        migrations.RunSQL(_KEPT, _UNDO),
        *protect("contacts_message", "contacts_hand_over", "contacts_report"),
    ]
