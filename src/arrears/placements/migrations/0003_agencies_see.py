"""What an agency sees in its scope: the persons placed with it now, and what belongs to them."""

from django.db import migrations

from arrears.placements.security import (
    IS_AGENCY,
    SEES_PERSON,
    ask_scope_once,
    beside,
    open_to_agencies,
    placed,
    seeing,
)

# What a row can belong to, and when an agency sees that.
_SEEN = {
    "person": ("placements_placement", SEES_PERSON),
    "loan": ("loans_loan", "seen.id = loan"),
    "case": ("cases_case", 'seen.id = "case"'),
    "subject": ("conduct_standing", "seen.subject_id = subject"),
    "contact": ("conduct_contact", "seen.id = contact"),
    "entry": ("journal_entry", "seen.id = entry"),
}
# The book and the cases are read; nobody but the lender writes them.
_READ = {
    "people_person": placed("id"),
    "loans_loan": placed("person_id"),
    "loans_party": placed("person_id"),
    "loans_hold": beside("loan", "loan_id"),
    "loans_instalment": beside("loan", "loan_id"),
    "loans_payment": beside("loan", "loan_id"),
    "loans_snapshot": beside("loan", "loan_id"),
    "loans_difference": beside("loan", "loan_id"),
    "cases_case": placed("person_id"),
    "cases_loan": beside("case", "case_id"),
    "cases_bucket_span": beside("loan", "loan_id"),
    "cases_event": beside("case", "case_id"),
}
# The gate writes in the scope of who acts: it locks the budget, keeps the verdict, spends.
_WRITTEN = {
    "conduct_standing": placed("person_id"),
    "conduct_subject": beside("subject", "id"),
    "conduct_hold": placed("person_id"),
    "conduct_verdict": placed("person_id"),
    "conduct_contact": placed("person_id"),
    "conduct_reservation": beside("contact", "contact_id"),
    "conduct_incident": placed("person_id"),
}
_ENTRY = f"""{IS_AGENCY} AND CASE
  WHEN starts_with(stream, 'person:') THEN placements_sees_person(substr(stream, 8)::uuid)
  WHEN starts_with(stream, 'case:') THEN placements_sees_case(substr(stream, 6)::uuid)
  ELSE false END"""


class Migration(migrations.Migration):
    dependencies = [
        ("placements", "0002_row_security"),
        ("people", "0003_register"),
        ("loans", "0002_row_security"),
        ("cases", "0002_row_security"),
        ("conduct", "0004_agencies"),
        ("journal", "0003_rights"),
    ]

    operations = [
        *(seeing(what, *said) for what, said in _SEEN.items()),
        *(open_to_agencies(table, condition) for table, condition in _READ.items()),
        *(open_to_agencies(table, condition, "ALL") for table, condition in _WRITTEN.items()),
        *(ask_scope_once(table) for table in (*_READ, *_WRITTEN)),
        open_to_agencies("journal_entry", _ENTRY),
        ask_scope_once("journal_entry", check=False),
        open_to_agencies("journal_personal", beside("entry", "entry_id")),
        # Whoever may add an entry may add what of it is personal.
        open_to_agencies("journal_personal", IS_AGENCY, "INSERT"),
        ask_scope_once("journal_personal"),
    ]
