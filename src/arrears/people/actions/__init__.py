"""The only writers of the register: organisations, staff, who signs in, machine clients.

Persons are written by the loan book.
"""

from arrears.people.actions.agencies import move_agency, prove_deletion, review_agency
from arrears.people.actions.badges import give_photo
from arrears.people.actions.clients import NewClient, create_client, revoke_client
from arrears.people.actions.contracts import (
    add_contract,
    amend_contract,
    assess_impact,
    end_contract,
)
from arrears.people.actions.leaving import carry_out_leaving, leave
from arrears.people.actions.organisations import add_organisation, amend_organisation, ensure_lender
from arrears.people.actions.papers import (
    certify,
    declare_conflict,
    give_letter,
    revoke_certificate,
    revoke_letter,
    withdraw_conflict,
)
from arrears.people.actions.public_list import publish, publish_list
from arrears.people.actions.staff import add_staff, amend_staff
from arrears.people.actions.teams import (
    add_absence,
    add_team,
    amend_team,
    close_team,
    end_absence,
    join_team,
    leave_team,
)
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
    "amend_contract",
    "amend_organisation",
    "amend_staff",
    "amend_team",
    "assess_impact",
    "carry_out_leaving",
    "certify",
    "close_team",
    "create_client",
    "create_user",
    "declare_conflict",
    "end_absence",
    "end_contract",
    "ensure_demo_users",
    "ensure_lender",
    "give_letter",
    "give_photo",
    "join_team",
    "leave",
    "leave_team",
    "move_agency",
    "note_sign_in",
    "prove_deletion",
    "publish",
    "publish_list",
    "review_agency",
    "revoke_certificate",
    "revoke_client",
    "revoke_letter",
    "set_active",
    "set_language",
    "set_password",
    "withdraw_conflict",
]
