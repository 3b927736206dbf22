from __future__ import annotations

from django.db import models
from django.db.models import Q

from arrears.daily.states import PARKED, RUN
from arrears.people.models import Person


class Run(models.Model):
    """The business day of one book: the same day of the same book is one run (V16)."""

    id = models.UUIDField(primary_key=True)  # named("run", as_of, book digest, strategy digest)
    as_of = models.DateField()
    book_version = models.BigIntegerField()
    book_sha256 = models.CharField(max_length=64)  # of all deliveries up to that version
    strategy_sha256 = models.CharField(max_length=64)  # of the decision tables in force
    engine = models.CharField(max_length=10)
    state = models.CharField(max_length=10)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    aged_sha256 = models.CharField(max_length=64, null=True)  # canonical digest of the aged rows
    counts = models.JSONField(default=dict)
    error = models.TextField(null=True)

    class Meta:
        db_table = "daily_run"
        constraints = [
            models.CheckConstraint(condition=Q(state__in=list(RUN.states)), name="daily_run_state"),
        ]
        indexes = [models.Index(fields=["-as_of", "-started_at", "id"], name="daily_run_newest")]


class RunStep(models.Model):
    """A step of a run that is done; a resumed run goes on after the last one."""

    pk = models.CompositePrimaryKey("run_id", "name")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, db_index=False)
    name = models.CharField(max_length=30)
    ordinal = models.SmallIntegerField()
    finished_at = models.DateTimeField()
    counts = models.JSONField(default=dict)

    class Meta:
        db_table = "daily_run_step"


class ParkedCase(models.Model):
    """A person whose case a run could not carry out; the others went on."""

    id = models.UUIDField(primary_key=True)  # named("parked", run id, person_ref, step)
    run = models.ForeignKey(Run, on_delete=models.CASCADE)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True)
    person_ref = models.TextField()
    step = models.CharField(max_length=30)
    error = models.TextField()
    state = models.CharField(max_length=10)

    class Meta:
        db_table = "daily_parked_case"
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=list(PARKED.states)), name="daily_parked_state"
            ),
        ]


class ModeSwitch(models.Model):
    """Outbound was switched to observe or live; the newest row is in force (none: observe)."""

    append_only = True  # who let messages out, and when, is never rewritten

    id = models.UUIDField(primary_key=True)
    mode = models.CharField(max_length=10)
    reason = models.TextField()
    checklist = models.JSONField()  # item -> confirmed, all true for live
    switched_by = models.CharField(max_length=200)
    switched_at = models.DateTimeField()

    class Meta:
        db_table = "daily_mode_switch"
        constraints = [
            models.CheckConstraint(
                condition=Q(mode__in=["observe", "live"]), name="daily_mode_known"
            ),
        ]
        indexes = [models.Index(fields=["-switched_at", "id"], name="daily_mode_newest")]
