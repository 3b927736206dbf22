"""Persons and cases name the agency that leads them: what row security asks for, on the row itself.

Asked of the placements, every page of an agency first gathered all persons placed with it, and its
lists passed over the whole book. The database alone keeps the column: whoever writes it, it becomes
what the placements say.
"""

from django.db import migrations

from arrears.placements.security import LED, placed, read_anew

_KEPT = """
CREATE FUNCTION placements_lead_person() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  NEW.agency_id := (
    SELECT w.organisation_id FROM placements_placement w
    WHERE w.person_id = NEW.id AND w.until_at IS NULL);
  RETURN NEW;
END $$;
CREATE TRIGGER people_person_led BEFORE UPDATE OF agency_id ON people_person
  FOR EACH ROW EXECUTE FUNCTION placements_lead_person();

-- Persons first, in one order: a case that is opened meanwhile waits for its person.
CREATE FUNCTION placements_lead() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  outer_scope text := coalesce(current_setting('arrears.scope', true), '');
  persons uuid[] := ARRAY(SELECT DISTINCT c.person_id FROM changed c);
  moved uuid[];
BEGIN
  -- Whoever changed the placements, an agency too: of persons and cases nothing stays behind.
  PERFORM set_config('arrears.scope', 'lender', true);
  moved := ARRAY(
    SELECT p.id FROM people_person p
    LEFT JOIN placements_placement w ON w.person_id = p.id AND w.until_at IS NULL
    WHERE p.id = ANY(persons) AND p.agency_id IS DISTINCT FROM w.organisation_id
    ORDER BY p.id FOR NO KEY UPDATE OF p);
  UPDATE people_person SET agency_id = NULL WHERE id = ANY(moved);
  UPDATE cases_case SET agency_id = NULL WHERE person_id = ANY(moved);
  PERFORM set_config('arrears.scope', outer_scope, true);
  RETURN NULL;
END $$;
CREATE TRIGGER placements_placement_begun AFTER INSERT ON placements_placement
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION placements_lead();
CREATE TRIGGER placements_placement_changed AFTER UPDATE ON placements_placement
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION placements_lead();
CREATE TRIGGER placements_placement_gone AFTER DELETE ON placements_placement
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION placements_lead();
"""
_UNDO = """
DROP TRIGGER placements_placement_gone ON placements_placement;
DROP TRIGGER placements_placement_changed ON placements_placement;
DROP TRIGGER placements_placement_begun ON placements_placement;
DROP FUNCTION placements_lead;
DROP TRIGGER people_person_led ON people_person;
DROP FUNCTION placements_lead_person;
"""
# Whoever was placed before; the triggers above put in what is true.
_BEGIN = """
SELECT set_config('arrears.scope', 'lender', true);
UPDATE people_person SET agency_id = NULL
  WHERE id IN (SELECT w.person_id FROM placements_placement w WHERE w.until_at IS NULL);
UPDATE cases_case SET agency_id = NULL
  WHERE person_id IN (SELECT w.person_id FROM placements_placement w WHERE w.until_at IS NULL);
SELECT set_config('arrears.scope', '', true);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("placements", "0003_agencies_see"),
        ("people", "0011_leading_agency"),
        ("cases", "0004_leading_agency"),
    ]

    operations = [
        migrations.RunSQL(_KEPT, _UNDO),
        migrations.RunSQL(_BEGIN, migrations.RunSQL.noop),
        read_anew("people_person", LED, placed("id")),
        read_anew("cases_case", LED, placed("person_id")),
    ]
