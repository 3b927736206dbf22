from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from arrears.cases.exports.states import EXPORT

KINDS = ("cases", "persons")  # lists of cases; what else there is, later stages register
FORMS = ("csv", "parquet")


class Export(models.Model):
    """A list that somebody asked for as a file; the file itself is made when it is fetched."""

    id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=10)
    form = models.CharField(max_length=10)
    which = models.JSONField()  # the filter, or what else says which list it is
    reason = models.TextField()
    rows = models.PositiveIntegerField()
    list_sha256 = models.CharField(max_length=64)  # of the ids: what is approved is what leaves
    state = models.CharField(max_length=10)
    scope = models.TextField(db_collation="C")  # of who asked, as row security knows it
    role = models.CharField(max_length=30)
    asked_by = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    decided_by = models.CharField(max_length=200, null=True)  # null: no second person was needed
    decided_at = models.DateTimeField(null=True)
    fetched_at = models.DateTimeField(null=True)
    file_sha256 = models.CharField(max_length=64, null=True)

    class Meta:
        db_table = "exports_export"
        constraints = [
            models.CheckConstraint(condition=Q(form__in=FORMS), name="exports_export_form"),
            models.CheckConstraint(
                condition=Q(state__in=EXPORT.states), name="exports_export_state"
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("asked_by")),
                name="exports_export_two_persons",
            ),
            models.CheckConstraint(
                condition=Q(state="fetched", file_sha256__isnull=False, fetched_at__isnull=False)
                | ~Q(state="fetched") & Q(file_sha256__isnull=True, fetched_at__isnull=True),
                name="exports_export_fetched",
            ),
        ]
        indexes = [models.Index(fields=["-asked_at", "id"], name="exports_export_newest")]
