from __future__ import annotations

from django.db import models

# The tables are made by SQL (migrations/0001): partitions and triggers are not Django's.


class JournalEntry(models.Model):
    """A line of the record. Partitioned by hash of its stream; never changed, never deleted."""

    append_only = True

    pk = models.CompositePrimaryKey("stream", "seq")
    stream = models.TextField(db_collation="C")
    seq = models.BigIntegerField()  # 1, 2, 3 … within the stream
    id = models.UUIDField()
    position = models.BigIntegerField()  # order of writing over all streams; has gaps
    kind = models.TextField()
    schema = models.SmallIntegerField()
    at = models.DateTimeField()
    actor = models.TextField()
    data = models.JSONField()
    personal_sha256 = models.BinaryField(null=True)
    prev_sha256 = models.BinaryField()
    sha256 = models.BinaryField()

    class Meta:
        db_table = "journal_entry"
        indexes = [
            models.Index(fields=["position"], name="journal_entry_position"),
            models.Index(fields=["id"], name="journal_entry_id"),
        ]


class JournalHead(models.Model):
    """The newest entry of a stream; moved by a trigger of the database alone."""

    verbs = "SELECT"

    stream = models.TextField(primary_key=True, db_collation="C")
    seq = models.BigIntegerField()  # 0: nothing yet
    position = models.BigIntegerField()
    sha256 = models.BinaryField()

    class Meta:
        db_table = "journal_head"


class JournalPersonal(models.Model):
    """Personal data of an entry, until it is erased; the entry keeps SHA-256(salt, JSON)."""

    verbs = "SELECT, INSERT, DELETE"

    entry_id = models.UUIDField(primary_key=True)
    salt = models.BinaryField()
    data = models.JSONField()

    class Meta:
        db_table = "journal_personal"
