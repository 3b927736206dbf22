"""Version 1 of the API: one file a subject."""

from arrears.api.v1 import cases, contacts, loans, payments, persons, reservations, status, tapes

ROUTERS = (
    persons.router,
    loans.router,
    payments.router,
    cases.router,
    reservations.router,
    contacts.router,
    tapes.router,
    status.router,
)
