"""How acts towards a person would be decided as time passes: nothing is spent, no answer kept."""

from __future__ import annotations

from collections.abc import Mapping

from arrears.conduct.locks import lock_subject
from arrears.conduct.rules.intent import Intent
from arrears.conduct.situation import situation
from arrears.rulebook.act import Act
from arrears.store.actor import Actor
from arrears.store.transactions import transaction


def foreseen(actor: Actor, intents: Mapping[str, Intent]) -> dict[str, Act]:
    """The acts as the gate would decide them now, with all that time alone will change.

    A person whom nobody ever meant to contact gets the row in which their budget is counted.

    Parameters
    ----------
    intents
        By any name; all of one person.

    Raises
    ------
    NotFound
        If there is no such person.
    """
    with transaction(actor) as at:
        subjects = {
            person_id: lock_subject(at, person_id)
            for person_id in sorted({intent.person_id for intent in intents.values()})
        }
        return {
            name: situation(at.now, intent, subjects[intent.person_id], crew_told=True).act(
                foresee=True
            )
            for name, intent in intents.items()
        }
