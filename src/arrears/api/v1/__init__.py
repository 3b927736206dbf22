"""Version 1 of the API: one file a subject."""

from arrears.api.v1 import (
    agencies,
    cases,
    contacts,
    loans,
    payments,
    persons,
    placements,
    queues,
    reads,
    reservations,
    statements,
    status,
    tapes,
)

# Addresses under a person come before the person: a reference may hold slashes.
ROUTERS = (
    placements.router,
    reads.router,
    persons.router,
    loans.router,
    payments.router,
    cases.router,
    queues.router,
    reservations.router,
    contacts.router,
    agencies.router,
    statements.router,
    tapes.router,
    status.router,
)
