"""What the town borrowed: loans of several lenders, and schedules that sum to the cent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np

from arrears.kernel.money import round_half_even
from arrears.town.draws import Bools, Draws, Ints

# Twelve months of 10,000 basis points: interest of a month = balance × rate / MONTHLY.
MONTHLY = 120_000
# A loan's key is four times its person's number plus its ordinal, so that neither shifts.
LOANS_AT_MOST = 4
INSTALMENTS_AT_MOST = 64


@dataclass(frozen=True)
class Product:
    """One thing that the lenders offer.

    Rates are yearly, in basis points; amounts in yuan, a multiple of 100.
    """

    code: str
    creditor: int
    weight: int
    rates_bps: tuple[int, ...]
    least: int
    most: int
    grace_days: int
    fee_minor: int = 0


CREDITORS = (
    ("bank", "YT-BANK", "云汀银行股份有限公司"),
    ("consumer_finance", "TH-CF", "汀湖消费金融有限公司"),
    ("small_loan", "XZ-SL", "小舟小额贷款有限公司"),
    ("other", "NT-CO", "南塘互助合作社"),
)
SERVICER = "云汀银行股份有限公司"
PRODUCTS = (
    Product("credit_card", 0, 26, (0, 1_320, 1_580, 1_825), 3_000, 60_000, 3, fee_minor=1_500),
    Product("online_consumer", 1, 34, (980, 1_440, 1_800, 2_160, 2_390), 1_000, 40_000, 0),
    Product("offline_consumer", 1, 12, (1_150, 1_680, 1_990), 4_000, 80_000, 3),
    Product("microfinance", 2, 14, (1_520, 1_860, 2_350), 2_000, 50_000, 0, fee_minor=800),
    Product("business", 0, 10, (620, 785, 1_090), 50_000, 500_000, 5),
    Product("other", 3, 4, (700, 990), 2_000, 30_000, 10),
)


@dataclass(frozen=True)
class Lending:
    """All loans, one position an array element; ``number`` of the person, key for chances.

    ``months`` is the number of instalments; the first is due a month after ``disbursed_on``.
    """

    key: Ints
    person: Ints
    ordinal: Ints
    product: Ints
    months: Ints
    annual_rate_bps: Ints
    overdue_rate_bps: Ints  # -1: none
    principal_minor: Ints
    disbursed_month: Ints  # months since January 1970
    day_of_month: Ints  # 1 … 28, of disbursement and of every due day

    @property
    def count(self) -> int:
        """How many loans there are."""
        return len(self.key)

    @property
    def loan_ids(self) -> list[str]:
        """The lender's ids, in the order of the arrays and of UTF-8 bytes."""
        return [f"HT{p:07d}-{o}" for p, o in zip(self.person, self.ordinal, strict=True)]

    def day(self, months_later: int | Ints) -> Ints:
        """The day so many months after disbursement, as days since 1970-01-01."""
        months = (self.disbursed_month + months_later).astype("datetime64[M]")
        days: Ints = months.astype("datetime64[D]").astype(np.int64) + self.day_of_month - 1
        return days


@dataclass(frozen=True)
class Schedule:
    """All instalments, in the order of loan and ``seq``; ``loan`` is the loan's position."""

    loan: Ints
    seq: Ints
    due: Ints  # days since 1970-01-01
    principal_minor: Ints
    interest_minor: Ints
    fee_minor: Ints

    @property
    def sum_minor(self) -> Ints:
        """What is due in all with each instalment."""
        return self.principal_minor + self.interest_minor + self.fee_minor


def lend(draws: Draws, people: int, until: date) -> Lending:
    """One to three loans for each person, running, just begun, or already over by ``until``."""
    numbers = np.arange(people, dtype=np.int64)
    loans = draws.choice("loans", numbers, (45, 35, 20)) + 1
    person = np.repeat(numbers, loans)
    starts = np.repeat(np.cumsum(loans) - loans, loans)
    ordinal = np.arange(len(person), dtype=np.int64) - starts + 1
    key = person * LOANS_AT_MOST + ordinal
    product = draws.choice("product", key, [p.weight for p in PRODUCTS])
    months = draws.between("months", key, 12, 24)
    # Up to two months beyond the last due day, so that some loans are over.
    age = draws.between("age in months", key, 0, 10**6) % (months + 3)
    until_month = (until.year - 1970) * 12 + until.month - 1
    day_of_month = draws.between("day of month", key, 1, 28)
    day_of_month = np.where(age == 0, np.minimum(day_of_month, until.day), day_of_month)
    rate = np.zeros_like(key)
    principal = np.zeros_like(key)
    for index, offer in enumerate(PRODUCTS):
        mine = product == index
        picks = draws.between("rate", key[mine], 0, len(offer.rates_bps) - 1)
        rate[mine] = np.asarray(offer.rates_bps, dtype=np.int64)[picks]
        # The lower of two draws: small loans are more frequent.
        low, high = offer.least // 100, offer.most // 100
        first = draws.between("principal", key[mine], low, high)
        second = draws.between("principal again", key[mine], low, high)
        principal[mine] = np.minimum(first, second) * 10_000
    overdue = np.where(
        draws.chance("no overdue rate", key, 1_200), -1, np.minimum(rate * 3 // 2, 2_400)
    )
    return Lending(
        key=key,
        person=person,
        ordinal=ordinal,
        product=product,
        months=months,
        annual_rate_bps=rate,
        overdue_rate_bps=overdue,
        principal_minor=principal,
        disbursed_month=until_month - age,
        day_of_month=day_of_month,
    )


@cache
def _annuity(rate_bps: int, months: int) -> tuple[int, int]:
    """The equal monthly payment per unit of principal, as an exact fraction."""
    if rate_bps == 0:
        return 1, months
    grown, flat = (MONTHLY + rate_bps) ** months, MONTHLY**months
    return rate_bps * grown, MONTHLY * (grown - flat)


def schedule(draws: Draws, lending: Lending) -> Schedule:
    """Equal payments (等额本息), one in five equal principal (等额本金); parts sum exactly."""
    parts = [
        _annuity(int(r), int(n))
        for r, n in zip(lending.annual_rate_bps, lending.months, strict=True)
    ]
    level = np.array(
        [
            round_half_even(int(p) * top, bottom)
            for p, (top, bottom) in zip(lending.principal_minor, parts, strict=True)
        ],
        dtype=np.int64,
    )
    equal_principal = draws.chance("equal principal", lending.key, 2_000)
    fees = np.array([p.fee_minor for p in PRODUCTS], dtype=np.int64)[lending.product]
    balance = lending.principal_minor.copy()
    columns: list[tuple[Ints, Ints, Ints, Ints, Ints, Ints]] = []
    positions = np.arange(lending.count, dtype=np.int64)
    for seq in range(1, int(lending.months.max(initial=0)) + 1):
        runs: Bools = lending.months >= seq
        interest = _half_even(balance * lending.annual_rate_bps, MONTHLY)
        principal = np.where(
            equal_principal, lending.principal_minor // lending.months, level - interest
        )
        principal = np.where(lending.months == seq, balance, np.minimum(principal, balance))
        columns.append(
            (
                positions[runs],
                np.full(int(runs.sum()), seq, dtype=np.int64),
                lending.day(seq)[runs],
                principal[runs],
                interest[runs],
                fees[runs],
            )
        )
        balance = np.where(runs, balance - principal, 0)
    joined = [np.concatenate(c) for c in zip(*columns, strict=True)]
    order = np.lexsort((joined[1], joined[0]))
    return Schedule(*(c[order] for c in joined))


def _half_even(numerator: Ints, denominator: int) -> Ints:
    quotient, rest = np.divmod(numerator, denominator)
    up = (2 * rest > denominator) | ((2 * rest == denominator) & (quotient % 2 == 1))
    rounded: Ints = quotient + up
    return rounded
