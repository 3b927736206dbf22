"""The tape that the town's lender hands in: a folder of Parquet files and their envelope."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from arrears.kernel.errors import BadInput, Unavailable
from arrears.town import contacting, dirt, ledger, lending, paying
from arrears.town.draws import Draws, Ints
from arrears.town.people import people, person_id

EPOCH = date(1970, 1, 1)
BORROWERS = 20_000
DAYS = 60

LOANS = pa.schema(
    [(name, pa.string()) for name in ("loan_id", "person_id", "product", "creditor_type")]
    + [("currency", pa.string()), ("principal_minor", pa.int64())]
    + [("annual_rate_bps", pa.int32()), ("overdue_rate_bps", pa.int32())]
    + [("disbursed_on", pa.date32()), ("grace_days", pa.int32()), ("secured", pa.bool_())]
    + [(name, pa.string()) for name in ("contract_no", "creditor_id", "creditor_name")]
    + [("servicer_name", pa.string()), ("status", pa.string()), ("accelerated_on", pa.date32())]
    + [("payoff_minor", pa.int64()), ("lender_late_interest_minor", pa.int64())]
    # No column of the contract: shows that what is not known is kept aside, not refused.
    + [("branch", pa.string())]
)
BRANCHES = ("汀东支行", "汀西支行", "湖心支行", "线上")


def tape_id(seed: int, borrowers: int, until: date) -> str:
    """The id of the tape that these arguments make."""
    return f"town-{seed}-{borrowers}-{until:%Y%m%d}"


def make_town(seed: int, borrowers: int, until: date, directory: Path) -> Path:
    """Write the tape of a town, as its lender sees it at the end of a day.

    The same arguments write the same bytes (with the same version of pyarrow).

    Parameters
    ----------
    seed
        From 0; another seed is another town.
    borrowers
        How many people, 1 to 10,000,000, with one to three loans each.
    until
        The tape's ``book_on``: nothing in it happened later, but for rows that are wrong.
    directory
        Where the files go; made if missing, replaced if it holds a tape already. A town half
        written is never seen there.

    Raises
    ------
    BadInput
        If an argument is out of range.
    Unavailable
        If the directory cannot be written, for instance because the disk is full.
    """
    if not (seed >= 0 and 1 <= borrowers <= 10_000_000 and date(2000, 1, 1) <= until):
        raise BadInput(
            "such a town cannot be made",
            expected="a seed from 0, 1 to 10,000,000 borrowers, a day from 2000 on",
            found=f"seed {seed}, {borrowers} borrowers, until {until}",
        )
    tables = _tables(Draws(seed), borrowers, until)
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=f".{directory.name}.", dir=directory.parent))
        try:
            _write(made, tables, tape_id(seed, borrowers, until), until)
            if directory.exists():
                shutil.rmtree(directory)
            made.replace(directory)
        except BaseException:
            shutil.rmtree(made, ignore_errors=True)
            raise
    except OSError as error:
        raise Unavailable(
            "the town's tape cannot be written",
            found=str(error),
            remedy="free space there, or give another directory",
            file=directory,
        ) from error
    return directory


def _tables(draws: Draws, borrowers: int, until: date) -> dict[str, pa.Table]:
    day = (until - EPOCH).days
    lent = lending.lend(draws, borrowers, until)
    schedule = lending.schedule(draws, lent)
    payments = paying.pay(draws, lent, schedule, day)
    books = ledger.keep_books(draws, lent, schedule, payments, day)
    loan_ids = pa.array(lent.loan_ids, pa.string())
    persons = people(draws, borrowers, until)
    clean = {
        "persons": persons,
        "loans": _loans(draws, lent, books, loan_ids, day),
        "loan_parties": _parties(draws, lent, loan_ids, borrowers),
        "instalments": _instalments(schedule, loan_ids),
        "payments": _payments(payments, loan_ids),
        "contact_points": contacting.points(draws, persons, day),
        "contact_events": contacting.events(draws, persons, day),
        "flags": contacting.flags(draws, persons, day),
    }
    return dirt.spoil(draws, clean, until)


def _days(values: Ints) -> pa.Array:
    return pa.array(values.astype(np.int32), pa.int32()).cast(pa.date32())


def _known(values: Ints) -> pa.Array:
    return pa.array(values, pa.int64(), mask=values < 0)


def _loans(
    draws: Draws, lent: lending.Lending, books: ledger.Ledger, loan_ids: pa.Array, day: int
) -> pa.Table:
    offers = [lending.PRODUCTS[p] for p in lent.product.tolist()]
    creditors = [lending.CREDITORS[offer.creditor] for offer in offers]
    ended = (books.open_minor == 0) & (lent.day(0) + 31 * (lent.months + 1) <= day)
    old = books.longest_late > 240
    status = np.select(
        [
            ended,
            old & draws.chance("sold", lent.key, 500),
            old & draws.chance("off", lent.key, 2_500),
        ],
        [3, 2, 1],
        0,
    )
    names = ("open", "written_off", "sold", "closed")
    branches = draws.between("branch", lent.key, 0, len(BRANCHES) - 1)
    columns = {
        "loan_id": loan_ids,
        "person_id": [person_id(p) for p in lent.person.tolist()],
        "product": [offer.code for offer in offers],
        "creditor_type": [creditor[0] for creditor in creditors],
        "currency": ["CNY"] * lent.count,
        "principal_minor": lent.principal_minor,
        "annual_rate_bps": lent.annual_rate_bps.astype(np.int32),
        "overdue_rate_bps": _known(lent.overdue_rate_bps).cast(pa.int32()),
        "disbursed_on": _days(lent.day(0)),
        "grace_days": pa.array([offer.grace_days for offer in offers], pa.int32()),
        "secured": [offer.code == "business" for offer in offers],
        "contract_no": pc.binary_join_element_wise("合同", loan_ids, ""),
        "creditor_id": [creditor[1] for creditor in creditors],
        "creditor_name": [creditor[2] for creditor in creditors],
        "servicer_name": [lending.SERVICER] * lent.count,
        "status": [names[s] for s in status.tolist()],
        "accelerated_on": pa.nulls(lent.count, pa.date32()),
        "payoff_minor": _known(books.payoff_minor),
        "lender_late_interest_minor": _known(books.late_interest_minor),
        "branch": [BRANCHES[b] for b in branches.tolist()],
    }
    return pa.table(columns, schema=LOANS)


def _parties(draws: Draws, lent: lending.Lending, loan_ids: pa.Array, borrowers: int) -> pa.Table:
    """A guarantor for most business loans, a co-borrower for some others: other townspeople."""
    business = np.array([p.code == "business" for p in lending.PRODUCTS])[lent.product]
    bound = np.where(
        business,
        draws.chance("guarantor", lent.key, 7_000),
        draws.chance("co-borrower", lent.key, 150),
    )
    other = (lent.person + 1 + draws.between("other", lent.key, 0, 997)) % borrowers
    bound = np.flatnonzero(bound & (other != lent.person))
    return pa.table(
        {
            "loan_id": loan_ids.take(pa.array(bound)),
            "person_id": pa.array([person_id(p) for p in other[bound].tolist()], pa.string()),
            "role": pa.array(
                ["guarantor" if b else "co_borrower" for b in business[bound].tolist()], pa.string()
            ),
        }
    )


def _instalments(schedule: lending.Schedule, loan_ids: pa.Array) -> pa.Table:
    return pa.table(
        {
            "loan_id": loan_ids.take(pa.array(schedule.loan)),
            "seq": pa.array(schedule.seq.astype(np.int32)),
            "due_on": _days(schedule.due),
            "principal_minor": schedule.principal_minor,
            "interest_minor": schedule.interest_minor,
            "fee_minor": schedule.fee_minor,
        }
    )


def _payments(payments: paying.Payments, loan_ids: pa.Array) -> pa.Table:
    loans = loan_ids.take(pa.array(payments.loan))
    seqs = pc.utf8_lpad(pa.array(payments.seq).cast(pa.string()), 2, "0")
    stems = pc.binary_join_element_wise(loans, seqs, "-")
    letters = pa.array(list(paying.LETTERS))
    ids = pc.binary_join_element_wise(stems, letters.take(pa.array(payments.what)), "")
    taken_back = payments.reverses >= 0
    reverses = pc.if_else(
        pa.array(taken_back),
        pc.binary_join_element_wise(stems, "a", ""),
        pa.scalar(None, pa.string()),
    )
    referenced = pa.array((payments.channel == 1) | (payments.channel == 2))
    references = pc.if_else(
        referenced, pc.binary_join_element_wise("YT", ids, ""), pa.scalar(None, pa.string())
    )
    return pa.table(
        {
            "payment_id": ids,
            "loan_id": loans,
            "paid_on": _days(payments.paid),
            "amount_minor": payments.amount_minor,
            "reverses": reverses,
            "channel": pa.array(list(paying.CHANNELS)).take(pa.array(payments.channel)),
            "provider_ref": references,
        }
    )


def _write(directory: Path, tables: dict[str, pa.Table], name: str, until: date) -> None:
    described: dict[str, dict[str, object]] = {}
    for table_name, table in tables.items():
        path = directory / f"{table_name}.parquet"
        pq.write_table(table, path, compression="zstd", compression_level=1)
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        described[table_name] = {"rows": table.num_rows, "sha256": digest}
        if table_name == "payments":
            described[table_name]["money"] = _money(tables)
    # Made at seven in the evening of the town's last day.
    made_at = datetime(until.year, until.month, until.day, tzinfo=UTC) + timedelta(hours=11)
    envelope = {
        "tape_id": name,
        "kind": "full",
        "book_on": until.isoformat(),
        "sequence": (until - EPOCH).days,
        "made_at": made_at.isoformat().replace("+00:00", "Z"),
        "tables": described,
    }
    text = json.dumps(envelope, ensure_ascii=False, indent=2) + "\n"
    (directory / "tape.json").write_text(text, encoding="utf-8")


def _money(tables: dict[str, pa.Table]) -> dict[str, int]:
    """What was paid on loans in yuan; a row for no such loan is in no currency."""
    loans, payments = tables["loans"], tables["payments"]
    in_yuan = loans.filter(pc.equal(loans["currency"], "CNY"))["loan_id"].combine_chunks()
    theirs = payments.filter(pc.is_in(payments["loan_id"], value_set=in_yuan))
    return {"CNY": int(pc.sum(theirs["amount_minor"]).as_py() or 0)}
