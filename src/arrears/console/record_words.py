"""The words for what is on record: matters, kinds of entries, signed statements."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from arrears.people.words import RECORDED

Words = Mapping[str, Promise]

JOURNAL_TOPICS: Words = {
    "conduct": _("rules, holds and contacts"),
    "cases": _("cases"),
    "loans": _("tapes and loans"),
    "daily": _("daily runs and modes"),
    "people": _("staff and programs"),
    "evidence": _("evidence"),
    "journal": _("the journal itself"),
}
JOURNAL_KINDS: Words = {
    "cases.changed": _("Case changed"),
    "cases.export_asked": _("Export asked for"),
    "cases.export_approved": _("Export approved"),
    "cases.export_refused": _("Export refused"),
    "cases.export_fetched": _("Export fetched"),
    "conduct.allowed": _("Act allowed"),
    "conduct.refused": _("Act refused"),
    "conduct.hold_opened": _("Hold opened"),
    "conduct.hold_closed": _("Hold closed"),
    "conduct.reservation_ended": _("Reservation of a contact ended"),
    "conduct.stop_opened": _("Stop switch set"),
    "conduct.stop_approved": _("Stop switch confirmed"),
    "conduct.stop_lifted": _("Stop switch lifted"),
    "conduct.contact_closed": _("Contact ended"),
    "conduct.contact_reported": _("Contact reported"),
    "conduct.incident_opened": _("Incident opened"),
    "conduct.incident_step": _("Step about an incident"),
    "conduct.incident_asked": _("Closing of an incident asked for"),
    "conduct.incident_returned": _("Incident open again"),
    "conduct.incident_settled": _("Incident closed"),
    "conduct.subjects_merged": _("Two records found to be one person"),
    "daily.mode_switched": _("Mode switched"),
    "daily.run_started": _("Daily run started"),
    "daily.run_resumed": _("Daily run resumed"),
    "daily.run_finished": _("Daily run finished"),
    "daily.run_failed": _("Daily run failed"),
    "evidence.kept": _("Evidence kept"),
    "evidence.held": _("Evidence held back from erasure"),
    "evidence.released": _("Evidence no longer held back"),
    "evidence.marked": _("Evidence marked"),
    "evidence.key_rotated": _("Key of the evidence changed"),
    "people.key_rotated": _("Key of personal data changed"),
    "people.resealed": _("Personal data sealed anew"),
    "evidence.erased": _("Evidence erased"),
    "people.read": _("Looked at a person's file"),
    "people.revealed": _("Identity field revealed"),
    "journal.erased": _("Personal data erased"),
    "journal.exported": _("Journal exported"),
    "journal.key_made": _("Key made"),
    "journal.key_rotated": _("Key changed"),
    "journal.key_lost": _("Key lost"),
    "journal.restored": _("Restored from a backup"),
    "loans.taken_in": _("Tape taken in"),
    "loans.recalled": _("Loan recalled"),
    "loans.row_mended": _("Row mended"),
    "loans.row_still_wrong": _("Row tried, still wrong"),
    "people.signed_in": _("Signed in"),
    "people.refused": _("Sign-in failed"),
    "people.session_ended": _("Session ended"),
    "people.session_enrolled": _("Second factor set up at sign-in"),
    "people.second_factor_added": _("Second factor added"),
    "people.second_factor_removed": _("Second factor removed"),
    "people.second_factor_codes_made": _("Recovery codes made"),
    "people.second_factor_reset": _("Second factors taken away"),
    "people.second_factor_provider_tied": _("Lender's account tied to a user"),
    "people.role_set": _("Role changed"),
    "people.user_changed": _("Member of staff renamed by the directory"),
    "people.user_active": _("Member of staff let in again"),
    "people.user_shut": _("Member of staff shut out"),
    "people.user_made": _("Member of staff added"),
    "people.demo_user_made": _("Demo user added"),
    "people.password_set": _("Password set"),
    "people.client_made": _("Program given access"),
    "people.client_revoked": _("Program's access taken away"),
    **RECORDED,
}
STATEMENT_KINDS: Words = {
    "key": _("first key"),
    "seal": _("seal"),
    "rotation": _("change of key"),
    "lost": _("key lost"),
    "restored": _("restored"),
}
