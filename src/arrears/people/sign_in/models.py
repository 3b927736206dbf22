from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class Session(models.Model):
    """One sign-in of a member of staff, from the door to its end; never deleted.

    The browser's cookie holds no more than a key of Django's session store, and that store names
    this row: whoever reads the table cannot take a session over.
    """

    id = models.UUIDField(primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    role = models.CharField(max_length=30)  # at sign-in; another role needs another session
    method = models.CharField(max_length=60)  # password+totp, password, passkey, oidc …
    enrolling = models.BooleanField()  # may only set up a second factor
    address = models.CharField(max_length=45)
    browser = models.CharField(max_length=200)
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_why = models.CharField(max_length=20, null=True)

    concealed = True
    verbs = "SELECT, INSERT, UPDATE"

    class Meta:
        db_table = "sign_in_session"
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_why__isnull=True)
                | Q(ended_at__isnull=False, ended_why__isnull=False),
                name="sign_in_session_end_has_a_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["user", "began_at"], condition=Q(ended_at=None), name="sign_in_session_open"
            ),
        ]


class Tries(models.Model):
    """How many tries failed under a key within its window; the key is a hash."""

    key_sha256 = models.CharField(primary_key=True, max_length=64)
    count = models.IntegerField()
    until_at = models.DateTimeField()  # from here on the count begins anew

    concealed = True

    class Meta:
        db_table = "sign_in_tries"


class Account(models.Model):
    """What the door knows of a user beside name, password and role."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.PROTECT
    )
    demo = models.BooleanField(default=False)  # one of the simulated town's sign-ins
    external_id = models.CharField(max_length=200, null=True, unique=True)  # the directory's, SCIM
    changed_at = models.DateTimeField()

    concealed = True

    class Meta:
        db_table = "sign_in_account"


class Remembered(models.Model):
    """Rows of Django's cache in the database, shared by all processes: codes already used."""

    cache_key = models.CharField(primary_key=True, max_length=255)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    concealed = True

    class Meta:
        db_table = "sign_in_remembered"
