from django.db import migrations

from arrears.store.rowsecurity import protect


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial")]

    operations = [*protect("cases_case", "cases_loan", "cases_bucket_span", "cases_event")]
