from __future__ import annotations

from typing import Any

from django.db import migrations

from arrears.people.sealed import PERSONS
from arrears.store.sealed.filling import fill


def seal(apps: Any, schema_editor: Any) -> None:
    fill(schema_editor.connection, [PERSONS])


class Migration(migrations.Migration):
    """Second of three: seal what is there, batch by batch; stopped, it goes on where it was."""

    atomic = False
    dependencies = [("people", "0008_sealed")]
    operations = [migrations.RunPython(seal, migrations.RunPython.noop)]
