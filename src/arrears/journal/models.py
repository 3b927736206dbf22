from __future__ import annotations

from django.db import models
from django.db.models import Q

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


class JournalStatement(models.Model):
    """A signed statement: a key, a seal over entries, a restore. Each bears the last one's hash."""

    append_only = True

    number = models.BigIntegerField(primary_key=True)  # 1, 2, 3 …
    kind = models.CharField(max_length=10)
    at = models.DateTimeField()
    day = models.DateField(null=True)  # of a seal: the business day it closes
    cut = models.BigIntegerField()  # the last position that is sealed after this statement
    count = models.BigIntegerField()  # entries under this seal
    root = models.BinaryField(null=True)
    key_id = models.CharField(max_length=16)
    statement = models.TextField()  # canonical JSON, what the signature is over
    sha256 = models.BinaryField()
    signature = models.BinaryField()

    class Meta:
        db_table = "journal_statement"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["key", "lost", "restored", "rotation", "seal"]),
                name="journal_statement_kind",
            ),
            models.CheckConstraint(
                condition=Q(kind="seal", day__isnull=False, root__isnull=False)
                | ~Q(kind="seal") & Q(day__isnull=True, root__isnull=True),
                name="journal_statement_seal",
            ),
        ]
        indexes = [
            models.Index(fields=["day", "number"], name="journal_statement_day"),
            models.Index(fields=["cut", "number"], name="journal_statement_cut"),
        ]


class JournalBlock(models.Model):
    """Up to 1,024 entries under a seal in one hash: what inclusion proofs are made from.

    Nothing is believed because it stands here: proofs lead to the root that was signed.
    """

    append_only = True

    pk = models.CompositePrimaryKey("seal", "first_position")
    seal = models.BigIntegerField()  # number of the statement
    first_position = models.BigIntegerField()
    count = models.IntegerField()
    root = models.BinaryField()

    class Meta:
        db_table = "journal_block"
