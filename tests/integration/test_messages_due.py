"""What the treatments of a day queue: on the days of their cadence, once, and for whom we lead."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest
from conduct_people import AS_OF, NOON, at
from hypothesis import given
from hypothesis import strategies as st
from outbox_book import WORKER, opened, person, sent

from arrears.cases.models import Case
from arrears.conduct.actions.subjects import set_standing
from arrears.contacts.actions import queue_due
from arrears.contacts.models import Message
from arrears.contacts.rules.cadence import Cadence, cadences
from arrears.kernel.ids import named
from arrears.store.transactions import transaction

pytestmark = pytest.mark.django_db


def treated(ref: str, treatment: str, since: date = AS_OF, **changed: object) -> UUID:
    who = person(ref)
    with transaction(WORKER):
        Case.objects.filter(person_id=who).update(
            treatment=treatment, treated_since=since, **changed
        )
    return who


def due(as_of: date = AS_OF) -> dict[str, int]:
    with at(actor=WORKER) as now:
        return queue_due(now, as_of)


def waiting() -> list[tuple[str, str, str]]:
    with transaction(WORKER):
        rows = Message.objects.order_by("person__person_ref", "key")
        return list(rows.values_list("person__person_ref", "channel", "template_id"))


def test_each_treatment_that_writes_does_so_once():
    opened("overdue", "reminder")
    treated("A1", "remind_app")
    treated("S1", "remind_sms")
    treated("S2", "remind_sms", AS_OF - timedelta(days=7))
    treated("S3", "remind_sms", AS_OF - timedelta(days=6))
    treated("C1", "call")
    assert due() == {"remind_app": 1, "remind_sms": 2}
    assert due() == {"remind_app": 0, "remind_sms": 0}
    assert waiting() == [
        ("A1", "app", "overdue"),
        ("S1", "sms", "overdue"),
        ("S2", "sms", "reminder"),
    ]
    assert sent(NOON).handed_over == 3


def test_ids_are_made_from_names_so_that_another_run_makes_the_same():
    opened()
    who = treated("S1", "remind_sms")
    due()
    with transaction(WORKER):
        row = Message.objects.get()
    key = f"remind_sms:{AS_OF.isoformat()}:0"
    assert (row.id, row.key) == (named("message", str(who), key), key)
    assert row.because == "remind_sms: r"


def test_nothing_for_who_is_doubtful_closed_placed_or_of_another_day():
    opened()
    treated("S1", "remind_sms", hold="data_doubt")
    treated("S2", "remind_sms", state="cured", closed_on=AS_OF)
    placed = treated("S3", "remind_sms")
    treated("S4", "remind_sms", as_of=AS_OF - timedelta(days=1))
    with at(actor=WORKER) as now:
        set_standing(now, placed, in_charge="north")
    assert due() == {"remind_app": 0, "remind_sms": 0}


def test_a_day_too_long_ago_queues_nothing():
    opened()
    long_ago = AS_OF - timedelta(days=30)
    treated("S1", "remind_sms", long_ago, as_of=long_ago)
    assert due(long_ago) == {"remind_app": 0, "remind_sms": 0}


def test_without_templates_nothing_is_queued():
    treated("S1", "remind_sms")
    assert due() == {}


@given(st.integers(-3, 400), st.integers(1, 30))
def test_a_cadence_writes_on_its_days_alone(days, every):
    began = date(2026, 1, 1)
    cadence = Cadence("x", "sms", "first", "later", every, 3)
    template = cadence.template_on(began, began + timedelta(days=days))
    due_today = days >= 0 and days % every == 0
    assert template == (("first" if days == 0 else "later") if due_today else None)


def test_the_query_writes_on_the_days_of_the_cadence():
    opened("overdue", "reminder")
    cadence = cadences()["remind_sms"]
    for days in range(16):
        treated(f"D{days:02}", "remind_sms", AS_OF - timedelta(days=days))
    due()
    wanted = [
        (f"D{days:02}", "sms", template)
        for days in range(16)
        if (template := cadence.template_on(AS_OF - timedelta(days=days), AS_OF))
    ]
    assert waiting() == wanted
