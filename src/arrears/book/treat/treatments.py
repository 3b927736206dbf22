"""What can be done next about an overdue loan, from the mildest to the gravest."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Treatment:
    """A step that a decision table may propose; the rulebook decides whether it may happen.

    Parameters
    ----------
    code
        As it stands in tables, frames and cases.
    automatic
        Whether it may start without a person's decision.
    en, zh
        Its name for readers.
    """

    code: str
    automatic: bool
    en: str
    zh: str


TREATMENTS: dict[str, Treatment] = {
    treatment.code: treatment
    for treatment in (
        Treatment("none", True, "no step", "暂不处置"),
        Treatment("remind_sms", True, "text message", "短信提醒"),
        Treatment("remind_app", True, "message in the app", "应用内提醒"),
        Treatment("call", True, "phone call", "电话沟通"),
        Treatment("letter", True, "letter", "信函"),
        Treatment("visit_review", False, "review for a visit", "上门评估"),
        Treatment("demand_notice", False, "demand letter", "催告函"),
        Treatment("legal_review", False, "legal review", "法务评估"),
    )
}
