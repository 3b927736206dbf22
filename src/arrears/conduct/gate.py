"""The gate: every act passes here, under the lock of the person's budget, or it does not happen."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from django.db import connection

from arrears.conduct.acting import require_own_name
from arrears.conduct.rules.counts import midnight
from arrears.conduct.rules.intent import Intent
from arrears.conduct.rules.kinds import CALL_ACTS
from arrears.conduct.situation import Situation, locked_situation
from arrears.conduct.verdicts import ActRefused, Allowed, Refused, make_allowed
from arrears.journal.actions import of_person, record
from arrears.kernel.errors import BadInput
from arrears.kernel.ids import uuid7
from arrears.rulebook.act import Act
from arrears.rulebook.decide import decide, judge, ruleset_of
from arrears.rulebook.load import BadRulebook, load_rulebook
from arrears.rulebook.moments import moments
from arrears.rulebook.next_moment import next_moment, spans
from arrears.rulebook.rule import Reason, Verdict
from arrears.store.transactions import At

LASTS: Final = timedelta(minutes=5)
LONGEST: Final = timedelta(hours=24)

# One function of the database writes both rows: by names, planned once a session.
_KEEP: Final = "SELECT conduct_keep(%s::jsonb, %s::jsonb)"


def gate(
    at: At,
    intent: Intent,
    *,
    spend: bool = False,
    lasts: timedelta = LASTS,
    source: str = "own",
    source_ref: str | None = None,
) -> Allowed | Refused:
    """Ask whether an act may happen now; the answer is stored and put on record.

    The person's budget stays locked until the transaction ends, so that what was counted is still
    true when the act is written.

    Parameters
    ----------
    at
        The transaction in which the act will be written.
    spend
        Enter the contact in the ledger along with the allow: it counts from now on.
    lasts
        How long the allow is good for, 24 hours at most; it ends sooner where the rules, a hold or
        the night say so.
    source, source_ref
        Of the contact that is spent: ``own`` or ``reserved``, and the reserver's reference.

    Raises
    ------
    NotFound
        If there is no such person.
    BadInput
        If a loan is not theirs, or the allow should last longer than a day.
    NotAllowed
        If an agency would act in another name than its own.
    """
    if not timedelta(0) < lasts <= LONGEST:
        raise BadInput("an allow lasts for a while", expected="24 hours at most", found=str(lasts))
    require_own_name(at, intent)
    found = locked_situation(at, intent)
    verdict = _judged(found)
    if not verdict.allowed:
        return _refuse(at, found, found.act(foresee=True), verdict)
    until = _until(found, at.now + lasts)
    return _allow(at, found, verdict, until, (uuid7(at.now) if spend else None, source, source_ref))


def require(at: At, intent: Intent, *, spend: bool = False, lasts: timedelta = LASTS) -> Allowed:
    """Like :func:`gate`, but a refusal is raised; it undoes the transaction that it passes.

    Raises
    ------
    ActRefused
        If any rule refuses.
    """
    answer = gate(at, intent, spend=spend, lasts=lasts)
    if isinstance(answer, Refused):
        raise ActRefused(answer)
    return answer


def find(at: At, found: Situation) -> tuple[UUID, Verdict]:
    """The verdict on what others have already done: kept as a finding, it allows nothing."""
    act = found.act()
    verdict = decide(act)
    verdict_id = _store(at, found, act, verdict, None, finding=True)
    return verdict_id, verdict


def _judged(found: Situation) -> Verdict:
    """The rulebook's decision; facts were checked when the intent was made, or are our own."""
    plain = found.plain()
    try:
        rules = ruleset_of(plain, load_rulebook())
    except BadRulebook:
        return decide(found.act())  # which says so
    return judge(rules, plain.actor, plain.party, {**plain.timed(), **found.facts})


def _until(found: Situation, end: datetime) -> datetime:
    """How long an allow holds if nothing happens but time, ``end`` at most."""
    days = {moment.astimezone(UTC).date() for moment in (found.at, end)}
    turning = (
        moment
        for day in days
        for moment in turning_moments(found.jurisdiction, found.intent.act, found.zone, day)
    )
    if any(found.at < moment <= end for moment in (*turning, *found.edges())):
        return next(spans(found.act(foresee=True), end)).until_at.astimezone(UTC)
    return end


@lru_cache(maxsize=4096)
def turning_moments(
    jurisdiction: str | None, act: str, zone: str | None, day: date
) -> tuple[datetime, ...]:
    """Instants of a day (of UTC) at which the clock alone may change the answer about any act.

    Kept, since most acts of a day are allowed long before the next of them.
    """
    begins = datetime.combine(day, time(), UTC) - timedelta(seconds=1)
    ends = begins + timedelta(days=1)
    plain = Act(act, "lender", "borrower", begins, jurisdiction, zone, {})
    book = load_rulebook()
    # The day's own rules and those of its neighbours, wherever the person is.
    rulesets = [
        ruleset_of(replace(plain, at=begins + timedelta(days=days)), book) for days in (-1, 0, 1)
    ]
    found = set(moments(plain, rulesets, book.boundaries(jurisdiction), ends))
    found |= {midnight(day + timedelta(days=days), zone) for days in (-1, 0, 1, 2)}
    found |= (
        {datetime.combine(day, time(hour), UTC) for hour in range(24)} if zone is None else set()
    )
    return tuple(sorted(found))


def _allow(
    at: At,
    found: Situation,
    verdict: Verdict,
    until: datetime,
    contact: tuple[UUID | None, str, str | None],
) -> Allowed:
    intent, contact_id = found.intent, contact[0]
    verdict_id = _store(at, found, found.plain(), verdict, until, contact=contact)
    record(
        at,
        of_person(intent.person_id),
        "conduct.allowed",
        {
            **_told(found, verdict, verdict_id),
            "expires_at": until.isoformat(),
            "contact": None if contact_id is None else str(contact_id),
        },
        follows=found.head,
    )
    return make_allowed(
        verdict_id=verdict_id,
        person_id=intent.person_id,
        act=intent.act,
        decided_at=at.now,
        expires_at=until,
        contact_id=contact_id,
    )


def _refuse(at: At, found: Situation, act: Act, verdict: Verdict) -> Refused:
    following = next_moment(act)
    moment = None if following is None else following.astimezone(UTC)
    verdict_id = _store(at, found, act, verdict, None, next_allowed_at=moment)
    record(
        at,
        of_person(found.intent.person_id),
        "conduct.refused",
        {
            **_told(found, verdict, verdict_id),
            "next_allowed_at": None if moment is None else moment.isoformat(),
        },
        follows=found.head,
    )
    return Refused(
        verdict_id=verdict_id,
        person_id=found.intent.person_id,
        act=found.intent.act,
        decided_at=at.now,
        reasons=verdict.reasons,
        next_allowed_at=following,
    )


def _told(found: Situation, verdict: Verdict, verdict_id: UUID) -> dict[str, Any]:
    intent = found.intent
    return {
        "verdict": str(verdict_id),
        "act": intent.act,
        "purpose": intent.purpose,
        "channel": intent.channel,
        "organisation": intent.organisation,
        "loans": [str(loan) for loan in intent.loan_ids],
        "rules_sha256": verdict.ruleset_sha256,
        "reasons": [reason.id for reason in verdict.reasons],
    }


def _store(
    at: At,
    found: Situation,
    act: Act,
    verdict: Verdict,
    until: datetime | None,
    *,
    finding: bool = False,
    next_allowed_at: datetime | None = None,
    contact: tuple[UUID | None, str, str | None] = (None, "", None),
) -> UUID:
    verdict_id, intent = uuid7(at.now), found.intent
    row = {
        "id": str(verdict_id),
        "person_id": str(intent.person_id),
        "act": intent.act,
        "allowed": verdict.allowed,
        "decided_at": at.now.isoformat(),
        "expires_at": (until or at.now).isoformat(),
        "finding": finding,
        "purpose": intent.purpose,
        "channel": intent.channel,
        "organisation": intent.organisation,
        "loan_ids": [str(loan) for loan in intent.loan_ids],
        "jurisdictions": verdict.jurisdictions,
        "rules_sha256": verdict.ruleset_sha256,
        "facts": dict(verdict.facts),
        "reasons": _kept(verdict.reasons),
        "warnings": _kept(verdict.warnings),
        "next_allowed_at": None if next_allowed_at is None else next_allowed_at.isoformat(),
        "actor": at.actor.name,
    }
    spent = None if until is None else _spent(at, found, verdict_id, until, *contact)
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, [json.dumps(row), None if spent is None else json.dumps(spent)])
        kept = cursor.fetchone()[0]
    if not kept and verdict.ruleset_sha256:
        _keep_rules(at, act, verdict.ruleset_sha256)
    return verdict_id


def _kept(reasons: tuple[Reason, ...]) -> list[dict[str, str]]:
    names = ("id", "pack", "cite", "force", "grade", "en", "zh", "do_en", "do_zh")
    return [{name: getattr(reason, name) for name in names} for reason in reasons]


def _keep_rules(at: At, act: Act, sha256: str) -> None:
    rules = ruleset_of(act, load_rulebook())
    text = "\n".join(
        [f"// {rules.digest}", rules.schema_text, *(r.text for r in (*rules.rules, *rules.drafts))]
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO conduct_rules (sha256, text, kept_at) VALUES (%s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            [sha256, text, at.now],
        )


def _spent(
    at: At,
    found: Situation,
    verdict_id: UUID,
    until: datetime,
    contact_id: UUID | None,
    source: str,
    source_ref: str | None,
) -> dict[str, Any] | None:
    """The contact's row, if the budget is spent along with the allow."""
    if contact_id is None:
        return None
    intent, now = found.intent, at.now.isoformat()
    return {
        "id": str(contact_id),
        "person_id": str(intent.person_id),
        "act": intent.act,
        "purpose": intent.purpose,
        "channel": intent.channel,
        "party": intent.party,
        "loan_ids": [str(loan) for loan in intent.loan_ids],
        "number_hmac": found.number_hmac,
        "organisation": intent.organisation,
        "initiator": "us",
        "source": source,
        "source_ref": source_ref,
        "started_at": now,
        "received_at": now,
        "automated": intent.act == "call_automated" if intent.act in CALL_ACTS else None,
        "dropped": False,
        "recorded_by": at.actor.name,
        "verdict_id": str(verdict_id),
        "verdict_allowed": True,
        "verdict_decided_at": now,
        "verdict_expires_at": until.isoformat(),
    }
