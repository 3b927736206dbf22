from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0010_sealed_only")]

    operations = [
        migrations.AddField("person", "agency_id", models.UUIDField(null=True)),
    ]
