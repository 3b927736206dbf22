"""What an agency is owed for a month, line by line; the lines sum to the totals to the minor unit.

Of a payment's fee (amount × rate) an agency earns what the scores of the scheme's components
leave. What was stated once is never rewritten: what changed since is a line of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from uuid import UUID

from arrears.kernel.money import round_half_even, split
from arrears.placements.commission.rules.bounds import MONEY, WHOLE_BPS
from arrears.placements.commission.rules.scheme import Cap, Terms

LINE_KINDS: Final = ("payment", "reversal", "correction", "complaint", "adjustment")
_RATED: Final = WHOLE_BPS  # amount × rate
_SCORED: Final = WHOLE_BPS**3  # amount × rate × weight × score


@dataclass(frozen=True, slots=True)
class Credit:
    """A payment, or a reversal, that is the agency's and was not stated yet.

    Parameters
    ----------
    amount_minor
        As in the book: positive for both.
    rate_bps
        Of the scheme in force on the day it was paid, for the bucket at placement.
    """

    payment_ref: str
    loan_ref: str
    currency: str
    paid_on: date
    amount_minor: int
    bucket: str
    rate_bps: int
    placement: UUID | None = None
    reverses: str | None = None


@dataclass(frozen=True, slots=True)
class Stated:
    """What was stated so far of a payment or reversal, all its lines together.

    Parameters
    ----------
    first_amount_minor, first_fee_minor, first_commission_minor
        Of its first line, which tells the rate at which a changed amount is put right.
    """

    payment_ref: str
    loan_ref: str
    currency: str
    paid_on: date
    amount_minor: int
    fee_minor: int
    commission_minor: int
    first_amount_minor: int
    first_fee_minor: int
    first_commission_minor: int

    @classmethod
    def of(cls, line: Line) -> Stated:
        """As stated by one line."""
        three = (line.amount_minor, line.fee_minor, line.commission_minor)
        assert line.payment_ref and line.loan_ref and line.paid_on
        return cls(line.payment_ref, line.loan_ref, line.currency, line.paid_on, *three, *three)

    def plus(self, line: Line) -> Stated:
        """With one more line."""
        return replace(
            self,
            amount_minor=self.amount_minor + line.amount_minor,
            fee_minor=self.fee_minor + line.fee_minor,
            commission_minor=self.commission_minor + line.commission_minor,
        )


@dataclass(frozen=True, slots=True)
class Charge:
    """A complaint that was upheld, with its share in basis points; or an adjustment in money."""

    id: UUID
    severity: str = ""
    currency: str = ""
    commission_minor: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a statement; ``amount_minor`` is of the payment, commission what it brings."""

    kind: str
    currency: str
    commission_minor: int
    amount_minor: int = 0
    fee_minor: int = 0
    payment_ref: str | None = None
    loan_ref: str | None = None
    paid_on: date | None = None
    bucket: str | None = None
    rate_bps: int | None = None
    placement: UUID | None = None
    charge: UUID | None = None
    severity: str | None = None


def factor(terms: Terms, scores_bps: Mapping[str, int]) -> int:
    """Which part of the fee is earned, of 10,000²: each weight times its score.

    The weight of money counts whole: the fee grows and shrinks with the amount already.
    """
    return sum(
        weight * (WHOLE_BPS if name == MONEY else scores_bps[name])
        for name, weight in terms.weights_bps.items()
    )


def reckon(
    terms: Terms,
    scores_bps: Mapping[str, int],
    credits: Sequence[Credit],
    stated: Mapping[str, Stated],
    book_minor: Mapping[str, int],
    complaints: Sequence[Charge] = (),
    adjustments: Sequence[Charge] = (),
) -> tuple[Line, ...]:
    """The lines of a statement.

    Parameters
    ----------
    credits
        What is the agency's and was not stated; a reversal's payment is among them or stated.
    stated
        What was stated and may have changed, or is reversed now.
    book_minor
        What the book shows now for what was stated, negative for reversals; 0: gone.
    complaints
        Taken off what the payments of this statement earn, in every currency; where they earn
        nothing there is no line, and the complaint waits for the next month.
    """
    share = factor(terms, scores_bps)
    corrections = _corrections(stated, book_minor)
    now = dict(stated)
    for line in corrections:
        assert line.payment_ref
        now[line.payment_ref] = now[line.payment_ref].plus(line)
    lines: list[Line] = []
    for currency in sorted({each.currency for each in credits}):
        inside = [each for each in credits if each.currency == currency]
        lines += _payments(inside, terms.caps.get(currency, Cap()), share)
    now |= {line.payment_ref: Stated.of(line) for line in lines if line.payment_ref}
    taken_back = [_taken_back(each, now[each.reverses]) for each in credits if each.reverses]
    charged = _complaints(terms, complaints, [*lines, *taken_back], credits)
    adjusted = [Line("adjustment", each.currency, each.commission_minor, charge=each.id)
                for each in adjustments]  # fmt: skip
    return (*lines, *taken_back, *corrections, *charged, *adjusted)


def _payments(credits: Sequence[Credit], cap: Cap, share: int) -> list[Line]:
    payments = sorted((each for each in credits if each.reverses is None), key=_order)
    undone = {each.reverses for each in credits}
    weights = [_weight(each, cap) for each in payments]
    kept = [0 if p.payment_ref in undone else w for p, w in zip(payments, weights, strict=True)]
    total = sum(kept)
    fees = _shared(round_half_even(total, _RATED), kept)
    earned = round_half_even(total * share, _SCORED)
    if cap.month_minor is not None:
        earned = min(earned, cap.month_minor)
    commissions = _shared(earned, kept)
    lines = []
    for index, each in enumerate(payments):
        fee, commission = fees[index], commissions[index]
        if each.payment_ref in undone:
            # It nets to nothing with its reversal, and takes no room under the month's cap; with
            # its own figures, so that all is well if the reversal turns out to be mistaken.
            fee = round_half_even(weights[index], _RATED)
            commission = round_half_even(weights[index] * share, _SCORED)
        lines.append(_line("payment", each, each.amount_minor, fee, commission))
    return lines


def _weight(credit: Credit, cap: Cap) -> int:
    weight = credit.amount_minor * credit.rate_bps
    return weight if cap.payment_minor is None else min(weight, cap.payment_minor * _RATED)


def _shared(total_minor: int, weights: Sequence[int]) -> list[int]:
    return split(total_minor, weights) if weights else []


def _taken_back(credit: Credit, was: Stated) -> Line:
    return _line("reversal", credit, -was.amount_minor, -was.fee_minor, -was.commission_minor)


def _corrections(stated: Mapping[str, Stated], book_minor: Mapping[str, int]) -> list[Line]:
    lines = []
    for ref in sorted(book_minor):
        was, is_now = stated[ref], book_minor[ref]
        if was.amount_minor == is_now:
            continue
        sign = 1 if was.first_amount_minor > 0 else -1
        fee, commission = (
            sign * round_half_even(first * is_now, abs(was.first_amount_minor))
            for first in (was.first_fee_minor, was.first_commission_minor)
        )
        lines.append(
            Line(
                kind="correction",
                currency=was.currency,
                commission_minor=commission - was.commission_minor,
                amount_minor=is_now - was.amount_minor,
                fee_minor=fee - was.fee_minor,
                payment_ref=ref,
                loan_ref=was.loan_ref,
                paid_on=was.paid_on,
            )
        )
    return lines


def _complaints(
    terms: Terms, complaints: Sequence[Charge], lines: Sequence[Line], credits: Sequence[Credit]
) -> list[Line]:
    """What complaints take off the payments of this statement that stand; never more than all."""
    undone = {each.reverses for each in credits}
    earned: dict[str, int] = {}
    for line in lines:
        if line.kind == "payment" and line.payment_ref not in undone:
            earned[line.currency] = earned.get(line.currency, 0) + line.commission_minor
    listed = sorted(complaints, key=lambda each: each.id)
    shares = [terms.deductions_bps[each.severity] for each in listed]
    taken: list[Line] = []
    for currency, whole in sorted(earned.items()):
        if not listed or whole <= 0:
            continue
        off = round_half_even(whole * min(sum(shares), WHOLE_BPS), WHOLE_BPS)
        for each, part in zip(listed, split(off, shares), strict=True):
            taken.append(Line("complaint", currency, -part, charge=each.id,
                              severity=each.severity))  # fmt: skip
    return taken


def _order(credit: Credit) -> tuple[date, str]:
    return credit.paid_on, credit.payment_ref


def _line(kind: str, credit: Credit, amount: int, fee: int, commission: int) -> Line:
    return Line(
        kind=kind,
        currency=credit.currency,
        commission_minor=commission,
        amount_minor=amount,
        fee_minor=fee,
        payment_ref=credit.payment_ref,
        loan_ref=credit.loan_ref,
        paid_on=credit.paid_on,
        bucket=credit.bucket,
        rate_bps=credit.rate_bps,
        placement=credit.placement,
    )


@dataclass(frozen=True, slots=True)
class Totals:
    """A statement in one currency; ``total_minor`` is the sum of the five before it.

    Parameters
    ----------
    amount_minor
        Payments less reversals, as corrected.
    fee_minor
        What they would bring if every score were full and nothing capped.
    """

    currency: str
    payments: int
    amount_minor: int
    fee_minor: int
    earned_minor: int
    taken_back_minor: int
    corrected_minor: int
    deducted_minor: int
    adjusted_minor: int
    total_minor: int


_SUMS: Final = {
    "payment": "earned_minor",
    "reversal": "taken_back_minor",
    "correction": "corrected_minor",
    "complaint": "deducted_minor",
    "adjustment": "adjusted_minor",
}


def totals(lines: Sequence[Line]) -> tuple[Totals, ...]:
    """What the lines sum to, by currency."""
    found = []
    for currency in sorted({line.currency for line in lines}):
        inside = [line for line in lines if line.currency == currency]
        by_kind = dict.fromkeys(_SUMS.values(), 0)
        for line in inside:
            by_kind[_SUMS[line.kind]] += line.commission_minor
        found.append(
            Totals(
                currency=currency,
                payments=sum(line.kind == "payment" for line in inside),
                amount_minor=sum(line.amount_minor for line in inside),
                fee_minor=sum(line.fee_minor for line in inside),
                total_minor=sum(by_kind.values()),
                **by_kind,
            )
        )
    return tuple(found)
