"""Compile the translations in pure Python: an installation needs no GNU gettext.

    python -m arrears.site.catalogues

Writes each ``.po`` under ``locale/`` as the ``.mo`` that Django reads, if it is newer.
"""

from __future__ import annotations

import ast
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from arrears.kernel.errors import ArrearsError, BadInput

LOCALE: Final = Path(__file__).resolve().parent.parent / "locale"


def main() -> int:
    """Compile what is out of date; returns the exit code."""
    try:
        for source in outdated(LOCALE):
            source.with_suffix(".mo").write_bytes(compiled(source.read_text("utf-8"), source))
    except ArrearsError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


def outdated(locale: Path) -> list[Path]:
    """The catalogues whose compiled form is missing or older."""
    return [
        source
        for source in sorted(locale.glob("*/LC_MESSAGES/*.po"))
        if not source.with_suffix(".mo").exists()
        or source.with_suffix(".mo").stat().st_mtime < source.stat().st_mtime
    ]


def compiled(text: str, source: Path | None = None) -> bytes:
    """The binary catalogue (GNU ``.mo``, little-endian) of a ``.po`` text.

    Fuzzy, obsolete and untranslated entries are left out: their English text is shown.

    Raises
    ------
    BadInput
        With file and line, if a line is no part of a catalogue.
    """
    messages = sorted(dict(_messages(text, source)).items())
    ids, strings, offsets = b"", b"", []
    for key, translation in messages:
        offsets.append((len(key), len(ids), len(translation), len(strings)))
        ids += key + b"\0"
        strings += translation + b"\0"
    table_at = 7 * 4
    ids_at = table_at + 16 * len(messages)
    strings_at = ids_at + len(ids)
    keys = [n for length, at, _, _ in offsets for n in (length, ids_at + at)]
    values = [n for _, _, length, at in offsets for n in (length, strings_at + at)]
    count = len(messages)
    header = (0x950412DE, 0, count, table_at, table_at + 8 * count, 0, 0)
    return struct.pack(f"<{7 + 4 * count}I", *header, *keys, *values) + ids + strings


def _messages(text: str, source: Path | None) -> Iterator[tuple[bytes, bytes]]:
    """Key and translation of each entry, with context and plural forms as ``.mo`` joins them."""
    entry: dict[str, str] = {}
    fuzzy, field = False, ""
    for number, line in enumerate([*text.splitlines(), ""], start=1):
        line = line.strip()
        starts = line.startswith(("#", "msgctxt ", "msgid "))
        if ("msgstr" in entry or "msgstr[0]" in entry) and (starts or not line):
            if not fuzzy:
                yield from _joined(entry)
            entry, fuzzy, field = {}, False, ""
        if line.startswith("#"):
            fuzzy |= line.startswith("#,") and "fuzzy" in line
        elif line.startswith('"') and field:
            entry[field] += _string(line, number, source)
        elif line:
            field, _, rest = line.partition(" ")
            if field not in {"msgctxt", "msgid", "msgid_plural"} and not field.startswith("msgstr"):
                raise _malformed(line, number, source)
            entry[field] = _string(rest.strip(), number, source)


def _joined(entry: dict[str, str]) -> Iterator[tuple[bytes, bytes]]:
    key = entry.get("msgid", "")
    if "msgctxt" in entry:
        key = f"{entry['msgctxt']}\x04{key}"
    if "msgid_plural" in entry:
        key += f"\0{entry['msgid_plural']}"
        forms = [entry[name] for name in sorted(entry) if name.startswith("msgstr[")]
    else:
        forms = [entry["msgstr"]]
    if all(forms):
        yield key.encode(), "\0".join(forms).encode()


def _string(quoted: str, number: int, source: Path | None) -> str:
    try:
        value = ast.literal_eval(quoted)
    except (SyntaxError, ValueError):
        value = None
    if not quoted.startswith('"') or not isinstance(value, str):
        raise _malformed(quoted, number, source)
    return value


def _malformed(found: str, number: int, source: Path | None) -> BadInput:
    return BadInput(
        "a translation cannot be read",
        expected='msgctxt, msgid, msgid_plural or msgstr with a text in "…"',
        found=found,
        remedy="correct this line",
        file=source,
        row=number,
    )


if __name__ == "__main__":
    raise SystemExit(main())
