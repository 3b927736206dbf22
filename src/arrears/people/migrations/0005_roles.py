from django.db import migrations, models

# As people/access/table.yaml names them; a role added there needs a migration like this one.
ROLES = [
    "administrator", "agency_collector", "agency_manager", "collector", "compliance", "engineer",
    "head_of_collections", "hotline", "hr", "lawyer", "officer", "security_officer", "strategist",
    "supervisor", "team_lead",
]  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("people", "0004_register_row_security")]

    operations = [
        migrations.RemoveConstraint(model_name="user", name="people_user_role"),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(role__in=ROLES), name="people_user_role"
            ),
        ),
    ]
