from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from arrears.cases.models import Case
from arrears.people.models import Organisation, Staff
from arrears.placements.allotment.rules.kinds import BECAUSE, ENDED_BECAUSE


class Allotment(models.Model):
    """Somebody keeps a case for ``[from_at, until_at)``, and what of it they have done.

    What is due and who took it up last goes on with the next keeper: nobody gets a case that was
    left over as if it were new.
    """

    pk = models.CompositePrimaryKey("case_id", "number")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, db_index=False)
    number = models.PositiveIntegerField()  # from 1 within the case
    staff = models.ForeignKey(
        Staff, on_delete=models.PROTECT, db_index=False, related_name="allotments"
    )
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, db_index=False)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)
    because = models.CharField(max_length=12)
    made_by = models.CharField(max_length=200)
    ended_because = models.CharField(max_length=12, null=True)
    ended_by = models.CharField(max_length=200, null=True)
    due_on = models.DateField()  # from which day it waits
    worked_on = models.DateField(null=True)  # finished last; null: since then put back, or never
    taken_by = models.ForeignKey(
        Staff, on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    taken_on = models.DateField(null=True)  # the business day; when it is over it is free again
    taken_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "placements_allotment"
        constraints = [
            models.CheckConstraint(
                condition=Q(because__in=BECAUSE), name="placements_allotment_because"
            ),
            models.CheckConstraint(
                condition=Q(
                    until_at__isnull=True, ended_because__isnull=True, ended_by__isnull=True
                )
                | Q(
                    until_at__gte=F("from_at"),
                    ended_because__in=ENDED_BECAUSE,
                    ended_by__isnull=False,
                ),
                name="placements_allotment_ended",
            ),
            models.CheckConstraint(
                condition=Q(taken_by__isnull=True, taken_on__isnull=True, taken_at__isnull=True)
                | Q(taken_by__isnull=False, taken_on__isnull=False, taken_at__isnull=False),
                name="placements_allotment_taken",
            ),
            # One keeper at a time.
            ExclusionConstraint(
                name="placements_allotment_one",
                expressions=[
                    ("case", RangeOperators.EQUAL),
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
        ]
        indexes = [
            models.Index(
                fields=["staff", "case"],
                condition=Q(until_at__isnull=True),
                name="placements_allotment_queue",
            ),
        ]
