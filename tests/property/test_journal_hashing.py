"""What hashes are taken over: canonical JSON, entries, Merkle trees; and changed exports."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from arrears.journal import merkle
from arrears.journal.entries import Written, canonical, genesis, instant, personal_digest
from arrears.journal.verifier import hashing
from arrears.journal.verifier.files import verify_file
from arrears.journal.verifier.hashing import Tree, key_id, leaf, node, root_of
from arrears.journal.verifier.statements import STATEMENT_FORMAT, STATEMENTS_BEGIN

# Signs at which sorting by UTF-16 and by code points part ways, and those that JSON escapes.
TEXTS = st.text(
    st.one_of(
        st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"),
        st.sampled_from('"\\/\b\f\n\r\t\x01\x1f\x7f\u2028é逾\ue000\uffff𐀀\U0010ffff'),
    ),
    max_size=12,
)
WHOLE = st.integers(-(2**53) + 1, 2**53 - 1)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), WHOLE, TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=12,
)
OBJECTS = st.dictionaries(TEXTS, JSON, max_size=5)


@given(JSON)
def test_the_verifiers_canonical_json_is_that_of_rfc_8785(value):
    text = hashing.canonical(value)
    assert text == rfc8785.dumps(value)
    assert hashing.parsed(text.decode()) == value


@given(OBJECTS)
def test_what_may_be_recorded_comes_back_as_it_was(data):
    assert canonical(data, "a.b").encode() == rfc8785.dumps(data)


@given(OBJECTS, TEXTS, st.integers(1, 2**40), st.booleans())
def test_the_hash_of_an_entry_is_over_its_canonical_json(data, actor, seq, has_personal):
    entry = written(data, actor=actor, personal={"p": 1} if has_personal else None)
    prev = hashlib.sha256(b"before").digest()
    told = body(entry, seq, prev)
    assert entry.sha256(seq, prev) == hashlib.sha256(rfc8785.dumps(told)).digest()


def naive_root(leaves: list[bytes]) -> bytes:
    """RFC 6962, 2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node(naive_root(leaves[:split]), naive_root(leaves[split:]))


@given(st.integers(0, 300))
def test_a_tree_grown_leaf_by_leaf_has_the_root_of_rfc_6962(count):
    leaves = [leaf(bytes([n % 256, n // 256])) for n in range(count)]
    tree = Tree()
    for each in leaves:
        tree.push(each)
    assert tree.root() == naive_root(leaves)


def test_the_root_of_known_leaves_is_that_of_the_reference():
    # Test vectors of the Certificate Transparency reference implementation.
    inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657",
              "606162636465666768696a6b6c6d6e6f"]  # fmt: skip
    leaves = [leaf(bytes.fromhex(each)) for each in inputs]
    assert leaves[0].hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert merkle.root(leaves).hex() == (
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    )


@given(st.integers(1, 200), st.data())
def test_a_proof_leads_to_the_root_and_no_other_does(count, data):
    leaves = [leaf(bytes([n])) for n in range(count)]
    index = data.draw(st.integers(0, count - 1))
    path, root = merkle.path(leaves, index), naive_root(leaves)
    assert root_of(leaves[index], index, count, path) == root
    other = data.draw(st.integers(0, count - 1).filter(lambda n: n != index or count == 1))
    if other != index:
        assert root_of(leaves[other], index, count, path) != root
        assert root_of(leaves[index], other, count, path) != root
    assert root_of(leaves[index], index, count, [*path, root]) != root
    if path:
        assert root_of(leaves[index], index, count, path[:-1]) != root
    assert root_of(leaves[index], count, count, path) is None
    assert root_of(leaves[index], -1, count, path) is None


@pytest.mark.parametrize("count", [1, 1023, 1024, 1025, 2048, 2049, 5000])
def test_blocks_keep_the_shape_of_the_tree(count):
    entries = [(n + 1, hashlib.sha256(str(n).encode()).digest()) for n in range(count)]
    found = list(merkle.blocks(entries))
    assert sum(entries for _, entries, _ in found) == count
    assert [first for first, _, _ in found] == list(range(1, count + 1, merkle.BLOCK_ENTRIES))
    assert merkle.root(root for _, _, root in found) == naive_root([leaf(h) for _, h in entries])


# A journal built by hand, then changed anywhere.

START = datetime(2026, 6, 30, 12, tzinfo=UTC)
STREAMS = [f"case:{UUID(int=n)}" for n in range(3)]


def written(data, *, number=0, stream=STREAMS[0], actor="system:test", personal=None) -> Written:
    text = None if personal is None else canonical(personal, "a.b")
    salt = None if personal is None else bytes(16)
    return Written(
        id=UUID(int=number),
        stream=stream,
        kind="a.b",
        schema=1,
        at=START + timedelta(seconds=number),
        actor=actor,
        data=canonical(data, "a.b"),
        personal=text,
        salt=salt,
        personal_sha256=None if text is None else personal_digest(salt, text),
    )


def body(entry: Written, seq: int, prev: bytes) -> dict[str, object]:
    return {
        "actor": entry.actor,
        "at": instant(entry.at),
        "data": hashing.parsed(entry.data),
        "id": str(entry.id),
        "kind": entry.kind,
        "personal_sha256": entry.personal_sha256 and entry.personal_sha256.hex(),
        "prev_sha256": prev.hex(),
        "schema": entry.schema,
        "seq": seq,
        "stream": entry.stream,
    }


def exported(entries: list[Written], covered: int, *, whole: bool) -> list[bytes]:
    """The lines of an export of these entries, the first ``covered`` of them under a seal."""
    heads: dict[str, tuple[int, bytes]] = {}
    chained = []
    for entry in entries:
        seq, prev = heads.get(entry.stream, (0, genesis(entry.stream)))
        sha256 = entry.sha256(seq + 1, prev)
        heads[entry.stream] = (seq + 1, sha256)
        chained.append({**body(entry, seq + 1, prev), "sha256": sha256.hex()})
    leaves = [leaf(bytes.fromhex(each["sha256"])) for each in chained[:covered]]
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    public = key.public_key().public_bytes_raw()
    previous, statements = STATEMENTS_BEGIN, []
    for number, members in enumerate(
        [
            {"kind": "key", "public_key": public.hex()},
            {"kind": "seal", "day": "2026-06-30", "cut": covered, "count": covered,
             "root": merkle.root(leaves).hex()},
        ],
        start=1,
    ):  # fmt: skip
        told = {"format": STATEMENT_FORMAT, "number": number, "at": instant(START),
                "previous": previous, "key": key_id(public), **members}  # fmt: skip
        text = hashing.canonical(told)
        previous = hashlib.sha256(text).hexdigest()
        statements.append({"statement": told, "signature": key.sign(text).hex()})
    first = hashlib.sha256(hashing.canonical(statements[0]["statement"])).hexdigest()
    streams = sorted(heads)
    scope = {"kind": "all"} if whole else {"kind": "streams", "streams": streams}
    lines = [{"type": "header", "format": "arrears-journal-1", "journal": first, "scope": scope,
              "personal": True, "exported_at": instant(START)}]  # fmt: skip
    lines += [{"type": "statement", **each} for each in statements]
    for index, (entry, told) in enumerate(zip(entries, chained, strict=True)):
        under = index < covered
        proof = [each.hex() for each in merkle.path(leaves, index)] if under and not whole else None
        lines.append({
            "type": "entry", "entry": told, "seal": 2 if under else None,
            "index": index if under else None, "proof": proof,
            "personal": entry.salt and {
                "salt": entry.salt.hex(), "data": hashing.parsed(entry.personal)
            },
        })  # fmt: skip
    text = [hashing.canonical(line) + b"\n" for line in lines]
    footer = {"type": "footer", "entries": len(entries), "key": key_id(public),
              "heads": None if whole else {stream: heads[stream][0] for stream in streams},
              "sha256": hashlib.sha256(b"".join(text)).hexdigest()}  # fmt: skip
    signature = key.sign(hashing.canonical(footer)).hex()
    return [*text, hashing.canonical({**footer, "signature": signature}) + b"\n"]


@st.composite
def exports(draw) -> list[bytes]:
    told = draw(st.lists(st.tuples(st.sampled_from(STREAMS), OBJECTS), min_size=1, max_size=8))
    entries = [
        written(data, number=n, stream=stream, personal=data if n % 2 else None)
        for n, (stream, data) in enumerate(told)
    ]
    return exported(entries, draw(st.integers(0, len(entries))), whole=draw(st.booleans()))


@given(exports())
@settings(deadline=None)
def test_any_sequence_of_entries_verifies(tmp_path_factory, lines):
    path = tmp_path_factory.getbasetemp() / "as_it_is"
    path.write_bytes(b"".join(lines))
    assert verify_file(path).findings == []


@given(exports(), st.data())
@settings(deadline=None)
def test_any_flipped_bit_is_found_at_its_line(tmp_path_factory, lines, data):
    number = data.draw(st.integers(0, len(lines) - 1))
    place = data.draw(st.integers(0, len(lines[number]) - 1))
    flipped = bytearray(lines[number])
    flipped[place] ^= 1 << data.draw(st.integers(0, 7))
    path = tmp_path_factory.getbasetemp() / "flipped"
    path.write_bytes(b"".join([*lines[:number], bytes(flipped), *lines[number + 1 :]]))
    findings = verify_file(path).findings
    assert findings
    line = hashing.parsed(lines[number].decode())
    if line["type"] == "entry":
        entry = line["entry"]
        named = (entry["stream"], entry["seq"])
        assert any(f.line == number + 1 or (f.stream, f.seq) == named for f in findings)
    elif line["type"] == "statement":
        assert any(f.line == number + 1 or f.seal == number for f in findings)


@given(exports(), st.sampled_from(["remove", "repeat", "swap"]), st.data())
@settings(deadline=None)
def test_any_line_removed_repeated_or_swapped_is_found(tmp_path_factory, lines, change, data):
    number = data.draw(st.integers(0, len(lines) - 2))
    changed = list(lines)
    if change == "remove":
        del changed[number]
    elif change == "repeat":
        changed.insert(number, lines[number])
    else:
        changed[number], changed[number + 1] = changed[number + 1], changed[number]
    path = tmp_path_factory.getbasetemp() / "changed"
    path.write_bytes(b"".join(changed))
    assert verify_file(path).findings


def test_hexadecimal_digits_are_written_in_one_way():
    assert hashing.unhex("00ff") == b"\x00\xff"
    for other in ("00FF", "00 ff", "00ff\n", "0", "0g", None):
        with pytest.raises((ValueError, TypeError)):
            hashing.unhex(other)
