"""docs/tape.md says what the code does."""

from __future__ import annotations

import importlib.util
import re

import pytest
import yaml

from arrears.book.contract import TABLES
from arrears.book.mapping import load_mapping


@pytest.fixture(scope="module")
def tape_docs(mappings):
    path = mappings.parent / "tools" / "tape_docs.py"
    spec = importlib.util.spec_from_file_location("tape_docs", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_tables_and_reasons_of_the_document_are_those_of_the_code(tape_docs):
    text = tape_docs.DOCUMENT.read_text(encoding="utf-8")
    assert tape_docs.document(text) == text, "run: python tools/tape_docs.py"
    assert all(f"### `{name}`" in text for name in TABLES)


def test_the_mapping_of_the_document_is_one(tape_docs, tmp_path):
    text = tape_docs.DOCUMENT.read_text(encoding="utf-8")
    first, unpivoted = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    (tmp_path / "map.yaml").write_text(first + unpivoted.replace("BILL1, unit: major", "BILL1"))
    with pytest.raises(Exception, match="need a currency"):
        load_mapping(tmp_path / "map.yaml")
    (tmp_path / "map.yaml").write_text("currency: CNY\n" + first + unpivoted)
    mapping = load_mapping(tmp_path / "map.yaml")
    assert len(mapping.tables["snapshots"].parts) == 2
    assert mapping.nulls == ("\\N",)


def test_every_mapping_shipped_is_sound(mappings):
    shipped = sorted(mappings.glob("*.yaml"))
    assert shipped
    for path in shipped:
        assert load_mapping(path).name == yaml.safe_load(path.read_text())["name"]
