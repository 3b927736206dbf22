from __future__ import annotations

from typing import Any

from django.db import migrations

from arrears.loans.sealed import LOAN_TABLES
from arrears.store.sealed.filling import fill


def seal(apps: Any, schema_editor: Any) -> None:
    fill(schema_editor.connection, LOAN_TABLES)


class Migration(migrations.Migration):
    """Second of three: seal what is there, batch by batch; stopped, it goes on where it was."""

    atomic = False
    dependencies = [("loans", "0003_sealed")]
    operations = [migrations.RunPython(seal, migrations.RunPython.noop)]
