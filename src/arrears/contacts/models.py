from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from arrears.conduct.allowed import AllowedKey
from arrears.conduct.models import CHANNELS, Contact
from arrears.contacts.states import HAND_OVER, MESSAGE, WORDING
from arrears.contacts.wording.text import LANGUAGES
from arrears.people.models import Person
from arrears.rulebook.vocabulary import LISTS

OUT = ("handed_over", "in_doubt", "sent", "delivered", "bounced")
"""States of a hand-over that the person may have seen: one a message."""


def _texts(**given: Any) -> Any:
    return ArrayField(models.TextField(), default=list, **given)


class Template(models.Model):
    """What a message is for; its wordings say it."""

    ref = models.CharField(primary_key=True, max_length=60)
    about_en = models.TextField()
    about_zh = models.TextField()
    purpose = models.CharField(max_length=10)
    reason = models.CharField(max_length=24)
    made_by = models.CharField(max_length=200)
    made_at = models.DateTimeField()

    class Meta:
        db_table = "contacts_template"
        constraints = [
            models.CheckConstraint(
                condition=Q(purpose__in=sorted(LISTS["Purpose"]))
                & Q(reason__in=sorted(LISTS["Reason"])),
                name="contacts_template_purpose",
            ),
        ]


class Wording(models.Model):
    """One version of a template's text for a channel and language; fixed once it is proposed."""

    id = models.UUIDField(primary_key=True)
    template = models.ForeignKey(Template, on_delete=models.PROTECT, db_index=False)
    channel = models.CharField(max_length=20)
    language = models.CharField(max_length=2)
    number = models.PositiveIntegerField()  # from 1, within template, channel and language
    subject = models.TextField()
    body = models.TextField()
    jurisdictions = _texts()
    carrier = models.CharField(max_length=40)  # whose refusals it was checked against
    facts = models.JSONField()  # what the check found: facts of the rulebook
    state = models.CharField(max_length=10)
    made_by = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    proposed_by = models.CharField(max_length=200, null=True)
    proposed_at = models.DateTimeField(null=True)
    approved_by = models.CharField(max_length=200, null=True)
    approved_at = models.DateTimeField(null=True)
    refused_because = models.TextField(null=True)  # the last refusal of a draft
    retired_by = models.CharField(max_length=200, null=True)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "contacts_wording"
        constraints = [
            models.UniqueConstraint(
                fields=["template", "channel", "language", "number"], name="contacts_wording_number"
            ),
            models.UniqueConstraint(
                fields=["template", "channel", "language"],
                condition=Q(state="live"),
                name="contacts_wording_one_live",
            ),
            models.CheckConstraint(
                condition=Q(state__in=list(WORDING.states)), name="contacts_wording_state"
            ),
            models.CheckConstraint(
                condition=Q(channel__in=CHANNELS) & Q(language__in=LANGUAGES),
                name="contacts_wording_channel",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True, approved_at__isnull=True)
                | (Q(approved_at__isnull=False) & ~Q(approved_by=F("proposed_by"))
                   & ~Q(approved_by=F("made_by"))),
                name="contacts_wording_two_persons",
            ),
            models.CheckConstraint(
                condition=~Q(state="live") | Q(approved_by__isnull=False),
                name="contacts_wording_live",
            ),
        ]  # fmt: skip


class Letterhead(models.Model):
    """What every message may say of the lender; the newest counts, none is rewritten."""

    append_only = True

    id = models.UUIDField(primary_key=True)
    portal = models.TextField()  # the one fixed address of the borrower's page
    hotline = models.TextField()
    grievance_en = models.TextField()  # whom to complain to, with number
    grievance_zh = models.TextField()
    opt_out_en = models.TextField()  # how to stop messages by a channel
    opt_out_zh = models.TextField()
    set_by = models.CharField(max_length=200)
    set_at = models.DateTimeField()

    class Meta:
        db_table = "contacts_letterhead"
        indexes = [models.Index(fields=["-set_at", "id"], name="contacts_letterhead_newest")]


class Message(models.Model):
    """Something that is to reach a person: it waits here until it is handed over."""

    id = models.UUIDField(primary_key=True)  # named("message", person, key)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, db_index=False)
    key = models.CharField(max_length=120)  # what it is about: twice the same is queued once
    template = models.ForeignKey(Template, on_delete=models.PROTECT, db_index=False)
    channel = models.CharField(max_length=20)
    carrier = models.CharField(max_length=40)
    purpose = models.CharField(max_length=10)
    reason = models.CharField(max_length=24)
    loan_ids = ArrayField(models.UUIDField(), default=list)  # none: all loans of the person
    because = models.TextField()  # treatment and rule, or who asked
    asked_by = models.CharField(max_length=200)
    queued_at = models.DateTimeField()
    due_at = models.DateTimeField()  # not before
    until_at = models.DateTimeField()  # from then on it is of no use
    tries = models.PositiveIntegerField(default=0)  # hand-overs that the carrier did not take
    state = models.CharField(max_length=12)
    claimed_at = models.DateTimeField(null=True)  # a worker has it in hand
    refused_by = _texts()  # ids of the rules that refused it last
    verdict_id = models.UUIDField(null=True)  # of that refusal
    ended_at = models.DateTimeField(null=True)
    ended_because = models.TextField(null=True)

    class Meta:
        db_table = "contacts_message"
        constraints = [
            models.UniqueConstraint(fields=["person", "key"], name="contacts_message_once"),
            models.CheckConstraint(
                condition=Q(state__in=list(MESSAGE.states)), name="contacts_message_state"
            ),
            models.CheckConstraint(
                condition=Q(until_at__gt=F("queued_at")), name="contacts_message_until"
            ),
            models.CheckConstraint(
                condition=Q(channel__in=CHANNELS), name="contacts_message_channel"
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"], condition=Q(state="queued"), name="contacts_message_due"
            ),
            models.Index(fields=["person", "-queued_at", "id"], name="contacts_message_person"),
        ]


class HandOver(AllowedKey):
    """A message given to its carrier, exactly as it was, under an allow of its own (V1)."""

    sealed_once = ("text_sealed",)  # a change of the key leaves them to the key that sealed them
    id = models.UUIDField(primary_key=True)  # the reference that the carrier gets
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="hand_overs")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, db_index=False)
    act = models.CharField(max_length=20)
    contact = models.OneToOneField(Contact, on_delete=models.PROTECT)
    wording = models.ForeignKey(Wording, on_delete=models.PROTECT, db_index=False)
    channel = models.CharField(max_length=20)
    carrier = models.CharField(max_length=40)
    number_hmac = models.CharField(max_length=64, null=True)  # null: a channel of our own
    text_sealed = models.TextField()  # title and text as they went, encrypted
    handed_at = models.DateTimeField()
    state = models.CharField(max_length=12)
    carrier_ref = models.TextField(null=True)
    answered_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)
    trouble = models.TextField(null=True)

    class Meta:
        db_table = "contacts_hand_over"
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=list(HAND_OVER.states)), name="contacts_hand_over_state"
            ),
            models.UniqueConstraint(
                fields=["message"], condition=Q(state__in=OUT), name="contacts_hand_over_once"
            ),
            models.UniqueConstraint(
                fields=["carrier", "carrier_ref"],
                condition=Q(carrier_ref__isnull=False),
                name="contacts_hand_over_ref",
            ),
        ]
        indexes = [
            models.Index(fields=["person", "-handed_at", "id"], name="contacts_hand_over_person"),
            models.Index(fields=["-handed_at", "id"], name="contacts_hand_over_newest"),
            models.Index(
                fields=["handed_at", "id"],
                condition=Q(state__in=("handed_over", "in_doubt")),
                name="contacts_hand_over_open",
            ),
        ]


class Report(models.Model):
    """What a carrier told about a hand-over, or a person replied; kept as often as it is new."""

    append_only = True

    id = models.UUIDField(primary_key=True)
    carrier = models.CharField(max_length=40)
    report_ref = models.CharField(max_length=200)  # the carrier's own id of this report
    hand_over = models.ForeignKey(HandOver, on_delete=models.PROTECT, null=True)
    kind = models.CharField(max_length=12)  # accepted, denied, delivered, bounced, opened, reply
    happened_at = models.DateTimeField(null=True)  # as claimed
    received_at = models.DateTimeField()
    told = models.JSONField()  # without numbers and texts
    effect = models.CharField(max_length=20)  # what it changed, or why it did not

    class Meta:
        db_table = "contacts_report"
        constraints = [
            models.UniqueConstraint(fields=["carrier", "report_ref"], name="contacts_report_once"),
        ]
        indexes = [models.Index(fields=["-received_at", "id"], name="contacts_report_newest")]
