from __future__ import annotations

from django.db import models
from django.db.models import Q

from arrears.people.rules.kinds import FORMS, ORGANISATION_KINDS
from arrears.people.states import AGENCY


class Organisation(models.Model):
    """The lender itself, or an agency that collects for it."""

    id = models.UUIDField(primary_key=True)  # of the lender: named("organisation", "lender")
    ref = models.TextField(unique=True, db_collation="C")  # how intents and tapes call it
    kind = models.CharField(max_length=10)
    name = models.TextField()  # as registered
    form = models.CharField(max_length=20)  # what kind of business it is
    registration_no = models.TextField(null=True)  # of the company register
    address = models.TextField(null=True)
    phone = models.TextField(null=True)  # for borrowers: enquiries and complaints
    email = models.TextField(null=True)
    state = models.CharField(max_length=10)
    state_reason = models.TextField(null=True)  # why it is suspended or ended
    state_on = models.DateField()  # since when
    made_at = models.DateTimeField()

    class Meta:
        db_table = "people_organisation"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=ORGANISATION_KINDS), name="people_organisation_kind"
            ),
            models.CheckConstraint(condition=Q(form__in=FORMS), name="people_organisation_form"),
            models.CheckConstraint(
                condition=Q(state__in=list(AGENCY.states)), name="people_organisation_state"
            ),
            # The book and the gate call the lender by this one name.
            models.CheckConstraint(
                condition=Q(kind="lender", ref="lender", state="approved")
                | (Q(kind="agency") & ~Q(ref="lender")),
                name="people_organisation_lender",
            ),
        ]
