"""Who keeps which case, against matching by augmenting paths in plain Python."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, replace

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from arrears.placements.allotment.rules import CASES, REASONS, Allotted, Keeper, allot

QUICK = settings(deadline=None, max_examples=60)
PRODUCTS, BUCKETS, LANGUAGES = ("card", "loan"), ("M1", "M2"), ("zh-CN", "en", None)


@dataclass(frozen=True)
class OneCase:
    """A case as the rules get it."""

    id: str
    person: str
    organisation: str
    product: str
    bucket: str
    language: str | None
    minor: int | None
    keeper: str | None = None


@dataclass(frozen=True)
class House:
    """Everything that an allotment is decided on."""

    cases: tuple[OneCase, ...]
    staff: tuple[Keeper, ...]
    conflicts: frozenset[tuple[str, str]]

    def decided(self) -> Allotted:
        names = ("id", "person", "organisation", "product", "bucket", "language", "minor", "keeper")
        columns = {
            field.name: pa.array([getattr(case, name) for case in self.cases], field.type)
            for field, name in zip(CASES, names, strict=True)
        }
        return allot(pa.table(columns), self.staff, self.conflicts)

    def keepers(self) -> dict[str, str | None]:
        rows = self.decided().rows
        return dict(zip(rows["case_id"].to_pylist(), rows["keeper"].to_pylist(), strict=True))

    def fits(self, case: OneCase, who: Keeper) -> bool:
        """As the words of the module say it, once more and without arrays."""
        products = {s[8:] for s in who.skills if s.startswith("product:")}
        buckets = {s[7:] for s in who.skills if s.startswith("bucket:")}
        spoken = {language[:2].lower() for language in who.languages}
        return (
            case.organisation == who.organisation
            and who.capacity > 0
            and (not products or case.product in products)
            and (not buckets or case.bucket in buckets)
            and (case.language is None or case.language[:2] in spoken)
            and (case.person, who.id) not in self.conflicts
        )

    def after(self) -> House:
        """The same house tomorrow: each case with whom it went to."""
        keepers = self.keepers()
        return replace(
            self, cases=tuple(replace(case, keeper=keepers[case.id]) for case in self.cases)
        )

    def load(self) -> Counter[str]:
        return Counter(case.keeper for case in self.cases if case.keeper)


def _keepers(plain: bool) -> st.SearchStrategy[list[Keeper]]:
    limits = [f"product:{p}" for p in PRODUCTS] + [f"bucket:{b}" for b in BUCKETS]
    skills = st.frozensets(st.sampled_from(limits), max_size=0 if plain else 3)
    languages = st.frozensets(st.sampled_from(["zh-hans", "en-GB", "EN"]), max_size=2)
    both = st.just(frozenset({"zh", "en"}))
    one = st.tuples(
        st.sampled_from(["lender"] if plain else ["lender", "north"]),
        st.integers(1 if plain else 0, 6),
        both if plain else st.one_of(both, languages),
        skills,
    )
    return st.lists(one, min_size=1 if plain else 0, max_size=5).map(
        lambda told: [Keeper(f"s{n}", *each) for n, each in enumerate(told)]
    )


@st.composite
def houses(draw: st.DrawFn, plain: bool = False, fresh: bool = False) -> House:
    staff = tuple(draw(_keepers(plain)))
    names = [None, "gone", *(each.id for each in staff)]
    one = st.tuples(
        st.sampled_from(["p1", "p2", "p3", "p4"]),
        st.sampled_from(["lender"] if plain else ["lender", "north"]),
        st.sampled_from(PRODUCTS),
        st.sampled_from(BUCKETS),
        st.sampled_from(LANGUAGES),
        st.one_of(st.none(), st.integers(0, 1000)),
        st.none() if fresh else st.sampled_from(names),
    )
    told = draw(st.lists(one, max_size=25))
    cases = tuple(OneCase(f"c{n:02}", *each) for n, each in enumerate(told))
    pairs = st.tuples(st.sampled_from(["p1", "p2"]), st.sampled_from(["s0", "s1", "gone"]))
    conflicts = st.just(frozenset()) if plain else st.frozensets(pairs, max_size=3)
    return House(cases, staff, draw(conflicts))


def least_excess(house: House) -> int:
    """How many cases somebody must have beyond their capacity, whatever one does."""
    able = {c.id: [k for k in house.staff if house.fits(c, k)] for c in house.cases}
    held: dict[str, list[str]] = {keeper.id: [] for keeper in house.staff}

    def place(case: str, seen: set[str]) -> bool:
        for keeper in able[case]:
            if keeper.id in seen:
                continue
            seen.add(keeper.id)
            if len(held[keeper.id]) < keeper.capacity:
                held[keeper.id].append(case)
                return True
            for other in held[keeper.id]:
                if place(other, seen):
                    held[keeper.id].remove(other)
                    held[keeper.id].append(case)
                    return True
        return False

    return sum(not place(case.id, set()) for case in house.cases if able[case.id])


@QUICK
@given(houses())
def test_every_case_goes_to_who_fits_or_is_listed_with_the_reason(house):
    rows = house.decided().rows.to_pylist()
    assert [row["case_id"] for row in rows] == [case.id for case in house.cases]
    for row, case in zip(rows, house.cases, strict=True):
        fit = [keeper.id for keeper in house.staff if house.fits(case, keeper)]
        if fit:
            assert row["keeper"] in fit
            assert row["reason"] is None
        else:
            assert row["keeper"] is None
            assert row["reason"] in REASONS


@QUICK
@given(houses())
def test_nobody_is_above_capacity_while_there_is_room_for_it(house):
    after = house.after()
    load = after.load()
    excess = sum(max(0, load[k.id] - k.capacity) for k in house.staff)
    assert excess == least_excess(house)
    over = sum(load[k.id] > k.capacity for k in house.staff)
    assert house.decided().over_capacity == over


@QUICK
@given(houses(), st.randoms(use_true_random=False))
def test_the_order_of_what_comes_in_makes_no_difference(house, chance: random.Random):
    cases, staff = list(house.cases), list(house.staff)
    chance.shuffle(cases)
    chance.shuffle(staff)
    assert House(tuple(cases), tuple(staff), house.conflicts).keepers() == house.keepers()


@QUICK
@given(houses())
def test_the_next_day_moves_nothing(house):
    after = house.after()
    assert after.decided().changed.num_rows == 0
    assert after.keepers() == house.keepers()


@QUICK
@given(houses(fresh=True))
def test_new_cases_go_where_the_level_is_lowest(house):
    after = house.after()
    load = after.load()
    capacity = {keeper.id: keeper.capacity for keeper in house.staff}
    for case in after.cases:
        if case.keeper is None:
            continue
        for other in house.staff:
            if other.id != case.keeper and house.fits(case, other):
                level = load[case.keeper] / capacity[case.keeper]
                assert level <= (load[other.id] + 1) / other.capacity + 1e-12


@QUICK
@given(houses(plain=True))
def test_cases_stay_unless_their_keeper_is_gone_or_has_too_many(house):
    """Where everybody fits, no more leave than must."""
    before, after = house.load(), house.after().load()
    staff = {keeper.id: keeper for keeper in house.staff}
    excess = {who: max(0, before[who] - keeper.capacity) for who, keeper in staff.items()}
    room = sum(max(0, keeper.capacity - before[who]) for who, keeper in staff.items())
    moved = [
        row["keeper_before"]
        for row in house.decided().changed.to_pylist()
        if row["keeper_before"] in staff
    ]
    for who, count in Counter(moved).items():
        assert count <= excess[who]
    must = min(sum(excess.values()), room)
    # A new case that is alike may go in its stead.
    assert (
        len(moved) == must
        if before.total() == len(house.cases) and "gone" not in before
        else (len(moved) <= must)
    )
    assert sum(after.values()) == len(house.cases)


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.integers(100, 900), min_size=2, max_size=12),
    st.floats(0.1, 1.4),
)
def test_a_fresh_allotment_is_fair_within_one_percent_of_capacity(capacities, filled):
    count = int(sum(capacities) * filled)
    staff = tuple(
        Keeper(f"s{n:02}", "lender", capacity, frozenset({"zh"}), frozenset())
        for n, capacity in enumerate(capacities)
    )
    cases = tuple(
        OneCase(f"c{n:05}", f"p{n}", "lender", PRODUCTS[n % 2], "M1", "zh-CN", n)
        for n in range(count)
    )
    load = House(cases, staff, frozenset()).after().load()
    level = count / sum(capacities)
    for keeper in staff:
        assert abs(load[keeper.id] - level * keeper.capacity) <= keeper.capacity / 100


@QUICK
@given(houses(fresh=True, plain=True), st.integers(0, 25))
def test_some_cases_are_allotted_as_they_would_be_among_all(house, number):
    """What each has beside them counts, as if it were decided on too."""
    after = house.after()
    beside = Counter(case.keeper for case in after.cases[:number])
    staff = tuple(replace(keeper, load=beside[keeper.id]) for keeper in house.staff)
    some = House(after.cases[number:], staff, frozenset())
    assert some.decided().changed.num_rows == 0
    anew = House(tuple(replace(case, keeper=None) for case in some.cases), staff, frozenset())
    assert beside + anew.after().load() == after.load()


def test_large_and_small_amounts_are_dealt_evenly():
    staff = tuple(Keeper(f"s{n}", "lender", 50, frozenset(), frozenset()) for n in range(4))
    cases = tuple(
        OneCase(f"c{n:03}", f"p{n}", "lender", "card", "M1", None, n * 1000) for n in range(120)
    )
    after = House(cases, staff, frozenset()).after()
    sums = [sum(c.minor or 0 for c in after.cases if c.keeper == k.id) for k in staff]
    assert max(sums) - min(sums) < sum(sums) / 4 * 0.05


def test_reasons_are_told_by_what_is_missing():
    lender = Keeper("s1", "lender", 9, frozenset({"zh"}), frozenset({"product:card", "bucket:M1"}))
    idle = Keeper("s2", "north", 0, frozenset({"zh"}), frozenset())
    case = OneCase("c", "p1", "lender", "card", "M1", "zh", 1)
    told = {
        "no_staff": replace(case, organisation="south"),
        "no_capacity": replace(case, organisation="north"),
        "no_product": replace(case, product="loan"),
        "no_bucket": replace(case, bucket="M2"),
        "no_language": replace(case, language="ta"),
        "conflict": replace(case, person="p2"),
    }
    cases = tuple(replace(each, id=f"c{n}") for n, each in enumerate(told.values()))
    house = House(cases, (lender, idle), frozenset({("p2", "s1")}))
    assert house.decided().rows["reason"].to_pylist() == list(told) == list(REASONS)


def test_room_is_made_along_a_chain():
    """What only the first can do makes them pass on what the second can do as well."""
    first = Keeper("s1", "lender", 2, frozenset(), frozenset())
    second = Keeper("s2", "lender", 2, frozenset(), frozenset({"product:card"}))
    card = OneCase("c1", "p", "lender", "card", "M1", None, 1, keeper="s1")
    cases = (card, replace(card, id="c2"), replace(card, id="c3", product="loan", keeper=None))
    after = House(cases, (first, second), frozenset()).after()
    assert after.load() == {"s1": 2, "s2": 1}
    assert {c.id: c.keeper for c in after.cases}["c3"] == "s1"


def test_an_empty_house_has_nothing_to_allot():
    assert House((), (), frozenset()).decided().rows.num_rows == 0
