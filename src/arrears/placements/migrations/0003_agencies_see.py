"""What an agency sees in its scope: the persons placed with it now, and what belongs to them."""

from django.db import migrations

from arrears.placements.security import IS_AGENCY, ask_scope_once, beside, open_to_agencies, placed

# The book and the cases are read; nobody but the lender writes them.
_READ = {
    "people_person": placed("people_person.id"),
    "loans_loan": placed("loans_loan.person_id"),
    "loans_party": placed("loans_party.person_id"),
    "loans_hold": beside("loans_hold", "loans_loan", "loan_id"),
    "loans_instalment": beside("loans_instalment", "loans_loan", "loan_id"),
    "loans_payment": beside("loans_payment", "loans_loan", "loan_id"),
    "loans_snapshot": beside("loans_snapshot", "loans_loan", "loan_id"),
    "loans_difference": beside("loans_difference", "loans_loan", "loan_id"),
    "cases_case": placed("cases_case.person_id"),
    "cases_loan": beside("cases_loan", "cases_case", "case_id"),
    "cases_bucket_span": beside("cases_bucket_span", "loans_loan", "loan_id"),
    "cases_event": beside("cases_event", "cases_case", "case_id"),
}
# The gate writes in the scope of who acts: it locks the budget, keeps the verdict, spends.
_WRITTEN = {
    "conduct_standing": placed("conduct_standing.person_id"),
    "conduct_subject": beside("conduct_subject", "conduct_standing", "id", key="subject_id"),
    "conduct_hold": placed("conduct_hold.person_id"),
    "conduct_verdict": placed("conduct_verdict.person_id"),
    "conduct_contact": placed("conduct_contact.person_id"),
    "conduct_reservation": beside("conduct_reservation", "conduct_contact", "contact_id"),
    "conduct_incident": placed("conduct_incident.person_id"),
}
_ENTRY = f"""{IS_AGENCY} AND CASE
  WHEN starts_with(journal_entry.stream, 'person:')
    THEN {placed("substr(journal_entry.stream, 8)::uuid")}
  WHEN starts_with(journal_entry.stream, 'case:')
    THEN EXISTS (SELECT 1 FROM cases_case c WHERE c.id = substr(journal_entry.stream, 6)::uuid)
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
        *(open_to_agencies(table, condition) for table, condition in _READ.items()),
        *(open_to_agencies(table, condition, "ALL") for table, condition in _WRITTEN.items()),
        *(ask_scope_once(table) for table in (*_READ, *_WRITTEN)),
        open_to_agencies("journal_entry", _ENTRY),
        ask_scope_once("journal_entry", check=False),
        open_to_agencies(
            "journal_personal", beside("journal_personal", "journal_entry", "entry_id")
        ),
        # Whoever may add an entry may add what of it is personal.
        open_to_agencies("journal_personal", IS_AGENCY, "INSERT"),
        ask_scope_once("journal_personal"),
    ]
