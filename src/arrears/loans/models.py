from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from arrears.loans.states import SET_ASIDE, TAPE
from arrears.people.models import Person
from arrears.store.sealed.cipher import MARK

HOLD_KINDS = ["data_doubt", "missing", "recalled"]


class Book(models.Model):
    """The one row that says which state of the loan book is current."""

    id = models.PositiveSmallIntegerField(primary_key=True)  # always 1
    version = models.BigIntegerField()  # grows with each tape, push, mend and recall
    sequence = models.BigIntegerField(null=True)  # of the newest tape with an envelope
    full_book_on = models.DateField(null=True)  # book day of the newest full tape
    simulated = models.BooleanField(default=False)  # holds a town's people, not real ones

    class Meta:
        db_table = "loans_book"
        constraints = [models.CheckConstraint(condition=Q(id=1), name="loans_book_one_row")]


class Tape(models.Model):
    """One delivery of the lender: a full tape, a delta, an API push, a mend or a recall."""

    id = models.UUIDField(primary_key=True)  # named("tape", tape_ref)
    tape_ref = models.TextField(unique=True)  # the envelope's tape_id; without one, digest and day
    kind = models.CharField(max_length=10)
    form = models.CharField(max_length=10)
    source = models.TextField()  # file name or table source, without its folder
    sha256 = models.CharField(max_length=64)
    mapping_sha256 = models.CharField(max_length=64, null=True)
    book_on = models.DateField(null=True)
    sequence = models.BigIntegerField(null=True)
    made_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField()
    book_version = models.BigIntegerField(null=True)  # that it made; null while refused
    state = models.CharField(max_length=10)
    totals = models.JSONField()  # per table: rows and money received, accepted, set aside
    unknown_columns = models.JSONField(default=list)
    unknown_codes = models.JSONField(default=list)
    outcome = models.JSONField(default=list)  # published facts that a mapping asks to count

    class Meta:
        db_table = "loans_tape"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["full", "delta", "push", "mend", "recall"]),
                name="loans_tape_kind",
            ),
            models.CheckConstraint(
                condition=Q(form__in=["instalment", "snapshot", "both", "none"]),
                name="loans_tape_form",
            ),
            models.CheckConstraint(
                condition=Q(state__in=list(TAPE.states)), name="loans_tape_state"
            ),
        ]
        indexes = [models.Index(fields=["-received_at", "id"], name="loans_tape_received")]


class Loan(models.Model):
    """A loan as the lender's tape describes it."""

    id = models.UUIDField(primary_key=True)  # named("loan", loan_ref)
    loan_ref = models.TextField(unique=True, db_collation="C")  # the tape's loan_id
    person = models.ForeignKey(Person, on_delete=models.PROTECT)
    product = models.TextField()
    creditor_type = models.TextField()
    currency = models.CharField(max_length=3)
    principal_minor = models.BigIntegerField(null=True)
    annual_rate_bps = models.IntegerField(null=True)
    overdue_rate_bps = models.IntegerField(null=True)
    disbursed_on = models.DateField(null=True)
    grace_days = models.IntegerField()
    secured = models.BooleanField(null=True)
    contract_no = models.TextField(null=True)  # sealed; loans.sealed opens it
    contract_hmac = models.TextField(null=True)  # keyed, to find the loan by it
    creditor_id = models.TextField(null=True)
    creditor_name = models.TextField(null=True)
    servicer_name = models.TextField(null=True)
    status = models.CharField(max_length=12)
    accelerated_on = models.DateField(null=True)
    payoff_minor = models.BigIntegerField(null=True)
    lender_late_interest_minor = models.BigIntegerField(null=True)
    extra = models.JSONField(null=True)  # unknown columns, kept aside; sealed
    accepted_book_on = models.DateField(null=True)  # book day of the tape that last accepted it
    recalled_on = models.DateField(null=True)
    recall_reason = models.TextField(null=True)
    tape = models.ForeignKey(Tape, on_delete=models.PROTECT)

    class Meta:
        db_table = "loans_loan"
        indexes = [models.Index(fields=["contract_hmac"], name="loans_loan_contract")]
        constraints = [
            models.CheckConstraint(
                condition=Q(contract_no=None) | Q(contract_no__startswith=MARK),
                name="loans_loan_sealed",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["open", "written_off", "sold", "closed"]),
                name="loans_loan_status",
            ),
            models.CheckConstraint(condition=Q(grace_days__gte=0), name="loans_loan_grace"),
        ]


class LoanParty(models.Model):
    """Who else answers for a loan: a guarantor or co-borrower (liable, not a third party)."""

    pk = models.CompositePrimaryKey("loan_id", "person_id", "role")
    loan = models.ForeignKey(Loan, on_delete=models.CASCADE)
    person = models.ForeignKey(Person, on_delete=models.PROTECT)
    role = models.CharField(max_length=12)
    extra = models.JSONField(null=True)

    class Meta:
        db_table = "loans_party"
        constraints = [
            models.CheckConstraint(
                condition=Q(role__in=["guarantor", "co_borrower"]), name="loans_party_role"
            ),
        ]


class LoanHold(models.Model):
    """A doubt about a loan's data that stops its collection: half-open ``[from_on, until_on)``."""

    id = models.UUIDField(primary_key=True)  # named("hold", loan_ref, kind, from_on, tape)
    loan_ref = models.TextField()  # by reference: a loan never accepted can be in doubt too
    loan = models.ForeignKey(Loan, on_delete=models.CASCADE, null=True)
    kind = models.CharField(max_length=12)
    from_on = models.DateField()
    until_on = models.DateField(null=True)
    tape = models.ForeignKey(Tape, on_delete=models.PROTECT)

    class Meta:
        db_table = "loans_hold"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=HOLD_KINDS), name="loans_hold_kind"),
            models.UniqueConstraint(
                fields=["loan_ref", "kind"],
                condition=Q(until_on__isnull=True),
                name="loans_hold_open_once",
            ),
        ]


# Schedules, payments and snapshots are written by take-in only, joined to their loan in the same
# statement. They carry no foreign key: its deferred check queues an event a row, which at 180
# million rows is memory and minutes for what the join has already shown.


class Instalment(models.Model):
    """One part of a loan's schedule as it stands today; the parts are what was due."""

    pk = models.CompositePrimaryKey("loan_id", "seq")
    loan = models.ForeignKey(Loan, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False)
    seq = models.IntegerField()
    due_on = models.DateField()
    principal_minor = models.BigIntegerField()
    interest_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField()
    extra = models.JSONField(null=True)

    class Meta:
        db_table = "loans_instalment"
        constraints = [
            models.CheckConstraint(
                condition=Q(principal_minor__gte=0, interest_minor__gte=0, fee_minor__gte=0),
                name="loans_instalment_parts",
            ),
        ]


class Payment(models.Model):
    """Money that the lender's book shows as received, or a row that takes one back whole."""

    payment_ref = models.TextField(primary_key=True, db_collation="C")  # the tape's payment_id
    loan = models.ForeignKey(Loan, on_delete=models.DO_NOTHING, db_constraint=False)
    paid_on = models.DateField()
    amount_minor = models.BigIntegerField()
    reverses = models.TextField(null=True)
    channel = models.TextField(null=True)
    provider_ref = models.TextField(null=True)
    extra = models.JSONField(null=True)
    tape_id = models.UUIDField()

    class Meta:
        db_table = "loans_payment"
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="loans_payment_amount"),
            models.UniqueConstraint(
                fields=["reverses"],
                condition=Q(reverses__isnull=False),
                name="loans_payment_reversed_once",
            ),
        ]


class Snapshot(models.Model):
    """The state of a loan on a day, for lenders that deliver states, not schedules."""

    pk = models.CompositePrimaryKey("loan_id", "as_of")
    loan = models.ForeignKey(Loan, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False)
    as_of = models.DateField()
    days_past_due = models.IntegerField(null=True)
    months_past_due = models.IntegerField(null=True)
    balance_minor = models.BigIntegerField(null=True)
    overdue_minor = models.BigIntegerField(null=True)
    paid_minor = models.BigIntegerField(null=True)
    extra = models.JSONField(null=True)

    class Meta:
        db_table = "loans_snapshot"
        constraints = [
            models.CheckConstraint(
                condition=Q(days_past_due__isnull=True) ^ Q(months_past_due__isnull=True),
                name="loans_snapshot_one_measure",
            ),
        ]


class SetAsideRow(models.Model):
    """A row of a tape that failed a check, whole, with its reason, until it is mended (V10)."""

    id = models.UUIDField(primary_key=True)  # named("set_aside", tape, table, row, reason)
    tape = models.ForeignKey(Tape, on_delete=models.PROTECT)
    table = models.CharField(max_length=30)
    file = models.TextField(null=True)  # its name without the folder
    row_number = models.BigIntegerField()  # from 1 in that file
    key = models.TextField(null=True)
    loan_ref = models.TextField(null=True)
    person_ref = models.TextField(null=True)
    reason = models.CharField(max_length=60)
    text = models.TextField()
    currency = models.CharField(max_length=10, null=True)
    amount_minor = models.DecimalField(max_digits=38, decimal_places=0, null=True)
    row = models.JSONField()  # as received, column by column; some cells sealed
    state = models.CharField(max_length=10)
    mended_row = models.JSONField(null=True)
    mended_by = models.CharField(max_length=200, null=True)
    mended_at = models.DateTimeField(null=True)
    mended_tape = models.ForeignKey(
        Tape, on_delete=models.PROTECT, null=True, related_name="mended_rows"
    )

    class Meta:
        db_table = "loans_set_aside"
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=list(SET_ASIDE.states)), name="loans_set_aside_state"
            ),
        ]
        indexes = [
            models.Index(fields=["state", "reason", "id"], name="loans_set_aside_reason"),
            models.Index(fields=["loan_ref", "id"], name="loans_set_aside_loan"),
            models.Index(fields=["tape", "table", "row_number", "id"], name="loans_set_aside_row"),
        ]


class KeptRow(models.Model):
    """A row of an optional table (contact points, flags, consents …) that a later stage reads."""

    id = models.UUIDField(primary_key=True)  # named("kept", tape, table, key)
    tape = models.ForeignKey(Tape, on_delete=models.PROTECT)
    table = models.CharField(max_length=30)
    key = models.TextField()
    row = models.JSONField()

    class Meta:
        db_table = "loans_kept_row"
        indexes = [models.Index(fields=["table", "id"], name="loans_kept_row_table")]


class Difference(models.Model):
    """Where the lender's own figure for a loan is not what our ageing explains."""

    pk = models.CompositePrimaryKey("loan_id", "measure")
    loan = models.ForeignKey(Loan, on_delete=models.CASCADE)
    measure = models.CharField(max_length=30)
    as_of = models.DateField()
    lender_minor = models.BigIntegerField()
    ours_minor = models.BigIntegerField()

    class Meta:
        db_table = "loans_difference"
        constraints = [
            models.CheckConstraint(
                condition=Q(measure__in=["payoff", "late_interest"]),
                name="loans_difference_measure",
            ),
            models.CheckConstraint(
                condition=~Q(lender_minor=F("ours_minor")), name="loans_difference_real"
            ),
        ]
