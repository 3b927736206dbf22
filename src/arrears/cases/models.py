from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from arrears.cases.states import CASE
from arrears.loans.models import Loan
from arrears.people.models import Person

BUCKETS = ["M1", "M2", "M3", "M4", "M5", "M6", "M7+"]
EVENT_KINDS = [
    "opened",
    "loan_joined",
    "loan_left",
    "escalated",
    "eased",
    "treated",
    "held",
    "released",
    "cured",
    "withdrawn",
]


class Case(models.Model):
    """The arrears of one person: at most one open case each (V8); a relapse opens a new one."""

    id = models.UUIDField(primary_key=True)  # named("case", person_ref, opened_on, number)
    person = models.ForeignKey(Person, on_delete=models.PROTECT)
    agency_id = models.UUIDField(null=True)  # as the person's: the database alone keeps it
    state = models.CharField(max_length=10)
    opened_on = models.DateField()
    closed_on = models.DateField(null=True)
    previous = models.ForeignKey("self", on_delete=models.PROTECT, null=True)  # the cured one
    as_of = models.DateField()  # the day of the figures below
    currency = models.CharField(max_length=3)  # of the loan that is longest overdue
    overdue_minor = models.BigIntegerField(null=True)  # in that currency; null: not known
    late_interest_minor = models.BigIntegerField(null=True)
    other_currencies = models.BooleanField(default=False)
    loans_count = models.IntegerField()  # overdue and aged on that day
    days_past_due = models.IntegerField(null=True)  # of the loan longest overdue
    days_past_due_after_grace = models.IntegerField(null=True)
    product = models.TextField()  # of that loan
    jurisdiction = models.TextField(null=True)
    max_days_past_due_ever = models.IntegerField(null=True)
    times_over_30 = models.IntegerField(null=True)
    bucket = models.CharField(max_length=3)
    bucket_rank = models.SmallIntegerField()  # 1 for M1 … 7 for M7+, to sort by
    worst_bucket_rank = models.SmallIntegerField()  # ever, in this case
    treatment = models.CharField(max_length=40)
    treatment_rule = models.CharField(max_length=60)
    treatment_table = models.CharField(max_length=60)
    treatment_version = models.IntegerField()
    treatment_arm = models.CharField(max_length=60)
    treated_since = models.DateField()
    hold = models.CharField(max_length=12, null=True)  # data_doubt or missing, on any loan

    class Meta:
        db_table = "cases_case"
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(state="open"), name="cases_case_one_open"
            ),
            models.CheckConstraint(
                condition=Q(state__in=list(CASE.states)), name="cases_case_state"
            ),
            models.CheckConstraint(condition=Q(bucket__in=BUCKETS), name="cases_case_bucket"),
            models.CheckConstraint(
                condition=Q(state="open", closed_on__isnull=True)
                | (~Q(state="open") & Q(closed_on__gte=F("opened_on"))),
                name="cases_case_closed",
            ),
        ]
        indexes = [
            models.Index(
                fields=["-bucket_rank", "-overdue_minor", "id"],
                condition=Q(state="open"),
                name="cases_case_by_bucket",
                include=["agency_id"],  # row security asks for it: so the index alone answers
            ),
            models.Index(
                fields=["-overdue_minor", "id"],
                condition=Q(state="open"),
                name="cases_case_by_amount",
                include=["agency_id"],  # row security asks for it: so the index alone answers
            ),
            models.Index(
                fields=["-days_past_due", "id"],
                condition=Q(state="open"),
                name="cases_case_by_days",
                include=["agency_id"],  # row security asks for it: so the index alone answers
            ),
            models.Index(
                fields=["-opened_on", "id"],
                condition=Q(state="open"),
                name="cases_case_by_opened",
                include=["agency_id"],  # row security asks for it: so the index alone answers
            ),
            models.Index(
                fields=["treatment", "-overdue_minor", "id"],
                condition=Q(state="open"),
                name="cases_case_by_treatment",
                include=["agency_id"],  # row security asks for it: so the index alone answers
            ),
            models.Index(
                fields=["agency_id", "-bucket_rank", "-overdue_minor", "id"],
                condition=Q(state="open", agency_id__isnull=False),
                name="cases_case_of_agency",
            ),
        ]


class CaseLoan(models.Model):
    """A loan within a case, with what ageing said of it last."""

    pk = models.CompositePrimaryKey("case_id", "loan_id")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, db_index=False)
    loan = models.ForeignKey(Loan, on_delete=models.PROTECT)
    joined_on = models.DateField()
    left_on = models.DateField(null=True)
    left_because = models.CharField(max_length=12, null=True)  # cured, recalled, sold, closed
    as_of = models.DateField()
    currency = models.CharField(max_length=3)
    principal_overdue_minor = models.BigIntegerField(null=True)
    interest_overdue_minor = models.BigIntegerField(null=True)
    fee_overdue_minor = models.BigIntegerField(null=True)
    overdue_minor = models.BigIntegerField(null=True)
    late_interest_minor = models.BigIntegerField(null=True)
    oldest_due_on = models.DateField(null=True)
    days_past_due = models.IntegerField(null=True)
    days_past_due_after_grace = models.IntegerField(null=True)
    bucket = models.CharField(max_length=3)
    last_paid_on = models.DateField(null=True)
    max_days_past_due_ever = models.IntegerField(null=True)
    times_over_30 = models.IntegerField(null=True)

    class Meta:
        db_table = "cases_loan"
        constraints = [
            models.CheckConstraint(condition=Q(bucket__in=BUCKETS), name="cases_loan_bucket"),
        ]


class BucketSpan(models.Model):
    """A loan stood in one bucket for the days ``[from_on, until_on)``; gaps are good standing."""

    pk = models.CompositePrimaryKey("loan_id", "from_on")
    loan = models.ForeignKey(Loan, on_delete=models.CASCADE, db_index=False)
    from_on = models.DateField()
    until_on = models.DateField(null=True)
    bucket = models.CharField(max_length=3)

    class Meta:
        db_table = "cases_bucket_span"
        constraints = [
            models.CheckConstraint(condition=Q(bucket__in=BUCKETS), name="cases_span_bucket"),
            models.CheckConstraint(
                condition=Q(until_on__isnull=True) | Q(until_on__gt=F("from_on")),
                name="cases_span_days",
            ),
            models.UniqueConstraint(
                fields=["loan"], condition=Q(until_on__isnull=True), name="cases_span_one_open"
            ),
        ]


class CaseEvent(models.Model):
    """A line of the case's timeline."""

    id = models.UUIDField(primary_key=True)  # named("event", case id, kind, loan_ref, day)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, db_index=False)
    happened_on = models.DateField()
    ordinal = models.SmallIntegerField()  # order of the kinds within a day
    kind = models.CharField(max_length=12)
    loan = models.ForeignKey(Loan, on_delete=models.CASCADE, null=True, db_index=False)
    data = models.JSONField()  # from and to, as the kind needs
    run_id = models.UUIDField(null=True)  # null: a tape or recall did it, between runs

    class Meta:
        db_table = "cases_event"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=EVENT_KINDS), name="cases_event_kind"),
        ]
        indexes = [
            models.Index(fields=["case", "happened_on", "ordinal", "id"], name="cases_event_line"),
        ]
