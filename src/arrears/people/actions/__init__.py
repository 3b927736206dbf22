"""The only writers of the register: organisations, staff, who signs in, machine clients.

Persons are written by the loan book.
"""

from arrears.people.actions.clients import NewClient, create_client, revoke_client
from arrears.people.actions.organisations import add_organisation, ensure_lender
from arrears.people.actions.staff import add_staff
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
    "add_organisation",
    "add_staff",
    "create_client",
    "create_user",
    "ensure_demo_users",
    "ensure_lender",
    "note_sign_in",
    "revoke_client",
    "set_active",
    "set_language",
    "set_password",
]
