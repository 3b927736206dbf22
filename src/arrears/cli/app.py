"""The list of commands, and what becomes of their errors."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import NoReturn

import click

from arrears.cli import show
from arrears.kernel.clock import SystemClock
from arrears.kernel.errors import ArrearsError

# Name, module under arrears.cli, one line of help. Modules are loaded when they are called, so
# that `arrears --help` answers at once and `arrears age` never loads Django.
COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("demo", "Make a simulated town, work its loan book, show it in the console."),
    "age": ("age", "Say what is overdue in a tape on a day. No database."),
    "due": ("due", "Say what falls due soon in a tape. No database."),
    "setup": ("setup", "Make the database and bring its tables up to date."),
    "ingest": ("ingest", "Take a tape into the loan book."),
    "run": ("run", "Do the work of a business day: age, open, escalate, cure, treat."),
    "status": ("status", "Say what the loan book holds and when it was last run."),
    "rejected": ("rejected", "List or export the rows that were set aside."),
    "rolls": ("rolls", "Show how accounts roll from bucket to bucket, month by month."),
    "journal": ("journal", "Verify the record, export it, seal the day, look after its keys."),
    "incident": ("incident", "Report what went wrong, see what is open, close it."),
    "evidence": ("evidence", "List evidence, read it, check it, hold it; change the key."),
    "keys": ("keys", "List the keys of personal data, change them, seal anew."),
    "mode": ("mode", "Show or switch whether anything may leave: observe or live."),
    "user": ("user", "Add staff who sign in to the console; list them; set passwords."),
    "agency": ("agency", "Keep the register of agencies; publish the list of them."),
    "staff": ("staff", "Keep the register of staff: join, certify, leave."),
    "placements": ("placements", "Place persons with agencies, recall them; see who leads whom."),
    "queue": ("queue", "Show work queues and who keeps cases; allot them anew."),
    "messages": ("messages", "Keep wordings, queue what is due, send it, see what became of it."),
    "access": ("access", "Say who looked at a person's file."),
    "client": ("client", "Add programs that call the API; list and revoke them."),
    "serve": ("serve", "Serve the console and the API."),
    "policy": ("policy", "Check the rulebook, run its cases, ask it about an act."),
    "doctor": ("doctor", "Check the installation and say what to do about each finding."),
}

EXIT_CODES = """\b
Exit codes
   0  done
   1  a defect of Arrears; the message names the log file
   2  the command was called wrongly
  65  what was handed in cannot be used (a tape, a mapping, a file)
  66  there is no such thing
  69  the database, the disk or a peer is away; the same call may work later
  75  it contradicts what is recorded, or somebody else is at it
  77  not allowed
  78  the installation is set up wrongly
 130  ended by Ctrl-C half way (serving: 0, that is how it ends)
"""


class Commands(click.Group):
    """A group whose commands are loaded when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"arrears.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            raise click.UsageError(
                f"There is no command {args[0]!r}; `arrears --help` lists them.", ctx
            )
        return super().resolve_command(ctx, args)


@click.command(
    cls=Commands,
    epilog=EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="arrears", message="arrears %(version)s")
def app() -> None:
    """Bring overdue loans back to good standing, lawfully and in the open.

    State, embedded database and secrets live under ARREARS_HOME (default: var). With
    DATABASE_URL a PostgreSQL of yours (15 or newer) is used instead.

    \b
    Start here
      arrears demo                            a town of 20,000, worked and shown
      arrears age TAPE --as-of 2026-06-30 --out overdue.parquet
      arrears ingest TAPE && arrears run --as-of 2026-06-30 && arrears serve
    """


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and end the process with its exit code."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """Run the command line; returns the exit code."""
    # A supervisor's stop is to be as orderly as a person's.
    before = signal.signal(signal.SIGTERM, _end)
    try:
        code = app.main(args=list(arguments), prog_name="arrears", standalone_mode=False)
        show.flush()
        return code if isinstance(code, int) else 0
    except click.exceptions.Abort:
        return _ended()
    except KeyboardInterrupt:
        return _ended()
    except click.ClickException as wrong_call:
        wrong_call.show()
        return wrong_call.exit_code
    except SystemExit:
        # Click's only way to say here that the reader of a pipe left (`arrears --help | head`).
        show.reader_left()
        return 0
    except ArrearsError as error:
        show.error(str(error))
        _trace_if_debugging()
        return error.exit_code
    except Exception as error:
        log = _keep_traceback()
        show.error(
            f"a defect of Arrears stopped this: {type(error).__name__}\n"
            f"  details: {log or 'no log could be written; set ARREARS_DEBUG=1 to see them'}\n"
            "  what to do: report it with that file; it holds no rows of yours, "
            "but look before you send it"
        )
        _trace_if_debugging()
        return 1
    finally:
        signal.signal(signal.SIGTERM, before)


def _end(_: int, __: object) -> NoReturn:
    raise KeyboardInterrupt


def _ended() -> int:
    show.say("ended")
    return 130


def _trace_if_debugging() -> None:
    if os.environ.get("ARREARS_DEBUG", "").lower() in {"1", "true", "yes"}:
        traceback.print_exc()


def _keep_traceback() -> Path | None:
    """Add the traceback to the log; None where no file can be written."""
    path = Path(os.environ.get("ARREARS_HOME") or "var").absolute() / "log" / "cli.log"
    trace = "".join(traceback.format_exc())
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as log:
            log.write(
                f"{SystemClock().now().isoformat()} arrears {' '.join(sys.argv[1:2])}\n{trace}\n"
            )
    except OSError:
        return None
    return path
