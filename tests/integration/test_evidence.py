"""Evidence kept, held, and erased when its term is over."""

from __future__ import annotations

import io
import threading
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from arrears.journal.actions import of_case
from arrears.journal.evidence import actions
from arrears.journal.evidence.models import EvidenceFile, EvidenceItem
from arrears.journal.evidence.place import vault
from arrears.journal.evidence.queries import content, damaged, pieces
from arrears.journal.evidence.vault import EvidenceDamaged
from arrears.journal.models import JournalEntry
from arrears.kernel.errors import BadInput, IllegalTransition, NotFound
from arrears.store import transactions
from arrears.store.actor import NOTHING, Actor, system

ACTOR = system("test")
MADE = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)


def keep(data: bytes, **given) -> tuple[UUID, UUID]:
    """Keep bytes about a new case; the item's and the case's id."""
    case_id = given.pop("case_id", None) or uuid4()
    wanted = {
        "about": of_case(case_id),
        "kind": "call_recording",
        "media_type": "audio/ogg",
        "jurisdiction": "us",
        "recorded_at": MADE,
        "marks": {"last_act": date(2026, 3, 10)},
    } | given
    with transactions.transaction(ACTOR) as at:
        return actions.keep(at, io.BytesIO(data), **wanted), case_id


def read(item_id: UUID) -> bytes:
    with transactions.transaction(ACTOR):
        return b"".join(content(item_id))


def erase(on: date) -> int:
    with transactions.transaction(ACTOR) as at:
        return actions.erase_due(at, on)


def kinds(case_id: UUID) -> list[str]:
    with transactions.transaction(ACTOR):
        entries = JournalEntry.objects.filter(stream=of_case(case_id).name).order_by("seq")
        return [entry.kind for entry in entries]


def on_disk() -> list[tuple[str, UUID]]:
    return list(vault().files())


@pytest.fixture(autouse=True)
def clean_vault():
    yield
    for sha256, file_id in on_disk():
        vault().remove(sha256, file_id)


pytestmark = pytest.mark.usefixtures("committed_db")


def test_what_is_kept_can_be_read_and_is_on_record() -> None:
    item, case_id = keep(b"hello" * 50_000)
    assert read(item) == b"hello" * 50_000
    with transactions.transaction(ACTOR):
        (piece,) = pieces(of_case(case_id))
    assert (piece.id, piece.size_bytes, piece.state) == (item, 250_000, "kept")
    assert piece.keep_until == date(2029, 3, 11)  # three years from the call, 1006.100(b)
    assert kinds(case_id) == ["evidence.kept"]


def test_the_same_content_is_kept_once_and_goes_with_its_last_item() -> None:
    first, _ = keep(b"one photograph", kind="visit_evidence")
    second, _ = keep(b"one photograph", kind="visit_evidence", jurisdiction="cn")
    assert len(on_disk()) == 1
    assert erase(date(2029, 3, 11)) == 1
    assert len(on_disk()) == 1
    with pytest.raises(NotFound, match="no such piece"):
        read(first)
    assert read(second) == b"one photograph"
    assert erase(date(2031, 3, 11)) == 1
    assert on_disk() == []
    keep(b"one photograph", kind="visit_evidence")
    assert len(on_disk()) == 1


def test_nothing_goes_a_day_too_early() -> None:
    item, case_id = keep(b"call")
    assert erase(date(2029, 3, 10)) == 0
    assert read(item) == b"call"
    assert erase(date(2029, 3, 11)) == 1
    assert erase(date(2029, 3, 11)) == 0
    assert kinds(case_id) == ["evidence.kept", "evidence.erased"]


def test_a_legal_hold_outlasts_the_term() -> None:
    item, case_id = keep(b"call")
    with transactions.transaction(ACTOR) as at:
        actions.hold(at, item, "suit 2026/17")
    with pytest.raises(IllegalTransition), transactions.transaction(ACTOR) as at:
        actions.hold(at, item, "again")
    assert erase(date(2099, 1, 1)) == 0
    with transactions.transaction(ACTOR) as at:
        actions.release(at, item)
    assert erase(date(2099, 1, 1)) == 1
    with pytest.raises(IllegalTransition), transactions.transaction(ACTOR) as at:
        actions.hold(at, item, "too late")
    assert kinds(case_id) == [
        "evidence.kept", "evidence.held", "evidence.released", "evidence.erased"
    ]  # fmt: skip


def test_later_acts_move_the_term_and_never_back() -> None:
    item, case_id = keep(b"note", kind="contact_record")
    with transactions.transaction(ACTOR) as at:
        assert actions.mark(at, of_case(case_id), "last_act", date(2027, 1, 1)) == 1
        assert actions.mark(at, of_case(case_id), "last_act", date(2026, 1, 1)) == 0
    with transactions.transaction(ACTOR):
        assert EvidenceItem.objects.get(id=item).keep_until == date(2030, 1, 2)


def test_a_plan_agreed_by_voice_is_kept_until_it_is_settled() -> None:
    item, case_id = keep(b"plan", kind="plan_recording", jurisdiction="cn")
    with transactions.transaction(ACTOR) as at:
        assert EvidenceItem.objects.get(id=item).keep_until is None
        actions.mark(at, of_case(case_id), "settled", date(2040, 5, 5))
    assert erase(date(2040, 5, 5)) == 0
    assert erase(date(2040, 5, 6)) == 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"recorded_at": datetime(2999, 1, 1, tzinfo=UTC)}, "the instant"),
        ({"recorded_at": datetime(2026, 3, 10)}, "the instant"),
        ({"media_type": "text/html; x"}, "media type"),
        ({"kind": "diary"}, "class of records"),
        ({"jurisdiction": "xx"}, "jurisdiction"),
        ({"expected_sha256": "0" * 64}, "not the one that was sent"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(given, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        keep(b"content", **given)
    with transactions.transaction(ACTOR):
        assert not EvidenceItem.objects.exists()
        assert not EvidenceFile.objects.exists()
    assert on_disk() == []


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(BadInput, match="empty"):
        keep(b"")


def test_a_changed_file_is_never_handed_out() -> None:
    item, _ = keep(b"the truth" * 1000)
    (path,) = vault().folder.glob("??/*.evidence")
    whole = bytearray(path.read_bytes())
    whole[-1] ^= 1
    path.write_bytes(whole)
    with transactions.transaction(ACTOR):
        assert [file_id for file_id, _ in damaged()] == [on_disk()[0][1]]
    with pytest.raises(EvidenceDamaged):
        read(item)


def test_a_file_whose_transaction_failed_is_swept_a_day_later() -> None:
    with pytest.raises(ZeroDivisionError), transactions.transaction(ACTOR) as at:
        now = at.now
        actions.keep(
            at, io.BytesIO(b"lost"), about=of_case(uuid4()), kind="consent",
            media_type="application/pdf", jurisdiction="cn", recorded_at=MADE,
        )  # fmt: skip
        1 / 0  # noqa: B018
    kept, _ = keep(b"kept")
    assert len(on_disk()) == 2
    with transactions.transaction(ACTOR):
        assert actions.remove_strays(now + timedelta(hours=23)) == 0
        assert actions.remove_strays(now + timedelta(hours=25)) == 1
    assert read(kept) == b"kept"
    assert len(on_disk()) == 1


def test_many_who_bring_the_same_file_keep_it_once() -> None:
    case_ids = [uuid4() for _ in range(6)]
    errors: list[BaseException] = []

    def bring(case_id: UUID) -> None:
        try:
            keep(b"the same" * 10_000, case_id=case_id)
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=bring, args=(case_id,)) for case_id in case_ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert errors == []
    assert len(on_disk()) == 1
    with transactions.transaction(ACTOR):
        assert EvidenceItem.objects.count() == 6
        assert EvidenceFile.objects.count() == 1


def test_an_empty_scope_sees_no_evidence() -> None:
    keep(b"private")
    nobody = Actor("staff", "1", scope=NOTHING)
    with transactions.transaction(nobody):
        assert not EvidenceItem.objects.exists()
        assert not EvidenceFile.objects.exists()


def test_the_database_refuses_a_held_item_with_a_term() -> None:
    item, _ = keep(b"x")
    with pytest.raises(IntegrityError), transactions.transaction(ACTOR), transaction.atomic():
        EvidenceItem.objects.filter(id=item).update(state="held", hold_reason="why")
