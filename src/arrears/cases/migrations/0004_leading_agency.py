"""Cases name the agency that leads them, so that row security asks for nothing beside the row."""

from django.db import migrations, models

_ORDERS = {
    "bucket": ["-bucket_rank", "-overdue_minor", "id"],
    "amount": ["-overdue_minor", "id"],
    "days": ["-days_past_due", "id"],
    "opened": ["-opened_on", "id"],
    "treatment": ["treatment", "-overdue_minor", "id"],
}

# Whoever writes a case, it is led as its person is. The lock keeps a placement or a recall that is
# under way from missing a case that is opened meanwhile: one of the two waits.
_KEPT = """
CREATE FUNCTION cases_lead() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  SELECT p.agency_id INTO NEW.agency_id FROM people_person p WHERE p.id = NEW.person_id FOR SHARE;
  RETURN NEW;
END $$;
CREATE TRIGGER cases_case_led BEFORE INSERT OR UPDATE OF agency_id, person_id ON cases_case
  FOR EACH ROW EXECUTE FUNCTION cases_lead();
"""
_UNDO = """
DROP TRIGGER cases_case_led ON cases_case;
DROP FUNCTION cases_lead;
"""


def _index(name: str, fields: list[str]) -> list[migrations.operations.base.Operation]:
    """The same index, with what row security asks for now."""
    index = models.Index(
        fields=fields,
        condition=models.Q(state="open"),
        name=f"cases_case_by_{name}",
        include=("agency_id",),
    )
    return [
        migrations.RemoveIndex("case", f"cases_case_by_{name}"),
        migrations.AddIndex("case", index),
    ]


class Migration(migrations.Migration):
    dependencies = [("cases", "0003_index_alone"), ("people", "0011_leading_agency")]

    operations = [
        migrations.AddField("case", "agency_id", models.UUIDField(null=True)),
        *(operation for each in _ORDERS.items() for operation in _index(*each)),
        migrations.AddIndex(
            "case",
            models.Index(
                fields=["agency_id", "-bucket_rank", "-overdue_minor", "id"],
                condition=models.Q(state="open", agency_id__isnull=False),
                name="cases_case_of_agency",
            ),
        ),
        migrations.RunSQL(_KEPT, _UNDO),
    ]
