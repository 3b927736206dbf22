from django.db import migrations

from arrears.store.rowsecurity import protect


class Migration(migrations.Migration):
    dependencies = [("evidence", "0001_initial")]

    operations = [*protect("evidence_file", "evidence_item")]
