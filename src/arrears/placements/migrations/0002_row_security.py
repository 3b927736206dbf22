from django.db import migrations

from arrears.store.rowsecurity import of_organisation, protect_shared


class Migration(migrations.Migration):
    dependencies = [("placements", "0001_initial")]

    operations = [
        protect_shared("placements_placement", of_organisation()),
        protect_shared("placements_batch", of_organisation()),
        protect_shared("placements_notice", of_organisation()),
        protect_shared(
            "placements_batch_line", "batch_id IN (SELECT b.id FROM placements_batch b)"
        ),
    ]
