"""Row security, what is never rewritten, who counts for all, and the key that only an allow fits."""

from django.db import migrations

from arrears.conduct.allowed import require_allowed
from arrears.store.rowsecurity import protect

_UNCHANGED = """
CREATE FUNCTION conduct_refuse() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
BEGIN
  RAISE EXCEPTION 'rows of % are never rewritten: % is refused', TG_TABLE_NAME, TG_OP
    USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER conduct_verdict_unchanged BEFORE UPDATE OR DELETE ON conduct_verdict
  FOR EACH ROW EXECUTE FUNCTION conduct_refuse();
CREATE TRIGGER conduct_rules_unchanged BEFORE UPDATE OR DELETE ON conduct_rules
  FOR EACH ROW EXECUTE FUNCTION conduct_refuse();
CREATE TRIGGER conduct_contact_kept BEFORE DELETE ON conduct_contact
  FOR EACH ROW EXECUTE FUNCTION conduct_refuse();
CREATE TRIGGER conduct_hold_kept BEFORE DELETE ON conduct_hold
  FOR EACH ROW EXECUTE FUNCTION conduct_refuse();
CREATE TRIGGER conduct_stop_kept BEFORE DELETE ON conduct_stop
  FOR EACH ROW EXECUTE FUNCTION conduct_refuse();
CREATE TRIGGER conduct_incident_kept BEFORE DELETE ON conduct_incident
  FOR EACH ROW EXECUTE FUNCTION conduct_refuse();

-- Of a contact only its result is ever added, once.
CREATE FUNCTION conduct_contact_result() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
DECLARE
  result text[] := ARRAY['automated', 'connected', 'conversation', 'duration_seconds',
                         'closed_at', 'dropped'];
BEGIN
  IF OLD.closed_at IS NOT NULL OR NEW.closed_at IS NULL
     OR to_jsonb(OLD) - result <> to_jsonb(NEW) - result THEN
    RAISE EXCEPTION 'a contact only gets its result, once'
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER conduct_contact_unchanged BEFORE UPDATE ON conduct_contact
  FOR EACH ROW EXECUTE FUNCTION conduct_contact_result();
"""

_UNDO_UNCHANGED = """
DROP TRIGGER conduct_contact_unchanged ON conduct_contact;
DROP FUNCTION conduct_contact_result;
DROP TRIGGER conduct_incident_kept ON conduct_incident;
DROP TRIGGER conduct_stop_kept ON conduct_stop;
DROP TRIGGER conduct_hold_kept ON conduct_hold;
DROP TRIGGER conduct_contact_kept ON conduct_contact;
DROP TRIGGER conduct_rules_unchanged ON conduct_rules;
DROP TRIGGER conduct_verdict_unchanged ON conduct_verdict;
DROP FUNCTION conduct_refuse;
"""

# The budget is the subject's, whoever asks: the function sees the contacts of all agencies and
# gives counts, never rows. What is not known counts as if it were: an answer not yet reported is
# both an answered and an unanswered call, a contact about no loan is one about each. Without an
# upper bound (`before` null) contacts of the future count too: a clock set back frees nothing.
_COUNTS = """
CREATE POLICY conduct_contact_counted ON conduct_contact FOR SELECT TO arrears_owner USING (true);
CREATE POLICY conduct_standing_counted ON conduct_standing FOR SELECT TO arrears_owner USING (true);

CREATE FUNCTION conduct_counts(
  whose uuid, number text, loans uuid[], zone text, since timestamptz, before timestamptz,
  except_for uuid
) RETURNS TABLE (days jsonb, first_on date, conversation_on date, located int)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  IF coalesce(current_setting('arrears.scope', true), '') = '' THEN
    RAISE EXCEPTION 'counts are for transactions with a scope'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN QUERY
  SELECT coalesce(jsonb_agg(to_jsonb(d) - 'begun' - 'talked' - 'located') FILTER (WHERE d.counts),
                  '[]'::jsonb),
         min(d.day) FILTER (WHERE d.begun), max(d.day) FILTER (WHERE d.talked),
         coalesce(sum(d.located), 0)::int
  FROM (
    SELECT t.day,
           bool_or(t.ours AND t.recent) AS counts,
           count(*) FILTER (WHERE t.ours AND t.call AND t.connected IS NOT FALSE) AS connected,
           count(*) FILTER (WHERE t.ours AND t.call AND t.connected IS NOT TRUE
             AND t.same_number) AS unanswered,
           count(*) FILTER (WHERE t.ours AND t.call) AS calls,
           count(*) FILTER (WHERE t.ours AND t.call AND t.same) AS calls_debt,
           count(*) FILTER (WHERE t.ours AND t.act = 'message') AS messages,
           count(*) FILTER (WHERE t.ours AND t.act = 'letter') AS letters,
           count(*) FILTER (WHERE t.ours AND t.act = 'visit_arrival') AS visits,
           count(*) FILTER (WHERE t.ours AND t.act = 'debit') AS debits,
           count(*) FILTER (WHERE t.ours AND t.touch) AS contacts,
           bool_or(t.ours AND t.touch AND t.same) AS begun,
           bool_or(t.call AND t.same AND t.connected IS NOT FALSE
             AND t.conversation IS NOT FALSE) AS talked,
           count(*) FILTER (WHERE t.ours AND t.act = 'locate' AND t.same_number) AS located
    FROM (
      SELECT k.act, k.connected, k.conversation, k.initiator <> 'person' AS ours,
             k.started_at >= since AS recent,
             k.act IN ('call_human', 'call_automated') AS call,
             k.act IN ('message', 'call_human', 'call_automated', 'letter', 'visit_arrival')
               AS touch,
             (number IS NULL OR k.number_hmac IS NULL OR k.number_hmac = number) AS same_number,
             (cardinality(loans) = 0 OR cardinality(k.loan_ids) = 0 OR k.loan_ids && loans)
               AS same,
             (k.started_at AT TIME ZONE zone)::date AS day
      FROM (
        SELECT s.person_id FROM conduct_standing s WHERE s.subject_id = whose
        UNION SELECT whose  -- a person whom nobody has gated yet is their own subject
      ) m JOIN conduct_contact k ON k.person_id = m.person_id
      WHERE NOT k.dropped AND (before IS NULL OR k.started_at < before)
        AND (except_for IS NULL OR k.id <> except_for)
    ) t GROUP BY t.day
  ) d;
END $$;
REVOKE ALL ON FUNCTION conduct_counts FROM PUBLIC;
GRANT EXECUTE ON FUNCTION conduct_counts TO arrears_app;
"""

_UNDO_COUNTS = """
DROP FUNCTION conduct_counts;
DROP POLICY conduct_standing_counted ON conduct_standing;
DROP POLICY conduct_contact_counted ON conduct_contact;
"""

_FINDING = "source IN ('reported', 'tape')"


class Migration(migrations.Migration):
    dependencies = [("conduct", "0001_initial")]

    operations = [
        *protect(
            "conduct_subject",
            "conduct_standing",
            "conduct_hold",
            "conduct_verdict",
            "conduct_contact",
            "conduct_reservation",
            "conduct_incident",
        ),
        migrations.RunSQL(_UNCHANGED, _UNDO_UNCHANGED),
        migrations.RunSQL(_COUNTS, _UNDO_COUNTS),
        require_allowed("conduct_contact", at="started_at", unless=_FINDING),
    ]
