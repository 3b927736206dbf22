"""How acts towards a person would be decided as time passes: nothing is locked, spent or stored."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from arrears.conduct.models import Standing
from arrears.conduct.rules.intent import Intent
from arrears.conduct.situation import situation
from arrears.kernel.errors import Conflict
from arrears.rulebook.act import Act
from arrears.store.actor import Actor
from arrears.store.transactions import transaction


def foreseen(actor: Actor, intents: Mapping[str, Intent]) -> dict[str, Act]:
    """The acts as the gate would decide them now, with all that time alone will change.

    Parameters
    ----------
    intents
        By any name; all of one person.

    Raises
    ------
    NotFound
        If there is no such person.
    Conflict
        If the book was not followed yet: nothing is known of how the person stands.
    """
    with transaction(actor) as at:
        subjects: dict[UUID, UUID] = dict(
            Standing.objects.filter(
                person_id__in={intent.person_id for intent in intents.values()}
            ).values_list("person_id", "subject_id")
        )
        acts = {}
        for name, intent in intents.items():
            subject_id = subjects.get(intent.person_id)
            if subject_id is None:
                raise Conflict(
                    "how this person stands is not known yet",
                    expected="a person whose tape was followed",
                    found="no standing",
                    remedy="the next tape or the first contact makes it",
                    key=intent.person_id,
                )
            acts[name] = situation(at.now, intent, subject_id).act(foresee=True)
    return acts
