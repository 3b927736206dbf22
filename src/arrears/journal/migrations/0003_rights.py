"""Only the application may make and lock heads: the function acts with the owner's rights."""

from django.db import migrations

_RIGHTS = """
REVOKE EXECUTE ON FUNCTION journal_lock(text[]), journal_cut() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION journal_lock(text[]), journal_cut() TO arrears_app;
"""
_UNDO = """
GRANT EXECUTE ON FUNCTION journal_lock(text[]), journal_cut() TO PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [("journal", "0002_seal")]

    operations = [migrations.RunSQL(_RIGHTS, _UNDO)]
