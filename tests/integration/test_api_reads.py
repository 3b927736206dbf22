"""Cases, runs and rows set aside, as clients read them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from urllib.parse import urlencode
from uuid import UUID

import pytest
from api_calls import Caller

from arrears.cases.models import Case
from arrears.daily.models import Run
from arrears.kernel.ids import named
from arrears.people.models import Person
from arrears.store.actor import system
from arrears.store.transactions import transaction

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 6, 30, 4, tzinfo=UTC)


def make_case(number: int, **change: object) -> str:
    """A case of a person of its own; returns its id."""
    person = Person.objects.create(
        id=named("person", f"P-{number}"),
        person_ref=f"P-{number}",
        name=f"name {number}",
        jurisdiction="CN",
        tape_id=named("tape", "t"),
        updated_at=NOON,
    )
    values = {
        "state": "open",
        "opened_on": date(2026, 6, 1),
        "as_of": date(2026, 6, 30),
        "currency": "CNY",
        "overdue_minor": 100 * number,
        "late_interest_minor": 0,
        "loans_count": 1,
        "days_past_due": 10,
        "product": "microfinance",
        "bucket": "M1",
        "bucket_rank": 1,
        "worst_bucket_rank": 1,
        "treatment": "reminder",
        "treatment_rule": "r",
        "treatment_table": "no-such-table",
        "treatment_version": 1,
        "treatment_arm": "champion",
        "treated_since": date(2026, 6, 1),
    } | change
    case = Case.objects.create(id=named("case", f"P-{number}"), person=person, **values)
    return str(case.id)


@pytest.fixture
def cases() -> dict[str, str]:
    with transaction(system("test")):
        return {
            "plain": make_case(1),
            "second": make_case(2, bucket="M2", bucket_rank=2),
            "worst": make_case(3, bucket="M7+", bucket_rank=7, treatment="visit"),
            "held": make_case(4, hold="data_doubt"),
            "missing": make_case(5, hold="missing"),
            "dollars": make_case(6, currency="USD"),
            "unknown": make_case(7, overdue_minor=None),
            "cured": make_case(8, state="cured", closed_on=date(2026, 6, 20)),
        }


OPEN = {"plain", "second", "worst", "held", "missing", "dollars", "unknown"}


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({}, OPEN),
        ({"state": "cured"}, {"cured"}),
        ({"state": "withdrawn"}, set()),
        ({"state": "any"}, OPEN | {"cured"}),
        ({"bucket": "M2"}, {"second"}),
        ({"bucket": ["M2", "M7+"]}, {"second", "worst"}),
        ({"treatment": "visit"}, {"worst"}),
        ({"currency": "USD"}, {"dollars"}),
        ({"least_minor": 500}, {"missing", "dollars"}),
        ({"most_minor": 200}, {"plain", "second"}),
        ({"least_minor": 200, "most_minor": 300}, {"second", "worst"}),
        ({"hold": "any"}, {"held", "missing"}),
        ({"hold": "none"}, OPEN - {"held", "missing"}),
        ({"hold": "missing"}, {"missing"}),
        ({"text": "P-3"}, {"worst"}),
        ({"text": "name 4"}, {"held"}),
        ({"text": "%"}, set()),
        ({"text": "P-3' OR '1'='1"}, set()),
    ],
)
def test_a_filter_narrows_to_what_it_names(cases, query, wanted):
    caller = Caller.with_scopes("cases.read")
    response = caller.get(f"/cases?{urlencode(query, doseq=True)}")
    assert response.status_code == 200, response.content
    named_ids = {case_id: name for name, case_id in cases.items()}
    assert {named_ids[row["id"]] for row in response.json()["rows"]} == wanted


@pytest.mark.parametrize(
    "query",
    [
        "bucket=M8",
        "state=closed",
        "hold=other",
        "currency=cny",
        "least_minor=-1",
        "least_minor=1.5",
        "least_minor=99999999999999999999",
        "size=0",
        "size=201",
        "after=nonsense",
        "text=",
        "text=%00",
        "treatment=" + "x" * 300,
    ],
)
def test_a_filter_that_means_nothing_is_refused_and_named(query):
    response = Caller.with_scopes("cases.read").get(f"/cases?{query}")
    assert response.status_code == 422
    (error,) = response.json()["errors"]
    assert error["in"] == "query"
    assert error["pointer"].startswith("/" + query.partition("=")[0])


@pytest.mark.parametrize("size", [1, 2, 3, 7, 200])
def test_slices_bring_every_case_once(cases, size):
    caller = Caller.with_scopes("cases.read")
    seen: list[str] = []
    after = ""
    while True:
        told = caller.get(f"/cases?size={size}{after}").json()
        assert len(told["rows"]) <= size
        seen += [row["id"] for row in told["rows"]]
        if told["next_after"] is None:
            break
        after = f"&after={told['next_after']}"
    assert sorted(seen) == sorted(cases[name] for name in OPEN)
    assert seen == sorted(seen, key=UUID)


def test_a_case_tells_no_identity_but_the_reference(cases):
    told = Caller.with_scopes("cases.read").get(f"/cases/{cases['worst']}").json()
    assert told["case"]["person_ref"] == "P-3"
    assert told["case"]["bucket"] == "M7+"
    assert told["case"]["overdue_minor"] == 300
    assert told["worst_bucket"] == "M1"
    assert told["why"] is None
    assert "name 3" not in str(told)


def test_amounts_that_the_lender_does_not_tell_are_null(cases):
    told = Caller.with_scopes("cases.read").get(f"/cases/{cases['unknown']}").json()
    assert told["case"]["overdue_minor"] is None


def test_runs_are_told_the_newest_first():
    with transaction(system("test")):
        for day in (1, 2, 3):
            Run.objects.create(
                id=named("run", str(day)),
                as_of=date(2026, 6, day),
                book_version=day,
                strategy_sha256="0" * 64,
                engine="duckdb",
                state="finished",
                started_at=NOON,
                finished_at=NOON,
                counts={"opened": day},
            )
    caller = Caller.with_scopes("data.read")
    told = caller.get("/runs?size=2").json()
    assert [run["as_of"] for run in told["rows"]] == ["2026-06-03", "2026-06-02"]
    assert told["rows"][0]["counts"] == {"opened": 3}
    assert (told["total"], told["pages"]) == (3, 2)
    assert caller.get("/status").json()["newest_run_on"] == "2026-06-03"
    assert caller.get("/runs?page=99").json()["rows"] == []
