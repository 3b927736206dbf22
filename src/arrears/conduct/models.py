from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from arrears.conduct.allowed import AllowedKey
from arrears.conduct.incident_models import Incident, IncidentStep
from arrears.conduct.rules.kinds import (
    CHANNEL_KINDS,
    CONTACT_SOURCES,
    HOLD_KINDS,
    HOLD_SOURCES,
    INITIATORS,
    NUMBER_KINDS,
    STOP_SCOPES,
)
from arrears.conduct.states import RESERVATION
from arrears.loans.models import Loan
from arrears.people.models import Person
from arrears.rulebook.vocabulary import ACTS, LISTS

__all__ = ["Incident", "IncidentStep"]
ACT_NAMES = sorted(ACTS)
CHANNELS = sorted(LISTS["Channel"])


def _loans(**given: Any) -> Any:
    return ArrayField(models.UUIDField(), default=list, **given)


class House(models.Model):
    """The one row of what holds for the whole installation; without it, it only observes."""

    id = models.PositiveSmallIntegerField(primary_key=True)  # always 1
    observing = models.BooleanField()
    switched_at = models.DateTimeField(null=True)
    key_sha256 = models.CharField(max_length=64, null=True)  # of the key behind subjects

    class Meta:
        db_table = "conduct_house"
        constraints = [models.CheckConstraint(condition=Q(id=1), name="conduct_house_one_row")]


class Subject(models.Model):
    """Who shares one budget of contacts; its row is the lock of the gate."""

    id = models.UUIDField(primary_key=True)  # named("subject", keyed hash or person id)
    id_hmac = models.CharField(max_length=64, unique=True, null=True)  # of the national id
    made_at = models.DateTimeField()

    class Meta:
        db_table = "conduct_subject"


class Standing(models.Model):
    """What later stages tell the gate about a person; they write it as they change it."""

    person = models.OneToOneField(Person, on_delete=models.PROTECT, primary_key=True)
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT)
    id_hmac = models.CharField(max_length=64, null=True)  # of the national id that led there
    pinned = models.BooleanField(default=False)  # merged by hand: no tape moves them
    in_charge = models.TextField(default="lender")  # organisation that may act (V8)
    agency_announced = models.BooleanField(db_default=False)  # was the person told of it before
    active_plan = models.BooleanField(default=False)
    plan_prepared = models.BooleanField(default=False)
    attorney_released = models.BooleanField(default=False)
    capacity = models.CharField(max_length=10, null=True)  # null: full if of age, else unknown
    validation_sent_at = models.DateTimeField(null=True)
    validation_until = models.DateTimeField(null=True)
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "conduct_standing"
        constraints = [
            models.CheckConstraint(
                condition=Q(capacity__isnull=True) | Q(capacity__in=sorted(LISTS["Capacity"])),
                name="conduct_standing_capacity",
            ),
        ]


class Hold(models.Model):
    """A reason to stop, for ``[from_at, until_at)`` and until it is closed."""

    id = models.UUIDField(primary_key=True)  # tape: named("hold", person, loan, kind, from_on)
    person = models.ForeignKey(Person, on_delete=models.PROTECT)
    kind = models.CharField(max_length=20)
    tape_kind = models.TextField(null=True)  # as the tape's flag named it
    loan = models.ForeignKey(Loan, on_delete=models.PROTECT, null=True)  # null: all loans
    channel = models.CharField(max_length=20, null=True)  # null: all channels
    number_hmac = models.CharField(max_length=64, null=True)  # null: all numbers
    part = models.TextField(null=True)  # what of the loan is disputed
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)  # null: until it is closed
    source = models.CharField(max_length=20)
    reason = models.TextField()
    evidence = models.TextField(null=True)
    opened_by = models.CharField(max_length=200)
    opened_at = models.DateTimeField()
    handed_over = models.JSONField(default=list)  # what had gone out before, not yet answered
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=200, null=True)
    close_reason = models.TextField(null=True)

    class Meta:
        db_table = "conduct_hold"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=HOLD_KINDS), name="conduct_hold_kind"),
            models.CheckConstraint(
                condition=Q(source__in=HOLD_SOURCES), name="conduct_hold_source"
            ),
            models.CheckConstraint(
                condition=Q(channel__isnull=True) | Q(channel__in=CHANNELS),
                name="conduct_hold_channel",
            ),
            models.CheckConstraint(
                condition=(~Q(kind__in=CHANNEL_KINDS) | Q(channel__isnull=False))
                & (~Q(kind__in=NUMBER_KINDS) | Q(number_hmac__isnull=False)),
                name="conduct_hold_scope",
            ),
            models.CheckConstraint(
                condition=Q(until_at__isnull=True) | Q(until_at__gt=F("from_at")),
                name="conduct_hold_interval",
            ),
            models.CheckConstraint(
                condition=Q(
                    closed_at__isnull=True, closed_by__isnull=True, close_reason__isnull=True
                )
                | Q(closed_at__isnull=False, closed_by__isnull=False, close_reason__isnull=False),
                name="conduct_hold_closed",
            ),
        ]
        indexes = [
            models.Index(fields=["person", "from_at", "id"], name="conduct_hold_person"),
            models.Index(fields=["-opened_at", "id"], name="conduct_hold_newest"),
        ]


class Point(models.Model):
    """A number or address of a person, as the last tape that named it tells of it."""

    id = models.UUIDField(primary_key=True)  # named("point", person, kind on the tape, hash)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, db_index=False)
    kind = models.CharField(max_length=10)
    tape_kind = models.TextField()  # as the tape named it
    number_hmac = models.CharField(max_length=64, null=True)  # null: nothing that is a number
    source = models.CharField(max_length=20, null=True)  # null: the tape does not say
    status = models.CharField(max_length=12, null=True)
    owner = models.CharField(max_length=10, null=True)
    worth = models.PositiveSmallIntegerField()  # rules.points: the smaller, the better
    obtained_on = models.DateField(null=True)
    taken_at = models.DateTimeField()

    class Meta:
        db_table = "conduct_point"
        indexes = [models.Index(fields=["person", "worth", "id"], name="conduct_point_person")]


class Stop(models.Model):
    """A stop switch: holds back everything of its scope for ``[from_at, until_at)``."""

    id = models.UUIDField(primary_key=True)
    scope = models.CharField(max_length=10)
    value = models.TextField(null=True)  # null for all
    reason = models.TextField()
    from_at = models.DateTimeField()
    until_at = models.DateTimeField()  # planned end
    asked_by = models.CharField(max_length=200)
    approved_by = models.CharField(max_length=200, null=True)
    approved_at = models.DateTimeField(null=True)
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.CharField(max_length=200, null=True)
    lift_reason = models.TextField(null=True)

    class Meta:
        db_table = "conduct_stop"
        constraints = [
            models.CheckConstraint(condition=Q(scope__in=STOP_SCOPES), name="conduct_stop_scope"),
            models.CheckConstraint(
                condition=Q(scope="all", value__isnull=True)
                | (~Q(scope="all") & Q(value__isnull=False) & ~Q(value="")),
                name="conduct_stop_value",
            ),
            models.CheckConstraint(
                condition=Q(until_at__gt=F("from_at")), name="conduct_stop_interval"
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True, approved_at__isnull=True)
                | (Q(approved_at__isnull=False) & ~Q(approved_by=F("asked_by"))),
                name="conduct_stop_two_persons",
            ),
            models.CheckConstraint(
                condition=Q(
                    lifted_at__isnull=True, lifted_by__isnull=True, lift_reason__isnull=True
                )
                | Q(lifted_at__isnull=False, lifted_by__isnull=False, lift_reason__isnull=False),
                name="conduct_stop_lifted",
            ),
        ]
        indexes = [models.Index(fields=["-until_at", "id"], name="conduct_stop_until")]


class Rules(models.Model):
    """The text of a set of rules that answered, by its digest: old packs stay readable."""

    append_only = True

    sha256 = models.CharField(primary_key=True, max_length=64)
    text = models.TextField()
    kept_at = models.DateTimeField()

    class Meta:
        db_table = "conduct_rules"


class Verdict(models.Model):
    """What the gate answered, with the facts it saw; never rewritten."""

    append_only = True

    id = models.UUIDField(primary_key=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, db_index=False)
    act = models.CharField(max_length=20)
    allowed = models.BooleanField()
    decided_at = models.DateTimeField()
    expires_at = models.DateTimeField()  # of a refusal: when it was decided
    finding = models.BooleanField(default=False)  # about what was already done: allows nothing
    purpose = models.CharField(max_length=10)
    channel = models.CharField(max_length=20)
    organisation = models.TextField()
    loan_ids = _loans()
    jurisdictions = ArrayField(models.CharField(max_length=8), default=list)
    rules_sha256 = models.CharField(max_length=64)  # conduct_rules; empty if none could be read
    facts = models.JSONField()
    reasons = models.JSONField()  # id, pack, cite, force of each rule that refused
    warnings = models.JSONField()
    next_allowed_at = models.DateTimeField(null=True)
    actor = models.CharField(max_length=200)

    class Meta:
        db_table = "conduct_verdict"
        constraints = [
            models.CheckConstraint(condition=Q(act__in=ACT_NAMES), name="conduct_verdict_act"),
            models.CheckConstraint(
                condition=(Q(allowed=True, finding=False) & Q(expires_at__gt=F("decided_at")))
                | (~Q(allowed=True, finding=False) & Q(expires_at=F("decided_at"))),
                name="conduct_verdict_expiry",
            ),
            models.UniqueConstraint(
                fields=["id", "allowed", "person", "act", "decided_at", "expires_at"],
                name="conduct_verdict_key",
            ),
        ]
        indexes = [
            models.Index(fields=["person", "-decided_at", "id"], name="conduct_verdict_person"),
        ]


class Contact(AllowedKey):
    """The ledger of contacts, attempted or reported; what the budget is counted from."""

    id = models.UUIDField(primary_key=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, db_index=False)
    act = models.CharField(max_length=20)
    purpose = models.CharField(max_length=10)
    channel = models.CharField(max_length=20)
    party = models.CharField(max_length=20)
    loan_ids = _loans()  # none: about every debt of the person
    number_hmac = models.CharField(max_length=64, null=True)  # null: not known which
    organisation = models.TextField()
    initiator = models.CharField(max_length=8)
    source = models.CharField(max_length=10)
    source_ref = models.TextField(null=True)  # the tape's event_id, a reporter's own id
    started_at = models.DateTimeField()
    received_at = models.DateTimeField()
    automated = models.BooleanField(null=True)
    connected = models.BooleanField(null=True)  # null: not known, counts as both
    conversation = models.BooleanField(null=True)
    duration_seconds = models.IntegerField(null=True)
    closed_at = models.DateTimeField(null=True)  # the result is known
    dropped = models.BooleanField(default=False)  # it was never made: counts no more
    recorded_by = models.CharField(max_length=200)
    finding = models.ForeignKey(
        Verdict, on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )  # the gate's answer about a contact that others reported

    class Meta:
        db_table = "conduct_contact"
        constraints = [
            models.CheckConstraint(condition=Q(act__in=ACT_NAMES), name="conduct_contact_act"),
            models.CheckConstraint(
                condition=Q(channel__in=CHANNELS), name="conduct_contact_channel"
            ),
            models.CheckConstraint(
                condition=Q(source__in=CONTACT_SOURCES), name="conduct_contact_source"
            ),
            models.CheckConstraint(
                condition=Q(initiator__in=INITIATORS), name="conduct_contact_initiator"
            ),
            models.CheckConstraint(
                condition=Q(duration_seconds__isnull=True) | Q(duration_seconds__gte=0),
                name="conduct_contact_duration",
            ),
            models.CheckConstraint(
                condition=Q(dropped=False) | Q(closed_at__isnull=False),
                name="conduct_contact_dropped",
            ),
            models.UniqueConstraint(
                fields=["source", "recorded_by", "source_ref"],
                condition=Q(source_ref__isnull=False),
                name="conduct_contact_once",
            ),
        ]
        indexes = [
            models.Index(fields=["person", "started_at", "id"], name="conduct_contact_person"),
        ]


class Reservation(models.Model):
    """A contact that an outside system asked for: the budget is spent, the result awaited."""

    contact = models.OneToOneField(Contact, on_delete=models.PROTECT, primary_key=True)
    client = models.CharField(max_length=200)  # the machine client that asked
    reserved_at = models.DateTimeField()
    expires_at = models.DateTimeField()  # by then the contact must have begun
    state = models.CharField(max_length=10)
    result_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "conduct_reservation"
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=list(RESERVATION.states)), name="conduct_reservation_state"
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("reserved_at")), name="conduct_reservation_expiry"
            ),
        ]
        indexes = [
            models.Index(
                fields=["expires_at", "contact"],
                condition=Q(state="open"),
                name="conduct_reservation_open",
            ),
        ]
