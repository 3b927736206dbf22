from django.db import migrations

from arrears.store.rowsecurity import protect


class Migration(migrations.Migration):
    dependencies = [("loans", "0001_initial")]

    operations = [*protect("loans_loan", "loans_party", "loans_hold", "loans_instalment", "loans_payment", "loans_snapshot", "loans_set_aside", "loans_kept_row", "loans_difference")]
