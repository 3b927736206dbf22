"""Messages on a real database: gated again, handed over once, settled, reported, let go."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from conduct_people import NOON, at, loan_id
from django.db import Error, transaction
from outbox_book import (
    LETTERHEAD,
    LIN,
    WORKER,
    Faulty,
    cid,
    hand_overs,
    message,
    opened,
    person,
    queued,
    sent,
)

from arrears.conduct.actions.holds import open_hold
from arrears.conduct.models import Contact
from arrears.contacts.actions import (
    cancel_message,
    let_go_of_cured,
    send_due,
    set_letterhead,
    take_report,
)
from arrears.contacts.actions.hand_over import claim, hand_over
from arrears.contacts.channels.port import Answer
from arrears.contacts.facts import letterhead
from arrears.contacts.models import HandOver, Message
from arrears.contacts.texts import kept_text
from arrears.kernel.clock import FixedClock
from arrears.kernel.errors import BadInput, ConfigError, IllegalTransition, NotAllowed
from arrears.store import clock
from arrears.store.actor import LENDER, Actor
from arrears.store.sealed.cipher import Damaged
from arrears.store.transactions import transaction as scope

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def contacts():
    with scope(WORKER):
        return list(Contact.objects.order_by("started_at", "id"))


def reported(kind, row, ref="r-1", **more):
    given = {"carrier": row.carrier, "report_ref": ref, "kind": kind, "hand_over": row.id,
             "carrier_ref": None, "happened_at": None, "told": {}}  # fmt: skip
    return take_report(WORKER, cid(), **{**given, **more})


def test_an_sms_arrives_with_the_lenders_words_and_without_the_debt():
    opened()
    made = queued(person("P1"))
    assert (sent().claimed, sent().claimed) == (1, 0)
    (row,) = hand_overs(made)
    assert (row.state, message(made).state) == ("delivered", "done")
    assert kept_text(row.id, row.text_sealed) == (
        "",
        "Lender提醒：您有一条重要服务通知，请登录my.harbour.example查看，"
        "或致电95000，我们愿意与您商量。拒收请回复R",
    )
    (contact,) = contacts()
    assert (contact.id, contact.channel, contact.dropped) == (row.contact_id, "sms", False)


def test_in_the_app_the_amount_is_that_of_the_moment_to_the_cent():
    opened()
    made = queued(person("P1", loans=2), "app")
    sent()
    (row,) = hand_overs(made)
    title, text = kept_text(row.id, row.text_sealed)
    assert title == "Lender重要服务通知"
    assert "尾号1-L1的贷款、尾号1-L2的贷款已逾期40天，逾期金额200.00 元" in text


def test_a_message_about_one_loan_names_that_one_alone():
    opened()
    who = person("P1", loans=2)
    made = queued(who, "app", loan_ids=[loan_id("P1", 2)])
    sent()
    (row,) = hand_overs(made)
    text = kept_text(row.id, row.text_sealed)[1]
    assert "L2" in text and "L1" not in text and "100.00 元" in text


def test_what_is_queued_twice_is_one_message():
    opened()
    who = person("P1")
    assert queued(who, key="k") == queued(who, key="k")
    assert sent().handed_over == 1


def test_at_night_it_waits_for_the_morning_and_says_which_rule_held_it():
    opened()
    night = NOON + timedelta(hours=10)  # ten in the evening in Shanghai
    made = queued(person("P1"), now=night)
    assert sent(night).handed_over == 0
    held = message(made)
    assert (held.state, held.claimed_at) == ("queued", None)
    assert any("hours" in rule for rule in held.refused_by)
    assert night < held.due_at <= night + timedelta(hours=13)
    assert sent(held.due_at - timedelta(minutes=1)).claimed == 0
    assert sent(held.due_at).handed_over == 1


def test_what_would_come_too_late_is_dropped_with_its_reasons():
    opened()
    night = NOON + timedelta(hours=10)
    made = queued(person("P1"), now=night, lasts=HOUR)
    sent(night)
    dropped = message(made)
    assert (dropped.state, dropped.ended_because) == ("dropped", "too_late")
    assert dropped.refused_by and dropped.verdict_id
    assert not hand_overs()


def test_a_person_with_an_opted_out_channel_or_a_hold_gets_nothing():
    opened()
    who = person("P1")
    with at() as now:
        open_hold(
            now.actor,
            cid(),
            person_ref="P1",
            kind="opt_out",
            reason="asked",
            channel="sms",
            source="person",
        )
    made = queued(who)
    sent()
    assert not hand_overs()
    assert message(made).state in ("dropped", "queued")
    assert message(made).refused_by


def test_a_hold_lets_go_of_what_waits_to_collect_and_not_of_what_serves():
    opened()
    who, other = person("P1"), person("P2")
    collects, serves = queued(who), queued(who, "app", template="hold")
    elses = queued(other)
    with at() as now:
        open_hold(
            now.actor, cid(), person_ref="P1", kind="dispute", reason="asked", source="person"
        )
    assert message(collects).state == "cancelled"
    assert message(collects).ended_because == "hold: dispute"
    assert {message(serves).state, message(elses).state} == {"queued"}


def test_a_hold_on_another_loan_or_channel_leaves_it():
    opened()
    who = person("P1", loans=2)
    first = queued(who, "app", loan_ids=[loan_id("P1", 1)])
    every = queued(who, "app")
    with at() as now:
        open_hold(now.actor, cid(), person_ref="P1", kind="dispute", reason="x", source="person",
                  loan_ref="P1-L2")  # fmt: skip
    assert (message(first).state, message(every).state) == ("queued", "cancelled")


def test_a_cure_lets_go_of_reminders():
    opened()
    who = person("P1")
    made = queued(who)
    with at(actor=WORKER) as now:
        assert let_go_of_cured(now, [who]) == 1
    assert message(made).ended_because == "cured"


def test_the_hand_over_is_there_before_the_carrier_is_called():
    opened()

    class Looking(Faulty):
        def send(self, messages):
            with scope(WORKER):
                rows = HandOver.objects.filter(id__in=[each.id for each in messages])
                seen.extend(rows.values_list("state", flat=True))
            return super().send(messages)

    seen: list[str] = []
    queued(person("P1"), carrier="faulty")
    sent(carriers={"faulty": Looking()})
    assert seen == ["handed_over"]


def test_what_a_carrier_does_not_answer_is_in_doubt_and_never_sent_again():
    opened()
    made = queued(person("P1"), carrier="faulty")
    carrier = Faulty(TimeoutError("slow"))
    sent(carriers={"faulty": carrier})
    (row,) = hand_overs(made)
    assert (row.state, row.trouble) == ("in_doubt", "TimeoutError")
    for hours in range(1, 40):
        sent(NOON + hours * HOUR, carriers={"faulty": carrier})
    assert len(carrier.arrived) == len(hand_overs(made)) == 1
    carrier.known[row.id] = Answer("accepted", ref="c-1")
    sent(NOON + 41 * HOUR, carriers={"faulty": carrier})
    assert (hand_overs(made)[0].state, message(made).state) == ("sent", "done")


def test_a_worker_that_died_after_the_hand_over_leaves_it_in_doubt():
    opened()
    made = queued(person("P1"), carrier="faulty")
    with clock.use(FixedClock(NOON)):
        hand_over(WORKER, claim(WORKER, 10))  # and nothing more
    carrier = Faulty()
    assert sent(NOON + timedelta(minutes=5), carriers={"faulty": carrier}).in_doubt == 0
    assert sent(NOON + timedelta(minutes=16), carriers={"faulty": carrier}).in_doubt == 1
    assert hand_overs(made)[0].state == "in_doubt"
    assert not carrier.arrived


def test_a_worker_that_died_with_a_claim_loses_it_after_a_while():
    opened()
    queued(person("P1"))
    with clock.use(FixedClock(NOON)):
        assert len(claim(WORKER, 10)) == 1
    assert sent(NOON + timedelta(minutes=9)).claimed == 0
    assert sent(NOON + timedelta(minutes=11)).handed_over == 1


def test_what_the_carrier_surely_did_not_take_is_tried_again_and_counts_once():
    opened()
    made = queued(person("P1"), carrier="faulty")
    carrier = Faulty(Answer("denied", trouble="busy"), Answer("denied", trouble="busy"))
    now = NOON
    for _ in range(3):
        sent(now, carriers={"faulty": carrier})
        now = max(message(made).due_at, now)
    assert [row.state for row in hand_overs(made)] == ["not_taken", "not_taken", "sent"]
    assert [contact.dropped for contact in contacts()] == [True, True, False]
    assert (message(made).state, message(made).tries) == ("done", 2)


def test_what_a_carrier_refuses_for_good_is_dead_at_once():
    opened()
    made = queued(person("P1"), carrier="faulty")
    carrier = Faulty(Answer("denied", permanent=True, trouble="no such number"))
    sent(carriers={"faulty": carrier})
    dead = message(made)
    assert (dead.state, dead.ended_because) == ("dead", "refused_by_carrier")


def test_a_carrier_that_nobody_set_up_takes_nothing():
    opened()
    made = queued(person("P1"), carrier="elsewhere")
    sent()
    assert hand_overs(made)[0].state == "not_taken"
    assert message(made).state == "queued"


def test_one_message_has_one_hand_over_that_was_seen():
    opened()
    made = queued(person("P1"))
    sent()
    with scope(WORKER):
        row = HandOver.objects.filter(message_id=made).values().get()
    with pytest.raises(Error), transaction.atomic(), scope(WORKER):
        HandOver.objects.create(**row | {"id": uuid4()})
    with pytest.raises(Error, match="only gets what became"), scope(WORKER):
        HandOver.objects.filter(message_id=made).update(text_sealed="x")
    with pytest.raises(Error, match="never rewritten"), scope(WORKER):
        HandOver.objects.filter(message_id=made).delete()


def test_reports_come_twice_late_and_out_of_order_without_a_second_effect():
    opened()
    made = queued(person("P1"), carrier="faulty")
    sent(carriers={"faulty": Faulty()})
    (row,) = hand_overs(made)
    assert reported("delivered", row, "a")["effect"] == "delivered"
    assert reported("delivered", row, "a") == {"effect": "delivered", "repeated": True}
    assert reported("delivered", row, "b")["effect"] == "no_change"
    assert reported("opened", row, "c")["effect"] == "opened"
    assert reported("bounced", row, "d")["effect"] == "bounced"
    assert hand_overs(made)[0].state == "bounced"


def test_a_report_of_no_known_kind_is_refused():
    opened()
    made = queued(person("P1"))
    sent()
    with pytest.raises(BadInput, match="unknown kind"):
        reported("lost", hand_overs(made)[0])


def test_a_report_that_comes_before_the_answer_counts():
    opened()
    made = queued(person("P1"), carrier="faulty")
    carrier = Faulty(None)  # no answer
    sent(carriers={"faulty": carrier})
    (row,) = hand_overs(made)
    assert reported("delivered", row)["effect"] == "delivered"
    assert (hand_overs(made)[0].state, message(made).state) == ("delivered", "done")


def test_a_report_of_a_strange_message_or_another_carriers_is_kept_without_effect():
    opened()
    made = queued(person("P1"), carrier="faulty")
    sent(carriers={"faulty": Faulty()})
    (row,) = hand_overs(made)
    assert reported("delivered", row, carrier="local_inbox")["effect"] == "unknown_message"
    assert hand_overs(made)[0].state == "sent"


def test_a_text_that_was_changed_or_moved_does_not_open():
    opened()
    one, two = queued(person("P1")), queued(person("P2"))
    sent()
    (first,), (second,) = hand_overs(one), hand_overs(two)
    with pytest.raises(Damaged):
        kept_text(first.id, second.text_sealed)
    with pytest.raises(Damaged):
        kept_text(first.id, first.text_sealed[:-8] + "AAAAAAA=")


def test_without_a_letterhead_nothing_goes():
    opened()
    made = queued(person("P1"))
    with transaction.atomic(), pytest.raises(BadInput, match="letterhead"):
        set_letterhead(LIN, cid(), **LETTERHEAD | {"hotline": "a\nb"})
    assert message(made).state == "queued"


def test_the_missing_letterhead_says_what_to_do():
    with pytest.raises(ConfigError, match="letterhead"):
        letterhead()


def test_without_a_wording_or_figures_it_waits_and_without_an_address_it_is_dropped():
    opened()
    french = queued(person("P1", language="en", jurisdiction="CN", phone=None))
    sent()
    assert (message(french).state, message(french).ended_because) == ("dropped", "no_address")
    none = queued(person("P2", loans=0), "app")
    sent()
    assert (message(none).state, message(none).refused_by) == ("queued", ["unknown_figures"])


def test_cancelling_takes_a_reason_and_only_what_waits():
    opened()
    made = queued(person("P1"))
    with pytest.raises(BadInput):
        cancel_message(LIN, cid(), message_id=made, reason=" ")
    cancel_message(LIN, cid(), message_id=made, reason="wrong person")
    with pytest.raises(IllegalTransition):
        cancel_message(LIN, cid(), message_id=made, reason="again")
    assert sent().claimed == 0


def test_who_may_not_send_does_not():
    with pytest.raises(NotAllowed):
        send_due(Actor("staff", "x", LENDER, frozenset({"messages.read"})))


def test_nothing_is_queued_for_a_time_that_has_passed():
    opened()
    with pytest.raises(Error, match="contacts_message_until"), transaction.atomic():
        queued(person("P1"), lasts=-HOUR)
    assert not Message.objects.exists()
