"""Version 1 of the API: one file a subject."""

from arrears.api.v1 import cases, loans, payments, persons, status, tapes

ROUTERS = (
    persons.router,
    loans.router,
    payments.router,
    cases.router,
    tapes.router,
    status.router,
)
