"""Tables of incidents; :mod:`arrears.conduct.models` hands them on."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from arrears.conduct.rules.kinds import INCIDENT_KINDS
from arrears.conduct.states import INCIDENT
from arrears.people.models import Person
from arrears.rulebook.notices import ADDRESSEES


class Incident(models.Model):
    """What went wrong with a person, or may have: somebody must look at it, and close it."""

    id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=20)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True)
    contact = models.ForeignKey("conduct.Contact", on_delete=models.PROTECT, null=True)
    report = models.JSONField()  # as it was reported, without numbers and addresses
    jurisdiction = models.CharField(max_length=8, null=True)  # of the person, when it was opened
    opened_by = models.CharField(max_length=200)
    opened_at = models.DateTimeField()  # known from then on: terms run
    state = models.CharField(max_length=10)
    asked_at = models.DateTimeField(null=True)  # one person asked to close it
    asked_by = models.CharField(max_length=200, null=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.CharField(max_length=200, null=True)
    note = models.TextField(null=True)

    class Meta:
        db_table = "conduct_incident"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=INCIDENT_KINDS), name="conduct_incident_kind"
            ),
            models.CheckConstraint(
                condition=Q(state__in=list(INCIDENT.states)), name="conduct_incident_state"
            ),
            models.CheckConstraint(
                condition=Q(settled_by__isnull=True)
                | Q(asked_by__isnull=True)
                | ~Q(settled_by=F("asked_by")),
                name="conduct_incident_two_persons",
            ),
        ]
        indexes = [models.Index(fields=["state", "-opened_at", "id"], name="conduct_incident_list")]


class IncidentStep(models.Model):
    """What was done about an incident, or who was told of it; never rewritten."""

    append_only = True

    id = models.UUIDField(primary_key=True)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=10)
    told_to = models.CharField(max_length=10, null=True)  # of what was told or spared
    text = models.TextField()
    happened_at = models.DateTimeField()
    entered_by = models.CharField(max_length=200)
    entered_at = models.DateTimeField()

    class Meta:
        db_table = "conduct_incident_step"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="done", told_to__isnull=True)
                | Q(kind__in=["told", "spared"], told_to__in=ADDRESSEES),
                name="conduct_incident_step_kind",
            ),
        ]
