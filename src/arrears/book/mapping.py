"""Mapping files: how a lender's columns become the contract's, as data without expressions.

A mapping is YAML. Every key is known or refused, so that a misspelt one cannot switch a
conversion off. ``docs/tape.md`` is the reference with examples.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from arrears.book.contract import TABLES, TableSpec
from arrears.kernel.errors import TapeError
from arrears.kernel.money import EXPONENTS

UNITS = ("minor", "major")
ENCODINGS = ("auto", "utf-8", "gb18030", "utf-16")
_CELL = ("from", "value", "unit", "thousands", "decimal", "date_format", "codes", "codes_else")
_TABLE = ("from", "columns", "unpivot", "currency", "ignore")
_TOP = ("name", "null", "csv", "thousands", "decimal", "date_format", "currency", "tables")
_CSV = ("delimiter", "quote", "encoding")
_OUTCOME = ("name", "table", "column", "equals")
_DOCUMENTED = ("table", "column", "codes")


@dataclass(frozen=True)
class Cell:
    """Where one column of the contract comes from, and how its text is read.

    Parameters
    ----------
    source
        The lender's column; None for a constant.
    value
        The constant as text; None for a column (or for a constant null).
    unit
        ``minor`` (integers) or ``major`` (``12.34``, ``1.00E+05``), by the currency's exponent.
    thousands, decimal
        The separators of numbers in text: "," and "." in ``1,234.50``; none and "." otherwise.
    date_format
        As in strptime, ``%d/%m/%Y``; None: ISO 8601.
    codes, codes_else
        The lender's codes and ours; what an unlisted one becomes (itself if None).
    """

    source: str | None = None
    value: str | None = None
    unit: str = "minor"
    thousands: str = ""
    decimal: str = "."
    date_format: str | None = None
    codes: tuple[tuple[str, str], ...] = ()
    codes_else: str | None = None

    @property
    def plain(self) -> bool:
        """Whether the value is taken over as it stands."""
        return self.source is not None and self == Cell(self.source)


@dataclass(frozen=True)
class TableMapping:
    """One table of the tape: its file, and one set of columns, or one per unpivoted row."""

    table: str
    source: str | None
    parts: tuple[Dict[str, Cell], ...]
    currency: Cell | None = None
    ignore: tuple[str, ...] = ()

    @property
    def used(self) -> frozenset[str]:
        """The lender's columns that it draws from."""
        cells = [cell for part in self.parts for cell in part.values()]
        cells += [self.currency] if self.currency else []
        return frozenset(cell.source for cell in cells if cell.source is not None)


@dataclass(frozen=True)
class Outcome:
    """A lender's own column worth counting: what became of the loan later, say."""

    name: str
    table: str
    column: str
    equals: str


@dataclass(frozen=True)
class Documented:
    """The codes that a lender's own column may hold by its documents; others are listed."""

    table: str
    column: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Mapping:
    """A checked mapping file.

    Parameters
    ----------
    nulls
        Texts that mean null beside the empty one.
    delimiter, quote, encoding
        Of CSV files.
    digest
        SHA-256 of the file: the same tape under another mapping is another tape.
    """

    name: str
    tables: Dict[str, TableMapping]
    nulls: tuple[str, ...] = ()
    delimiter: str = ","
    quote: str = '"'
    encoding: str = "auto"
    outcomes: tuple[Outcome, ...] = ()
    documented: tuple[Documented, ...] = ()
    digest: str = ""
    origin: str = field(default="", compare=False)

    def others_use(self, table: str) -> frozenset[str]:
        """Columns of the table's file that other tables draw from it."""
        own = self.tables[table].source
        return frozenset(
            column
            for name, other in self.tables.items()
            if name != table and other.source == own
            for column in other.used
        )

    def keeps_extra(self, table: str) -> bool:
        """Whether the lender's own columns of a shared file are kept beside this table's rows.

        They are kept once: with the loans if these are drawn from the file, else with the first.
        """
        own = self.tables[table].source
        sharing = [name for name, other in self.tables.items() if other.source == own]
        return table == ("loans" if "loans" in sharing else sharing[0])


PLAIN = Mapping("plain", {})
"""No mapping: the lender's columns are the contract's."""


class _TextLoader(yaml.BaseLoader):
    """YAML whose scalars are the text that stands there; a key that comes twice is an error.

    Otherwise a column named ``no`` would be false, and ``1.10`` would lose its zero.
    """


def _unique_keys(loader: yaml.BaseLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [key.value for key, _ in node.value]
    for key in keys:
        if keys.count(key) > 1:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {key!r} comes twice", node.start_mark
            )
    return loader.construct_mapping(node, deep=True)


_TextLoader.add_constructor("tag:yaml.org,2002:map", _unique_keys)


def load_mapping(path: Path | str) -> Mapping:
    """Read and check a mapping file.

    Raises
    ------
    TapeError
        If it cannot be read or says something that is not known, with the key and its place.
    """
    path = Path(path)
    try:
        text = path.read_bytes()
        document = yaml.load(text, Loader=_TextLoader)
    except OSError as error:
        raise TapeError(
            "the mapping file cannot be read",
            found=error.strerror or str(error),
            remedy="check the path given with --mapping",
            file=path,
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise TapeError(
            "the mapping file is not YAML", found=" ".join(str(error).split()), file=path
        ) from error
    digest = hashlib.sha256(text).hexdigest()
    return _Reader(str(path)).mapping(document, path.stem, digest)


class _Reader:
    """Turns the YAML document into dataclasses; knows the file for its errors."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._defaults: dict[str, Any] = {}

    def mapping(self, document: object, stem: str, digest: str) -> Mapping:
        top = self._keys(document, (*_TOP, "outcomes", "documented"), "the file")
        self._defaults = {
            name: self._text(top[name], name)
            for name in ("thousands", "decimal", "date_format")
            if name in top
        }
        csv = self._keys(top.get("csv", {}), _CSV, "csv")
        encoding = self._choice(csv.get("encoding", "auto"), ENCODINGS, "csv.encoding")
        tables = self._keys(top.get("tables"), tuple(TABLES), "tables")
        mapped = {
            name: self._table(TABLES[name], body, top.get("currency"))
            for name, body in tables.items()
        }
        if not mapped:
            raise self._error("a mapping names at least one table", "tables", "", list(TABLES))
        return Mapping(
            name=self._text(top.get("name", stem), "name"),
            tables=mapped,
            nulls=tuple(self._text(text, "null") for text in self._list(top.get("null", []))),
            delimiter=self._one(csv.get("delimiter", ","), "csv.delimiter"),
            quote=self._one(csv.get("quote", '"'), "csv.quote"),
            encoding=encoding,
            outcomes=tuple(
                self._outcome(body, mapped) for body in self._list(top.get("outcomes", []))
            ),
            documented=tuple(
                self._documented(body, mapped) for body in self._list(top.get("documented", []))
            ),
            digest=digest,
            origin=self._path,
        )

    def _table(self, spec: TableSpec, body: object, currency: object) -> TableMapping:
        place = f"tables.{spec.name}"
        known = self._keys(body, _TABLE, place)
        shared = self._cells(spec, known.get("columns", {}), f"{place}.columns")
        sets = self._list(known.get("unpivot", []))
        parts: list[Dict[str, Cell]] = [
            shared | self._cells(spec, part, f"{place}.unpivot[{index}]")
            for index, part in enumerate(sets)
        ]
        mapping = TableMapping(
            table=spec.name,
            source=self._text(known["from"], f"{place}.from") if "from" in known else None,
            parts=tuple(parts) or (shared,),
            currency=self._currency(known.get("currency", currency), place),
            ignore=tuple(
                self._text(c, f"{place}.ignore") for c in self._list(known.get("ignore", []))
            ),
        )
        for part in mapping.parts:
            major = [name for name, cell in part.items() if cell.unit == "major"]
            if major and mapping.currency is None and "currency" not in part:
                raise self._error(
                    "amounts in major units need a currency",
                    f"{place}.currency",
                    f"none, for {', '.join(major)}",
                    ["a currency code", "{from: COLUMN}"],
                )
        return mapping

    def _cells(self, spec: TableSpec, body: object, place: str) -> dict[str, Cell]:
        columns = self._keys(body, spec.names, place)
        return {name: self._cell(value, f"{place}.{name}") for name, value in columns.items()}

    def _cell(self, body: object, place: str) -> Cell:
        if not isinstance(body, dict):
            return Cell(self._text(body, place), **self._defaults)
        known = self._keys(body, _CELL, place)
        if ("from" in known) == ("value" in known):
            raise self._error(
                "a column comes from one place", place, str(sorted(known)), ["from", "value"]
            )
        if "value" in known:
            # An empty constant is null, as an empty cell is.
            value = self._text(known["value"], f"{place}.value") or None
            unit = self._choice(known.get("unit", "minor"), UNITS, f"{place}.unit")
            return Cell(None, value, unit)
        codes = known.get("codes", {})
        if not isinstance(codes, dict):
            raise self._error("codes is a table of theirs: ours", f"{place}.codes", str(codes), [])
        texts = {
            name: self._text(known[name], f"{place}.{name}")
            for name in ("thousands", "decimal", "date_format", "codes_else")
            if name in known
        }
        return Cell(
            self._text(known["from"], f"{place}.from"),
            unit=self._choice(known.get("unit", "minor"), UNITS, f"{place}.unit"),
            codes=tuple(
                (self._text(theirs, f"{place}.codes"), self._text(ours, f"{place}.codes"))
                for theirs, ours in codes.items()
            ),
            **(self._defaults | texts),
        )

    def _currency(self, body: object, place: str) -> Cell | None:
        if body is None:
            return None
        if isinstance(body, dict):
            return self._cell(body, f"{place}.currency")
        return Cell(value=self._choice(body, tuple(EXPONENTS), f"{place}.currency"))

    def _outcome(self, body: object, tables: Dict[str, TableMapping]) -> Outcome:
        known = self._keys(body, _OUTCOME, "outcomes")
        missing = [key for key in _OUTCOME if key not in known]
        if missing:
            raise self._error("an outcome is incomplete", "outcomes", str(known), list(_OUTCOME))
        return Outcome(
            name=self._text(known["name"], "outcomes.name"),
            table=self._choice(known["table"], tuple(tables), "outcomes.table"),
            column=self._text(known["column"], "outcomes.column"),
            equals=self._text(known["equals"], "outcomes.equals"),
        )

    def _documented(self, body: object, tables: Dict[str, TableMapping]) -> Documented:
        known = self._keys(body, _DOCUMENTED, "documented")
        if set(known) != set(_DOCUMENTED):
            raise self._error("this is incomplete", "documented", str(known), list(_DOCUMENTED))
        return Documented(
            table=self._choice(known["table"], tuple(tables), "documented.table"),
            column=self._text(known["column"], "documented.column"),
            codes=tuple(self._text(c, "documented.codes") for c in self._list(known["codes"])),
        )

    def _keys(self, body: object, known: tuple[str, ...], place: str) -> dict[str, Any]:
        if not isinstance(body, dict):
            raise self._error(f"{place} is a table of keys", place, repr(body), list(known))
        for key in body:
            if key not in known:
                raise self._error(f"{place} has an unknown key", place, str(key), list(known))
        return body

    def _list(self, body: object) -> list[object]:
        return body if isinstance(body, list) else [body]

    def _text(self, body: object, place: str) -> str:
        if not isinstance(body, str):
            raise self._error("a text stands here", place, repr(body), [])
        return body

    def _one(self, body: object, place: str) -> str:
        text = self._text(body, place)
        if len(text.encode()) != 1:
            raise self._error("a single ASCII character stands here", place, repr(text), [])
        return text

    def _choice(self, body: object, choices: tuple[str, ...], place: str) -> str:
        text = self._text(body, place)
        if text not in choices:
            raise self._error(f"{place} has an unknown value", place, text, list(choices))
        return text

    def _error(self, message: str, place: str, found: str, known: list[str]) -> TapeError:
        return TapeError(
            message,
            expected=", ".join(known) or None,
            found=found,
            remedy="correct the mapping file; docs/tape.md lists its keys",
            file=self._path,
            key=place,
        )
