import django.db.models.deletion
from django.db import migrations, models

from arrears.store.rowsecurity import protect_shared

# For whom somebody works must be known before their scope is: one look past row security, at one
# row, by the id of the user who signed in.
_EMPLOYER = """
CREATE POLICY people_staff_employer ON people_staff FOR SELECT TO arrears_owner USING (true);
CREATE FUNCTION access_employer(of_user bigint)
RETURNS TABLE (organisation_id uuid, kind text, left_on date)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT o.id, o.kind::text, s.left_on
  FROM public.people_staff s JOIN public.people_organisation o ON o.id = s.organisation_id
  WHERE s.user_id = of_user
$$;
REVOKE ALL ON FUNCTION access_employer(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION access_employer(bigint) TO arrears_app;
"""
_UNDO = """
DROP FUNCTION access_employer(bigint);
DROP POLICY people_staff_employer ON people_staff;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = [("people", "0004_register_row_security")]

    operations = [
        migrations.CreateModel(
            name="Reveal",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("field", models.CharField(max_length=30)),
                ("actor", models.CharField(max_length=200)),
                ("revealed_on", models.DateField()),
                ("revealed_at", models.DateTimeField()),
                ("until_at", models.DateTimeField()),
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
                "db_table": "access_reveal",
                "indexes": [
                    models.Index(fields=["actor", "revealed_on"], name="access_reveal_of_day"),
                    models.Index(
                        fields=["person", "actor", "until_at"], name="access_reveal_of_person"
                    ),
                ],
            },
        ),
        # An agency's staff see what they revealed themselves, or a recall would give back the
        # limit of the day.
        protect_shared("access_reveal", "actor = (SELECT current_setting('arrears.actor', true))"),
        migrations.RunSQL(_EMPLOYER, _UNDO),
    ]
