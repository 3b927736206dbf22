from __future__ import annotations

from django.db import models
from django.db.models import Q

from arrears.journal.evidence.states import EVIDENCE
from arrears.rulebook.retention import CLASSES


class EvidenceFile(models.Model):
    """A file in the vault. The same content is kept once, however many items need it."""

    id = models.UUIDField(primary_key=True)  # names the file on disk, beside its digest
    sha256 = models.CharField(max_length=64)  # of the content
    size_bytes = models.BigIntegerField()
    key_id = models.CharField(max_length=16)
    stored_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "evidence_file"
        constraints = [
            models.UniqueConstraint(
                fields=["sha256"], condition=Q(erased_at__isnull=True), name="evidence_file_once"
            ),
        ]


class EvidenceItem(models.Model):
    """A piece of evidence about a case, a person or the house, and how long it is kept."""

    id = models.UUIDField(primary_key=True)
    file = models.ForeignKey(EvidenceFile, on_delete=models.PROTECT)
    stream = models.TextField(db_collation="C")  # whom it is about: the journal's stream
    kind = models.CharField(max_length=30)
    media_type = models.CharField(max_length=100)
    jurisdiction = models.CharField(max_length=2, null=True)  # null: unknown, every law's term
    recorded_at = models.DateTimeField()  # claimed by whoever made it
    received_at = models.DateTimeField()
    recorded_on = models.DateField()
    last_act_on = models.DateField(null=True)
    settled_on = models.DateField(null=True)
    closed_on = models.DateField(null=True)
    keep_until = models.DateField(null=True)  # first day it may go; null: cannot be told yet
    hold_reason = models.TextField(null=True)
    state = models.CharField(max_length=10)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "evidence_item"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=CLASSES), name="evidence_item_kind"),
            models.CheckConstraint(
                condition=Q(state__in=list(EVIDENCE.states)), name="evidence_item_state"
            ),
            models.CheckConstraint(
                condition=Q(state="held", hold_reason__isnull=False, keep_until__isnull=True)
                | (~Q(state="held") & Q(hold_reason__isnull=True)),
                name="evidence_item_hold",
            ),
            models.CheckConstraint(
                condition=Q(state="erased", erased_at__isnull=False)
                | (~Q(state="erased") & Q(erased_at__isnull=True)),
                name="evidence_item_erased",
            ),
        ]
        indexes = [
            models.Index(fields=["stream", "id"], name="evidence_item_stream"),
            models.Index(
                fields=["keep_until", "id"],
                condition=Q(state="kept", keep_until__isnull=False),
                name="evidence_item_due",
            ),
            models.Index(fields=["file"], name="evidence_item_file"),
        ]
