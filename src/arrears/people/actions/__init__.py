"""The only writers of the register: organisations, staff, who signs in, machine clients.

Persons are written by the loan book.
"""

from arrears.people.actions.agencies import (
    add_contract,
    assess_impact,
    end_contract,
    move_agency,
    prove_deletion,
    review_agency,
)
from arrears.people.actions.clients import NewClient, create_client, revoke_client
from arrears.people.actions.leaving import carry_out_leaving, leave
from arrears.people.actions.organisations import add_organisation, ensure_lender
from arrears.people.actions.papers import (
    certify,
    declare_conflict,
    give_letter,
    revoke_certificate,
    revoke_letter,
)
from arrears.people.actions.public_list import publish
from arrears.people.actions.staff import add_staff
from arrears.people.actions.teams import add_absence, add_team, end_absence, join_team
from arrears.people.actions.users import (
    DemoUser,
    create_user,
    ensure_demo_users,
    note_sign_in,
    set_active,
    set_language,
    set_password,
)

__all__ = [
    "DemoUser",
    "NewClient",
    "add_absence",
    "add_contract",
    "add_organisation",
    "add_staff",
    "add_team",
    "assess_impact",
    "carry_out_leaving",
    "certify",
    "create_client",
    "create_user",
    "declare_conflict",
    "end_absence",
    "end_contract",
    "ensure_demo_users",
    "ensure_lender",
    "give_letter",
    "join_team",
    "leave",
    "move_agency",
    "note_sign_in",
    "prove_deletion",
    "publish",
    "review_agency",
    "revoke_certificate",
    "revoke_client",
    "revoke_letter",
    "set_active",
    "set_language",
    "set_password",
]
