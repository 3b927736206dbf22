"""Bring the catalogues under locale/ up to date with the words in the source.

    python tools/messages.py            # add what is new, drop what is gone
    python tools/messages.py --check    # say what would change, and fail if anything would

English is the source: its catalogue holds every message as it is. What is new in another language
stays empty until somebody translates it; a test names what is missing.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import polib
from django.conf import settings
from django.utils.translation.template import templatize

PACKAGE = Path(__file__).resolve().parent.parent / "src" / "arrears"
LOCALE = PACKAGE / "locale"
LANGUAGES = {"en": "nplurals=2; plural=(n != 1);", "zh_Hans": "nplurals=1; plural=0;"}
SINGULAR = {"_", "gettext", "gettext_lazy", "gettext_noop"}
PLURAL = {"ngettext", "ngettext_lazy"}
# What the reasons of the loan book say stands in a table that knows no Django.
DATA = ("book/check/reasons.py",)

Message = tuple[str, str | None]
_TEXT = r"""(u?"(?:\\.|[^"\\])*"|u?'(?:\\.|[^'\\])*')"""
_CALL = re.compile(rf"\b(?:_|gettext)\(\s*{_TEXT}\s*\)|\bngettext\(\s*{_TEXT}\s*,\s*{_TEXT}\s*,")


def messages() -> dict[Message, list[str]]:
    """Every message of the source with the files it stands in, sorted."""
    found: dict[Message, list[str]] = {}
    for path in sorted(PACKAGE.rglob("*")):
        if path.suffix == ".py":
            read = _of_python(path)
        elif path.suffix == ".html" and "templates" in path.parts:
            read = _of_template(path)
        else:
            continue
        name = path.relative_to(PACKAGE).as_posix()
        for message in read:
            places = found.setdefault(message, [])
            if name not in places:
                places.append(name)
    return dict(sorted(found.items(), key=lambda item: (item[0][0], item[0][1] or "")))


def _of_python(path: Path) -> Iterator[Message]:
    tree = ast.parse(path.read_text("utf-8"))
    if path.relative_to(PACKAGE).as_posix() in DATA:
        for node in ast.walk(tree):
            if isinstance(node, ast.Dict):
                yield from ((text, None) for value in node.values if (text := _constant(value)))
        return
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        texts = [_constant(argument) for argument in node.args]
        if node.func.id in SINGULAR and texts and texts[0]:
            yield texts[0], None
        elif node.func.id in PLURAL and len(texts) > 1 and texts[0] and texts[1]:
            yield texts[0], texts[1]


def _constant(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _of_template(path: Path) -> Iterator[Message]:
    for match in _CALL.finditer(templatize(path.read_text("utf-8"))):
        one, singular, plural = (text and ast.literal_eval(text) for text in match.groups())
        yield (one, None) if one else (singular, plural)


def merged(language: str, found: dict[Message, list[str]]) -> polib.POFile:
    """The catalogue of a language with the messages of today and the translations it had."""
    path = LOCALE / language / "LC_MESSAGES" / "django.po"
    before = {e.msgid: e for e in polib.pofile(str(path))} if path.exists() else {}
    catalogue = polib.POFile(wrapwidth=96)
    catalogue.metadata = {
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": LANGUAGES[language],
    }
    for (text, plural), places in found.items():
        entry = polib.POEntry(msgid=text, occurrences=[(place, "") for place in places])
        old = before.get(text)
        if plural is not None:
            forms = [text, plural] if language == "en" else [""]
            entry.msgid_plural = plural
            kept = old.msgstr_plural if old else {}
            entry.msgstr_plural = {n: kept.get(n) or form for n, form in enumerate(forms)}
        else:
            entry.msgstr = text if language == "en" else (old.msgstr if old else "")
        if "%(" in text:
            entry.flags.append("python-format")
        catalogue.append(entry)
    return catalogue


def main(arguments: list[str]) -> int:
    if not settings.configured:
        settings.configure()
    found, stale = messages(), []
    for language in LANGUAGES:
        path = LOCALE / language / "LC_MESSAGES" / "django.po"
        text = str(merged(language, found)) + "\n"
        if not path.exists() or path.read_text("utf-8") != text:
            stale.append(path.relative_to(PACKAGE).as_posix())
            if "--check" not in arguments:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, "utf-8")
    for name in stale:
        print(f"{name}: {'is not up to date' if '--check' in arguments else 'updated'}")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
