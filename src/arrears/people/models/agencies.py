from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from arrears.people.models.organisations import Organisation
from arrears.people.models.periods import ends_after_start, one_at_a_time
from arrears.people.rules.kinds import DELETION_KINDS, REVIEW_KINDS


class AgencyContract(models.Model):
    """What an agency is engaged for, for ``[from_on, until_on)``; one at a time."""

    id = models.UUIDField(primary_key=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, db_index=False)
    contract_no = models.TextField()
    licence_no = models.TextField(null=True)  # where the law asks for one
    licence_until_on = models.DateField(null=True)  # first day without it; null: it does not end
    purpose = models.TextField()  # as the public list names it
    products = ArrayField(models.TextField())
    jurisdictions = ArrayField(models.TextField())  # CN covers CN-44 too
    channels = ArrayField(models.TextField())
    data_kinds = ArrayField(models.TextField())  # what of persons is handed over
    from_on = models.DateField()
    until_on = models.DateField()
    impact_assessed_on = models.DateField(null=True)  # null: not yet, and nothing is placed
    sub_entrusting = models.BooleanField(default=False)  # may it hand on: with consent only
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=200)

    class Meta:
        db_table = "people_agency_contract"
        constraints = [
            ends_after_start("people_agency_contract_period"),
            one_at_a_time("people_agency_contract_one", "organisation"),
            models.CheckConstraint(
                condition=Q(products__len__gt=0, jurisdictions__len__gt=0, channels__len__gt=0),
                name="people_agency_contract_scope",
            ),
        ]


class AgencyReview(models.Model):
    """A look at an agency: every year, and before it leaves."""

    append_only = True

    id = models.UUIDField(primary_key=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, db_index=False)
    kind = models.CharField(max_length=10)
    reviewed_on = models.DateField()
    conduct = models.PositiveSmallIntegerField()  # each 1 (failed) to 5
    quality = models.PositiveSmallIntegerField()
    data_security = models.PositiveSmallIntegerField()
    rating = models.PositiveSmallIntegerField()  # the lowest of the three
    due_on = models.DateField(null=True)  # the next yearly one; null: exit
    note = models.TextField()
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=200)

    class Meta:
        db_table = "people_agency_review"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=REVIEW_KINDS), name="people_agency_review_kind"
            ),
            models.CheckConstraint(
                condition=Q(
                    conduct__range=(1, 5),
                    quality__range=(1, 5),
                    data_security__range=(1, 5),
                    rating__range=(1, 5),
                )
                & Q(rating__lte=F("conduct"))
                & Q(rating__lte=F("quality"))
                & Q(rating__lte=F("data_security")),
                name="people_agency_review_rating",
            ),
            models.CheckConstraint(
                condition=Q(kind="exit", due_on__isnull=True)
                | Q(kind="yearly", due_on__gte=F("reviewed_on")),
                name="people_agency_review_due",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organisation", "-reviewed_on", "id"], name="people_agency_review_last"
            )
        ]


class DeletionProof(models.Model):
    """An agency's proof that it gave back or deleted what it held."""

    append_only = True

    id = models.UUIDField(primary_key=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT)
    kind = models.CharField(max_length=10)
    done_on = models.DateField()
    statement = models.TextField()  # what, how, certified by whom
    evidence = models.UUIDField(null=True)  # of the evidence store
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=200)

    class Meta:
        db_table = "people_deletion_proof"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=DELETION_KINDS), name="people_deletion_proof_kind"
            ),
        ]


class PublicList(models.Model):
    """The list of agencies as it was published; a new row for every change."""

    append_only = True

    number = models.PositiveIntegerField(primary_key=True)  # 1, 2, 3 …
    published_at = models.DateTimeField()
    published_by = models.CharField(max_length=200)
    agencies = models.JSONField()  # rules.listed: never a word of persons

    class Meta:
        db_table = "people_public_list"
