from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from arrears.people.models import Organisation, Person
from arrears.placements.models.batches import PlacementBatch
from arrears.placements.rules.kinds import END_KINDS


class Placement(models.Model):
    """An agency leads a person's case for ``[from_at, until_at)``; without one the lender does.

    It begins and ends at the instant of its transaction, so the one without an end is the one in
    force: row security asks for nothing else.
    """

    id = models.UUIDField(primary_key=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, db_index=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, db_index=False)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)
    term_until_on = models.DateField()  # by that day it is given back or retained
    batch = models.ForeignKey(PlacementBatch, on_delete=models.PROTECT)
    placed_by = models.CharField(max_length=200)
    reason = models.TextField()
    ended_by = models.CharField(max_length=200, null=True)
    end_kind = models.CharField(max_length=10, null=True)
    end_reason = models.TextField(null=True)
    end_batch = models.ForeignKey(
        PlacementBatch, on_delete=models.PROTECT, null=True, related_name="ended"
    )

    class Meta:
        db_table = "placements_placement"
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    until_at__isnull=True,
                    ended_by__isnull=True,
                    end_kind__isnull=True,
                    end_reason__isnull=True,
                )
                | Q(
                    until_at__gt=F("from_at"),
                    ended_by__isnull=False,
                    end_kind__in=END_KINDS,
                    end_reason__isnull=False,
                ),
                name="placements_placement_ended",
            ),
            # V8: one leading agency of a person at a time.
            ExclusionConstraint(
                name="placements_placement_one",
                expressions=[
                    ("person", RangeOperators.EQUAL),
                    (
                        Func(
                            F("from_at"),
                            F("until_at"),
                            Value("[)"),
                            function="tstzrange",
                            output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(until_at__isnull=True),
                name="placements_placement_now",
            ),
        ]
        indexes = [
            # What row security reads: whom an agency may see.
            models.Index(
                fields=["organisation", "person"],
                condition=Q(until_at__isnull=True),
                name="placements_placement_seen",
            ),
            models.Index(
                fields=["organisation", "term_until_on", "id"],
                condition=Q(until_at__isnull=True),
                name="placements_placement_term",
            ),
        ]


class AgencyNotice(models.Model):
    """A person is to be told of a new agency before its first contact."""

    placement = models.OneToOneField(Placement, on_delete=models.PROTECT, primary_key=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, db_index=False)
    due_at = models.DateTimeField()  # since when it is due
    told_at = models.DateTimeField(null=True)
    told_by = models.CharField(max_length=200, null=True)
    channel = models.CharField(max_length=20, null=True)
    evidence = models.TextField(null=True)  # the message, the letter's number …
    void_at = models.DateTimeField(null=True)  # the placement ended before

    class Meta:
        db_table = "placements_notice"
        constraints = [
            models.CheckConstraint(
                condition=Q(told_at__isnull=True, told_by__isnull=True, channel__isnull=True)
                | Q(told_at__isnull=False, told_by__isnull=False, channel__isnull=False),
                name="placements_notice_told",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "placement"],
                condition=Q(told_at__isnull=True, void_at__isnull=True),
                name="placements_notice_due",
            ),
        ]
