"""The town: the same arguments write the same bytes, and what they say holds together."""

from __future__ import annotations

import ast
import hashlib
import json
from collections import Counter, defaultdict
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq
import pytest

from arrears.kernel.errors import BadInput, Unavailable
from arrears.kernel.money import round_half_even
from arrears.town import auditor
from arrears.town.auditor import sift, standing
from arrears.town.auditor.sifting import BESIDE
from arrears.town.dirt import FAULTS
from arrears.town.people import national_id
from arrears.town.tape import make_town

UNTIL = date(2026, 6, 30)
Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_town(5, 400, UNTIL, tmp_path_factory.mktemp("town") / "tape")


@pytest.fixture(scope="module")
def good(town: Path) -> Rows:
    return sift(town).good


def _digests(directory: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in directory.iterdir()
    }


def test_the_same_arguments_write_the_same_bytes(town: Path, tmp_path: Path) -> None:
    assert _digests(make_town(5, 400, UNTIL, tmp_path / "elsewhere")) == _digests(town)


def test_another_seed_is_another_town(town: Path, tmp_path: Path) -> None:
    other = _digests(make_town(6, 400, UNTIL, tmp_path / "tape"))
    assert not set(other.values()) & set(_digests(town).values())


def test_a_persons_fate_does_not_depend_on_how_many_others_there_are(
    good: Rows, tmp_path: Path
) -> None:
    smaller = sift(make_town(5, 100, UNTIL, tmp_path / "tape")).good
    for table, key in (
        ("persons", "person_id"),
        ("instalments", "loan_id"),
        ("payments", "loan_id"),
    ):
        both = {row[key] for row in smaller[table]} & {row[key] for row in good[table]}
        assert len(both) > 80
        assert [r for r in smaller[table] if r[key] in both] == [
            r for r in good[table] if r[key] in both
        ]


def test_what_is_known_of_reaching_people_is_of_people_who_are_there(town: Path) -> None:
    def rows(table: str) -> list[dict[str, Any]]:
        return pq.read_table(town / f"{table}.parquet").to_pylist()

    persons = {row["person_id"]: row for row in rows("persons")}
    points, events, flags = rows("contact_points"), rows("contact_events"), rows("flags")
    assert len(points) > len(persons) and len(events) > 50 and flags
    for row in (*points, *events, *flags):
        assert row["person_id"] in persons
    for point in points:
        assert point["value"] == persons[point["person_id"]][point["kind"]]
        assert point["obtained_on"] < UNTIL
    assert len({event["event_id"] for event in events}) == len(events)
    for event in events:
        local = event["at"].astimezone(ZoneInfo("Asia/Shanghai"))
        assert UNTIL - timedelta(days=30) < local.date() <= UNTIL
        assert 9 <= local.hour < 20
        assert (event["answered"] is not None) == (event["channel"] == "phone")
    assert {flag["from_on"] <= UNTIL for flag in flags} == {True}


def test_a_tape_is_replaced_whole_and_nothing_else_stays(tmp_path: Path) -> None:
    make_town(1, 5, UNTIL, tmp_path / "tape")
    (tmp_path / "tape" / "stray.parquet").write_text("left over")
    make_town(1, 5, UNTIL, tmp_path / "tape")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["tape"]
    assert "stray.parquet" not in {p.name for p in (tmp_path / "tape").iterdir()}


@pytest.mark.parametrize(
    ("seed", "borrowers", "until"), [(-1, 5, UNTIL), (1, 0, UNTIL), (1, 5, date(1999, 1, 1))]
)
def test_what_no_town_can_be_is_refused(
    seed: int, borrowers: int, until: date, tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match="such a town"):
        make_town(seed, borrowers, until, tmp_path / "tape")


def test_a_directory_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Unavailable, match="cannot be written"):
        make_town(1, 5, UNTIL, tmp_path / "file" / "tape")


@pytest.mark.parametrize("until", [date(2028, 2, 29), date(2027, 3, 1), date(2026, 1, 1)])
def test_any_day_and_a_single_borrower_will_do(until: date, tmp_path: Path) -> None:
    rows = sift(make_town(3, 1, until, tmp_path / "tape"))
    assert len(rows.good["persons"]) == 1 and not rows.bad_loans


def test_the_envelope_describes_the_files(town: Path) -> None:
    envelope = json.loads((town / "tape.json").read_text())
    assert envelope["kind"] == "full" and envelope["book_on"] == "2026-06-30"
    for table, described in envelope["tables"].items():
        path = town / f"{table}.parquet"
        assert described["rows"] == pq.read_metadata(path).num_rows
        assert described["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_every_schedule_sums_to_its_principal(good: Rows) -> None:
    sums: Counter[str] = Counter()
    seqs = defaultdict(list)
    for row in good["instalments"]:
        sums[row["loan_id"]] += row["principal_minor"]
        seqs[row["loan_id"]].append(row["seq"])
    for loan in good["loans"]:
        assert sums[loan["loan_id"]] == loan["principal_minor"]
        assert 12 <= len(seqs[loan["loan_id"]]) <= 24
        assert seqs[loan["loan_id"]] == list(range(1, len(seqs[loan["loan_id"]]) + 1))


def test_interest_is_that_of_the_balance_to_the_cent(good: Rows) -> None:
    rates = {loan["loan_id"]: loan for loan in good["loans"]}
    balance: dict[str, int] = {}
    for row in good["instalments"]:
        loan = rates[row["loan_id"]]
        owed = balance.get(row["loan_id"], loan["principal_minor"])
        exact = Fraction(owed * loan["annual_rate_bps"], 120_000)
        assert row["interest_minor"] == round(exact)  # ties to the even one
        balance[row["loan_id"]] = owed - row["principal_minor"]
    assert set(balance.values()) == {0}


def test_each_person_has_one_to_three_loans(good: Rows) -> None:
    loans = Counter(loan["person_id"] for loan in good["loans"])
    assert set(loans.values()) == {1, 2, 3}


def test_nobody_can_be_reached_by_what_is_written(good: Rows) -> None:
    for person in good["persons"]:
        assert person["phone"] is None or person["phone"].startswith("+86154")
        assert len(person["phone"] or "+8615412345678") == 14
        number = person["national_id"]
        if number is not None:
            assert number.startswith("39") and len(number) == 18
            assert number[6:14] == person["birth_on"].strftime("%Y%m%d")
            remainder = sum(
                (10 if digit == "X" else int(digit)) * pow(2, 17 - n, 11)
                for n, digit in enumerate(number)
            )
            assert remainder % 11 == 1
    missing = sum(person["phone"] is None for person in good["persons"])
    assert 0 < missing < len(good["persons"]) / 4


def test_the_check_digit_is_that_of_the_standards_example() -> None:
    # GB 11643-1999, appendix: 11010519491231002X.
    assert national_id(110105, date(1949, 12, 31), 2) == "11010519491231002X"


def test_nothing_is_paid_before_the_loan_or_after_the_tape(good: Rows) -> None:
    began = {loan["loan_id"]: loan["disbursed_on"] for loan in good["loans"]}
    for payment in good["payments"]:
        assert began[payment["loan_id"]] <= payment["paid_on"] <= UNTIL


def test_every_manner_of_paying_is_there(town: Path, good: Rows) -> None:
    due = {(r["loan_id"], r["seq"]): r for r in good["instalments"]}
    on_time = early = late = partial = over = 0
    for payment in good["payments"]:
        meant = due[payment["loan_id"], int(payment["payment_id"][-3:-1])]
        whole = meant["principal_minor"] + meant["interest_minor"] + meant["fee_minor"]
        days = (payment["paid_on"] - meant["due_on"]).days
        on_time += -5 <= days <= 0
        early += days < -5
        late += days > 30
        partial += payment["amount_minor"] < whole
        over += payment["amount_minor"] > whole
    assert on_time > 0.7 * len(good["payments"])
    assert min(early, late, partial, over) > 10
    assert sum(payment["reverses"] is not None for payment in good["payments"]) > 5


def test_the_last_sixty_days_show_every_turn(town: Path) -> None:
    sifted = sift(town)
    days = [UNTIL - timedelta(days=back) for back in range(60)]
    overdue = standing(sifted, days)
    counts = auditor.follow(sifted, overdue)
    assert min(counts.opened, counts.escalated, counts.eased, counts.cured) > 10
    share = len(overdue[UNTIL]) / len(sifted.good["loans"])
    assert 0.05 < share < 0.25
    assert {state.rank for state in overdue[UNTIL].values()} >= {1, 2, 3, 7}


def test_the_lenders_figures_are_right_for_most_and_different_for_some(good: Rows) -> None:
    schedules, money = defaultdict(list), defaultdict(list)
    for row in good["instalments"]:
        schedules[row["loan_id"]].append(row)
    undone = {p["reverses"] for p in good["payments"] if p["reverses"]}
    for row in good["payments"]:
        if row["reverses"] is None and row["payment_id"] not in undone:
            money[row["loan_id"]].append(row)
    same: Counter[str] = Counter()
    other: Counter[str] = Counter()
    for loan in good["loans"]:
        if loan["payoff_minor"] is None:
            continue
        payoff, late = _oracle(loan, schedules[loan["loan_id"]], money[loan["loan_id"]])
        for what, ours, theirs in (
            ("payoff", payoff, loan["payoff_minor"]),
            ("late", late, loan["lender_late_interest_minor"]),
        ):
            (same if ours == theirs else other)[what] += 1
    assert same["payoff"] > 20 * other["payoff"] > 0
    assert same["late"] > 5 * other["late"] > 0


def _oracle(
    loan: dict[str, Any], schedule: list[dict[str, Any]], payments: list[dict[str, Any]]
) -> tuple[int, int]:
    """Payoff and late interest, by the running totals of what was due and what was paid."""
    payments = sorted(payments, key=lambda p: (p["paid_on"], p["payment_id"]))
    payoff = weight = below = 0
    for row in schedule:
        start = below + row["fee_minor"] + row["interest_minor"]
        end = start + row["principal_minor"]
        total = paid_before = paid = 0
        for payment in payments:
            lower, total = total, total + payment["amount_minor"]
            piece = max(0, min(end, total) - max(start, lower))
            paid += piece
            if row["due_on"] < UNTIL:
                weight += piece * max(0, (payment["paid_on"] - row["due_on"]).days)
            paid_before += max(0, min(start, total) - max(below, lower))
        unpaid = row["principal_minor"] - paid
        payoff += unpaid
        if row["due_on"] < UNTIL:
            weight += unpaid * (UNTIL - row["due_on"]).days
            payoff += start - below - paid_before
        below = end
    return payoff, round_half_even(weight * (loan["overdue_rate_bps"] or 0), 3_650_000)


def test_there_are_dirty_rows_of_every_kind(town: Path, good: Rows) -> None:
    sifted = sift(town)
    assert len(sifted.bad_loans) >= len(FAULTS) - 4
    for name, sides in sifted.sides.items():
        for unit in ("rows", "minor"):
            assert sides["received"][unit] == sides["accepted"][unit] + sides["set_aside"][unit]
        assert sides["set_aside"]["rows"] < sides["received"]["rows"] / 10
        # Nothing is spoilt in what is known of reaching people; it goes with its person.
        assert sides["set_aside"]["rows"] or name in BESIDE
    assert {loan["product"] for loan in good["loans"]} >= {"car_loan", "business", "other"}


def test_the_auditor_imports_nothing_of_ours_but_itself() -> None:
    for path in Path(auditor.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            else:
                continue
            for name in names:
                assert not name.startswith("arrears") or name.startswith("arrears.town.auditor")
