"""What the gate asks is looked up by index, also where a plan was made while tables were empty.

The plans of these functions are made once a session. One that is made before the first contact is
entered would read the whole ledger for every act of that session.
"""

from django.db import migrations

_FUNCTIONS = (
    "conduct_find",
    "conduct_lock",
    "conduct_stands",
    "conduct_counts",
    "conduct_held",
    "conduct_points",
    "conduct_keep",
    "journal_add",
)


class Migration(migrations.Migration):
    dependencies = [("conduct", "0007_sealed_numbers"), ("journal", "0004_single")]

    operations = [
        migrations.RunSQL(
            f"ALTER FUNCTION {name} SET enable_seqscan = off",
            f"ALTER FUNCTION {name} RESET enable_seqscan",
        )
        for name in _FUNCTIONS
    ]
