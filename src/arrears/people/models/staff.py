from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from arrears.people.models.identity import Person, User
from arrears.people.models.organisations import Organisation
from arrears.people.models.periods import ends_after_start
from arrears.people.rules.kinds import CERTIFICATE_KINDS


class Staff(models.Model):
    """Who works for the lender or an agency, for ``[joined_on, left_on)``."""

    id = models.UUIDField(primary_key=True)
    user = models.OneToOneField(User, on_delete=models.PROTECT, null=True, related_name="staff")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT)
    display_name = models.TextField()  # a work name, where that is the custom
    badge_no = models.TextField(unique=True, db_collation="C")
    badge_until_on = models.DateField(null=True)  # null: until they leave
    badge_revoked_on = models.DateField(null=True)
    photo = models.UUIDField(null=True)  # of the evidence store
    languages = ArrayField(models.TextField(), default=list)  # zh-hans, en …
    skills = ArrayField(models.TextField(), default=list)
    capacity = models.PositiveIntegerField(default=100)  # open persons at one time
    joined_on = models.DateField()
    left_on = models.DateField(null=True)  # the first day on which they are gone
    made_at = models.DateTimeField()

    class Meta:
        db_table = "people_staff"
        constraints = [
            # Whoever joins by mistake is gone the same day: an empty period is fine.
            models.CheckConstraint(
                condition=Q(left_on__isnull=True) | Q(left_on__gte=F("joined_on")),
                name="people_staff_period",
            ),
        ]


class Certificate(models.Model):
    """That somebody was trained, tested or checked; good for ``[passed_on, expires_on)``."""

    id = models.UUIDField(primary_key=True)
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, db_index=False)
    kind = models.CharField(max_length=20)
    passed_on = models.DateField()
    expires_on = models.DateField()
    reference = models.TextField()  # number of the paper, or where it is kept
    evidence = models.UUIDField(null=True)
    revoked_on = models.DateField(null=True)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=200)

    class Meta:
        db_table = "people_certificate"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=CERTIFICATE_KINDS), name="people_certificate_kind"
            ),
            ends_after_start("people_certificate_period", "passed_on", "expires_on"),
        ]
        indexes = [
            models.Index(fields=["staff", "kind", "-expires_on"], name="people_certificate_staff")
        ]


class AuthorityLetter(models.Model):
    """Who may act in the lender's name, for all persons or one, for ``[from_on, until_on)``."""

    id = models.UUIDField(primary_key=True)
    letter_no = models.TextField(unique=True, db_collation="C")
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True)  # or:
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True)  # null: all persons
    from_on = models.DateField()
    until_on = models.DateField()
    revoked_on = models.DateField(null=True)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=200)

    class Meta:
        db_table = "people_authority_letter"
        constraints = [
            models.CheckConstraint(
                condition=Q(staff__isnull=True, organisation__isnull=False)
                | Q(staff__isnull=False, organisation__isnull=True),
                name="people_authority_letter_whom",
            ),
            ends_after_start("people_authority_letter_period"),
        ]


class Conflict(models.Model):
    """A conflict of interest: this member of staff never works on this person."""

    id = models.UUIDField(primary_key=True)
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, db_index=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT)
    reason = models.TextField()
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=200)

    class Meta:
        db_table = "people_conflict"
        constraints = [
            models.UniqueConstraint(fields=["staff", "person"], name="people_conflict_once"),
        ]
