"""The gate on a real database: what it answers, stores, and lets nobody pass without."""

from __future__ import annotations

from conduct_people import NOON, at, debtor, go_live, intent

from arrears.conduct.gate import gate
from arrears.conduct.models import Contact, Verdict
from arrears.conduct.verdicts import Allowed, Refused


def test_an_allowed_call_is_stored_and_spent(db):
    person = debtor()
    go_live()
    with at() as now:
        answer = gate(now, intent(person), spend=True)
    assert isinstance(answer, Allowed), answer.reasons
