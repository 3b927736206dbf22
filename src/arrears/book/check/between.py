"""Faults that show between rows: references, reversals and schedules that stand twice.

Each function returns a table of ``_file``, ``_row``, ``reason`` and ``text``.
"""

from __future__ import annotations

from typing import Any

import ibis

from arrears.book.check.rows import Fault
from arrears.book.contract import FILE, NULL_WITH_SNAPSHOTS, RAW, ROW


def told(rows: Any, reason: str, text: Any) -> Any:
    """The faulty rows with their reason."""
    return rows.select(FILE, ROW, reason=ibis.literal(reason), text=text)


def without_loan(rows: Any, loans: Any) -> Any:
    """Rows whose loan_id no loan has; those without any loan_id are faulty by themselves."""
    orphans = rows.filter(rows.loan_id.notnull()).anti_join(loans, "loan_id")
    text = ibis.literal("expected a loan of the tape, found ") + orphans.loan_id
    return told(orphans, "reference.loan", text)


def without_person(rows: Any, persons: Any) -> Any:
    """Rows whose person_id no person has."""
    orphans = rows.filter(rows.person_id.notnull()).anti_join(persons, "person_id")
    text = ibis.literal("expected a person of the tape, found ") + orphans.person_id
    return told(orphans, "reference.person", text)


def nulls_without_snapshots(loans: Any, snapshots: Any | None) -> Any:
    """Loans that lack what only a loan with snapshots may lack."""
    bare = loans if snapshots is None else loans.anti_join(snapshots, "loan_id")
    gap: Any = ibis.literal(False)
    text: Any = ibis.literal("expected a value, for the loan has no snapshots:")
    for name in NULL_WITH_SNAPSHOTS:
        raw = RAW + name
        missing = bare[name].isnull()
        if raw in bare.columns:
            missing = missing & bare[raw].isnull()
        gap = gap | missing
        text = text + missing.ifelse(f" {name}", "")
    rows = bare.mutate(_gap=gap, _told=text).filter(lambda t: t._gap)
    return told(rows, "required.missing", rows._told)


def changed(payments: Any, known: Any) -> Any:
    """Payments that an earlier tape brought under the same id with other contents."""
    columns = ("loan_id", "paid_on", "amount_minor", "reverses", "channel", "provider_ref")
    earlier = known.select("payment_id", **{f"o_{name}": known[name] for name in columns})
    met = payments.inner_join(earlier, "payment_id")
    differs: Any = ibis.literal(False)
    text: Any = ibis.literal("expected it as taken in before:")
    for name in columns:
        other = ~met[name].identical_to(met[f"o_{name}"])
        before = met[f"o_{name}"].cast("string").fill_null("nothing")
        differs = differs | other
        text = text + other.ifelse(ibis.literal(f" {name} ") + before, ibis.literal(""))
    rows = met.mutate(_differs=differs, _told=text).filter(lambda t: t._differs)
    return told(rows, "duplicate.changed", rows._told)


def reversals(stage: Any, payments: Any, known: Any | None) -> list[Any]:
    """Reversals that may not be: see tape.md, column ``reverses``."""
    pick = ("payment_id", "loan_id", "amount_minor", "paid_on", "reverses")
    aims = stage.keep(
        payments.filter(payments.reverses.notnull()).select(aim=payments.reverses).distinct()
    )
    # Both sides in one pass over the payments, of which they are few.
    concerned = payments.reverses.notnull() | payments.payment_id.isin(aims.aim)
    sides = stage.keep(payments.filter(concerned).select(FILE, ROW, *pick))
    reversing = sides.filter(sides.reverses.notnull() & sides.payment_id.notnull())
    found = sides.select(*pick)
    if known is not None:
        found = found.union(known.select(*pick))
    originals = stage.keep(
        found.semi_join(aims, found.payment_id == aims.aim)
        .group_by("payment_id")
        # Rows of one key that differ are set aside as such; any of them serves here.
        .agg(
            o_loan=lambda t: t.loan_id.min(),
            o_amount=lambda t: t.amount_minor.min(),
            o_paid=lambda t: t.paid_on.min(),
            o_reverses=lambda t: t.reverses.min(),
        )
        .rename(o_id="payment_id")
    )
    if known is not None:
        # A payment taken in before may have taken the same one back already.
        earlier = known.filter(known.reverses.notnull()).select(
            e_aim=known.reverses, e_id=known.payment_id
        )
        reversing = reversing.left_join(earlier, reversing.reverses == earlier.e_aim)
        reversing = reversing.mutate(
            _before=(reversing.e_id != reversing.payment_id).fill_null(False)
        ).drop("e_aim", "e_id")
    else:
        reversing = reversing.mutate(_before=ibis.literal(False))
    order = ibis.window(group_by="reverses", order_by=["paid_on", "payment_id", FILE, ROW])
    judged = reversing.mutate(_place=ibis.row_number().over(order))
    joined = judged.left_join(originals, judged.reverses == originals.o_id)
    return [
        told(joined.filter(fault.when.fill_null(False)), fault.reason, fault.text)
        for fault in _reversal_faults(joined)
    ]


def _reversal_faults(row: Any) -> list[Fault]:
    at = ibis.literal("reverses ") + row.reverses + ": "
    there = row.o_id.notnull()
    itself = row.reverses == row.payment_id
    return [
        Fault("reversal.unknown", ~there, at + "expected a payment of the tape, found none"),
        Fault("reversal.of_itself", itself, at + "expected another payment, found itself"),
        Fault(
            "reversal.of_reversal",
            there & row.o_reverses.notnull() & ~itself,
            at + "expected a payment, found a reversal of " + row.o_reverses,
        ),
        Fault(
            "reversal.other_loan",
            row.o_loan != row.loan_id,
            at + "expected a payment of loan " + row.loan_id + ", found one of " + row.o_loan,
        ),
        Fault(
            "reversal.other_amount",
            row.o_amount != row.amount_minor,
            at
            + "expected the amount "
            + row.o_amount.cast("string")
            + ", found "
            + row.amount_minor.cast("string"),
        ),
        Fault(
            "reversal.earlier",
            row.paid_on < row.o_paid,
            at
            + "expected a day not before "
            + row.o_paid.cast("string")
            + ", found "
            + row.paid_on.cast("string"),
        ),
        Fault(
            "reversal.twice",
            there & ((row._place > 0) | row._before),
            at + "expected one reversal, found another before this one",
        ),
    ]


def schedules_twice(stage: Any, instalments: Any, loans: Any) -> Any:
    """Instalments of loans whose whole schedule stands twice, or more often, under other seqs.

    That is: every day and amount comes at least twice, on two days or more, and the principal
    is at least twice what was disbursed. Several instalments on one day are none of this.
    """
    sums = instalments.group_by("loan_id").agg(
        _rows=lambda t: t.count(),
        _principal=lambda t: t.principal_minor.cast("decimal(38,0)").sum(),
    )
    joined = sums.inner_join(loans.select("loan_id", "principal_minor"), "loan_id")
    double = joined._principal >= joined.principal_minor.cast("decimal(38,0)") * 2
    candidates = stage.keep(joined.filter((joined._rows >= 4) & double).select("loan_id"))
    rows = stage.keep(instalments.semi_join(candidates, "loan_id"))
    same = ["loan_id", "due_on", "principal_minor", "interest_minor", "fee_minor"]
    times = rows.group_by(same).agg(_times=lambda t: t.seq.nunique())
    loan = times.group_by("loan_id").agg(
        _least=lambda t: t._times.min(), _days=lambda t: t.due_on.nunique()
    )
    twice = loan.filter((loan._least >= 2) & (loan._days >= 2)).select("loan_id")
    found = rows.semi_join(stage.keep(twice), "loan_id")
    text = (
        ibis.literal("expected one schedule of the loan, found the instalment of ")
        + found.due_on.cast("string")
        + " again under another seq"
    )
    return told(found, "schedule.overlap", text)
