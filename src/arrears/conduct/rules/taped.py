"""Channels as tapes name them, and the act that a contact by one was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from arrears.rulebook.vocabulary import LISTS

_NAMES: Final[Mapping[str, str]] = {
    **{name: name for name in LISTS["Channel"]},
    "call": "phone",
    "voice": "phone",
    "telephone": "phone",
    "mobile": "phone",
    "text": "sms",
    "mail": "post",
    "letter": "post",
    "visit": "in_person",
    "field": "in_person",
    "wechat": "chat",
    "whatsapp": "chat",
    "短信": "sms",
    "电话": "phone",
    "邮件": "email",
    "信函": "post",
    "上门": "in_person",
    "外访": "in_person",
    "微信": "chat",
}


def channel_of(named: str) -> str:
    """The channel that a tape's word means; ``unknown`` if it is none of ours."""
    return _NAMES.get(named.strip().lower().replace("-", "_").replace(" ", "_"), "unknown")


def act_of(channel: str, automated: bool | None) -> str:
    """The act that a contact by a channel was; by an unknown channel, a call that may have been.

    A call counts in more caps than a message does: what is not known is not counted away.
    """
    if channel in ("phone", "unknown"):
        return "call_automated" if automated else "call_human"
    return {"post": "letter", "in_person": "visit_arrival"}.get(channel, "message")
