from __future__ import annotations

from django.db import models
from django.db.models import Q


class InboxEntry(models.Model):
    """A command that was carried out, by the id its sender gave it, with its first result (V9)."""

    command_id = models.CharField(primary_key=True, max_length=200)
    actor = models.CharField(max_length=200)
    command = models.CharField(max_length=100)
    request_sha256 = models.CharField(max_length=64)
    result = models.JSONField()
    received_at = models.DateTimeField()

    class Meta:
        db_table = "store_inbox"


class Sealing(models.Model):
    """With which keys this database is sealed and hashed; one row, from the first use on."""

    verbs = "SELECT, INSERT, UPDATE"
    concealed = True
    id = models.PositiveSmallIntegerField(primary_key=True)  # always 1
    hashed_with_sha256 = models.CharField(max_length=64)  # digest of the key of the hashes
    key_id = models.CharField(max_length=16)  # that sealed last

    class Meta:
        db_table = "store_sealing"
        constraints = [models.CheckConstraint(condition=Q(id=1), name="store_sealing_one_row")]
