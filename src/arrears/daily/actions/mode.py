"""Switch between observing and acting."""

from __future__ import annotations

from collections.abc import Mapping

from arrears.conduct.actions.house import set_observing
from arrears.daily.models import ModeSwitch
from arrears.daily.rules import CHECKLIST, require_switch
from arrears.journal.actions import of_house, record
from arrears.kernel.ids import uuid7
from arrears.store.commands import Result, command
from arrears.store.transactions import At


@command("mode.switch", permission="mode.switch")
def switch_mode(at: At, *, mode: str, reason: str, checklist: Mapping[str, bool]) -> Result:
    """Let outbound go live, or hold everything back again.

    Raises
    ------
    BadInput
        Without a reason; for live, unless every item of the check-list is confirmed.
    """
    require_switch(mode, reason, checklist)
    set_observing(at, mode != "live")
    switch = ModeSwitch.objects.create(
        id=uuid7(at.now),
        mode=mode,
        reason=reason.strip(),
        checklist={item: bool(checklist.get(item, False)) for item in CHECKLIST},
        switched_by=at.actor.name,
        switched_at=at.now,
    )
    told = {"switch": str(switch.id), "mode": mode, "checklist": dict(switch.checklist)}
    record(at, of_house("mode"), "daily.mode_switched", told, personal={"reason": switch.reason})
    return {"id": switch.id, "mode": mode, "switched_at": at.now}
