"""The only writers of the loan book."""

from arrears.loans.actions.mend import mend
from arrears.loans.actions.push import push_loans, push_payments, push_persons
from arrears.loans.actions.recall import recall
from arrears.loans.actions.take import Progress, TakenIn
from arrears.loans.actions.take_in import TapeOptions, take_in

__all__ = [
    "Progress",
    "TakenIn",
    "TapeOptions",
    "mend",
    "push_loans",
    "push_payments",
    "push_persons",
    "recall",
    "take_in",
]
