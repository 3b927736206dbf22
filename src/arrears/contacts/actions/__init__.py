"""The only writers of contacts."""

from arrears.contacts.actions.wordings import (
    approve_wording,
    bring_shipped,
    draft_wording,
    propose_wording,
    refuse_wording,
    retire_wording,
)

__all__ = [
    "approve_wording",
    "bring_shipped",
    "draft_wording",
    "propose_wording",
    "refuse_wording",
    "retire_wording",
]
