from django.db import migrations

from arrears.store.rowsecurity import of_organisation, protect_shared


class Migration(migrations.Migration):
    dependencies = [("allotment", "0001_initial")]

    operations = [protect_shared("placements_allotment", of_organisation())]
