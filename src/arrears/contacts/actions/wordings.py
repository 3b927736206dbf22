"""Wordings: drafted, checked, proposed by one person, made live by another, retired."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from arrears.contacts.models import Template, Wording
from arrears.contacts.states import WORDING
from arrears.contacts.wording.house import shipped
from arrears.contacts.wording.lint import Checked, Draft, lint
from arrears.journal.actions import of_house, record
from arrears.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from arrears.kernel.ids import uuid7
from arrears.rulebook.vocabulary import LISTS
from arrears.store.commands import Result, command
from arrears.store.transactions import At

STREAM: Final = "wordings"
MOST_CHARS: Final = 20_000


@command("wording.bring", permission="wordings.write")
def bring_shipped(at: At) -> Result:
    """Draft the wordings that come with Arrears, as far as none is there yet for their place."""
    made = 0
    for template in shipped():
        _template(at, template.ref, template.about_en, template.about_zh, template.purpose,
                  template.reason)  # fmt: skip
        for each in template.wordings:
            place = {"template_id": template.ref, "channel": each.channel,
                     "language": each.language}  # fmt: skip
            if Wording.objects.filter(**place).exists():
                continue
            draft = Draft(each.channel, template.purpose, template.reason, each.language,
                          each.subject, each.body, each.jurisdictions)  # fmt: skip
            _add(at, template.ref, draft)
            made += 1
    return {"drafted": made}


@command("wording.draft", permission="wordings.write")
def draft_wording(
    at: At,
    *,
    template: str,
    channel: str,
    language: str,
    subject: str,
    body: str,
    jurisdictions: tuple[str, ...],
    carrier: str = "local_inbox",
) -> Result:
    """Draft the next version of a wording; the check's findings come with the answer.

    Raises
    ------
    NotFound
        If there is no such template.
    BadInput
        If channel, language, carrier or jurisdiction is unknown, or the text too long.
    """
    kept = Template.objects.filter(ref=template).first()
    if kept is None:
        raise NotFound("there is no such template", key=template)
    if channel not in LISTS["Channel"]:
        raise BadInput("unknown channel", expected=", ".join(LISTS["Channel"]), found=channel[:50])
    for name, text in (("title", subject), ("text", body)):
        if len(text) > MOST_CHARS or "\0" in text:
            raise BadInput(
                f"the {name} cannot be kept",
                expected=f"at most {MOST_CHARS} characters, none of them NUL",
                found=f"{len(text)} characters",
            )
    draft = Draft(
        channel, kept.purpose, kept.reason, language, subject, body, tuple(jurisdictions), carrier
    )
    wording, checked = _add(at, template, draft)
    return {"wording_id": wording.id, "number": wording.number, "findings": _told(checked)}


@command("wording.propose", permission="wordings.write")
def propose_wording(at: At, *, wording_id: UUID) -> Result:
    """Propose a draft; it must pass the check under today's law.

    Raises
    ------
    Conflict
        If the check finds anything.
    """
    wording = _locked(wording_id)
    checked = lint(_draft_of(wording), at.now)
    if not checked.passes:
        raise Conflict(
            "the wording does not pass the check",
            expected="a text that every rule and its carrier let pass",
            found="; ".join(finding.en for finding in checked.findings)[:1000],
            remedy="draft it anew",
            key=str(wording_id),
        )
    wording.facts = dict(checked.facts)
    _step(at, wording, "propose", proposed_by=at.actor.name, proposed_at=at.now)
    return {"state": wording.state}


@command("wording.approve", permission="wordings.approve")
def approve_wording(at: At, *, wording_id: UUID) -> Result:
    """Make a proposed wording live, in place of the one before it, as the second person.

    Raises
    ------
    NotAllowed
        For whoever drafted or proposed it.
    Conflict
        If today's law no longer lets it pass.
    """
    wording = _locked(wording_id)
    if at.actor.name in (wording.made_by, wording.proposed_by):
        raise NotAllowed(
            "a wording needs a second person",
            expected="somebody who neither drafted nor proposed it",
            found=at.actor.name,
        )
    if wording.state == "proposed" and not lint(_draft_of(wording), at.now).passes:
        raise Conflict(
            "the wording does not pass the check any more",
            expected="a text that every rule lets pass today",
            remedy="refuse it, and have it drafted anew",
            key=str(wording_id),
        )
    place = {"template_id": wording.template_id, "channel": wording.channel,
             "language": wording.language}  # fmt: skip
    before = Wording.objects.select_for_update().filter(**place, state="live").first()
    WORDING.step(wording.state, "approve")
    if before is not None:
        _step(at, before, "retire", retired_by=at.actor.name, retired_at=at.now)
    _step(at, wording, "approve", approved_by=at.actor.name, approved_at=at.now)
    return {"state": wording.state, "retired": None if before is None else before.id}


@command("wording.refuse", permission="wordings.approve")
def refuse_wording(at: At, *, wording_id: UUID, reason: str) -> Result:
    """Send a proposed wording back to its author, with a reason."""
    if not reason.strip():
        raise BadInput("a refusal needs a reason", expected="what should be different")
    wording = _locked(wording_id)
    _step(at, wording, "refuse", refused_because=reason.strip()[:1000],
          proposed_by=None, proposed_at=None)  # fmt: skip
    return {"state": wording.state}


@command("wording.retire", permission="wordings.approve")
def retire_wording(at: At, *, wording_id: UUID) -> Result:
    """Take a wording out of use; what waits for it is written with the next one, or not sent."""
    wording = _locked(wording_id)
    _step(at, wording, "retire", retired_by=at.actor.name, retired_at=at.now)
    return {"state": wording.state}


def _template(at: At, ref: str, en: str, zh: str, purpose: str, reason: str) -> None:
    Template.objects.get_or_create(
        ref=ref,
        defaults={"about_en": en, "about_zh": zh, "purpose": purpose, "reason": reason,
                  "made_by": at.actor.name, "made_at": at.now},
    )  # fmt: skip


def _add(at: At, template: str, draft: Draft) -> tuple[Wording, Checked]:
    checked = lint(draft, at.now)
    # One after the other: the number is the next of its place.
    Template.objects.select_for_update().get(ref=template)
    place = {"template_id": template, "channel": draft.channel, "language": draft.language}
    number = Wording.objects.filter(**place).count() + 1
    wording = Wording.objects.create(
        id=uuid7(at.now), **place, number=number, subject=draft.subject, body=draft.body,
        jurisdictions=list(draft.jurisdictions), carrier=draft.carrier,
        facts=dict(checked.facts), state=WORDING.initial, made_by=at.actor.name, made_at=at.now,
    )  # fmt: skip
    record(at, of_house(STREAM), "contacts.wording_drafted", _data(wording))
    return wording, checked


def _locked(wording_id: UUID) -> Wording:
    found = Wording.objects.select_for_update(of=("self",)).select_related("template")
    wording = found.filter(id=wording_id).first()
    if wording is None:
        raise NotFound("there is no such wording", key=wording_id)
    return wording


def _step(at: At, wording: Wording, event: str, **changed: Any) -> None:
    wording.state = WORDING.step(wording.state, event)
    for name, value in changed.items():
        setattr(wording, name, value)
    wording.save(update_fields=["state", "facts", *changed])
    told = {"reason": wording.refused_because} if event == "refuse" else {}
    record(at, of_house(STREAM), f"contacts.wording_{_PAST[event]}", _data(wording) | told)


_PAST: Final = {
    "propose": "proposed",
    "approve": "approved",
    "refuse": "refused",
    "retire": "retired",
}


def _data(wording: Wording) -> dict[str, object]:
    return {
        "wording": str(wording.id),
        "template": wording.template_id,
        "channel": wording.channel,
        "language": wording.language,
        "number": wording.number,
        "subject": wording.subject,
        "body": wording.body,
        "jurisdictions": list(wording.jurisdictions),
    }


def _draft_of(wording: Wording) -> Draft:
    return Draft(
        wording.channel, wording.template.purpose, wording.template.reason, wording.language,
        wording.subject, wording.body, tuple(wording.jurisdictions), wording.carrier,
    )  # fmt: skip


def _told(checked: Checked) -> list[dict[str, str]]:
    return [{"code": each.code, "en": each.en, "zh": each.zh} for each in checked.findings]
