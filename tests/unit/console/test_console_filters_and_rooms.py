"""Menu by role, addresses of lists read without errors, and what templates write."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.http import QueryDict
from django.utils import translation

from arrears.cases.queries import BucketTotal
from arrears.console import shell, words
from arrears.console.filters import SetAsideForm, page_of
from arrears.console.rooms import open_to
from arrears.console.templatetags.arrears import days, instant, money, number, rate, share
from arrears.console.views.book import by_currency
from arrears.console.views.cases import Asked, filter_of
from arrears.people.roles import ROLES

TEMPLATES = Path(shell.__file__).parent / "templates"


def rooms(role: str) -> list[str]:
    return [room.name for floor in open_to(ROLES[role]) for room in floor.rooms]


def test_each_role_sees_the_rooms_of_its_work():
    data = ["tapes", "runs", "set-aside", "differences", "book"]
    rules, journal = ["rules", "calendar"], ["journal", "seals"]
    register, pay = ["staff", "teams"], ["statements", "targets", "schemes"]
    assert rooms("collector") == ["today", "work", "cases", *rules, "incidents"]
    assert rooms("strategist") == ["today", "cases", *data, *rules, "incidents", "mode", "exports"]
    assert rooms("supervisor") == [
        "today", "work", "board", "allotment", "cases", "organisations", "placements",
        "placement-notices", *register, *pay, *data, *rules, "switches", "incidents", "mode",
        "exports",
    ]  # fmt: skip
    assert rooms("compliance") == [
        "today", "cases", "organisations", "placements", *register, *pay, *data, *rules,
        "switches", "incidents", *journal, "mode", "access", "exports",
    ]  # fmt: skip
    assert rooms("engineer") == ["today", "cases", *data, *rules, "incidents", "mode", "clients"]
    assert rooms("administrator") == [
        "today", "cases", "organisations", *register, *data, *rules, "switches", "incidents",
        *journal, "mode", "clients", "access", "sessions",
    ]  # fmt: skip
    assert rooms("hr") == ["organisations", *register, *rules, "incidents"]
    assert open_to(()) == ()


@pytest.mark.parametrize(
    "query",
    [
        "page=0", "page=-1", "page=²", "page=1e9", "page=99999999999", "sort=name", "way=up",
        "bucket=M9", "state=lost", "treatment=dance", "currency=XXX", "hold=maybe", "text=%00",
        "least=abc", "least=1.234&currency=CNY", "least=99999999999999999999999999",
    ],
)  # fmt: skip
def test_an_address_that_nobody_wrote_narrows_nothing_and_fails_nothing(query):
    asked = Asked.of(QueryDict(query))
    which, _ = filter_of(asked)
    assert asked.page >= 1
    assert which.least_minor is None or abs(which.least_minor) < 2**63
    assert (which.treatment, which.currency, which.hold) == (None, None, None) or "least" in query


def test_an_amount_is_read_in_the_currency_chosen():
    which, errors = filter_of(Asked.of(QueryDict("least=1,234.50&most=2000&currency=CNY")))
    assert (which.least_minor, which.most_minor, errors) == (123_450, 200_000, {})
    which, errors = filter_of(Asked.of(QueryDict("least=1234&currency=JPY")))
    assert which.least_minor == 1234
    with translation.override("en"):
        _, errors = filter_of(Asked.of(QueryDict("least=twelve")))
    assert errors == {"least": "“twelve” is no amount. Write it like 1234.50."}


def test_rows_set_aside_are_the_open_ones_unless_asked():
    assert SetAsideForm(QueryDict("")).which().state == "open"
    assert SetAsideForm(QueryDict("state=all")).which().state is None
    wrong = SetAsideForm(QueryDict("tape=no-uuid&table=cats&reason=none&state=x")).which()
    assert (wrong.tape_id, wrong.table, wrong.reason, wrong.state) == (None, None, None, "open")


@pytest.mark.parametrize(("text", "page"), [("3", 3), ("0", 1), ("-2", 1), ("x", 1), ("", 1)])
def test_a_page_is_a_number_from_one_on(text, page):
    assert page_of(QueryDict(f"page={text}")) == page


def test_money_is_written_to_the_cent_and_never_guessed():
    assert money(123_450, "CNY") == '<span class="num">¥1,234.50</span>'
    assert money(-5, "JPY") == '<span class="num">-JPY 5</span>'
    assert money(400, "RMB") == '<span class="num">400 (RMB)</span>'
    with translation.override("en"):
        assert "not known" in money(None, "CNY")
    assert "<script>" not in money(1, "<script>")


def test_numbers_are_written_in_full():
    with translation.override("en"):
        assert (days(1), days(1_234), days(None)) == ("1 day", "1,234 days", "—")
    assert (number(1_234_567), number(None), number("")) == ("1,234,567", "—", "—")
    assert (rate(1825), rate(5), rate(None)) == ("18.25 %", "0.05 %", "—")
    assert (share(1, 3), share(2, 2), share(1, 0)) == ("33.3 %", "100.0 %", "—")
    assert instant(None) == "—"


def test_conditions_are_told_in_money_and_in_words():
    with translation.override("en"):
        assert words.asked_for("overdue_minor", "CNY … < 1000 or TWD 5000 ≤ …") == (
            "CNY … < ¥10.00 or TWD NT$50.00 ≤ …"
        )
        assert words.found("overdue_minor", 12_345, "CNY") == "¥123.45"
        assert words.found("other_currencies", False, "CNY") == "no"
        assert words.found("times_over_30", None, "CNY") == "unknown"
    with translation.override("zh-hans"):
        assert words.asked_for("times_over_30", "1 ≤ … or unknown") == "1 ≤ … 或 未知"


def test_no_template_has_anything_inline():
    """The content security policy forbids it: styles, handlers and scripts in the page."""
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text("utf-8")
        assert " style=" not in text, path.name
        assert " onclick=" not in text and "javascript:" not in text, path.name
        assert "<script>" not in text and "<style" not in text, path.name
        assert "|safe" not in text and "autoescape" not in text, path.name


def test_nothing_is_fetched_from_elsewhere():
    console = TEMPLATES.parent
    for path in [*TEMPLATES.rglob("*.html"), *console.glob("static/console/*.*")]:
        text = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "http://" not in text and "https://" not in text and '"//' not in text, path.name


def test_the_sum_of_amounts_that_nobody_knows_is_unknown_not_zero():
    states = BucketTotal("M1", "TWD", 3, None), BucketTotal("M2", "TWD", 2, None)
    known = BucketTotal("M1", "CNY", 1, 500), BucketTotal("M2", "CNY", 1, None)
    totals = {t.currency: (t.loans, t.overdue_minor) for t in by_currency([*states, *known])}
    assert totals == {"TWD": (5, None), "CNY": (2, 500)}
