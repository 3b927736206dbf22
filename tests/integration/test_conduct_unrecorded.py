"""A verdict or contact that somebody wrote past the gate is found: it has no entry."""

from __future__ import annotations

from datetime import timedelta

import pytest
from conduct_people import ACTOR, NOON, at, debtor, go_live, intent
from django.db import connection

from arrears.conduct.gate import gate
from arrears.conduct.models import Contact, Verdict
from arrears.conduct.queries.unrecorded import compare
from arrears.journal.verifier.statements import Report
from arrears.kernel.ids import uuid7
from arrears.store.actor import LENDER, Actor

pytestmark = pytest.mark.django_db


def findings(**span) -> list[str]:
    return [str(finding) for finding in compare(ACTOR, Report(), **span).findings]


@pytest.fixture
def asked():
    """A person of whom the gate allowed one call, and refused another."""
    go_live()
    person_id = debtor("A")
    with at() as stands:
        gate(stands, intent(person_id), spend=True)
    with at() as stands:
        gate(stands, intent(person_id, facts={}))
    return person_id


def forged(model, **differing):
    """A copy of the newest row under another id, as whoever has the login could write it."""
    made = uuid7(NOON)
    table = model._meta.db_table
    names = [field.column for field in model._meta.local_fields]
    changed = {"id": "%s", **dict.fromkeys(differing, "%s")}
    told = ", ".join(changed.get(name, name) for name in names)
    with at(), connection.cursor() as cursor:
        values = [{"id": made, **differing}[name] for name in names if name in changed]
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(names)}) SELECT {told} FROM {table}"
            " ORDER BY id DESC LIMIT 1",
            values,
        )
    return made


def test_what_came_through_the_gate_has_its_entry(asked):
    with at():
        assert (Verdict.objects.count(), Contact.objects.count()) == (2, 1)
    assert findings() == []


def test_a_verdict_written_past_the_gate_is_named_with_its_person(asked):
    made = forged(Verdict)
    (told,) = findings()
    assert f"verdict {made}" in told and f"person:{asked}" in told
    assert findings(until_at=NOON) == []
    assert findings(from_at=NOON, until_at=NOON + timedelta(seconds=1)) == [told]


def test_an_entry_that_refused_is_none_for_a_verdict_that_allows(asked):
    with at(), connection.cursor() as cursor:
        cursor.execute("SELECT id FROM conduct_verdict WHERE NOT allowed")
        ((refused,),) = cursor.fetchall()
        columns = [field.column for field in Verdict._meta.local_fields]
    told = {"allowed": True, "expires_at": NOON + timedelta(minutes=5)}
    made = forged(Verdict, **told)
    assert made != refused and len(columns) > 10
    assert any(f"verdict {made}" in each for each in findings())


def test_a_contact_written_past_the_gate_is_named(asked):
    with at():
        newest = Verdict.objects.get(allowed=True)
    verdict = forged(Verdict, allowed=True, expires_at=newest.expires_at)
    contact = forged(Contact, verdict_id=verdict, source_ref=None)
    told = findings()
    assert any(f"contact {contact}" in each for each in told)
    assert len(told) == 2


def test_a_finding_and_what_a_tape_tells_need_no_entry_of_their_own(asked):
    forged(Verdict, finding=True, allowed=False, expires_at=NOON)
    assert findings() == []


def test_only_who_may_read_the_journal_may_compare(asked):
    with pytest.raises(Exception, match="may not do this"):
        compare(Actor("staff", "1", LENDER), Report())
