"""``arrears mode``: may anything leave the house?"""

from __future__ import annotations

import click

from arrears.cli import options, show
from arrears.cli.commands import command_id
from arrears.daily.rules import CHECKLIST

_ITEMS = "\n".join(f"  {item:9} {text}" for item, text in CHECKLIST.items())
EPILOG = f"""\b
Examples
  arrears mode
  arrears mode observe --reason 'complaint wave, see ticket 12'
  arrears mode live --reason 'confirmed by compliance on 30 June' \\
      {" ".join(f"--confirm {item}" for item in CHECKLIST)}

\b
Items to confirm before going live
{_ITEMS}
"""


@click.command("mode", epilog=EPILOG)
@click.argument("new_mode", required=False, type=click.Choice(["observe", "live"]))
@click.option("--reason", default="", help="Why; kept with the switch (10 characters or more).")
@click.option("--confirm", "confirmed", multiple=True, metavar="ITEM", help="Repeat per item.")
@options.as_json
def command(new_mode: str | None, reason: str, confirmed: tuple[str, ...], as_json: bool) -> None:
    """Show or switch whether anything may leave: observe (nothing does) or live."""
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    with at_work():
        from arrears.daily.actions import switch_mode  # tidy: lazy (needs Django set up)
        from arrears.daily.queries import mode_history, outbound_mode  # tidy: lazy (needs Django)

        if new_mode is not None:
            checklist = dict.fromkeys(confirmed, True)
            switch_mode(ACTOR, command_id(), mode=new_mode, reason=reason, checklist=checklist)
        mode, history = outbound_mode(), mode_history(ACTOR)
    switches = [
        {
            "mode": switch.mode,
            "reason": switch.reason,
            "confirmed": sorted(item for item, yes in switch.checklist.items() if yes),
            "switched_by": switch.switched_by,
            "switched_at": switch.switched_at.isoformat(),
        }
        for switch in history
    ]
    if as_json:
        show.emit({"mode": mode, "switches": switches})
        return
    show.line(
        f"{mode}: "
        + (
            "all is decided and shown, nothing leaves"
            if mode == "observe"
            else "what the rules allow may leave"
        )
    )
    if switches:
        columns = ["switched_at", "mode", "switched_by", "reason"]
        show.table("Switches", columns, [[s[column] for column in columns] for s in switches])
