"""The words of the house for its codes, in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from arrears.book.check.reasons import REASONS
from arrears.book.treat import TREATMENTS
from arrears.console import record_words
from arrears.console.access_told import access_told
from arrears.kernel.money import format_minor
from arrears.people.access import TABLE

BUCKETS = ("M1", "M2", "M3", "M4", "M5", "M6", "M7+")
Words = Mapping[str, Promise]

BUCKET_DAYS: Words = {
    "current": _("not overdue"),
    "M1": _("1–30 days"),
    "M2": _("31–60 days"),
    "M3": _("61–90 days"),
    "M4": _("91–120 days"),
    "M5": _("121–150 days"),
    "M6": _("151–180 days"),
    "M7+": _("181 days and more"),
    "missing": _("no state delivered"),
}
PRODUCTS: Words = {
    "credit_card": _("credit card"),
    "online_consumer": _("online consumer loan"),
    "offline_consumer": _("consumer loan"),
    "microfinance": _("microfinance"),
    "business": _("business loan"),
    "other": _("other loan"),
}
CREDITORS: Words = {
    "bank": _("bank"),
    "consumer_finance": _("consumer finance company"),
    "small_loan": _("small-loan company"),
    "other": _("other creditor"),
}
STATUSES: Words = {
    "open": _("open"),
    "written_off": _("written off"),
    "sold": _("sold"),
    "closed": _("closed"),
}
CASE_STATES: Words = {
    "open": _("open"),
    "cured": _("cured"),
    "withdrawn": _("withdrawn"),
}
HOLDS: Words = {
    "data_doubt": _("data in doubt"),
    "missing": _("missing from the tape"),
    "recalled": _("recalled by the lender"),
}
HOLDS_TOLD: Words = {
    "data_doubt": _(
        "A row of this person's data was set aside. Nothing is collected until it is mended."
    ),
    "missing": _(
        "A loan was not in the newest full tape. Nothing is collected until the lender sends it."
    ),
    "recalled": _("The lender took a loan back. Nothing more is collected on it."),
}
LEFT_BECAUSE: Words = {
    "cured": _("nothing overdue any more"),
    "recalled": _("recalled by the lender"),
    "sold": _("sold by the lender"),
    "closed": _("closed by the lender"),
    "moved": _("now another person's loan"),
}
ROLES: Words = {
    "guarantor": _("guarantor"),
    "co_borrower": _("co-borrower"),
}
STAFF: Words = {role.name: access_told(role.told) for role in TABLE.roles.values()}
FIELDS: Words = {field.name: access_told(field.told) for field in TABLE.fields.values()}
SIGN_IN_WAYS: Words = {
    "password": _("password"),
    "totp": _("authenticator app"),
    "recovery_codes": _("recovery code"),
    "passkey": _("passkey"),
    "oidc": _("the lender's sign-in"),
    "saml": _("the lender's sign-in"),
    "asserted": _("second factor at the lender's sign-in"),
    "unknown": _("not known"),
}
LOOKS: Words = {
    "person": _("the person's page"),
    "case": _("a case"),
    "loan": _("a loan"),
    "calendar": _("when they may be contacted"),
    "reads": _("who looked at the file"),
    "set_aside": _("a row set aside"),
    "record": _("the record about them"),
    "incident": _("an incident about them"),
    "export": _("their row in an export"),
    "reveal": _("revealed a field"),
}
EXPORT_KINDS: Words = {
    "cases": _("cases"),
    "persons": _("persons"),
    "aside": _("persons set aside from a batch"),
    "record": _("journal"),
}
EXPORT_STATES: Words = {
    "asked": _("waits for a second person"),
    "approved": _("ready to fetch"),
    "refused": _("refused by a second person"),
    "fetched": _("fetched"),
}
# What the register calls the lender until it is given a name.
HOUSES: Words = {"lender": _("the lender")}
MEASURES: Words = {
    "payoff": _("payoff amount"),
    "late_interest": _("interest on late principal"),
}
TABLES: Words = {
    "persons": _("persons"),
    "loans": _("loans"),
    "loan_parties": _("guarantors and co-borrowers"),
    "instalments": _("instalments"),
    "payments": _("payments"),
    "snapshots": _("monthly states"),
    "contact_points": _("contact points"),
    "contact_events": _("contact events"),
    "flags": _("flags"),
    "consents": _("consents"),
    "plans": _("plans"),
    "plan_instalments": _("plan instalments"),
    "legal_matters": _("legal matters"),
    "recalls": _("recalls"),
}
KINDS: Words = {
    "full": _("full tape"),
    "delta": _("changes only"),
    "push": _("sent by API"),
    "mend": _("mended rows"),
    "recall": _("recall"),
}
TAPE_STATES: Words = {
    "received": _("received"),
    "taken_in": _("taken in"),
    "refused": _("refused"),
}
ROW_STATES: Words = {
    "open": _("to be mended"),
    "mended": _("mended"),
    "superseded": _("superseded by a later tape"),
}
RUN_STATES: Words = {
    "started": _("running"),
    "finished": _("finished"),
    "failed": _("failed"),
}
STEPS: Words = {
    "book": _("read the book"),
    "age": _("age the loans"),
    "cases": _("open, change and close cases"),
    "terms": _("take back persons whose placement is over"),
    "allot": _("allot cases to staff"),
    "differences": _("compare with the lender's figures"),
    "summary": _("sum up"),
    "evidence": _("erase evidence whose term is over"),
    "seal": _("seal the record"),
}
PARKED_STATES: Words = {
    "parked": _("parked"),
    "cleared": _("cleared"),
}
ARMS: Words = {"champion": _("champion")}
MODES: Words = {"observe": _("observe"), "live": _("live")}
FACTS: Words = {
    "bucket": _("bucket"),
    "days_past_due": _("days overdue"),
    "days_past_due_after_grace": _("days overdue after grace"),
    "overdue_minor": _("overdue amount"),
    "currency": _("currency"),
    "loans_count": _("loans overdue"),
    "other_currencies": _("loans in other currencies"),
    "product": _("product"),
    "jurisdiction": _("jurisdiction"),
    "max_days_past_due_ever": _("longest time overdue ever, in days"),
    "times_over_30": _("times overdue for more than 30 days"),
}
CHECKLIST: Words = {
    "holds": _("Disputes, hardship, complaints, deaths and other holds are in."),
    "opt_outs": _("Wishes not to be contacted, by channel, are in."),
    "plans": _("Running repayment plans and promises are in."),
    "matters": _("Legal matters and lawyers' mandates are in."),
    "contacts": _("The contacts of the last 30 days are in, so that limits count them."),
}
SCOPES: Words = {
    "people.push": _("send persons"),
    "people.read": _("read persons"),
    "loans.push": _("send loans and payments"),
    "loans.recall": _("recall loans"),
    "cases.read": _("read cases"),
    "data.read": _("read tapes and rows set aside"),
    "contacts.reserve": _("ask before a contact, and tell how it went"),
    "contacts.report": _("report contacts afterwards"),
    "placements.read": _("read placements"),
    "placements.ask": _("ask for placements"),
    "placements.retain": _("ask to keep a case"),
    "placements.recall": _("recall persons from agencies"),
    "agencies.read": _("read agencies and their papers"),
    "register.read": _("read the register of staff"),
    "queues.read": _("read work queues"),
    "queues.take": _("take up cases for staff, and finish them"),
    "queues.manage": _("read the allotment, and hand cases over"),
    "statements.read": _("read statements of commission"),
    "reads.read": _("read who looked at a person's file"),
    "messages.report": _("report what became of messages"),
    "scim.manage": _("make and shut sign-ins of staff (SCIM)"),
}
HOLD_KINDS: Words = {
    "dispute": _("dispute"),
    "hardship": _("hardship request"),
    "complaint": _("complaint"),
    "cease": _("asked to be left alone"),
    "bereavement": _("bereavement"),
    "moratorium": _("moratorium or insolvency protection"),
    "doubt": _("data in doubt"),
    "other": _("other hold"),
    "no_contact_order": _("no-contact order"),
    "attorney": _("represented by a lawyer"),
    "self_harm": _("may harm themselves"),
    "vulnerable": _("particularly vulnerable"),
    "deceased": _("deceased"),
    "life_event": _("hard days: illness, wedding, calamity or the like"),
    "opt_out": _("opted out of a channel"),
    "suppressed": _("number or address not to be used"),
}
# They do not stop collection by themselves.
SOFT_HOLDS = frozenset({"vulnerable", "attorney"})
HOLD_SOURCES: Words = {
    "person": _("the person"),
    "representative": _("a representative"),
    "staff": _("our staff"),
    "tape": _("the lender's tape"),
    "court": _("a court"),
    "authority": _("an authority"),
}
INCIDENT_KINDS: Words = {
    "unasked": _("contact that nobody asked for"),
    "breach": _("contact against the rules"),
    "unfit": _("contact not as it was reserved"),
    "unknown_person": _("contact with somebody the book does not know"),
    "manner": _("threats, insults, pressure or force"),
    "disclosed": _("debt told to somebody else"),
    "leak": _("personal data leaked, altered or lost"),
    "other": _("something else"),
}
INCIDENT_TOLD: Words = {
    "unasked": _("A contact was reported for which nobody had asked before it was made."),
    "breach": _("A contact was reported that the rules in force then forbid."),
    "unfit": _("A contact was reported that is not the one that was reserved."),
    "unknown_person": _("A contact was reported with somebody whom the book does not know."),
}
INCIDENT_STATES: Words = {
    "open": _("open"),
    "closing": _("waits for a second person"),
    "settled": _("closed"),
}
INCIDENT_STEPS: Words = {
    "done": _("Done"),
    "told": _("Told"),
    "spared": _("Need not be told"),
}
ADDRESSEES: Words = {
    "authority": _("the authority"),
    "person": _("the person"),
}
STOP_SCOPES: Words = {
    "all": _("everything that goes out"),
    "agency": _("one agency"),
    "template": _("one template"),
    "channel": _("one channel"),
    "officer": _("one officer"),
    "product": _("one product"),
    "district": _("one district"),
}
TOPICS: Mapping[str, Words] = {
    name.lower(): value
    for name, value in {**globals(), **vars(record_words)}.items()
    if name.isupper() and isinstance(value, dict) and name not in {"TREATMENTS", "REASONS"}
}


def word(code: str | None, topic: str) -> str:
    """A code's word; the code itself where a newer release or the lender has one we lack."""
    if code is None:
        return "—"
    return str(TOPICS[topic].get(code, code))


def in_chinese() -> bool:
    """Whether the reader reads Chinese."""
    return (get_language() or "").startswith("zh")


def treatment(code: str) -> str:
    """The name of a treatment."""
    known = TREATMENTS.get(code)
    if known is None:
        return code
    return known.zh if in_chinese() else known.en


def reason(code: str) -> str:
    """Why a row was set aside, in a sentence; the code itself if it is not one of ours."""
    return gettext(REASONS[code]) if code in REASONS else code


_AMOUNT_OF = re.compile(r"\b([A-Z]{3}) (.*?)(?= or |$)")


def asked_for(fact: str, expected: str) -> str:
    """What a condition asks for; amounts in major units, as readers know them."""
    if fact == "overdue_minor":
        expected = _AMOUNT_OF.sub(
            lambda m: re.sub(r"\d+", lambda n: format_minor(int(n[0]), m[1]), f"{m[1]} {m[2]}"),
            expected,
        )
    # The words of a condition are few and fixed; codes between them stay as they are.
    for english, told in (
        (" or ", gettext(" or ")),
        ("unknown", gettext("unknown")),
        ("not ", gettext("not ")),
        ("true", gettext("yes")),
        ("false", gettext("no")),
    ):
        expected = expected.replace(english, told)
    return expected


def found(fact: str, value: Any, currency: str) -> str:
    """What a condition found."""
    if value is None:
        return gettext("unknown")
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if fact == "overdue_minor":
        return format_minor(int(value), currency)
    return word(str(value), "products") if fact == "product" else str(value)


def event(kind: str, data: Mapping[str, Any], loan_ref: str | None) -> str:
    """A line of a case's timeline, as a sentence."""
    money = _money(data)
    loan = loan_ref or ""
    sentences = {
        "opened": gettext("Case opened in %(to)s: %(money)s overdue. Next step: %(treatment)s."),
        "loan_joined": gettext("Loan %(loan)s fell overdue too: %(money)s, %(to)s."),
        "loan_left": gettext("Loan %(loan)s left the case: %(because)s."),
        "escalated": gettext("Moved from %(from)s to %(to)s: overdue for longer."),
        "eased": gettext("Moved from %(from)s to %(to)s: part of it was paid."),
        "treated": gettext("Next step changed from “%(from_step)s” to “%(to_step)s”."),
        "held": gettext("Hold: %(hold)s. Nothing is collected while it lasts."),
        "released": gettext("The hold has ended."),
        "cured": gettext("Paid up: in good standing again."),
        "withdrawn": gettext("Withdrawn: no loan of this case is collected any more."),
    }
    if kind not in sentences:
        return kind
    return sentences[kind] % {
        "from": data.get("from"),
        "to": data.get("to") or data.get("bucket"),
        "money": money,
        "loan": loan,
        "because": word(data.get("because"), "left_because"),
        "hold": word(data.get("to"), "holds"),
        "treatment": treatment(str(data.get("treatment", ""))),
        "from_step": treatment(str(data.get("from", ""))),
        "to_step": treatment(str(data.get("to", ""))),
    }


def _money(data: Mapping[str, Any]) -> str:
    amount, currency = data.get("overdue_minor"), data.get("currency")
    if amount is None or currency is None:
        return gettext("an amount not known")
    return format_minor(int(amount), str(currency))
