from __future__ import annotations

from django.db import models

from arrears.people.models import Person


class Reveal(models.Model):
    """That an identity field was shown to somebody for ``[revealed_at, until_at)``."""

    id = models.UUIDField(primary_key=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, db_index=False)
    field = models.CharField(max_length=30)
    actor = models.CharField(max_length=200)
    revealed_on = models.DateField()  # the business day whose limit it counts against
    revealed_at = models.DateTimeField()
    until_at = models.DateTimeField()

    append_only = True

    class Meta:
        db_table = "access_reveal"
        indexes = [
            models.Index(fields=["actor", "revealed_on"], name="access_reveal_of_day"),
            models.Index(fields=["person", "actor", "until_at"], name="access_reveal_of_person"),
        ]
