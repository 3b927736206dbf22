from __future__ import annotations

from django.db import models
from django.db.models import Q

from arrears.people.models import Organisation, Person, Staff, Team
from arrears.people.models.periods import ends_after_start, one_at_a_time
from arrears.placements.commission.rules.reckon import LINE_KINDS
from arrears.placements.commission.states import PROPOSAL, STATEMENT
from arrears.placements.models import Placement

_FIRST_OF_MONTH = 1


class Scheme(models.Model):
    """What an agency is paid for, or the lender's staff rated by, for ``[from_on, until_on)``.

    It begins on the first of a month and one is in force at a time: no month has two.
    """

    id = models.UUIDField(primary_key=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, db_index=False)
    number = models.PositiveIntegerField()  # of its versions, from 1
    from_on = models.DateField()
    until_on = models.DateField(null=True)
    document = models.JSONField()  # rules.scheme
    sha256 = models.CharField(max_length=64)  # of the document as canonical JSON
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=200)  # who proposed it
    approved_by = models.CharField(max_length=200, null=True)  # null: of before it took two

    class Meta:
        db_table = "commission_scheme"
        constraints = [
            ends_after_start("commission_scheme_period"),
            one_at_a_time("commission_scheme_one", "organisation"),
            models.UniqueConstraint(
                fields=["organisation", "number"], name="commission_scheme_number"
            ),
            models.CheckConstraint(
                condition=Q(from_on__day=_FIRST_OF_MONTH)
                & (Q(until_on__isnull=True) | Q(until_on__day=_FIRST_OF_MONTH)),
                name="commission_scheme_months",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=models.F("made_by")),
                name="commission_scheme_two_persons",
            ),
        ]


class SchemeProposal(models.Model):
    """A scheme that somebody proposes; it is in force once a second person has approved it."""

    id = models.UUIDField(primary_key=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, db_index=False)
    from_on = models.DateField()  # the first of a month
    document = models.JSONField()  # rules.scheme
    sha256 = models.CharField(max_length=64)  # of the document as canonical JSON
    reason = models.TextField()
    state = models.CharField(max_length=10)
    asked_by = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    decided_by = models.CharField(max_length=200, null=True)
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.TextField(null=True)
    scheme = models.OneToOneField(Scheme, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        db_table = "commission_proposal"
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=list(PROPOSAL.states)), name="commission_proposal_state"
            ),
            models.CheckConstraint(
                condition=Q(from_on__day=_FIRST_OF_MONTH), name="commission_proposal_month"
            ),
            # One at a time: nobody approves the older of two.
            models.UniqueConstraint(
                fields=["organisation"],
                condition=Q(state="asked"),
                name="commission_proposal_one",
            ),
            models.CheckConstraint(
                condition=~Q(state="adopted")
                | Q(decided_by__isnull=False, scheme__isnull=False)
                & ~Q(decided_by=models.F("asked_by")),
                name="commission_proposal_two_persons",
            ),
        ]
        indexes = [models.Index(fields=["-asked_at", "id"], name="commission_proposal_newest")]


class UpheldComplaint(models.Model):
    """A complaint about an agency or one of its people that was found to be right."""

    append_only = True

    id = models.UUIDField(primary_key=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, db_index=False)
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, db_index=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True)  # who complained
    severity = models.CharField(max_length=10)
    upheld_on = models.DateField()
    reference = models.TextField(unique=True, db_collation="C")  # of the complaint's own file
    finding = models.TextField()
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=200)

    class Meta:
        db_table = "commission_complaint"
        indexes = [
            models.Index(
                fields=["organisation", "upheld_on", "id"], name="commission_complaint_when"
            ),
            models.Index(fields=["staff", "upheld_on"], name="commission_complaint_staff"),
        ]


class Adjustment(models.Model):
    """Money that the next statement adds or takes off, with the reason why."""

    append_only = True

    id = models.UUIDField(primary_key=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT)
    currency = models.CharField(max_length=3)
    commission_minor = models.BigIntegerField()  # negative: taken off
    reason = models.TextField()
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=200)

    class Meta:
        db_table = "commission_adjustment"
        constraints = [
            models.CheckConstraint(
                condition=~Q(commission_minor=0), name="commission_adjustment_some"
            ),
        ]


class Score(models.Model):
    """How well a component went in a month, where a person says so; the newest counts."""

    append_only = True

    id = models.UUIDField(primary_key=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, db_index=False)
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True)  # null: all of it
    component = models.CharField(max_length=30)
    month = models.DateField()  # its first day
    score_bps = models.PositiveIntegerField()
    reason = models.TextField()  # how it was found
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=200)

    class Meta:
        db_table = "commission_score"
        constraints = [
            models.CheckConstraint(
                condition=Q(score_bps__range=(0, 10_000)), name="commission_score_range"
            ),
        ]
        indexes = [
            models.Index(
                fields=["organisation", "month", "component", "-made_at", "id"],
                name="commission_score_newest",
            ),
        ]


class Target(models.Model):
    """What an organisation, a team or somebody is to reach in a month; the newest counts."""

    append_only = True

    id = models.UUIDField(primary_key=True)
    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, db_index=False)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True)
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True)
    month = models.DateField()  # its first day
    aims = models.JSONField()  # rules.targets.read_aims
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=200)

    class Meta:
        db_table = "commission_target"
        constraints = [
            models.CheckConstraint(
                condition=Q(team__isnull=True) | Q(staff__isnull=True),
                name="commission_target_whose",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organisation", "month", "-made_at", "id"], name="commission_target_newest"
            ),
        ]


class Statement(models.Model):
    """What an agency is owed for a month; once issued, nothing of it is rewritten.

    The first of a month is the regular one. Later ones of the same month bring only what changed
    since, line by line.
    """

    id = models.UUIDField(primary_key=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, db_index=False)
    month = models.DateField()  # its first day
    number = models.PositiveIntegerField()  # within the month, from 1
    regular = models.BooleanField()  # complaints are taken off by the regular one alone
    state = models.CharField(max_length=10)
    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT)
    scores = models.JSONField()  # {component: {score_bps, weight_bps, source, …}}
    totals = models.JSONField()  # one object a currency: rules.reckon.Totals
    lines_count = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)  # of head and lines as canonical JSON
    drawn_by = models.CharField(max_length=200)
    drawn_at = models.DateTimeField()
    issued_by = models.CharField(max_length=200, null=True)
    issued_at = models.DateTimeField(null=True)
    disputed_by = models.CharField(max_length=200, null=True)
    disputed_at = models.DateTimeField(null=True)
    dispute_reason = models.TextField(null=True)
    answered_by = models.CharField(max_length=200, null=True)
    answered_at = models.DateTimeField(null=True)
    answer = models.TextField(null=True)
    settled_by = models.CharField(max_length=200, null=True)
    settled_at = models.DateTimeField(null=True)
    settled_note = models.TextField(null=True)

    class Meta:
        db_table = "commission_statement"
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=list(STATEMENT.states)), name="commission_statement_state"
            ),
            models.CheckConstraint(
                condition=Q(month__day=_FIRST_OF_MONTH), name="commission_statement_month"
            ),
            models.UniqueConstraint(
                fields=["organisation", "month", "number"], name="commission_statement_number"
            ),
            models.UniqueConstraint(
                fields=["organisation"],
                condition=Q(state="draft"),
                name="commission_statement_one_draft",
            ),
            models.UniqueConstraint(
                fields=["organisation", "month"],
                condition=Q(regular=True) & ~Q(state="dropped"),
                name="commission_statement_regular",
            ),
            # Two persons: who drew it up never settles it.
            models.CheckConstraint(
                condition=Q(settled_by__isnull=True) | ~Q(settled_by=models.F("drawn_by")),
                name="commission_statement_two_persons",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "dropped"])
                | Q(issued_by__isnull=False, issued_at__isnull=False),
                name="commission_statement_issued",
            ),
            models.CheckConstraint(
                condition=~Q(state="settled")
                | Q(settled_by__isnull=False, settled_at__isnull=False),
                name="commission_statement_settled",
            ),
        ]
        indexes = [
            models.Index(fields=["-month", "organisation", "number"], name="commission_newest"),
        ]


class StatementLine(models.Model):
    """A line of a statement: a payment, what takes one back, a correction, a complaint."""

    verbs = "SELECT, INSERT, DELETE"  # DELETE of a draft only: a trigger looks

    pk = models.CompositePrimaryKey("statement_id", "number")
    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, db_index=False)
    number = models.PositiveIntegerField()  # from 1
    kind = models.CharField(max_length=10)
    currency = models.CharField(max_length=3)
    payment_ref = models.TextField(null=True, db_collation="C")  # of the tape
    loan_ref = models.TextField(null=True, db_collation="C")
    paid_on = models.DateField(null=True)
    placement = models.ForeignKey(Placement, on_delete=models.PROTECT, null=True, db_index=False)
    bucket = models.CharField(max_length=8, null=True)  # of the loan when it was placed
    rate_bps = models.PositiveIntegerField(null=True)
    amount_minor = models.BigIntegerField()  # of the payment, negative where taken back
    fee_minor = models.BigIntegerField()  # at the rate
    commission_minor = models.BigIntegerField()  # what the agency gets of it
    charge = models.UUIDField(null=True)  # of the complaint or adjustment
    severity = models.CharField(max_length=10, null=True)

    class Meta:
        db_table = "commission_line"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=LINE_KINDS), name="commission_line_kind"),
            models.CheckConstraint(
                condition=Q(kind__in=["complaint", "adjustment"], charge__isnull=False,
                            payment_ref__isnull=True)
                | Q(kind__in=["payment", "reversal", "correction"], charge__isnull=True,
                    payment_ref__isnull=False, loan_ref__isnull=False, paid_on__isnull=False),
                name="commission_line_of",
            ),
            # Every payment once, whoever the agency.
            models.UniqueConstraint(
                fields=["payment_ref"],
                condition=Q(kind__in=["payment", "reversal"]),
                name="commission_line_once",
            ),
            models.UniqueConstraint(
                fields=["charge", "currency"],
                condition=Q(charge__isnull=False),
                name="commission_line_charge_once",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                fields=["payment_ref"],
                condition=Q(kind="correction"),
                name="commission_line_corrected",
            ),
        ]
