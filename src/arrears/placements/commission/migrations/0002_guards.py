"""Row security, and statements that nobody rewrites once they are issued."""

from django.db import migrations

from arrears.store.rowsecurity import of_organisation, protect, protect_shared

_GUARDS = """
CREATE FUNCTION commission_statement_guard() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
DECLARE
  follows text[] := ARRAY['state', 'issued_by', 'issued_at', 'disputed_by', 'disputed_at',
    'dispute_reason', 'answered_by', 'answered_at', 'answer', 'settled_by', 'settled_at',
    'settled_note'];
BEGIN
  IF TG_OP = 'DELETE' OR OLD.state IN ('settled', 'dropped')
     OR (OLD.state <> 'draft' AND to_jsonb(OLD) - follows <> to_jsonb(NEW) - follows) THEN
    RAISE EXCEPTION 'a statement that is % is not rewritten', OLD.state
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER commission_statement_kept BEFORE UPDATE OR DELETE ON commission_statement
  FOR EACH ROW EXECUTE FUNCTION commission_statement_guard();

-- Lines come and go with a draft alone. A transition table, so that a month of a hundred thousand
-- payments is looked at once.
CREATE FUNCTION commission_line_guard() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
BEGIN
  IF EXISTS (SELECT FROM touched t LEFT JOIN commission_statement s ON s.id = t.statement_id
             WHERE s.state IS DISTINCT FROM 'draft') THEN
    RAISE EXCEPTION 'lines of a statement that is no draft are neither added nor removed'
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER commission_line_added AFTER INSERT ON commission_line
  REFERENCING NEW TABLE AS touched
  FOR EACH STATEMENT EXECUTE FUNCTION commission_line_guard();
CREATE TRIGGER commission_line_removed AFTER DELETE ON commission_line
  REFERENCING OLD TABLE AS touched
  FOR EACH STATEMENT EXECUTE FUNCTION commission_line_guard();
CREATE FUNCTION commission_refuse() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
BEGIN
  RAISE EXCEPTION 'a line of a statement is never changed' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER commission_line_unchanged BEFORE UPDATE ON commission_line
  FOR EACH ROW EXECUTE FUNCTION commission_refuse();
"""
_UNDO = """
DROP TRIGGER commission_line_unchanged ON commission_line;
DROP FUNCTION commission_refuse;
DROP TRIGGER commission_line_removed ON commission_line;
DROP TRIGGER commission_line_added ON commission_line;
DROP FUNCTION commission_line_guard;
DROP TRIGGER commission_statement_kept ON commission_statement;
DROP FUNCTION commission_statement_guard;
"""


class Migration(migrations.Migration):
    dependencies = [("commission", "0001_initial")]

    operations = [
        *protect("commission_complaint"),
        protect_shared("commission_scheme", of_organisation()),
        protect_shared("commission_adjustment", of_organisation()),
        protect_shared("commission_score", of_organisation()),
        protect_shared("commission_target", of_organisation()),
        # A draft is not an agency's to see.
        protect_shared(
            "commission_statement",
            f"{of_organisation()} AND state NOT IN ('draft', 'dropped')",
        ),
        protect_shared(
            "commission_line", "statement_id IN (SELECT s.id FROM commission_statement s)"
        ),
        migrations.RunSQL(_GUARDS, _UNDO),
    ]
