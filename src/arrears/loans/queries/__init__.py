"""Reads of the stored loan book, as frozen view models; every list is bounded."""

from arrears.loans.queries.book import BookStatus, book_status, is_simulated
from arrears.loans.queries.differences import DifferenceView, differences
from arrears.loans.queries.loan import (
    HoldView,
    InstalmentView,
    LoanDetail,
    LoanView,
    NextDue,
    PartyView,
    PaymentView,
    answered_for,
    loan,
    loans_of_person,
    next_due,
    tell_loan,
)
from arrears.loans.queries.set_aside import (
    ColumnView,
    SetAsideDetail,
    SetAsideFilter,
    SetAsideView,
    each_set_aside,
    set_aside,
    set_aside_row,
)
from arrears.loans.queries.snapshots import (
    LoanState,
    RollRate,
    SnapshotView,
    each_state,
    roll_rates,
    snapshots_of_loan,
)
from arrears.loans.queries.tapes import ReasonCount, TapeDetail, TapeView, tape, tapes

__all__ = [
    "BookStatus",
    "ColumnView",
    "DifferenceView",
    "HoldView",
    "InstalmentView",
    "LoanDetail",
    "LoanState",
    "LoanView",
    "NextDue",
    "PartyView",
    "PaymentView",
    "ReasonCount",
    "RollRate",
    "SetAsideDetail",
    "SetAsideFilter",
    "SetAsideView",
    "SnapshotView",
    "TapeDetail",
    "TapeView",
    "answered_for",
    "book_status",
    "differences",
    "each_set_aside",
    "each_state",
    "is_simulated",
    "loan",
    "loans_of_person",
    "next_due",
    "roll_rates",
    "set_aside",
    "set_aside_row",
    "snapshots_of_loan",
    "tape",
    "tapes",
    "tell_loan",
]
