from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from arrears.people.models.organisations import Organisation
from arrears.people.roles import ROLES
from arrears.people.sealed import FIELDS
from arrears.store.sealed.cipher import MARK


class UserQueries(BaseUserManager["User"]):
    """How Django finds the user who signs in; users are made in ``actions``."""

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username__iexact=username)


class User(AbstractBaseUser):
    """A member of staff who signs in to the console."""

    username = models.CharField(_("user name"), max_length=150, unique=True)
    display_name = models.CharField(_("name"), max_length=200)
    role = models.CharField(_("role"), max_length=30)
    language = models.CharField(_("language"), max_length=10, default="zh-hans")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["display_name", "role"]
    objects: ClassVar[UserQueries] = UserQueries()

    class Meta:
        db_table = "people_user"
        constraints = [
            models.CheckConstraint(condition=Q(role__in=sorted(ROLES)), name="people_user_role"),
        ]


class MachineClient(models.Model):
    """A program that calls the API, of the lender or an agency; its secret is kept as a hash."""

    id = models.UUIDField(primary_key=True)
    name = models.CharField(max_length=100, unique=True)
    secret_sha256 = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField()
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True
    )  # null: the lender's
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "people_machine_client"


_SEALED = Q()
for _field in FIELDS:
    _SEALED &= Q((_field, None)) | Q((f"{_field}__startswith", MARK))


class Person(models.Model):
    """A borrower, guarantor or co-borrower, as the lender's tape describes them.

    Phone, e-mail and national id are sealed, and so is ``extra``; ``people.sealed`` opens them for
    what shows them.
    """

    id = models.UUIDField(primary_key=True)  # named("person", person_ref)
    person_ref = models.TextField(unique=True, db_collation="C")  # the tape's person_id
    name = models.TextField(null=True)
    address = models.TextField(null=True)
    phone = models.TextField(null=True)
    email = models.TextField(null=True)
    national_id = models.TextField(null=True)
    birth_on = models.DateField(null=True)
    language = models.TextField(null=True)
    jurisdiction = models.TextField()
    time_zone = models.TextField(null=True)
    latitude = models.FloatField(null=True)  # WGS-84, degrees
    longitude = models.FloatField(null=True)
    extra = models.JSONField(null=True)  # unknown columns, kept aside
    phone_hmac = models.TextField(null=True)  # keyed, as conduct hashes numbers
    email_hmac = models.TextField(null=True)  # the same
    national_id_hmac = models.TextField(null=True)  # keyed, with the country; who shares a budget
    sealed_hmac = models.TextField(null=True)  # of all that is sealed: whether it has changed
    tape_id = models.UUIDField()  # the tape that last described them
    # Which agency leads them now, null: the lender. The database alone keeps it (placements).
    agency_id = models.UUIDField(null=True)
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "people_person"
        indexes = [
            models.Index(fields=["phone_hmac"], name="people_person_phone"),
            models.Index(fields=["national_id_hmac"], name="people_person_national_id"),
        ]
        constraints = [
            models.CheckConstraint(condition=_SEALED, name="people_person_sealed"),
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__range=(-90, 90), longitude__range=(-180, 180)),
                name="people_person_place",
            ),
        ]
