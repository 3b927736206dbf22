"""One loan told in full, for a case page: where each payment went and how arrears grew.

Plain integers, no engine; the result is the row of :func:`arrears.book.age.age` for the same
loan, with everything that led to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from arrears.book.age.waterfall import Waterfalls, shipped_waterfalls
from arrears.kernel.money import round_half_even

YEAR_DAYS = 365
WHOLE_BPS = 10_000


@dataclass(frozen=True)
class LoanFacts:
    """What of a loan matters to its ageing; the names are those of the tape."""

    loan_id: str
    currency: str
    product: str
    overdue_rate_bps: int | None = None
    grace_days: int = 0
    jurisdiction: str | None = None


@dataclass(frozen=True)
class InstalmentFacts:
    """One line of the schedule; the parts in minor units."""

    seq: int
    due_on: date
    principal_minor: int
    interest_minor: int
    fee_minor: int


@dataclass(frozen=True)
class PaymentFacts:
    """One payment, or (with ``reverses``) the taking back of one."""

    payment_id: str
    paid_on: date
    amount_minor: int
    reverses: str | None = None
    channel: str | None = None


@dataclass(frozen=True)
class Share:
    """What of a payment went to one instalment, by part."""

    seq: int
    due_on: date
    fee_minor: int = 0
    interest_minor: int = 0
    principal_minor: int = 0
    days_late: int = 0


@dataclass(frozen=True)
class PaymentTold:
    """A payment and where it went.

    Parameters
    ----------
    taken_back_on
        The day it was reversed; it then went nowhere.
    shares
        The instalments it settled, oldest first, those of the future too.
    unused_minor
        What is left when the whole schedule is paid.
    """

    payment_id: str
    paid_on: date
    amount_minor: int
    channel: str | None
    taken_back_on: date | None
    shares: tuple[Share, ...]
    unused_minor: int


@dataclass(frozen=True)
class InstalmentTold:
    """An instalment and how it stands; open parts in minor units.

    Parameters
    ----------
    settled_on
        The day its last unit was paid; its due day if it has none; None while it is open.
    days_late
        Days from the due day to ``settled_on`` or to the day asked about, never below 0.
    """

    seq: int
    due_on: date
    due_minor: int
    fee_open_minor: int
    interest_open_minor: int
    principal_open_minor: int
    settled_on: date | None
    days_late: int

    @property
    def open_minor(self) -> int:
        """What is still unpaid of it."""
        return self.fee_open_minor + self.interest_open_minor + self.principal_open_minor


@dataclass(frozen=True)
class LatePiece:
    """Principal that was, or is, late: the basis of the accrual. ``until`` None: still open."""

    seq: int
    principal_minor: int
    due_on: date
    until: date | None
    days: int


@dataclass(frozen=True)
class LoanTold:
    """The ageing of one loan on one day, with its reasons.

    Parameters
    ----------
    growth
        ``(day, overdue_minor)`` wherever the amount changed: the state of that morning by
        what is known now, so that a payment taken back never shows.
    """

    loan_id: str
    as_of: date
    currency: str
    order: tuple[str, ...]
    payments: tuple[PaymentTold, ...]
    instalments: tuple[InstalmentTold, ...]
    late_pieces: tuple[LatePiece, ...]
    growth: tuple[tuple[date, int], ...]
    overdue_minor: int
    principal_overdue_minor: int
    interest_overdue_minor: int
    fee_overdue_minor: int
    late_interest_minor: int
    oldest_due_on: date | None
    days_past_due: int
    last_paid_on: date | None
    max_days_past_due_ever: int
    times_over_30: int


def explain_loan(
    loan: LoanFacts,
    instalments: Iterable[InstalmentFacts],
    payments: Iterable[PaymentFacts],
    as_of: date,
    *,
    waterfalls: Waterfalls | None = None,
) -> LoanTold:
    """Pour the loan's payments over its schedule and keep every step.

    Parameters
    ----------
    loan, instalments, payments
        As in the accepted tables, in any order; payments after the day are left out.
    as_of
        The day; what falls due on it is not overdue.
    waterfalls
        The order of the parts; the shipped one if None.

    Returns
    -------
    LoanTold
        ``oldest_due_on`` None and 0 days if nothing is overdue.
    """
    order = (waterfalls or shipped_waterfalls()).of(loan.product, loan.jurisdiction)
    schedule = sorted(instalments, key=lambda i: (i.due_on, i.seq))
    known = sorted(
        (p for p in payments if p.paid_on <= as_of), key=lambda p: (p.paid_on, p.payment_id)
    )
    taken_back = {p.reverses: p.paid_on for p in reversed(known) if p.reverses is not None}
    made = [p for p in known if p.reverses is None]
    lines = [_Line(i, {part: getattr(i, f"{part}_minor") for part in order}) for i in schedule]
    told = tuple(_spent(payment, taken_back.get(payment.payment_id), lines) for payment in made)
    standing = [p for p in made if p.payment_id not in taken_back]
    return _whole(loan, order, told, tuple(_told(x, as_of) for x in lines), standing, as_of)


@dataclass
class _Line:
    """An instalment while payments are poured over it."""

    instalment: InstalmentFacts
    open_parts: dict[str, int]
    settled_on: date | None = None

    def __post_init__(self) -> None:
        if not any(self.open_parts.values()):
            self.settled_on = self.instalment.due_on


def _spent(payment: PaymentFacts, taken_back_on: date | None, lines: list[_Line]) -> PaymentTold:
    """Pour one payment over what is still open; one that was taken back goes nowhere."""
    left = payment.amount_minor if taken_back_on is None else 0
    shares = []
    for line in lines:
        if not left:
            break
        share, left = _settle(payment.paid_on, line.instalment, line.open_parts, left)
        if share is not None:
            shares.append(share)
            if not any(line.open_parts.values()):
                line.settled_on = payment.paid_on
    return PaymentTold(
        payment.payment_id,
        payment.paid_on,
        payment.amount_minor,
        payment.channel,
        taken_back_on,
        tuple(shares),
        left,
    )


def _settle(
    paid_on: date, instalment: InstalmentFacts, open_parts: dict[str, int], left: int
) -> tuple[Share | None, int]:
    """Settle the parts of one instalment in order; the share it took, and what is left."""
    took = {}
    for part in open_parts:
        took[part] = min(left, open_parts[part])
        open_parts[part] -= took[part]
        left -= took[part]
    if not any(took.values()):
        return None, left
    late = max(0, (paid_on - instalment.due_on).days)
    return Share(
        instalment.seq,
        instalment.due_on,
        fee_minor=took["fee"],
        interest_minor=took["interest"],
        principal_minor=took["principal"],
        days_late=late,
    ), left


def _told(line: _Line, as_of: date) -> InstalmentTold:
    instalment, parts = line.instalment, line.open_parts
    return InstalmentTold(
        instalment.seq,
        instalment.due_on,
        instalment.principal_minor + instalment.interest_minor + instalment.fee_minor,
        parts["fee"],
        parts["interest"],
        parts["principal"],
        line.settled_on,
        max(0, ((line.settled_on or as_of) - instalment.due_on).days),
    )


def _whole(
    loan: LoanFacts,
    order: tuple[str, ...],
    payments: tuple[PaymentTold, ...],
    lines: tuple[InstalmentTold, ...],
    standing: Sequence[PaymentFacts],
    as_of: date,
) -> LoanTold:
    fallen = [line for line in lines if line.due_on < as_of]
    late = [line for line in fallen if line.settled_on is None]
    oldest = late[0].due_on if late else None
    pieces = _late_pieces(payments, late, as_of)
    units = sum(piece.principal_minor * piece.days for piece in pieces)
    return LoanTold(
        loan_id=loan.loan_id,
        as_of=as_of,
        currency=loan.currency,
        order=order,
        payments=payments,
        instalments=lines,
        late_pieces=pieces,
        growth=_growth(lines, standing, as_of),
        overdue_minor=sum(x.open_minor for x in late),
        principal_overdue_minor=sum(x.principal_open_minor for x in late),
        interest_overdue_minor=sum(x.interest_open_minor for x in late),
        fee_overdue_minor=sum(x.fee_open_minor for x in late),
        late_interest_minor=round_half_even(
            units * (loan.overdue_rate_bps or 0), WHOLE_BPS * YEAR_DAYS
        ),
        oldest_due_on=oldest,
        days_past_due=0 if oldest is None else (as_of - oldest).days,
        last_paid_on=max((p.paid_on for p in standing), default=None),
        max_days_past_due_ever=max((x.days_late for x in fallen), default=0),
        times_over_30=sum(x.days_late > 30 for x in fallen),
    )


def _late_pieces(
    payments: Iterable[PaymentTold], late: Iterable[InstalmentTold], as_of: date
) -> tuple[LatePiece, ...]:
    """Principal paid after its due day, then principal still open; none that is not due yet."""
    paid = [
        LatePiece(share.seq, share.principal_minor, share.due_on, payment.paid_on, share.days_late)
        for payment in payments
        for share in payment.shares
        if share.principal_minor and share.days_late
    ]
    still_open = [
        LatePiece(line.seq, line.principal_open_minor, line.due_on, None, line.days_late)
        for line in late
        if line.principal_open_minor
    ]
    return (*paid, *still_open)


def _growth(
    lines: Sequence[InstalmentTold], standing: Sequence[PaymentFacts], as_of: date
) -> tuple[tuple[date, int], ...]:
    """The overdue amount wherever it changed, from the first day there could be one."""
    # An instalment is overdue from the day after its due day; a payment counts on its day.
    changes: dict[date, list[int]] = {}
    for line in lines:
        if line.due_on < as_of:
            changes.setdefault(_next(line.due_on), [0, 0])[0] += line.due_minor
    for payment in standing:
        changes.setdefault(payment.paid_on, [0, 0])[1] += payment.amount_minor
    fallen, paid, points = 0, 0, list[tuple[date, int]]()
    for day in sorted(changes):
        fallen, paid = fallen + changes[day][0], paid + changes[day][1]
        amount = max(0, fallen - paid)
        if amount != (points[-1][1] if points else 0):
            points.append((day, amount))
    return tuple(points)


def _next(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)
