from __future__ import annotations

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """Third of three: what is not sealed may not stand there any more."""

    dependencies = [("loans", "0004_seal")]

    operations = [
        migrations.AddConstraint(
            "loan",
            models.CheckConstraint(
                condition=Q(contract_no=None) | Q(contract_no__startswith="s1."),
                name="loans_loan_sealed",
            ),
        ),
        migrations.AddIndex(
            "loan", models.Index(fields=["contract_hmac"], name="loans_loan_contract")
        ),
    ]
