"""The only writers of contacts."""

from arrears.contacts.actions.due import queue_due
from arrears.contacts.actions.letterhead import set_letterhead
from arrears.contacts.actions.queue import (
    cancel_message,
    let_go,
    let_go_of_cured,
    queue_by_hand,
    queue_message,
)
from arrears.contacts.actions.send import Round, send_due
from arrears.contacts.actions.settle import take_report
from arrears.contacts.actions.wordings import (
    approve_wording,
    bring_shipped,
    draft_wording,
    propose_wording,
    refuse_wording,
    retire_wording,
)

__all__ = [
    "Round",
    "approve_wording",
    "bring_shipped",
    "cancel_message",
    "draft_wording",
    "let_go",
    "let_go_of_cured",
    "propose_wording",
    "queue_by_hand",
    "queue_due",
    "queue_message",
    "refuse_wording",
    "retire_wording",
    "send_due",
    "set_letterhead",
    "take_report",
]
