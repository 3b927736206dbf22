from __future__ import annotations

from django.db import models


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
