"""Contact points as the tape tells of them, and what they mean for an act.

What the tape says nothing of stays as it was; what it says in words that we do not know is taken
for the worse: a source is *unknown*, a state *doubtful*, an owner *unknown*.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from arrears.rulebook.vocabulary import LISTS, Value

STATUSES: Final = ("verified", "unverified", "doubtful", "invalid")
"""From the best to the worst."""
FIRM: Final = frozenset({"doubtful", "invalid", "unlawful"})
"""What the tape says against a point in so many words; nobody who acts talks it away."""

_KINDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("phone", "mobile", "telephone", "tel", "landline", "sms"), "phone"),
    **dict.fromkeys(("手机", "电话", "座机", "固话"), "phone"),
    **dict.fromkeys(("email", "e_mail", "mail", "邮箱", "电子邮箱"), "email"),
    **dict.fromkeys(("address", "post", "home_address", "地址", "住址", "通讯地址"), "address"),
    **dict.fromkeys(("chat", "wechat", "whatsapp", "微信"), "chat"),
}
_SOURCES: Final[Mapping[str, str]] = {
    **{name: name for name in LISTS["Source"]},
    **dict.fromkeys(("application", "合同"), "contract"),
    **dict.fromkeys(("debtor", "borrower", "customer", "债务人留存", "本人"), "left_by_debtor"),
    **dict.fromkeys(("authorized", "授权"), "authorised"),
    **dict.fromkeys(("contact", "联系人告知"), "told_by_contact"),
    **dict.fromkeys(("bought", "scraped", "leaked", "purchased", "购买", "爬取"), "unlawful"),
}
_STATUSES: Final[Mapping[str, str]] = {
    **{name: name for name in STATUSES},
    **dict.fromkeys(("valid", "confirmed", "已核实", "有效"), "verified"),
    **dict.fromkeys(("new", "not_verified", "未核实"), "unverified"),
    **dict.fromkeys(("存疑",), "doubtful"),
    **dict.fromkeys(
        ("dead", "empty", "bounced", "out_of_service", "空号", "停机", "无效"), "invalid"
    ),
}
_OWNERS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("borrower", "self", "debtor", "customer", "person", "own", "本人"), "self"),
    **dict.fromkeys(("work", "employer", "office", "company", "单位", "公司"), "work"),
    **dict.fromkeys(("spouse", "family", "parent", "relative", "friend", "contact"), "other"),
    **dict.fromkeys(("colleague", "third", "third_party", "guarantor", "other"), "other"),
    **dict.fromkeys(("配偶", "亲属", "父母", "朋友", "同事", "联系人", "他人"), "other"),
}
OF_CHANNEL: Final[Mapping[str, tuple[str, ...]]] = {
    "phone": ("phone",),
    "sms": ("phone",),
    "chat": ("chat", "phone"),
    "email": ("email",),
    "post": ("address",),
    "in_person": ("address",),
}
"""Kinds of points that a channel uses."""
OWN_PARTIES: Final = frozenset({"borrower", "co_borrower", "guarantor"})
"""Parties whose own number it should be."""


@dataclass(frozen=True, slots=True)
class Point:
    """A contact point of a person; None is what the tape did not say."""

    kind: str
    number_hmac: str | None
    source: str | None
    status: str | None
    owner: str | None

    def status_for(self, party: str) -> str | None:
        """Its state for a party: a number of somebody else is doubtful as their own."""
        strange = self.owner in ("other", "unknown") and party in OWN_PARTIES
        if strange and self.status not in FIRM:
            return "doubtful"
        return self.status

    @property
    def worth(self) -> int:
        """For the order of a borrower's points, the best first."""
        status = STATUSES.index(self.status_for("borrower") or "unverified")
        source = {"unlawful": 3, "unknown": 2, None: 1}.get(self.source, 0)
        return status * 100 + source * 10 + (self.owner == "work")


def read_point(
    kind: str, number_hmac: str | None, source: str | None, status: str | None, owner: str | None
) -> Point:
    """A point from the tape's words."""
    return Point(
        kind=_KINDS.get(_word(kind), "other"),
        number_hmac=number_hmac,
        source=_said(_SOURCES, source, "unknown"),
        status=_said(_STATUSES, status, "doubtful"),
        owner=_said(_OWNERS, owner, "unknown"),
    )


def point_facts(
    points: Iterable[Point], channel: str, number_hmac: str | None, party: str
) -> dict[str, Value]:
    """What the tape says of the point that an act uses; nothing where it is silent.

    Parameters
    ----------
    points
        Of the person, the best first. If two speak of the number, the worse word of each counts.
    number_hmac
        None: no number is named; then the best of the channel's points is meant.
    """
    if number_hmac is not None:
        meant = [point for point in points if point.number_hmac == number_hmac]
    else:
        meant = [point for point in points if point.kind in OF_CHANNEL.get(channel, ())][:1]
    found: dict[str, Value] = {}
    statuses = [status for point in meant if (status := point.status_for(party)) is not None]
    if statuses:
        found["point_status"] = max(statuses, key=STATUSES.index)
    sources = [point.source for point in meant if point.source is not None]
    if sources:
        found["point_source"] = max(sources, key=_badness)
    if any(point.owner == "work" for point in meant):
        found["point_is_work"] = True
    return found


def prevailing(taped: Mapping[str, Value], told: Mapping[str, Value]) -> dict[str, Value]:
    """The tape's facts of a point where whoever acts tells others.

    They may know better, and know worse; what the tape holds against a point stands.
    """
    found = dict(taped)
    for name in found.keys() & told.keys():
        if found[name] not in FIRM or told[name] in ("invalid", "unlawful"):
            found[name] = told[name]
    return found


def _badness(source: str) -> int:
    return {"unlawful": 2, "unknown": 1}.get(source, 0)


def _said(words: Mapping[str, str], given: str | None, strange: str) -> str | None:
    if given is None or not given.strip():
        return None
    return words.get(_word(given), strange)


def _word(given: str) -> str:
    return given.strip().lower().replace("-", "_").replace(" ", "_")
