"""The next moment is exactly the first minute at which asking again would be answered with yes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType

import small_book
from hypothesis import given, settings
from hypothesis import strategies as st

from arrears.rulebook.act import Act, Change
from arrears.rulebook.decide import judge, ruleset_of
from arrears.rulebook.load import Pack, Rulebook, load_rulebook
from arrears.rulebook.moments import facts_at
from arrears.rulebook.next_moment import next_moment, spans
from arrears.rulebook.reading import read_rule

ONLY = "!(context has local_minute && context.local_minute >= {} && context.local_minute < {})"
TEXTS = (
    small_book.rule("cn.hours", ONLY.format(480, 1320)),
    small_book.rule("cn.fold", ONLY.format(70, 115)),
    small_book.rule("cn.gap", ONLY.format(125, 170)),
    small_book.rule("cn.alt", "context has local_minute_alt && context.local_minute_alt > 100"),
    small_book.rule("cn.noon", "context has local_minute && context.local_minute == 720"),
    small_book.rule("cn.cap", "context.calls_connected_today >= 3"),
    small_book.rule("cn.hold", "context.hold_dispute"),
    small_book.rule(
        "cn.week", "context has days_since_conversation && context.days_since_conversation <= 1"
    ),
    small_book.rule(
        "cn.term", "context has enforcement_days_left && context.enforcement_days_left != 1"
    ),
    small_book.rule("cn.deceased", "context.deceased"),
    small_book.rule("cn.regime", "context.vulnerable", until="2026-03-29"),
    small_book.rule("cn.later", "context.stopped", from_="2026-03-29"),
)
RULES = tuple(rule for rule in (read_rule(text, "cn")[0] for text in TEXTS) if rule is not None)
HOUSE = load_rulebook().packs["house"]
BASE = replace(HOUSE, rules=tuple(rule for rule in HOUSE.rules if rule.effect == "permit"))
# Zones and instants at which their clocks are moved; Havana moves them at midnight, Lord Howe
# by half an hour, Kathmandu and Shanghai never.
TURNS = (
    ("Europe/London", "2026-03-29T01:00"),
    ("Europe/London", "2026-10-25T01:00"),
    ("America/New_York", "2026-03-08T07:00"),
    ("America/New_York", "2026-11-01T06:00"),
    ("Australia/Lord_Howe", "2026-04-04T15:00"),
    ("America/Havana", "2026-03-08T05:00"),
    ("America/Havana", "2026-11-01T05:00"),
    ("Asia/Kathmandu", "2026-03-28T18:15"),
    ("Asia/Shanghai", "2026-03-28T16:00"),
    (None, "2026-03-29T00:00"),
)
DAYS = 1


def book_of(rules: tuple[object, ...]) -> Rulebook:
    cn = Pack("cn", "China", "中国", "Asia/Shanghai", rules, str(len(rules)), HOUSE.folder,
              MappingProxyType({}), ())  # fmt: skip
    return Rulebook(HOUSE.folder, {"cn": cn, "house": BASE})


@st.composite
def questions(draw: st.DrawFn) -> tuple[Act, Rulebook]:
    """An act some hours before a zone's clocks are moved, and one to five rules about it."""
    indices = st.integers(0, len(RULES) - 1)
    chosen = sorted(draw(st.lists(indices, min_size=1, max_size=5, unique=True)))
    zone, turn = draw(st.sampled_from(TURNS))
    alt = draw(st.sampled_from([None, *(zone for zone, _ in TURNS)]))
    at = datetime.fromisoformat(turn).replace(tzinfo=UTC)
    at -= timedelta(minutes=draw(st.integers(1, 720)))
    ahead = st.integers(1, DAYS * 1440).map(lambda minutes: at + timedelta(minutes=minutes))
    changes = st.one_of(
        st.builds(Change, ahead, st.just("calls_connected_today"), st.sampled_from([2, 3])),
        st.builds(Change, ahead, st.just("hold_dispute"), st.booleans()),
        st.builds(Change, ahead, st.just("days_since_conversation"), st.integers(0, 3)),
    )
    days = st.one_of(st.none(), st.integers(0, 3))
    facts = {
        "calls_connected_today": draw(st.sampled_from([2, 3])),
        "hold_dispute": draw(st.booleans()),
        "days_since_conversation": draw(days),
        "enforcement_days_left": draw(days),
        "vulnerable": draw(st.booleans()),
        "stopped": draw(st.booleans()),
    }
    act = small_book.act(
        at=at.isoformat(),
        zone=zone,
        zone_alt=alt,
        given=facts,
        changes=tuple(draw(st.lists(changes, max_size=4))),
    )
    return act, book_of(tuple(RULES[index] for index in chosen))


def minutes(act: Act) -> Iterator[datetime]:
    at = act.at
    while at <= act.at + timedelta(days=DAYS):
        yield at
        at += timedelta(minutes=1)


def asker(act: Act, book: Rulebook) -> Callable[[datetime], bool]:
    """Asks anew at each minute; only for equal facts and rules an earlier answer is taken."""
    known: dict[object, bool] = {}
    plain = replace(act, facts={}, changes=())

    def ask(at: datetime) -> bool:
        rules = ruleset_of(replace(plain, at=at), book)
        facts = facts_at(act, at)
        key = (rules.digest, tuple(facts[name] for name in sorted(rules.reads)))
        if key not in known:
            known[key] = judge(rules, act.actor, act.party, facts).allowed
        return known[key]

    return ask


@settings(max_examples=120, deadline=None)
@given(question=questions())
def test_next_moment_is_the_first_minute_that_is_allowed(question) -> None:
    act, book = question
    allowed = asker(act, book)
    first = next((at for at in minutes(act) if allowed(at)), None)
    assert next_moment(act, book, DAYS) == first


@settings(max_examples=20, deadline=None)
@given(question=questions())
def test_spans_join_and_say_what_each_minute_is_answered(question) -> None:
    act, book = question
    allowed = asker(act, book)
    end = act.at + timedelta(days=DAYS)
    found = list(spans(act, end, book))
    assert found[0].from_at == act.at and found[-1].until_at == end
    assert all(one.until_at == two.from_at for one, two in pairwise(found))
    index = 0
    for at in list(minutes(act))[:-1]:
        while at >= found[index].until_at:
            index += 1
        assert found[index].verdict.allowed == allowed(at)


def test_the_small_rules_can_all_be_read(tmp_path: Path) -> None:
    book = load_rulebook(small_book.write_book(tmp_path, cn="".join(TEXTS)))
    assert len(book.packs["cn"].rules) == len(RULES) == len(TEXTS)
