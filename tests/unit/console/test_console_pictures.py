"""The geometry of the pictures: steps, blocks, scales."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from arrears.console import pictures

START = date(2026, 1, 1)


def day(number: int) -> date:
    return START + timedelta(days=number)


def test_nothing_is_drawn_where_nothing_was_overdue():
    assert pictures.growth([], [], day(10), "CNY") is None
    assert pictures.growth([(day(1), 0)], [], day(10), "CNY") is None
    assert pictures.history([], day(10)) is None


def test_growth_is_drawn_in_steps_below_the_top_of_its_scale():
    drawn = pictures.growth(
        [(day(10), 10_000), (day(40), 20_000), (day(50), 0)], [(day(50), 20_000)], day(60), "CNY"
    )
    assert [tick.label for tick in drawn.y_ticks] == ["¥0", "¥100", "¥200"]
    assert drawn.line.count("V") == 3
    assert drawn.line.endswith(f"V{pictures.BOTTOM}H{pictures.RIGHT}")
    assert [mark.label for mark in drawn.marks] == ["2026-02-20 ¥200.00"]


def test_history_of_a_case_opened_on_its_last_day_shows_that_day():
    drawn = pictures.history([pictures.Span(day(5), None, "M3")], day(5))
    assert drawn is not None
    assert [block.bucket for block in drawn.blocks] == ["M3"]


def test_history_is_higher_the_longer_overdue():
    spans = [
        pictures.Span(day(0), day(30), "M1"),
        pictures.Span(day(30), day(60), "M2"),
        pictures.Span(day(90), day(200), "M7+"),
    ]
    drawn = pictures.history(spans, day(100))
    assert [block.rank for block in drawn.blocks] == [1, 2, 7]
    heights = [block.height for block in drawn.blocks]
    assert heights == sorted(heights) and len(set(heights)) == 3
    assert drawn.blocks[0].x + drawn.blocks[0].width <= drawn.blocks[1].x + 1
    assert drawn.blocks[1].x + drawn.blocks[1].width < drawn.blocks[2].x


def test_monthly_states_stand_side_by_side():
    class State:
        def __init__(self, number: int, bucket: str) -> None:
            self.as_of, self.bucket = date(2025, number, 28), bucket

    assert pictures.of_states([]) is None
    assert pictures.of_states([State(1, "current")]) is None
    drawn = pictures.of_states([State(1, "current"), State(2, "M2"), State(3, "M7+")])
    assert [block.rank for block in drawn.blocks] == [2, 7]
    assert drawn.blocks[0].width == drawn.blocks[1].width
    assert [tick.label for tick in drawn.x_ticks] == ["2025-01", "2025-02", "2025-03"]


@given(
    st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 10**14)), min_size=1, max_size=40),
    st.integers(0, 400),
    st.sampled_from(["CNY", "JPY", "KWD"]),
)
def test_every_picture_of_growth_stays_on_its_canvas(points, beyond, currency):
    ordered = sorted(dict(points).items())
    until = day(ordered[-1][0] + beyond)
    drawn = pictures.growth([(day(n), amount) for n, amount in ordered], [], until, currency)
    if drawn is None:
        assert not any(amount for _, amount in ordered)
        return
    numbers = drawn.line.replace("M", " ").replace("H", " H").replace("V", " V").split()
    across = [int(n[1:]) for n in numbers if n.startswith("H")]
    up = [int(n[1:]) for n in numbers if n.startswith("V")]
    assert across == sorted(across)
    assert all(pictures.LEFT <= x <= pictures.RIGHT for x in across)
    assert all(pictures.TOP <= y <= pictures.BOTTOM for y in up)
    assert len(drawn.x_ticks) <= pictures.MOST_DATES
