"""The tape contract as data: what readers convert to, checks hold to, and documents list.

A change of meaning is never made here; what is added is an optional column or table.
"""

from __future__ import annotations

from dataclasses import dataclass

from arrears.kernel.money import EXPONENTS

AMOUNT_MAX = 10**14
"""The largest single amount in minor units, either sign."""
KEY_LENGTH_MAX = 255
"""The longest id in characters: it is a key of indexes downstream."""
DATE_FIRST, DATE_LAST = "1850-01-01", "2199-12-31"
"""Days outside are sentinels (0001-01-01, 9999-12-31), not facts; say null instead."""

PRODUCTS = (
    "credit_card",
    "online_consumer",
    "offline_consumer",
    "microfinance",
    "business",
    "other",
)
CREDITOR_TYPES = ("bank", "consumer_finance", "small_loan", "other")
LOAN_STATUSES = ("open", "written_off", "sold", "closed")
COORDINATE_SYSTEMS = ("wgs84", "gcj02", "bd09")
PARTY_ROLES = ("guarantor", "co_borrower")
CURRENCIES = tuple(sorted(EXPONENTS))

TYPES = ("text", "date", "int64", "int32", "float", "bool", "instant")
"""Column types; ``instant`` is a point in time with its offset, ``date`` a local day."""


@dataclass(frozen=True)
class Column:
    """One column of a table of the tape.

    Parameters
    ----------
    name, type
        ``type`` is one of :data:`TYPES`.
    required
        Whether null is refused.
    codes
        The only values allowed; empty if any are.
    code_else
        The value that unknown codes become (and are listed); None: the row is set aside.
    default
        What null stands for.
    low, high
        The range of a number, both ends included.
    pattern
        A regular expression that the text must match from end to end.
    not_after_book
        Whether the day may not lie after the tape's ``book_on``.
    identity
        Whether it is an id: not empty, no U+001F, at most :data:`KEY_LENGTH_MAX` characters.
    """

    name: str
    type: str = "text"
    required: bool = False
    codes: tuple[str, ...] = ()
    code_else: str | None = None
    default: str | None = None
    low: int | None = None
    high: int | None = None
    pattern: str | None = None
    not_after_book: bool = False
    identity: bool = False
    meaning: str = ""


@dataclass(frozen=True)
class TableSpec:
    """One table of the tape.

    Parameters
    ----------
    key
        The columns that tell its rows apart.
    money
        The columns whose sum is the table's money in the totals.
    of_loan
        Whether its rows make up a loan: one set aside, and the loan is set aside whole.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    money: tuple[str, ...] = ()
    of_loan: bool = False

    def column(self, name: str) -> Column:
        """The column of that name; KeyError if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its columns, in the order of the contract."""
        return tuple(column.name for column in self.columns)


def _id(name: str, required: bool = True, meaning: str = "") -> Column:
    return Column(name, required=required, identity=True, meaning=meaning)


def _amount(name: str, required: bool, low: int = 0, meaning: str = "") -> Column:
    return Column(name, "int64", required, low=low, high=AMOUNT_MAX, meaning=meaning)


def _past(name: str, required: bool = False, meaning: str = "") -> Column:
    return Column(name, "date", required, not_after_book=True, meaning=meaning)


_PERSONS = TableSpec(
    "persons",
    (
        _id("person_id"),
        Column("name"),
        Column("address"),
        Column("phone", meaning="E.164 or national form of the jurisdiction"),
        Column("email"),
        Column("national_id"),
        _past("birth_on"),
        Column("language", pattern=r"[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*", meaning="BCP 47"),
        Column(
            "jurisdiction",
            required=True,
            pattern=r"[A-Z]{2}(-[A-Z0-9]{1,3})?",
            meaning="ISO 3166-1 alpha-2, optionally -subdivision",
        ),
        Column("time_zone", pattern=r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*", meaning="IANA name"),
        Column("latitude", "float", low=-90, high=90, meaning="degrees"),
        Column("longitude", "float", low=-180, high=180, meaning="degrees"),
        Column(
            "coordinate_system",
            codes=COORDINATE_SYSTEMS,
            default="wgs84",
            meaning="converted as the tape is read; WGS-84 inside",
        ),
    ),
    key=("person_id",),
)

_LOANS = TableSpec(
    "loans",
    (
        _id("loan_id"),
        _id("person_id", meaning="the borrower"),
        Column("product", required=True, codes=PRODUCTS, code_else="other"),
        Column("creditor_type", required=True, codes=CREDITOR_TYPES, code_else="other"),
        Column("currency", required=True, codes=CURRENCIES, meaning="ISO 4217"),
        _amount("principal_minor", True, meaning="disbursed; null with snapshots only"),
        Column(
            "annual_rate_bps",
            "int32",
            True,
            low=0,
            high=10**7,
            meaning="contract rate; null with snapshots only",
        ),
        Column(
            "overdue_rate_bps",
            "int32",
            low=0,
            high=10**7,
            meaning="rate on overdue principal; null: none",
        ),
        _past("disbursed_on", True, meaning="null with snapshots only"),
        Column("grace_days", "int32", True, low=0, high=3650, meaning="0 if none"),
        Column("secured", "bool"),
        Column("contract_no"),
        Column("creditor_id"),
        Column("creditor_name", meaning="who is owed"),
        Column("servicer_name", meaning="the institution that must be named first"),
        Column("status", codes=LOAN_STATUSES, default="open"),
        _past("accelerated_on", meaning="declared due as a whole"),
        _amount("payoff_minor", False, meaning="what the lender's books say as of the tape"),
        _amount("lender_late_interest_minor", False, meaning="likewise"),
    ),
    key=("loan_id",),
    money=("principal_minor",),
    of_loan=True,
)

_LOAN_PARTIES = TableSpec(
    "loan_parties",
    (_id("loan_id"), _id("person_id"), Column("role", required=True, codes=PARTY_ROLES)),
    key=("loan_id", "person_id", "role"),
    of_loan=True,
)

_INSTALMENTS = TableSpec(
    "instalments",
    (
        _id("loan_id"),
        Column("seq", "int32", True, low=0),
        Column("due_on", "date", True),
        _amount("principal_minor", True),
        _amount("interest_minor", True),
        _amount("fee_minor", True),
    ),
    key=("loan_id", "seq"),
    money=("principal_minor", "interest_minor", "fee_minor"),
    of_loan=True,
)

_PAYMENTS = TableSpec(
    "payments",
    (
        _id("payment_id"),
        _id("loan_id"),
        _past("paid_on", True),
        _amount("amount_minor", True, low=1),
        _id("reverses", False, "payment_id that this row takes back whole"),
        Column("channel"),
        Column("provider_ref", meaning="joins the same money from tape, bank file and provider"),
    ),
    key=("payment_id",),
    money=("amount_minor",),
    of_loan=True,
)

_SNAPSHOTS = TableSpec(
    "snapshots",
    (
        _id("loan_id"),
        _past("as_of", True),
        Column("days_past_due", "int32", low=-36500, high=36500),
        Column("months_past_due", "int32", low=-1200, high=1200),
        _amount("balance_minor", False, low=-AMOUNT_MAX, meaning="may be negative"),
        _amount("overdue_minor", False),
        _amount("paid_minor", False, meaning="since the last snapshot"),
    ),
    key=("loan_id", "as_of"),
    money=("balance_minor",),
    of_loan=True,
)

_CONTACT_POINTS = TableSpec(
    "contact_points",
    (
        _id("person_id"),
        Column("kind", required=True),
        Column("value", required=True),
        Column("owner"),
        Column("source"),
        _past("obtained_on"),
        Column("status"),
    ),
    key=("person_id", "kind", "value"),
)

_CONTACT_EVENTS = TableSpec(
    "contact_events",
    (
        _id("event_id"),
        _id("person_id"),
        _id("loan_id", False),
        Column("at", "instant", True),
        Column("channel", required=True),
        Column("organisation"),
        Column("contact_value"),
        Column("answered", "bool"),
        Column("automated", "bool"),
    ),
    key=("event_id",),
)

_FLAGS = TableSpec(
    "flags",
    (
        _id("person_id"),
        _id("loan_id", False),
        Column("kind", required=True),
        _past("from_on", True),
        Column("until_on", "date"),
        Column("evidence"),
    ),
    key=("person_id", "loan_id", "kind", "from_on"),
)

_RECALLS = TableSpec(
    "recalls",
    (_id("loan_id"), _past("recalled_on", True), Column("reason")),
    key=("loan_id",),
)

TABLES: dict[str, TableSpec] = {
    table.name: table
    for table in (
        _PERSONS,
        _LOANS,
        _LOAN_PARTIES,
        _INSTALMENTS,
        _PAYMENTS,
        _SNAPSHOTS,
        _CONTACT_POINTS,
        _CONTACT_EVENTS,
        _FLAGS,
        _RECALLS,
    )
}
"""Every table that is read, by name, in the order in which it is checked."""

LATER_TABLES = ("consents", "plans", "plan_instalments", "legal_matters")
"""Named by the contract, columns not yet fixed: found ones are listed as not read."""

NULL_WITH_SNAPSHOTS = ("principal_minor", "annual_rate_bps", "disbursed_on")
"""Columns of loans that may be null where the loan comes with snapshots."""

ROW, FILE, SHAPE = "_row", "_file", "_shape"
"""Columns beside the contract's: row number from 1 in its file, the file, the text of a row
that does not have the header's number of fields."""
RAW = "_raw_"
"""Prefix of the columns that keep the text of cells which could not be converted."""


def nullable_with_snapshots(table: str, column: str) -> bool:
    """Whether null is allowed in a required column if the loan comes with snapshots."""
    return table == "loans" and column in NULL_WITH_SNAPSHOTS
