"""How a person stands, asked without acting: for calendars and explanations."""

from __future__ import annotations

from datetime import datetime

from arrears.conduct.models import Standing
from arrears.conduct.rules.intent import Intent
from arrears.conduct.situation import situation
from arrears.rulebook.act import Act
from arrears.store.actor import Actor
from arrears.store.transactions import transaction


def foreseen(actor: Actor, intent: Intent, at: datetime) -> Act:
    """The act as the gate would decide it, with all that time alone will change.

    Nothing is locked, stored or spent, and nothing is allowed by it: ``rulebook.spans`` tells
    from it when a person may be contacted. Needs ``cases.read``.

    Raises
    ------
    NotFound
        If there is no such person.
    """
    actor.require("cases.read")
    with transaction(actor):
        standing = Standing.objects.filter(person_id=intent.person_id).first()
        subject_id = intent.person_id if standing is None else standing.subject_id
        return situation(at, intent, subject_id, crew_told=True).act(foresee=True)
