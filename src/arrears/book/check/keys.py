"""Keys that stand more than once: found by hash in one pass, then told apart exactly."""

from __future__ import annotations

from typing import Any

import ibis

from arrears.book.contract import FILE, RAW, ROW, TABLES, TableSpec
from arrears.book.fetch import count
from arrears.book.functions import hash64, json_of
from arrears.book.read.stage import EXTRA

_MASK_BITS = 62


def key_text(rows: Any, spec: TableSpec) -> Any:
    """The key of a row as one text: its columns joined by U+001F; null if one is missing."""
    parts = []
    for name in spec.key:
        text = rows[name] if spec.column(name).type == "text" else rows[name].cast("string")
        parts.append(text if spec.column(name).required else text.fill_null(""))
    joined = parts[0]
    for part in parts[1:]:
        joined = joined + ibis.literal("\x1f") + part
    return joined


def hashes_met_again(con: Any, table: str, rows: Any) -> int:
    """How many 64-bit hashes of keys come more than once: 0 proves that no key does.

    Null keys share a hash, and are told apart when it is looked into.
    """
    hashed = rows.select(hashed=hash64(con, key_text(rows, TABLES[table])))
    again = hashed.group_by("hashed").agg(rows=lambda t: t.count()).filter(lambda t: t.rows > 1)
    return count(con, again)


def seq_mask(seq: Any) -> Any:
    """One bit for a seq, to be united over a loan.

    As many bits as rows prove that the loan's seqs differ; fewer prove nothing, for two may
    share a bit, and are looked into.
    """
    return ibis.literal(1, type="int64") << (seq.cast("int64").abs() % _MASK_BITS)


def repeated(stage: Any, table: str, rows: Any) -> tuple[Any, Any]:
    """Rows whose key comes more than once: the surplus of identical ones, and the differing.

    Returns
    -------
    tuple
        Two tables of ``_file`` and ``_row``: all but the first of identical rows; every row of
        a key whose rows differ in any column of the contract or of the lender's own.
    """
    spec = TABLES[table]
    content = json_of(cell_texts(rows, spec))
    keyed = rows.mutate(_key=key_text(rows, spec)).filter(lambda t: t._key.notnull())
    again = keyed.group_by("_key").agg(_rows=lambda t: t.count()).filter(lambda t: t._rows > 1)
    several = stage.keep(
        rows.mutate(_key=key_text(rows, spec), _content=content)
        .semi_join(stage.keep(again), "_key")
        .select(FILE, ROW, "_key", "_content")
    )
    place = ibis.row_number().over(ibis.window(group_by="_key", order_by=[FILE, ROW]))
    contents = several.group_by("_key").agg(_contents=lambda t: t._content.nunique())
    judged = several.mutate(_place=place).inner_join(contents, "_key")
    surplus = judged.filter((judged._contents == 1) & (judged._place > 0)).select(FILE, ROW)
    differing = judged.filter(judged._contents > 1).select(FILE, ROW)
    return stage.keep(surplus), stage.keep(differing)


def cell_texts(rows: Any, spec: TableSpec) -> dict[str, Any]:
    """Every cell of a row as the lender gave it, as text, by column."""
    texts = {}
    for name in spec.names:
        text = rows[name].cast("string")
        if RAW + name in rows.columns:
            text = ibis.coalesce(text, rows[RAW + name])
        texts[name] = text
    if EXTRA in rows.columns:
        texts[EXTRA] = rows[EXTRA]
    return texts
