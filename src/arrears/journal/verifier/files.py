"""Reads an export line by line and hands it to the checker; the command of the single file."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from arrears.journal.verifier.checking import Checker
from arrears.journal.verifier.hashing import Json, canonical, key_id, parsed, signed_by, unhex
from arrears.journal.verifier.statements import Report

FORMAT, KEYS_FORMAT = "arrears-journal-1", "arrears-keys-1"
MOST_LINE_BYTES = 4 * 1024 * 1024
_MALFORMED = (KeyError, TypeError, ValueError, AttributeError, RecursionError, OverflowError)
_MEMBERS = {
    "header": {"type", "format", "journal", "scope", "personal", "exported_at"},
    "statement": {"type", "statement", "signature"},
    "entry": {"type", "entry", "seal", "index", "proof", "personal"},
    "footer": {"type", "entries", "heads", "sha256", "key", "signature"},
}
_ORDER = ["header", "statement", "entry", "footer"]


class NotUsable(Exception):
    """A file or argument is no export, no list of keys, no root."""


def verify_file(
    path: Path, trust: Mapping[str, bytes] | None = None, root: str | None = None
) -> Report:
    """Verify an export.

    Raises
    ------
    NotUsable
        If the file cannot be opened.
    """
    checker = Checker(trust, root)
    try:
        with path.open("rb") as file:
            _read(file, checker)
    except OSError as trouble:
        raise NotUsable(f"{path} cannot be read: {trouble.strerror}") from trouble
    return checker.finish()


def _lines(file: BinaryIO) -> Iterator[bytes]:
    while line := file.readline(MOST_LINE_BYTES):
        yield line


def _read(file: BinaryIO, checker: Checker) -> None:
    report, digest = checker.report, hashlib.sha256()
    header: Json = {}
    stage, number = -1, 0
    for number, line in enumerate(_lines(file), start=1):
        report.line = number
        told: Any = None
        try:
            told = parsed(line.decode())
            kind = told["type"]
            if set(told) != _MEMBERS[kind]:
                raise ValueError(f"the line ({kind}) has other members than it should")
            if canonical(told) + b"\n" != line:
                report.find("not as it was written: no canonical JSON, or cut off", **_place(told))
            if stage == 3:
                report.find("a line after the footer: inserted", **_place(told))
            elif _ORDER.index(kind) < stage or (kind == "header") != (number == 1):
                report.find(f"a {kind} where none belongs: inserted or swapped", **_place(told))
            stage = max(stage, _ORDER.index(kind))
            if kind == "header":
                header = told
            _take(told, checker, header, digest.hexdigest)
        except _MALFORMED as malformed:
            report.find(f"cannot be read: {malformed}"[:300], **_place(told))
        digest.update(line)
    report.line = number
    if stage != 3:
        report.find("truncated: the footer is missing")
    report.line = None
    if header and header["journal"] != checker.statements.first:
        report.find("a foreign header: it names another journal than the statements belong to")


def _place(told: Any) -> dict[str, Any]:
    """Where a line belongs, as far as it can be read."""
    entry = told.get("entry") if isinstance(told, dict) else None
    if isinstance(entry, dict):
        return {name: entry.get(name) for name in ("stream", "seq", "id")}
    statement = told.get("statement") if isinstance(told, dict) else None
    return {"seal": statement.get("number")} if isinstance(statement, dict) else {}


def _take(told: Json, checker: Checker, header: Json, digest: Any) -> None:
    kind = told["type"]
    if kind == "header":
        if told["format"] != FORMAT:
            raise ValueError(f"a foreign header: its format is not {FORMAT}")
        checker.about(told["scope"], told["personal"])
    elif kind == "statement":
        checker.statements.take(told["statement"], told["signature"])
    elif kind == "entry":
        checker.entry(told["entry"], told["seal"], told["index"], told["proof"], told["personal"])
    else:
        _close(told, checker, header, digest())


def _close(footer: Json, checker: Checker, header: Json, digest: str) -> None:
    report = checker.report
    if footer["sha256"] != digest:
        report.find("the footer's digest does not fit: lines were changed, removed or inserted")
    if footer["entries"] != report.entries:
        report.find(
            f"{report.entries} entries, while the footer tells of {footer['entries']}: some were"
            " removed or inserted"
        )
    heads = footer["heads"] or {}
    for stream, seq in heads.items():
        last = checker.heads[stream][0] if stream in checker.heads else 0
        if last != seq:
            report.find(f"ends here, while the footer tells of entry {seq}", stream, last or None)
    if footer["signature"] is None and checker.statements.first is None:
        return
    signed = canonical({name: footer[name] for name in footer if name != "signature"})
    key = checker.statements.keys.get(footer["key"])
    if (
        footer["signature"] is None
        or key is None
        or not signed_by(key, footer["signature"], signed)
    ):
        report.find(
            "the export is not signed with a key of the journal: entries could be missing at its"
            " end unnoticed"
        )


def read_keys(path: Path) -> dict[str, bytes]:
    """The public keys in a file of ``arrears journal key export``, by id."""
    try:
        told = json.loads(path.read_text("utf-8"))
        if told["format"] != KEYS_FORMAT or not told["keys"]:
            raise ValueError("no keys")
        public = [unhex(each["public_key"]) for each in told["keys"]]
    except OSError as trouble:
        raise NotUsable(f"{path} cannot be read: {trouble.strerror}") from trouble
    except _MALFORMED as malformed:
        raise NotUsable(
            f"{path} is no list of keys as `journal key export` writes it"
        ) from malformed
    return {key_id(key): key for key in public}


def read_root(text: str) -> str:
    """A root or statement hash as it was published: 64 hexadecimal digits."""
    root = text.strip().lower()
    if len(root) != 64 or set(root) - set("0123456789abcdef"):
        raise NotUsable("a root is 64 hexadecimal digits")
    return root


def told(report: Report) -> str:
    """The report for people."""
    lines = [f"WRONG  {finding}" for finding in report.findings]
    if report.wrong > len(report.findings):
        lines.append(f"WRONG  and {report.wrong - len(report.findings)} more")
    lines += [f"note   {note}" for note in report.notes]
    if report.noted > len(report.notes):
        lines.append(f"note   and {report.noted - len(report.notes)} more")
    lines.append(
        f"{report.entries} entries in {report.streams} streams, {report.seals} seals,"
        f" {report.uncovered} entries not yet covered, {report.erased} with erased personal data"
    )
    if report.newest_statement:
        lines.append(f"newest statement {report.newest_statement}")
    lines.append("nothing is wrong" if not report.wrong else f"{report.wrong} findings: TAMPERED")
    return "\n".join(lines)


def main() -> int:
    """The command line of the single file."""
    parser = argparse.ArgumentParser(description="Verify an exported journal of Arrears.")
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--trust", type=Path, metavar="KEYFILE", help="keys that you trust")
    parser.add_argument("--root", metavar="HEX", help="a root or statement hash that was published")
    parser.add_argument("--json", action="store_true", help="print JSON")
    given = parser.parse_args()
    try:
        trust = read_keys(given.trust) if given.trust else None
        report = verify_file(given.file, trust, read_root(given.root) if given.root else None)
    except NotUsable as not_usable:
        sys.stderr.write(f"{not_usable}\n")
        return 66
    text = json.dumps(report.as_json(), ensure_ascii=False) if given.json else told(report)
    sys.stdout.write(text + "\n")
    return 65 if report.wrong else 0
