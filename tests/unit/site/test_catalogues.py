"""Compiled translations: what gettext reads back is what the catalogue says."""

from __future__ import annotations

import gettext
import io

import polib
import pytest

from arrears.kernel.errors import BadInput
from arrears.site.catalogues import compiled, outdated

HEADER = (
    'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
    '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
)


def read(text: str) -> gettext.GNUTranslations:
    return gettext.GNUTranslations(io.BytesIO(compiled(HEADER + text)))


def test_a_message_is_found_in_its_translation():
    assert read('msgid "case"\nmsgstr "案件"\n').gettext("case") == "案件"


def test_long_texts_are_joined_and_escapes_read():
    found = read('msgid ""\n"two "\n"words\\n"\nmsgstr ""\n"两个\\n"\n"词\\"\\\\"\n')
    assert found.gettext("two words\n") == '两个\n词"\\'


def test_context_and_plural_forms_are_kept_apart():
    found = read(
        'msgctxt "month"\nmsgid "May"\nmsgstr "五月"\n\n'
        'msgctxt "verb"\nmsgid "May"\nmsgstr "可以"\n\n'
        'msgid "%d loan"\nmsgid_plural "%d loans"\nmsgstr[0] "%d 笔"\nmsgstr[1] "%d 笔们"\n'
    )
    assert found.pgettext("month", "May") == "五月"
    assert found.pgettext("verb", "May") == "可以"
    assert found.ngettext("%d loan", "%d loans", 1) == "%d 笔"
    assert found.ngettext("%d loan", "%d loans", 5) == "%d 笔们"


def test_fuzzy_obsolete_and_untranslated_entries_show_english():
    found = read(
        '#, fuzzy\nmsgid "a"\nmsgstr "甲"\n\n#~ msgid "b"\n#~ msgstr "乙"\n\n'
        'msgid "c"\nmsgstr ""\n\n#, python-format\nmsgid "d"\nmsgstr "丁"\n'
    )
    assert [found.gettext(text) for text in "abcd"] == ["a", "b", "c", "丁"]


def test_entries_need_no_blank_line_between_them():
    found = read(
        'msgid "a"\nmsgstr "甲"\nmsgid "b"\nmsgstr "乙"\n#, fuzzy\nmsgid "c"\nmsgstr "丙"\n'
    )
    assert [found.gettext(text) for text in "abc"] == ["甲", "乙", "c"]


def test_it_agrees_with_an_independent_compiler(tmp_path):
    text = HEADER + "".join(f'msgid "m{n}"\nmsgstr "译{n * 7 % 13}"\n\n' for n in range(100))
    source = tmp_path / "django.po"
    source.write_text(text, encoding="utf-8")
    theirs = gettext.GNUTranslations(io.BytesIO(polib.pofile(str(source)).to_binary()))
    ours = gettext.GNUTranslations(io.BytesIO(compiled(text)))
    assert ours._catalog == theirs._catalog


@pytest.mark.parametrize("line", ["msgid case", 'msgid "case', "case", "msgid 'case'", "msgid 7"])
def test_a_broken_line_is_named(line):
    with pytest.raises(BadInput) as caught:
        compiled(HEADER + line + "\n")
    assert caught.value.where["row"] == 6


def test_only_what_changed_is_compiled(tmp_path):
    directory = tmp_path / "zh_Hans" / "LC_MESSAGES"
    directory.mkdir(parents=True)
    (directory / "django.po").write_text(HEADER)
    assert outdated(tmp_path) == [directory / "django.po"]
    (directory / "django.mo").write_bytes(b"")
    assert outdated(tmp_path) == []
