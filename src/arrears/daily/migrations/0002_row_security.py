from django.db import migrations

from arrears.store.rowsecurity import protect


class Migration(migrations.Migration):
    dependencies = [("daily", "0001_initial")]

    operations = [*protect("daily_parked_case")]
