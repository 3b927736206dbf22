import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0005_roles")]

    operations = [
        migrations.AddField(
            model_name="machineclient",
            name="organisation",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="people.organisation",
            ),
        ),
    ]
