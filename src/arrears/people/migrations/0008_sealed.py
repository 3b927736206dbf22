from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """First of three: room for the hashes of what is going to be sealed."""

    dependencies = [("people", "0007_licence_until"), ("store", "0002_sealing")]

    operations = [
        migrations.AddField("person", name, models.TextField(null=True))
        for name in ("phone_hmac", "email_hmac", "national_id_hmac", "sealed_hmac")
    ]
