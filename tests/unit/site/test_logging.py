"""Logs: a JSON object a line, ids only."""

from __future__ import annotations

import io
import json
import logging

import pytest
import structlog
from django.http import HttpResponse
from django.test import RequestFactory

from arrears.site.logging import PERSONAL, RequestLog, structure


@pytest.fixture
def lines(monkeypatch):
    written = io.StringIO()
    monkeypatch.setattr("sys.stderr", written)
    structure("INFO")
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    monkeypatch.undo()
    structure("INFO")


def test_our_lines_and_the_libraries_are_json(lines):
    structlog.get_logger("arrears.daily").info("run finished", run_id="r-1", cases=3)
    logging.getLogger("library").warning("slow %s", "disk")
    ours, theirs = lines()
    assert (ours["event"], ours["run_id"], ours["cases"], ours["level"]) == (
        "run finished",
        "r-1",
        3,
        "info",
    )
    assert ours["timestamp"].endswith("Z")
    assert (theirs["event"], theirs["logger"]) == ("slow disk", "library")


@pytest.mark.parametrize("field", sorted(PERSONAL))
def test_personal_data_does_not_pass(lines, field):
    structlog.get_logger("arrears").info("seen", **{field: "王小明 13800138000"})
    assert "王小明" not in json.dumps(lines(), ensure_ascii=False)


def test_an_exception_is_logged_by_type_and_place_without_its_text(lines):
    try:
        raise ValueError("Key (national_id)=(110101199003070123) already exists")
    except ValueError:
        structlog.get_logger("arrears").exception("failed")
    (line,) = lines()
    assert line["exception"] == "ValueError"
    assert "test_logging.py" in line["places"][-1]
    assert "110101199003070123" not in json.dumps(line)


def test_an_error_of_the_installation_keeps_its_text(lines):
    try:
        raise ImportError("no module named pages")
    except ImportError:
        structlog.get_logger("arrears").exception("failed")
    assert lines()[0]["message"] == "no module named pages"


def test_a_request_is_logged_by_route_without_path_and_query(lines):
    request = RequestFactory().get("/people/PERSON-17/?phone=13800138000")
    RequestLog(lambda request: HttpResponse(status=204))(request)
    (line,) = lines()
    assert (line["method"], line["status"], line["route"]) == ("GET", 204, "(none)")
    assert "PERSON-17" not in json.dumps(line)
    assert "13800138000" not in json.dumps(line)
