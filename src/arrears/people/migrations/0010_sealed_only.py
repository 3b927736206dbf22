from __future__ import annotations

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """Third of three: what is not sealed may not stand there any more."""

    dependencies = [("people", "0009_seal")]

    operations = [
        migrations.AddConstraint(
            "person",
            models.CheckConstraint(
                condition=(Q(phone=None) | Q(phone__startswith="s1."))
                & (Q(email=None) | Q(email__startswith="s1."))
                & (Q(national_id=None) | Q(national_id__startswith="s1.")),
                name="people_person_sealed",
            ),
        ),
        migrations.AddIndex(
            "person", models.Index(fields=["phone_hmac"], name="people_person_phone")
        ),
        migrations.AddIndex(
            "person", models.Index(fields=["national_id_hmac"], name="people_person_national_id")
        ),
    ]
