"""What the gate asks for each act, as functions: their plans are made once a session."""

from django.db import migrations

# The subject of a person, locked until the transaction ends. Whoever waited may have waited for a
# merger: then the budget is another one, and is locked instead. Nothing for whom nobody has gated.
_LOCK = """
CREATE FUNCTION conduct_lock(whom uuid, switches bigint)
RETURNS TABLE (subject_id uuid, key_sha256 varchar) LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
DECLARE
  found uuid;
  still uuid;
BEGIN
  PERFORM pg_advisory_xact_lock_shared(switches);
  LOOP
    SELECT t.subject_id INTO found FROM conduct_standing t WHERE t.person_id = whom;
    IF found IS NULL THEN
      RETURN;
    END IF;
    PERFORM 1 FROM conduct_subject s WHERE s.id = found FOR UPDATE;
    SELECT t.subject_id INTO still FROM conduct_standing t WHERE t.person_id = whom;
    IF still = found THEN
      RETURN QUERY SELECT found, (SELECT h.key_sha256 FROM conduct_house h WHERE h.id = 1);
      RETURN;
    END IF;
  END LOOP;
END $$;
"""

# How a person stands, in one row. Holds are those of every person of the subject; a doubt of the
# loan book is a hold. The cases looked into are the person's own, and for a guarantor those of the
# loans named.
_STANDS = """
CREATE FUNCTION conduct_stands(whom uuid, loans uuid[], moment timestamptz)
RETURNS TABLE (
  jurisdiction text, time_zone text, birth_on date, address text, phone text, email text,
  in_charge text, active_plan boolean, plan_prepared boolean, attorney_released boolean,
  capacity varchar, validation_sent_at timestamptz, validation_until timestamptz,
  observing boolean, holds jsonb, doubts jsonb, stops jsonb, loans_count bigint,
  days_past_due int, products text[], product text, creditor_type text, first_product text,
  first_creditor_type text, known bigint
) LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
RETURN QUERY
SELECT p.jurisdiction, p.time_zone, p.birth_on, p.address, p.phone, p.email,
  coalesce(t.in_charge, 'lender') AS in_charge, coalesce(t.active_plan, false) AS active_plan,
  coalesce(t.plan_prepared, false) AS plan_prepared,
  coalesce(t.attorney_released, false) AS attorney_released, t.capacity,
  t.validation_sent_at, t.validation_until,
  coalesce((SELECT h.observing FROM conduct_house h WHERE h.id = 1), true) AS observing,
  coalesce((SELECT jsonb_agg(jsonb_build_array(
      h.kind, h.loan_id, h.channel, h.number_hmac, h.from_at, h.until_at))
    FROM conduct_hold h
    WHERE h.person_id IN (
        SELECT s.person_id FROM conduct_standing s WHERE s.subject_id = t.subject_id
        UNION ALL SELECT p.id)
      AND h.closed_at IS NULL
      AND (h.until_at IS NULL OR h.until_at > moment)), '[]') AS holds,
  coalesce((SELECT jsonb_agg(jsonb_build_array(d.loan_id, d.from_on, d.until_on))
    FROM loans_hold d JOIN loans_loan l ON l.id = d.loan_id
    WHERE l.person_id = p.id OR l.id = ANY(loans)), '[]') AS doubts,
  coalesce((SELECT jsonb_agg(jsonb_build_array(x.scope, x.value, x.from_at, x.until_at))
    FROM conduct_stop x WHERE x.lifted_at IS NULL AND x.until_at > moment), '[]') AS stops,
  o.loans_count, o.days_past_due, o.products, o.product, o.creditor_type,
  f.product AS first_product, f.creditor_type AS first_creditor_type, n.known
FROM people_person p LEFT JOIN conduct_standing t ON t.person_id = p.id
LEFT JOIN LATERAL (
  SELECT count(*) AS loans_count,
    max(coalesce(k.days_past_due, (substr(k.bucket, 2, 1)::int - 1) * 30 + 1)) AS days_past_due,
    array_agg(l.product) AS products,
    (array_agg(l.product ORDER BY k.days_past_due DESC NULLS LAST, l.loan_ref))[1] AS product,
    (array_agg(l.creditor_type ORDER BY k.days_past_due DESC NULLS LAST, l.loan_ref))[1]
      AS creditor_type
  FROM cases_case c JOIN cases_loan k ON k.case_id = c.id AND k.left_on IS NULL
  JOIN loans_loan l ON l.id = k.loan_id
  WHERE c.state = 'open'
    AND c.person_id IN (SELECT p.id UNION
                        SELECT g.person_id FROM loans_loan g WHERE g.id = ANY(loans))
    AND (cardinality(loans) = 0 OR k.loan_id = ANY(loans))
) o ON true
LEFT JOIN LATERAL (
  SELECT l.product, l.creditor_type FROM loans_loan l
  WHERE CASE WHEN cardinality(loans) = 0 THEN l.person_id = p.id
             ELSE l.id = ANY(loans) END
  ORDER BY l.loan_ref LIMIT 1
) f ON true
LEFT JOIN LATERAL (
  SELECT count(*) AS known FROM loans_loan l WHERE l.id = ANY(loans)
    AND (l.person_id = p.id OR EXISTS (
      SELECT 1 FROM loans_party y WHERE y.loan_id = l.id AND y.person_id = p.id))
) n ON true
WHERE p.id = whom;
END $$;
"""

# Both rows by the names of their columns. Says whether the rules that answered are on record.
_KEEP = """
CREATE FUNCTION conduct_keep(verdict jsonb, contact jsonb) RETURNS boolean LANGUAGE plpgsql
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  INSERT INTO conduct_verdict SELECT * FROM jsonb_populate_record(NULL::conduct_verdict, verdict);
  IF contact IS NOT NULL THEN
    INSERT INTO conduct_contact SELECT * FROM jsonb_populate_record(NULL::conduct_contact, contact);
  END IF;
  RETURN EXISTS (SELECT 1 FROM conduct_rules r WHERE r.sha256 = verdict->>'rules_sha256');
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("conduct", "0002_guards"), ("cases", "0002_row_security")]

    operations = [
        migrations.RunSQL(_LOCK, "DROP FUNCTION conduct_lock"),
        migrations.RunSQL(_STANDS, "DROP FUNCTION conduct_stands"),
        migrations.RunSQL(_KEEP, "DROP FUNCTION conduct_keep"),
    ]
