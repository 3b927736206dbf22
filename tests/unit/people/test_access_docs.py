"""The page about access says what the table says."""

from __future__ import annotations

import importlib.util
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
_spec = importlib.util.spec_from_file_location("access_docs", ROOT / "tools" / "access_docs.py")
tool = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(tool)


def test_the_page_is_what_the_table_says():
    assert tool.PAGE.read_text("utf-8") == tool.page(), "run: python tools/access_docs.py"
