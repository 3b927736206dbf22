"""Incidents that people report: what was done, who was told, and two persons to close them."""

import django.db.models.deletion
from django.db import migrations, models

from arrears.store.rowsecurity import protect

_UNCHANGED = """
CREATE TRIGGER conduct_incident_step_unchanged BEFORE UPDATE OR DELETE ON conduct_incident_step
  FOR EACH ROW EXECUTE FUNCTION conduct_refuse();
"""
_UNDO_UNCHANGED = "DROP TRIGGER conduct_incident_step_unchanged ON conduct_incident_step;"

class Migration(migrations.Migration):

    dependencies = [
        ('conduct', '0005_points'),
        ('people', '0006_client_organisation'),
    ]

    operations = [
        migrations.CreateModel(
            name='IncidentStep',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=10)),
                ('told_to', models.CharField(max_length=10, null=True)),
                ('text', models.TextField()),
                ('happened_at', models.DateTimeField()),
                ('entered_by', models.CharField(max_length=200)),
                ('entered_at', models.DateTimeField()),
            ],
            options={
                'db_table': 'conduct_incident_step',
            },
        ),
        migrations.RemoveConstraint(
            model_name='incident',
            name='conduct_incident_kind',
        ),
        migrations.RemoveConstraint(
            model_name='incident',
            name='conduct_incident_state',
        ),
        migrations.AddField(
            model_name='incident',
            name='asked_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='incident',
            name='asked_by',
            field=models.CharField(max_length=200, null=True),
        ),
        migrations.AddField(
            model_name='incident',
            name='jurisdiction',
            field=models.CharField(max_length=8, null=True),
        ),
        migrations.AddConstraint(
            model_name='incident',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ('unasked', 'breach', 'unfit', 'unknown_person', 'manner', 'disclosed', 'leak', 'other'))), name='conduct_incident_kind'),
        ),
        migrations.AddConstraint(
            model_name='incident',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['open', 'settled', 'closing'])), name='conduct_incident_state'),
        ),
        migrations.AddConstraint(
            model_name='incident',
            constraint=models.CheckConstraint(condition=models.Q(('settled_by__isnull', True), ('asked_by__isnull', True), models.Q(('settled_by', models.F('asked_by')), _negated=True), _connector='OR'), name='conduct_incident_two_persons'),
        ),
        migrations.AddField(
            model_name='incidentstep',
            name='incident',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='conduct.incident'),
        ),
        migrations.AddConstraint(
            model_name='incidentstep',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'done'), ('told_to__isnull', True)), models.Q(('kind__in', ['told', 'spared']), ('told_to__in', ('authority', 'person'))), _connector='OR'), name='conduct_incident_step_kind'),
        ),
        *protect("conduct_incident_step"),
        migrations.RunSQL(_UNCHANGED, _UNDO_UNCHANGED),
    ]
