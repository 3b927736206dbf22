from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """First of three: room for the hash of what is going to be sealed."""

    dependencies = [("loans", "0002_row_security"), ("people", "0010_sealed_only")]

    operations = [migrations.AddField("loan", "contract_hmac", models.TextField(null=True))]
