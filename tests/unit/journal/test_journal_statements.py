"""The chain of statements, and the order of what stands under its seals, without a database."""

from __future__ import annotations

import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from arrears.journal.verifier.checking import Checker
from arrears.journal.verifier.hashing import Tree, canonical, key_id, leaf
from arrears.journal.verifier.statements import STATEMENT_FORMAT, STATEMENTS_BEGIN

FIRST, SECOND = (Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 2))


def public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()


def taken(*statements: tuple[Ed25519PrivateKey, dict]) -> Checker:
    """A checker that has taken these, each signed with its key."""
    checker, previous = Checker(), STATEMENTS_BEGIN
    for number, (key, members) in enumerate(statements, start=1):
        told = {"format": STATEMENT_FORMAT, "number": number, "at": f"2026-06-{number:02}",
                "previous": previous, "key": key_id(public(key)), **members}  # fmt: skip
        checker.statements.take(told, key.sign(canonical(told)).hex())
        previous = hashlib.sha256(canonical(told)).hexdigest()
    return checker


def begins(key: Ed25519PrivateKey, kind: str = "key") -> dict:
    return {"kind": kind, "public_key": public(key).hex()}


def test_a_key_changes_only_under_the_signature_of_the_one_before():
    rotated = taken((FIRST, begins(FIRST)), (FIRST, begins(SECOND, "rotation")))
    assert rotated.report.findings == []
    assert rotated.statements.in_force == key_id(public(SECOND))
    by_itself = taken((FIRST, begins(FIRST)), (SECOND, begins(SECOND, "rotation")))
    assert "was in force" in by_itself.report.findings[0].what


def test_no_second_first_key_slips_in_unsaid():
    slipped = taken((FIRST, begins(FIRST)), (SECOND, begins(SECOND)))
    assert [f.what for f in slipped.report.findings] == [
        "the first statement, and no other, brings the first key"
    ]


def test_a_journal_does_not_begin_with_a_lost_key():
    lost = {**begins(SECOND, "lost"), "lost": "0" * 16, "reason": "none"}
    assert taken((SECOND, lost)).report.wrong == 1


def test_entries_of_seals_stand_in_the_order_of_the_seals():
    entries, seals, prev = [], [], hashlib.sha256(b"arrears.journal/1:house:00").hexdigest()
    for seq in (1, 2):
        body = {"actor": "a", "at": f"{seq}", "data": {}, "id": f"{seq}", "kind": "a.b",
                "personal_sha256": None, "prev_sha256": prev, "schema": 1, "seq": seq,
                "stream": "house:00"}  # fmt: skip
        prev = hashlib.sha256(canonical(body)).hexdigest()
        entries.append({**body, "sha256": prev})
        tree = Tree()
        tree.push(leaf(bytes.fromhex(prev)))
        seals.append((FIRST, {"kind": "seal", "day": "2026-06-30", "cut": seq, "count": 1,
                              "root": tree.root().hex()}))  # fmt: skip
    in_order = taken((FIRST, begins(FIRST)), *seals)
    for entry, seal in zip(entries, (2, 3), strict=True):
        in_order.entry(entry, seal, 0, None, None)
    assert in_order.finish().findings == []
    turned = taken((FIRST, begins(FIRST)), *seals)
    for entry, seal in zip(reversed(entries), (3, 2), strict=True):
        turned.entry(entry, seal, 0, None, None)
    assert any(
        f.seal == 2 and "after those of a later seal" in f.what for f in turned.finish().findings
    )
