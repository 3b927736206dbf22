"""Exports that were tampered with: every change is found, at its entry."""

from __future__ import annotations

import copy
import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from journal_files import ACTOR, CASE, NEXT, OTHER, PHONE, Export, fill

from arrears.journal.queries import keys_known
from arrears.journal.verifier.bundle import single_file
from arrears.journal.verifier.files import verify_file
from arrears.journal.verifier.hashing import canonical, key_id


@pytest.fixture(scope="module")
def made(database, django_db_blocker):
    """Exports of each scope from one journal, and what an outsider holds of it."""
    with django_db_blocker.unblock():
        fill()
        exports = {
            "case": Export.of([CASE]),
            "personal": Export.of([CASE, OTHER], personal=True),
            "day": Export.of(NEXT),
            "all": Export.of(None, personal=True),
        }
        known = keys_known(ACTOR)
        exports["unsigned"] = Export.of([CASE], signed=False)
        database.empty()
    return exports, {known[0].id: bytes.fromhex(known[0].public_key)}


@pytest.fixture
def exports(made) -> dict[str, Export]:
    return {name: each.copy() for name, each in made[0].items()}


@pytest.fixture
def trust(made) -> dict[str, bytes]:
    return made[1]


SCOPES = ["case", "personal", "day", "all"]


@pytest.mark.parametrize("scope", SCOPES)
def test_an_export_as_it_is_verifies(exports, trust, scope, tmp_path):
    report = exports[scope].verified(tmp_path / "e", trust=trust)
    assert report.findings == []
    entries, uncovered = {"case": (9, 1), "personal": (17, 1), "day": (10, 0), "all": (23, 4)}[
        scope
    ]
    assert (report.entries, report.uncovered) == (entries, uncovered)
    assert any("not covered" in note for note in report.notes) == bool(uncovered)


def test_without_keys_or_root_the_report_says_that_nothing_was_compared(exports, tmp_path):
    report = exports["case"].verified(tmp_path / "e")
    assert report.findings == []
    assert any("compared with nothing that you hold" in note for note in report.notes)


def test_a_published_root_or_statement_must_occur(exports, tmp_path):
    seals = [line["statement"] for line in exports["case"].lines if line["type"] == "statement"]
    published = [s["root"] for s in seals if s["kind"] == "seal"]
    newest = exports["case"].verified(tmp_path / "e").newest_statement
    for root in (*published, newest):
        assert exports["case"].verified(tmp_path / "e", root=root).findings == []
    (finding,) = exports["case"].verified(tmp_path / "e", root="0" * 64).findings
    assert "a wrong root" in finding.what


def second_entry_of_case(export: Export) -> tuple[int, dict]:
    places = [n for n in export.places("entry") if export.lines[n]["entry"]["stream"] == CASE.name]
    return places[1], export.lines[places[1]]


def change_data(export: Export) -> None:
    second_entry_of_case(export)[1]["entry"]["data"]["n"] += 1


def change_actor(export: Export) -> None:
    second_entry_of_case(export)[1]["entry"]["actor"] = "system:someone-else"


def change_hash(export: Export) -> None:
    entry = second_entry_of_case(export)[1]["entry"]
    entry["sha256"] = "0" + entry["sha256"][1:] if entry["sha256"][0] != "0" else "1" * 64


def change_and_hash_anew(export: Export) -> None:
    change_data(export)
    export.chain_anew(CASE.name)


def remove(export: Export) -> None:
    del export.lines[second_entry_of_case(export)[0]]


def remove_and_chain_anew(export: Export) -> None:
    remove(export)
    export.chain_anew(CASE.name)


def duplicate(export: Export) -> None:
    place, line = second_entry_of_case(export)
    export.lines.insert(place, copy.deepcopy(line))


def insert(export: Export) -> None:
    place, line = second_entry_of_case(export)
    forged = copy.deepcopy(line)
    forged["entry"]["id"] = str(UUID(int=7))
    export.lines.insert(place, forged)
    export.chain_anew(CASE.name)


def swap(export: Export) -> None:
    places = [n for n in export.places("entry") if export.lines[n]["entry"]["stream"] == CASE.name]
    one, two = places[1], places[2]
    export.lines[one], export.lines[two] = export.lines[two], export.lines[one]


ATTACKS = [
    change_data, change_actor, change_hash, change_and_hash_anew, remove, remove_and_chain_anew,
    duplicate, insert, swap,
]  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("scope", SCOPES)
def test_a_change_is_found_and_named_although_the_footer_fits(
    exports, trust, scope, attack: Callable[[Export], None], tmp_path
):
    attack(exports[scope])
    exports[scope].foot_anew()
    report = exports[scope].verified(tmp_path / "e", trust=trust)
    assert report.wrong == len(report.findings) > 0
    # Beside what the signed footer says, the attack itself is found: at an entry of that stream,
    # or (hashed anew, nothing but the root left to compare) at its seal.
    in_place = [f for f in report.findings if f.stream == CASE.name and f.seq is not None]
    anew = attack.__name__.endswith("_anew") and scope in ("day", "all")
    assert in_place or (anew and [f for f in report.findings if f.seal is not None])
    assert any("not signed" in finding.what for finding in report.findings)


@pytest.mark.parametrize("scope", SCOPES)
def test_what_was_done_is_said_in_its_own_words(exports, scope, tmp_path):
    def findings(change: Callable[[Export], None]) -> set[tuple[int | None, str]]:
        export = exports[scope].copy()
        change(export)
        found = export.verified(tmp_path / "e").findings
        return {(f.seq, f.what.split(":")[0]) for f in found if f.stream == CASE.name}

    def hash_itself_anew(export: Export) -> None:
        change_data(export)
        entry = second_entry_of_case(export)[1]["entry"]
        body = {name: value for name, value in entry.items() if name != "sha256"}
        entry["sha256"] = hashlib.sha256(canonical(body)).hexdigest()

    seq = second_entry_of_case(exports[scope])[1]["entry"]["seq"]
    assert (seq, "changed") in findings(change_data)
    # Only the entry after it shows that it was hashed anew, were it not for its seal.
    assert (seq + 1, f"does not follow entry {seq}") in findings(hash_itself_anew)
    assert (seq + 1, f"entry {seq} before it") in findings(remove)
    assert (seq, f"stands after entry {seq}") in findings(duplicate)
    assert (seq, f"stands after entry {seq + 1}") in findings(swap)


@pytest.mark.parametrize(("attack", "told"), [(remove, "before it"), (duplicate, "after place")])
def test_a_gap_is_told_where_it_is_and_not_at_every_entry_after_it(exports, attack, told, tmp_path):
    line = second_entry_of_case(exports["all"])[1]
    attack(exports["all"])
    found = [f.what for f in exports["all"].verified(tmp_path / "e").findings]
    (said,) = (what for what in found if what.startswith("place"))
    assert said.startswith(f"place {line['index']} of seal {line['seal']} {told}")


@pytest.mark.parametrize("number", [2, 4])
def test_a_seal_whose_entries_are_all_gone_is_named(exports, number, tmp_path):
    export = exports["all"]
    gone = [n for n in export.places("entry") if export.lines[n]["seal"] == number]
    for place in reversed(gone):
        del export.lines[place]
    findings = export.verified(tmp_path / "e").findings
    named = [f.what for f in findings if f.seal == number]
    assert named == [f"all {len(gone)} entries under it were removed"]


@pytest.mark.parametrize("scope", SCOPES)
def test_a_file_cut_short_anywhere_is_found(exports, trust, scope, tmp_path):
    whole = exports[scope].write(tmp_path / "whole").read_bytes()
    lines = whole.splitlines(keepends=True)
    at_lines = [sum(map(len, lines[:n])) for n in range(len(lines))]
    for length in {*at_lines, *(n + 30 for n in at_lines), len(whole) - 1}:
        (tmp_path / "cut").write_bytes(whole[:length])
        report = verify_file(tmp_path / "cut", trust)
        assert any("truncated" in f.what or "cut off" in f.what for f in report.findings), length


def test_entries_dropped_at_the_end_with_a_new_footer_are_found(exports, tmp_path):
    export = exports["case"]
    del export.lines[export.places("entry")[-1]]
    ends = [f for f in export.verified(tmp_path / "e").findings if "ends here" in f.what]
    assert [(f.stream, f.seq) for f in ends] == [(CASE.name, 8)]
    export.foot_anew()
    (finding,) = export.verified(tmp_path / "e").findings
    assert "not signed" in finding.what
    export.lines[-1] |= {"signature": None, "key": None}
    (finding,) = export.verified(tmp_path / "e").findings
    assert "not signed" in finding.what


def test_an_export_that_was_never_signed_is_not_trusted(exports, trust, tmp_path):
    (finding,) = exports["unsigned"].verified(tmp_path / "e", trust=trust).findings
    assert "could be missing at its end" in finding.what


def forge_signature(export: Export, place: int) -> None:
    signature = export.lines[place]["signature"]
    export.lines[place]["signature"] = signature[:-2] + ("00" if signature[-2:] != "00" else "11")


def write_signature_otherwise(export: Export, place: int) -> None:
    export.lines[place]["signature"] = export.lines[place]["signature"].upper()


@pytest.mark.parametrize("forge", [forge_signature, write_signature_otherwise])
def test_a_forged_signature_of_a_seal_is_named(exports, forge, tmp_path):
    for place in exports["case"].places("statement"):
        export = exports["case"].copy()
        forge(export, place)
        export.foot_anew()
        findings = export.verified(tmp_path / "e").findings
        number = export.lines[place]["statement"]["number"]
        assert any(f.seal == number and "forged signature" in f.what for f in findings)


def otherwise(text: str) -> str:
    return text[:-1] + ("0" if text[-1] != "0" else "1")


@pytest.mark.parametrize("member", ["root", "count", "cut", "day", "at", "key", "previous"])
def test_a_changed_seal_is_named(exports, member, tmp_path):
    for scope in SCOPES:
        export = exports[scope].copy()
        place = next(
            n for n in export.places("statement") if export.lines[n]["statement"]["kind"] == "seal"
        )
        told = export.lines[place]["statement"]
        value = told[member]
        told[member] = value + 1 if isinstance(value, int) else otherwise(value)
        assert told[member] != value
        findings = export.verified(tmp_path / "e").findings
        assert any(f.seal == told["number"] for f in findings)


def test_a_removed_swapped_or_repeated_statement_is_named(exports, tmp_path):
    places = exports["all"].places("statement")
    for change in ("remove", "swap", "repeat"):
        export = exports["all"].copy()
        lines, place = export.lines, places[2]
        if change == "remove":
            del lines[place]
        elif change == "swap":
            lines[place], lines[place - 1] = lines[place - 1], lines[place]
        else:
            lines.insert(place, copy.deepcopy(lines[place]))
        export.foot_anew()
        findings = export.verified(tmp_path / "e").findings
        assert any(f.seal and "does not follow" in f.what for f in findings), change


def test_a_journal_made_anew_under_another_key_is_unknown_to_who_holds_the_true_one(
    exports, trust, tmp_path
):
    export, private = exports["case"], Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    for place in export.places("statement"):
        told = export.lines[place]["statement"]
        if told["kind"] == "key":
            told |= {"public_key": public.hex(), "key": key_id(public)}
            export.lines[place]["signature"] = private.sign(canonical(told)).hex()
    findings = export.verified(tmp_path / "e", trust=trust).findings
    assert any("unknown key" in f.what and f.seal == 1 for f in findings)


def test_a_foreign_header_is_found(exports, tmp_path):
    for member, value in [
        ("journal", "0" * 64),
        ("format", "arrears-journal-2"),
        ("scope", {"kind": "streams", "streams": [OTHER.name]}),
        ("scope", {"kind": "town"}),
        ("scope", {"kind": "all"}),
        ("scope", None),
    ]:
        export = exports["case"].copy()
        export.lines[0][member] = value
        export.foot_anew()
        findings = export.verified(tmp_path / "e").findings
        assert len(findings) > 1, (member, value)  # not the signature of the footer alone


def test_personal_data_is_compared_and_must_not_vanish(exports, tmp_path):
    place = next(
        n for n in exports["personal"].places("entry")
        if exports["personal"].lines[n]["personal"]
    )  # fmt: skip
    for value in ({"salt": "00" * 16, "data": PHONE}, None):
        export = exports["personal"].copy()
        export.lines[place]["personal"] = value
        entry_id = export.lines[place]["entry"]["id"]
        export.foot_anew()
        findings = export.verified(tmp_path / "e").findings
        assert any(f.id == entry_id and "personal data" in f.what for f in findings)


@pytest.mark.parametrize(
    "garbage",
    [
        b"", b"\n", b"{}\n", b"[1]\n", b"\xff\xfe\n", b'{"type":"entry"}\n', b'{"type":[]}\n',
        b'{"type":"header","format":1,"journal":2,"scope":3,"personal":4,"exported_at":5}\n',
        b"[" * 100_000 + b"\n", b'{"a":1e5}\n', b'{"a":NaN}\n', b'{"a":' + b"9" * 5000 + b"}\n",
        b'{"a":"\\ud800"}\n', b"x" * 5_000_000,
    ],
)  # fmt: skip
def test_what_is_no_export_is_a_finding_and_no_crash(garbage, exports, tmp_path):
    (tmp_path / "e").write_bytes(garbage)
    assert verify_file(tmp_path / "e").wrong
    whole = exports["case"].write(tmp_path / "e").read_bytes()
    first, _, rest = whole.partition(b"\n")
    (tmp_path / "e").write_bytes(first + b"\n" + garbage + rest)
    assert bool(verify_file(tmp_path / "e").findings) == bool(garbage)


def test_every_member_of_every_line_may_be_of_a_wrong_type(exports, tmp_path):
    for scope in ("case", "all"):
        whole = exports[scope]
        numbers = [whole.places(kind)[0] for kind in ("header", "statement", "entry", "footer")]
        for number in numbers:
            for path in paths(whole.lines[number]):
                for wrong in (None, 1.5, "x", [], {}, -1, True, 10**30):
                    export = whole.copy()
                    put(export.lines[number], path, wrong)
                    written = "".join(plain(line) + "\n" for line in export.lines)
                    (tmp_path / "e").write_text(written)
                    unchanged = get(whole.lines[number], path) == wrong
                    assert verify_file(tmp_path / "e").findings or unchanged, (path, wrong)


def plain(line: object) -> str:
    return json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def paths(value, before=()):
    for name, inner in value.items() if isinstance(value, dict) else ():
        yield (*before, name)
        yield from paths(inner, (*before, name))


def get(value, path):
    for name in path:
        value = value[name]
    return value


def put(value, path, new) -> None:
    get(value, path[:-1])[path[-1]] = new


# The single file


@pytest.mark.parametrize("scope", SCOPES)
def test_the_single_file_stands_alone_and_says_the_same(exports, scope, tmp_path):
    verifier = tmp_path / "verify_journal.py"
    verifier.write_text(single_file())
    change_data(exports["all"])
    path = exports[scope].write(tmp_path / "e")
    # -I: neither the working directory nor PYTHONPATH leads to Arrears.
    blocked = "import sys; sys.modules['arrears'] = None; import runpy; sys.argv = sys.argv[1:];"
    blocked += "runpy.run_path(sys.argv[0], run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-I", "-c", blocked, str(verifier), str(path), "--json"],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    ours = verify_file(path)
    assert done.returncode == (65 if scope == "all" else 0), done.stderr
    assert json.loads(done.stdout) == ours.as_json()
