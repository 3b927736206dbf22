from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("exports", "0001_initial")]

    # Which kinds there are, the stages register: no list in the database knows them all.
    operations = [migrations.RemoveConstraint(model_name="export", name="exports_export_kind")]
