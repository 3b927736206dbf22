from __future__ import annotations

from django.db import models
from django.db.models import Q

from arrears.people.models.organisations import Organisation
from arrears.people.models.periods import ends_after_start, one_at_a_time
from arrears.people.models.staff import Staff
from arrears.people.rules.kinds import ABSENCE_REASONS


class Team(models.Model):
    """People of one organisation who share a queue."""

    id = models.UUIDField(primary_key=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, db_index=False)
    name = models.TextField()
    lead = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="leads")
    closed_on = models.DateField(null=True)
    made_at = models.DateTimeField()

    class Meta:
        db_table = "people_team"
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="people_team_name"),
        ]


class TeamMember(models.Model):
    """Who is in which team, for ``[from_on, until_on)``; in one at a time."""

    id = models.UUIDField(primary_key=True)
    team = models.ForeignKey(Team, on_delete=models.PROTECT)
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, db_index=False)
    from_on = models.DateField()
    until_on = models.DateField(null=True)

    class Meta:
        db_table = "people_team_member"
        constraints = [
            ends_after_start("people_team_member_period"),
            one_at_a_time("people_team_member_one", "staff"),
        ]


class Absence(models.Model):
    """When somebody is away, for ``[from_on, until_on)``."""

    id = models.UUIDField(primary_key=True)
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, db_index=False)
    from_on = models.DateField()
    until_on = models.DateField(null=True)  # null: not known yet
    reason = models.CharField(max_length=10)
    made_at = models.DateTimeField()

    class Meta:
        db_table = "people_absence"
        constraints = [
            models.CheckConstraint(
                condition=Q(reason__in=ABSENCE_REASONS), name="people_absence_reason"
            ),
            ends_after_start("people_absence_period"),
            one_at_a_time("people_absence_one", "staff"),
        ]
