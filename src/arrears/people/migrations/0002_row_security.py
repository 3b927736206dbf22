from django.db import migrations

from arrears.store.rowsecurity import protect


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]

    operations = [*protect("people_person")]
