"""How the command line is called: help, wrong calls, exit codes, and what is loaded for it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from arrears.cli import app as cli
from arrears.cli.app import COMMANDS, EXIT_CODES
from arrears.cli.export import safe_cell, write_rows
from arrears.cli.reference import reference
from arrears.kernel import errors

ROOT = Path(__file__).parents[3]


def test_help_names_every_command_and_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["--help"]) == 0
    text = capsys.readouterr().out
    for name, (_, line) in COMMANDS.items():
        assert re.search(rf"^  {name} +{re.escape(line.split()[0])}", text, re.MULTILINE)
    for error in vars(errors).values():
        if isinstance(error, type) and issubclass(error, errors.ArrearsError):
            assert re.search(rf"^ +{error.exit_code}  ", EXIT_CODES, re.MULTILINE), error


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run([name, "--help"]) == 0
    assert f"Usage: arrears {name}" in capsys.readouterr().out


def test_the_document_is_what_help_prints() -> None:
    assert (ROOT / "docs" / "cli.md").read_text(encoding="utf-8") == reference(), (
        "write it anew: python -m arrears.cli.reference > docs/cli.md"
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nope"], "There is no command 'nope'"),
        (["age"], "Missing argument 'TAPE'"),
        (["age", "t", "--out", "x.parquet"], "Missing option '--as-of'"),
        (["age", "t", "--as-of", "30.6.2026", "--out", "x.parquet"], "not a day such as"),
        (["age", "t", "--as-of", "2026-02-30", "--out", "x.parquet"], "not a day such as"),
        (["age", "t", "--as-of", "2026-06-30", "--out", "x.csv"], "must end in .parquet"),
        (["age", "t", "--as-of", "2026-06-30", "--engine", "excel", "--out", "x.parquet"], "excel"),
        (["due", "t", "--as-of", "2026-06-30", "--within", "-1", "--out", "x.parquet"], "-1"),
        (["demo", "--borrowers", "0"], "0 is not in the range"),
        (["demo", "--seed", "minus"], "not a valid integer"),
        (["run"], "Missing option '--as-of'"),
        (["mode", "loud"], "'loud' is not one of"),
        (["user", "add", "x", "--name", "X", "--role", "king"], "'king' is not one of"),
        (["client", "revoke", "42"], "not a valid UUID"),
        (["rejected", "--limit", "1000"], "1000 is not in the range"),
    ],
)
def test_a_wrong_call_is_told_and_ends_with_2(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(arguments) == 2
    printed = capsys.readouterr()
    assert told in printed.err and printed.out == ""


def test_help_answers_at_once_and_loads_no_engine() -> None:
    probe = (
        "import sys; from arrears.cli.app import run; run(['--help'])\n"
        "heavy = {'django', 'ibis', 'duckdb', 'pyarrow', 'numpy'} & set(sys.modules)\n"
        "sys.exit(f'loaded: {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_an_error_is_told_with_its_sides_and_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise errors.Conflict("two at once", expected="one", found="two", remedy="wait", row=7)

    monkeypatch.setattr(cli.app, "main", fail)
    assert cli.run(["status"]) == 75
    printed = capsys.readouterr()
    assert printed.err == (
        "error: two at once\n  at: row 7\n  expected: one\n  found: two\n  what to do: wait\n"
    )
    assert printed.out == ""


def test_text_in_an_error_is_not_taken_for_markup(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise errors.BadInput("column [red]x[/red]", found="[/bold]")

    monkeypatch.setattr(cli.app, "main", fail)
    assert cli.run(["status"]) == 65
    assert "column [red]x[/red]\n  found: [/bold]" in capsys.readouterr().err


def test_a_defect_is_kept_in_the_log_and_ends_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise KeyError("broken inside")

    monkeypatch.setattr(cli.app, "main", fail)
    monkeypatch.setenv("ARREARS_HOME", str(tmp_path / "home"))
    assert cli.run(["status"]) == 1
    log = tmp_path / "home" / "log" / "cli.log"
    told = capsys.readouterr().err
    assert str(log) in told and "Traceback" not in told
    assert "broken inside" in log.read_text()
    monkeypatch.setenv("ARREARS_DEBUG", "1")
    assert cli.run(["status"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_ctrl_c_ends_with_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli.app, "main", interrupted)
    assert cli.run(["status"]) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_a_reader_that_leaves_the_pipe_is_no_error() -> None:
    command = [sys.executable, "-m", "arrears.cli", "--help"]
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True)
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, "")


def test_an_unknown_setting_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ARREARS_HOEM", "x")
    assert cli.run(["doctor", "--json"]) == 78
    printed = capsys.readouterr()
    assert "ARREARS_HOME" in printed.err and printed.out == ""


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("+86154", "'+86154"),
        ("-5", "'-5"),
        ("@sum", "'@sum"),
        ("\tx", "'\tx"),
        ("＝1", "'＝1"),
        ("a=1", "a=1"),
        ("", ""),
        (-5, -5),
        (None, None),
    ],
)
def test_a_cell_cannot_become_a_formula(cell: object, safe: object) -> None:
    assert safe_cell(cell) == safe


def test_an_export_holds_all_rows_and_its_columns_even_without_rows(tmp_path: Path) -> None:
    columns = {"key": "string", "amount_minor": "int64"}
    rows = [{"key": '=x,\n"y"', "amount_minor": -7}, {"key": None, "amount_minor": None}]
    assert write_rows(tmp_path / "a.csv", columns, rows) == 2
    assert (tmp_path / "a.csv").read_bytes().decode("utf-8") == (
        '\ufeffkey,amount_minor\r\n"\'=x,\n""y""",-7\r\n,\r\n'
    )
    assert write_rows(tmp_path / "none.csv", columns, []) == 0
    assert (tmp_path / "none.csv").read_text("utf-8-sig").strip() == "key,amount_minor"
    import pyarrow.parquet as pq

    for name, given in (("a.parquet", rows), ("none.parquet", [])):
        assert write_rows(tmp_path / name, columns, given) == len(given)
        table = pq.read_table(tmp_path / name)
        assert table.to_pylist() == given
        assert [str(kind) for kind in table.schema.types] == ["string", "int64"]


def test_an_export_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def rows() -> object:
        yield {"key": "a"}
        raise OSError(28, "No space left on device")

    with pytest.raises(errors.Unavailable, match="cannot be written"):
        write_rows(tmp_path / "a.csv", {"key": "string"}, rows())  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_json_of_doctor_is_json_and_nothing_else(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "arrears.cli", "doctor", "--json"],
        capture_output=True,
        text=True,
        env={**os.environ, "ARREARS_HOME": str(tmp_path / "home")},
    )
    told = json.loads(done.stdout)
    assert told["well"] is (done.returncode == 0)
    assert {finding["state"] for finding in told["findings"]} <= {"ok", "warn", "fail"}
