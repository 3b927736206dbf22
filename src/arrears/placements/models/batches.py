from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from arrears.people.models import Organisation, Person
from arrears.placements.rules.kinds import BATCH_KINDS
from arrears.placements.states import BATCH


class PlacementBatch(models.Model):
    """Many persons placed with an agency, taken back from it or left with it, in one decision.

    What is approved is what was previewed: the list is kept, and its digest with every step.
    """

    id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=10)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, db_index=False)
    filter = models.JSONField()  # what was asked for, as it was asked for
    reason = models.TextField()
    term_until_on = models.DateField(null=True)  # place, retain: the first day it is over
    persons_count = models.PositiveIntegerField()  # without those set aside
    set_aside_count = models.PositiveIntegerField()
    money = models.JSONField()  # [{currency, persons, overdue_minor}] of those not set aside
    digest = models.CharField(max_length=64)  # of kind, agency, term and the sorted persons
    second_because = models.JSONField(default=list)  # limits it is above; none: one person will do
    state = models.CharField(max_length=12)
    previewed_by = models.CharField(max_length=200)
    previewed_at = models.DateTimeField()
    expires_at = models.DateTimeField()  # unless carried out by then
    asked_by = models.CharField(max_length=200, null=True)
    asked_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=200, null=True)
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.TextField(null=True)
    carried_out_by = models.CharField(max_length=200, null=True)
    carried_out_at = models.DateTimeField(null=True)
    carried_out_count = models.PositiveIntegerField(null=True)  # less what changed meanwhile
    undone_by = models.CharField(max_length=200, null=True)
    undone_at = models.DateTimeField(null=True)
    undo_reason = models.TextField(null=True)

    class Meta:
        db_table = "placements_batch"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=BATCH_KINDS), name="placements_batch_kind"),
            models.CheckConstraint(
                condition=Q(state__in=list(BATCH.states)), name="placements_batch_state"
            ),
            models.CheckConstraint(
                condition=Q(kind="recall", term_until_on__isnull=True)
                | (~Q(kind="recall") & Q(term_until_on__isnull=False)),
                name="placements_batch_term",
            ),
            # Two persons above a limit: who asked never decides.
            models.CheckConstraint(
                condition=Q(second_because=[])
                | Q(decided_by__isnull=True)
                | ~Q(decided_by=F("asked_by")),
                name="placements_batch_two_persons",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "carried_out", "undone"])
                | Q(asked_by__isnull=False, decided_by__isnull=False),
                name="placements_batch_decided",
            ),
        ]
        indexes = [
            models.Index(fields=["-previewed_at", "id"], name="placements_batch_newest"),
            models.Index(
                fields=["organisation", "-previewed_at", "id"], name="placements_batch_agency"
            ),
        ]


class BatchLine(models.Model):
    """A person of a batch, as previewed: taken, or set aside with the reason why."""

    pk = models.CompositePrimaryKey("batch_id", "person_id")
    batch = models.ForeignKey(PlacementBatch, on_delete=models.PROTECT, db_index=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, db_index=False)
    currency = models.CharField(max_length=3, null=True)
    overdue_minor = models.BigIntegerField(null=True)  # of the open case; null: not known
    aside = models.CharField(max_length=30, null=True)  # reason; null: taken
    aside_detail = models.TextField(null=True)  # the hold's kind, the product …
    changed = models.CharField(max_length=30, null=True)  # set aside as it was carried out: why

    class Meta:
        db_table = "placements_batch_line"
        indexes = [
            models.Index(
                fields=["batch", "aside", "person"],
                condition=Q(aside__isnull=False),
                name="placements_batch_line_aside",
            ),
        ]
