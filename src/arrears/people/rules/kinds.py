"""The lists that the tables of the register know."""

from typing import Final

ORGANISATION_KINDS: Final = ("lender", "agency")
FORMS: Final = ("bank", "company", "law_firm", "partnership", "individual", "other")
REVIEW_KINDS: Final = ("yearly", "exit")
DELETION_KINDS: Final = ("returned", "deleted")
CERTIFICATE_KINDS: Final = ("training", "test", "background", "agent_certificate")
ABSENCE_REASONS: Final = ("leave", "sick", "training", "other")
