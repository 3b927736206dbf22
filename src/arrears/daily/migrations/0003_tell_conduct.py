"""The gate reads the mode from its own table: tell it the one in force, once."""

from django.db import migrations

_TELL = """
INSERT INTO conduct_house (id, observing, switched_at)
SELECT 1, mode <> 'live', switched_at FROM daily_mode_switch ORDER BY switched_at DESC, id LIMIT 1
ON CONFLICT (id) DO UPDATE SET observing = excluded.observing, switched_at = excluded.switched_at;
"""


class Migration(migrations.Migration):
    dependencies = [("daily", "0002_row_security"), ("conduct", "0002_guards")]

    operations = [migrations.RunSQL(_TELL, migrations.RunSQL.noop)]
