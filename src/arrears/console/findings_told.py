"""What the verifier of the journal found, in the reader's language.

The verifier is one file that knows nothing of catalogues and speaks English; its sentences stand
here once more, with what changes in them named.
"""

from __future__ import annotations

import re
from typing import Final

from django.utils.translation import gettext, gettext_noop

from arrears.console import words
from arrears.journal.verifier.statements import Finding

_ = gettext_noop
SENTENCES: Final = (
    _("changed: its hash does not fit what it says"),
    _("of a stream that this export is not about"),
    _("stands after entry %(last)s: a duplicate, or swapped"),
    _("entry %(seq)s before it: removed, or swapped"),
    _("entries %(first)s to %(last)s before it: removed, or swapped"),
    _("does not follow entry %(last)s: one of the two was changed or inserted"),
    _(
        "%(stream)s seq %(seq)s: at %(at)s, while the entry before it says %(before)s; the clock"
        " had been set back"
    ),
    _("said to be under seal %(number)s, which is not there"),
    _("not under seal %(number)s of %(day)s: it was changed or inserted, or its proof was"),
    _("places %(first)s to %(last)s of seal %(number)s before it: removed, or swapped"),
    _("place %(place)s of seal %(number)s before it: removed, or swapped"),
    _("place %(index)s of seal %(number)s after place %(place)s: a duplicate, inserted or swapped"),
    _("entries are said to be under it; it is not there"),
    _(
        "a wrong root: the seal of %(day)s covers %(count)s entries, and the %(here)s here are"
        " not those"
    ),
    _("its entries stand after those of a later seal"),
    _("all %(count)s entries under it were removed"),
    _("its personal data was changed, or is another's"),
    _("%(stream)s seq %(seq)s: its personal data is erased, or was withheld"),
    _("its personal data is gone, and no erasure is on record"),
    _("a wrong root: nothing here has the hash %(root)s"),
    _("nothing here was ever sealed: it only fits itself"),
    _("an unknown key: nothing here is signed with one that you trust"),
    _(
        "keys and seals were compared with nothing that you hold: give the keys you trust or a"
        " root that was published"
    ),
    _("%(count)s entries are not covered by a seal yet"),
    _("cannot be read: %(what)s"),
    _("does not follow the statement before it: one was removed, changed, swapped or inserted"),
    _(
        "statement %(number)s: at %(at)s, while the one before it says %(before)s; the clock had"
        " been set back"
    ),
    _("a forged signature: it does not fit the statement"),
    _("an unknown key, %(key)s: not one of those you trust"),
    _("signed with key %(key)s, while %(other)s was in force"),
    _("the first statement, and no other, brings the first key"),
    _(
        "statement %(number)s: KEY LOST. Key %(lost)s was given up (%(reason)s), and nothing but"
        " its own word ties key %(key)s to this journal: ask the lender, compare with what you"
        " hold"
    ),
    _("statement %(number)s: the journal goes on after a restore from %(source)s (%(reason)s)"),
    _(
        "the key in force, %(key)s, is not in this installation's folder of keys: it is lost, or"
        " the journal was sealed by somebody else"
    ),
    _("its columns are not what was signed"),
    _("its cut is not what was signed"),
    _("entry %(seq)s at its end: removed"),
    _("entries %(first)s to %(last)s at its end: removed"),
    _("its head is not its last entry"),
    _("its head was removed"),
    _("verdict %(id)s of %(at)s has no entry in the journal: it did not come through the gate"),
    _("contact %(id)s of %(at)s has no entry in the journal: it did not come through the gate"),
)


def _pattern(sentence: str) -> re.Pattern[str]:
    parts = re.split(r"%\((\w+)\)s", sentence)
    return re.compile(
        "".join(
            f"(?P<{part}>.+?)" if number % 2 else re.escape(part)
            for number, part in enumerate(parts)
        ),
        re.S,
    )


_KNOWN: Final = tuple((_pattern(sentence), sentence) for sentence in SENTENCES)


def note_told(text: str) -> str:
    """A sentence of the verifier; as it is where there is none of ours for it."""
    for pattern, sentence in _KNOWN:
        found = pattern.fullmatch(text)
        if found is not None:
            told = gettext(sentence)
            return told % found.groupdict() if found.groupdict() else told
    return text


def finding_told(finding: Finding) -> str:
    """What is wrong, and where: the entry, the seal, the line of a file."""
    places = (
        (gettext("stream"), finding.stream),
        (gettext("place"), finding.seq),
        (gettext("seal"), finding.seal),
        (gettext("line"), finding.line),
    )
    where = [f"{name} {value}" for name, value in places if value is not None]
    comma, colon = ("，", "：") if words.in_chinese() else (", ", ": ")
    told = note_told(finding.what)
    return f"{comma.join(where)}{colon}{told}" if where else told
