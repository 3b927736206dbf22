"""``arrears policy explain`` and ``arrears policy facts``: asking the rulebook about one act."""

from __future__ import annotations

import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from arrears.cli import show
from arrears.cli.options import as_json
from arrears.kernel.errors import BadInput, NotFound
from arrears.rulebook.act import JURISDICTIONS, read_act
from arrears.rulebook.explain import Explained, explain, facts_needed, words
from arrears.rulebook.load import load_rulebook
from arrears.rulebook.rule import Reason
from arrears.rulebook.telling import FORCES, GRADES
from arrears.rulebook.vocabulary import ACTS, FACTS

REFUSED = 77
MAX_BYTES = 1_000_000
lang_option = click.option(
    "--lang",
    type=click.Choice(["en", "zh"]),
    default="en",
    show_default=True,
    help="Language of the rules' words.",
)
rules_option = click.option(
    "--rules",
    "folder",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    metavar="FOLDER",
    help="Packs to ask; default: those that come with Arrears.",
)


@click.command(name="explain")
@click.argument("act", metavar="ACT.json")
@rules_option
@lang_option
@as_json
def explain_command(act: str, folder: Path | None, lang: str, as_json: bool) -> int:
    """Decide one act and say why: every rule that refuses, where it stands, what can be done.

    ACT.json describes the act (docs/rulebook/act.md has the shape and an example); - reads it
    from stdin. Exit code 0 if the act is allowed, 77 if it is refused.
    """
    explained = explain(read_act(_text(act)), load_rulebook(folder))
    if as_json:
        show.emit(explained.as_json())
    else:
        _tell(explained, lang)
    return 0 if explained.verdict.allowed else REFUSED


def _text(name: str) -> str:
    try:
        data = sys.stdin.buffer.read(MAX_BYTES + 1) if name == "-" else _head(Path(name))
    except FileNotFoundError:
        raise NotFound(
            "there is no such file", found=name, remedy="name a file, or - for stdin"
        ) from None
    except OSError as error:
        raise BadInput("the act cannot be read", found=str(error), file=name) from None
    if len(data) > MAX_BYTES:
        raise BadInput("the act is too long", expected=f"at most {MAX_BYTES} bytes", file=name)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput("the act is not UTF-8", found=str(error), file=name) from None


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def _tell(explained: Explained, lang: str) -> None:
    act, verdict = explained.act, explained.verdict
    label = ACTS[act.act]
    law = ", ".join(verdict.jurisdictions) if act.jurisdiction else "every law (place unknown)"
    state = "ALLOWED" if verdict.allowed else "REFUSED"
    name = label.zh if lang == "zh" else label.en
    show.line(f"{state}: {name} at {act.at.isoformat()}, under {law or 'no law'} and the house")
    for reason in verdict.reasons:
        _tell_reason(reason, "refused by", lang)
    for reason in verdict.warnings:
        _tell_reason(reason, "warned of by the draft", lang)
    if not verdict.allowed:
        show.line(_next(explained))


def _next(explained: Explained) -> str:
    at = explained.next_at
    if at is None:
        return "Time alone will not allow it within 35 days."
    zone = explained.act.zone
    local = at.astimezone(ZoneInfo(zone)) if zone else at
    return f"Allowed from {local.isoformat()} on, if nothing else changes."


def _tell_reason(reason: Reason, how: str, lang: str) -> None:
    text, remedy = words(reason, lang)
    show.line(f"  {how} {reason.id}: {text}")
    if reason.cite:
        force, grade = FORCES.get(reason.force), GRADES.get(reason.grade)
        bound = getattr(force, lang, reason.force)
        sure = getattr(grade, lang, reason.grade)
        show.line(f"    {reason.cite} [{bound}; {sure}]")
    show.line(f"    → {remedy}")


@click.command(name="facts")
@click.argument("act", required=False, type=click.Choice(list(ACTS)), metavar="[ACT]")
@click.option("--jurisdiction", type=click.Choice(JURISDICTIONS), help="Default: every law.")
@rules_option
@lang_option
@as_json
def facts_command(
    act: str | None, jurisdiction: str | None, folder: Path | None, lang: str, as_json: bool
) -> int:
    """List the facts that an act needs, with their types; without ACT all facts there are.

    A fact that may be unknown is then given as null. One that is needed and not given at all
    refuses the act.
    """
    if act is None:
        facts = tuple(FACTS.values())
    else:
        facts = facts_needed(act, jurisdiction, load_rulebook(folder))
    if as_json:
        show.emit(
            [
                {
                    "fact": fact.name,
                    "group": fact.group,
                    "kind": fact.kind,
                    "values": fact.expected,
                    "may_be_unknown": fact.may_be_unknown,
                    "moves": fact.moves,
                    "en": fact.en,
                    "zh": fact.zh,
                }
                for fact in facts
            ]
        )
        return 0
    rows = [
        (
            fact.name,
            fact.expected + (", or null" if fact.may_be_unknown else ""),
            fact.zh if lang == "zh" else fact.en,
        )
        for fact in facts
    ]
    show.table(f"{len(rows)} facts", ["fact", "value", "meaning"], rows)
    return 0
