"""Reads of cases: the list, one case, a person with or without one, and what stands where."""

from arrears.cases.queries.case import case, person_of, person_page
from arrears.cases.queries.lists import Sort, case_ids, cases_after, list_cases
from arrears.cases.queries.totals import bucket_totals, treatment_totals
from arrears.cases.queries.views import (
    BucketTotal,
    CaseDetail,
    CaseFilter,
    CaseLoanView,
    CaseSlice,
    CaseView,
    EventView,
    PersonDetail,
    SpanView,
    TreatmentTotal,
    WhyView,
)

__all__ = [
    "BucketTotal",
    "CaseDetail",
    "CaseFilter",
    "CaseLoanView",
    "CaseSlice",
    "CaseView",
    "EventView",
    "PersonDetail",
    "Sort",
    "SpanView",
    "TreatmentTotal",
    "WhyView",
    "bucket_totals",
    "case",
    "case_ids",
    "cases_after",
    "list_cases",
    "person_of",
    "person_page",
    "treatment_totals",
]
