"""The house rules hold in this repository, and each of them fires where it is broken."""

from __future__ import annotations

import importlib.util
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_spec = importlib.util.spec_from_file_location("tidy", ROOT / "tools" / "tidy.py")
tidy = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(tidy)

SOURCE = "src/arrears/x.py"


def python(text: str, path: str = SOURCE) -> list[str]:
    return [message for _, message in tidy.python_findings(path, text)]


def text(line: str, path: str = "README.md") -> list[str]:
    return [message for _, message in tidy.text_rules(path, line)]


def test_this_repository_is_tidy(capsys):
    assert tidy.main() == 0, capsys.readouterr().out


@pytest.mark.parametrize(
    "line",
    [
        "datetime.now(UTC)",
        "datetime.datetime.utcnow()",
        "date.today()",
        "time.time()",
        "timezone.now()",
        "timezone.localdate()",
        "from django.utils.timezone import now\nnow()",
        "from time import time as t\nt()",
        "models.DateTimeField(auto_now=True)",
        "models.DateTimeField(auto_now_add=True)",
        "models.DateTimeField(db_default=Now())",
        "from django.db.models.functions import Now\nNow()",
        "migrations.RunSQL('ALTER TABLE a ALTER b SET DEFAULT now()')",
        "migrations.RunSQL('b timestamptz DEFAULT CURRENT_TIMESTAMP')",
    ],
)
def test_reading_the_clock_is_found(line):
    assert len(python(line)) == 1
    assert "clock" in python(line)[0]


@pytest.mark.parametrize(
    "line",
    [
        "clock.now()",
        "timezone.localtime(at)",
        "time.monotonic()",
        "at.now",
        "models.BooleanField(db_default=False)",
    ],
)
def test_the_clock_as_an_argument_is_not(line):
    assert python(line) == []


def test_only_the_kernels_clock_is_excused():
    line = "datetime.now(UTC)  # tidy: clock"
    assert python(line, "src/arrears/kernel/clock.py") == []
    assert len(python(line)) == 1
    assert len(python("datetime.now(UTC)", "src/arrears/kernel/clock.py")) == 1


@pytest.mark.parametrize(
    "line",
    [
        "amount_minor: float = 0",
        "def f(fee: float | None): ...",
        "balance = float(x)",
        "interest_minor = 0.5",
        "principal = models.FloatField()",
        "float(row.amount_minor)",
    ],
)
def test_money_as_a_float_is_found(line):
    assert len(python(line)) == 1
    assert "minor units" in python(line)[0]


@pytest.mark.parametrize(
    "line", ["latitude: float = 0", "amount_minor: int = 0", "interested = 0.5", "float(ratio)"]
)
def test_other_floats_are_not(line):
    assert python(line) == []


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("from a import *", 1),
        ("def f():\n    import a", 1),
        ("async def f():\n    from a import b", 1),
        ("def f():\n    import a  # tidy: lazy", 1),
        ("def f():\n    import a  # tidy: lazy (needs Django set up)", 0),
        ("if True:\n    import a", 0),
    ],
)
def test_imports_that_hide_are_found(line, count):
    assert len(python(line)) == count


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("t.filter(t.a == 1 & t.b == 2)", 1),
        ("t.filter(t.a | t.b > 2)", 1),
        ("t.filter((t.a == 1) & (t.b == 2))", 0),
        ("x = (a | b) == c", 0),
        ("name in a | b", 0),
        ("set(a) | b == c", 0),
        ("row | {'a': 1} == {'a': 1}", 0),
    ],
)
def test_operators_that_bind_otherwise_than_they_read_are_found(line, count):
    assert len(python(line)) == count


def test_large_files_and_functions_are_found():
    assert python("x = 1\n" * 401)[0].startswith("401 lines")
    assert python("x = 1\n" * 400) == []
    assert "f has 51 lines" in python("def f():\n" + "    x = 1\n" * 50)[0]
    assert python("def f():\n" + "    x = 1\n" * 49) == []


def test_a_test_file_without_tests_is_found():
    assert python("x = 1", "tests/unit/test_x.py") == ["a test file without a test"]
    assert python("def test_x(): ...", "tests/unit/test_x.py") == []
    assert python("x = 1", "tests/unit/api_calls.py") == []


@pytest.mark.parametrize("host", ["py" + "pi.org", "files.python" + "hosted.org"])
def test_index_hosts_are_found_in_any_file(host):
    assert text(f"--index-url https://{host}/simple", "locks/runtime.txt")


@pytest.mark.parametrize("path", ["/wo" + "rk/x", "/ho" + "me/ann/x", "/Us" + "ers/ann/x"])
def test_paths_of_one_machine_are_found(path):
    assert text(f"see {path}")


def test_relative_and_system_paths_are_not():
    assert text("../shared/data, /var/lib/arrears, /usr/bin, net/work/x") == []


def test_a_todo_names_its_issue():
    assert text("# TO" + "DO: later", SOURCE)
    assert text("{% comment %} FIX" + "ME", "a.html")
    assert text("# TO" + "DO(#12): later", SOURCE) == []


def test_generated_migrations_may_be_long_but_not_read_the_clock():
    path = "src/arrears/people/migrations/0001_initial.py"
    assert python("x = 1\n" * 500, path) == []
    assert python("models.DateTimeField(auto_now=True)", path)


def test_new_files_count_before_they_are_committed(tmp_path, capsys):
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_text("import time\ntime.time()\n")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\xff\xfe")
    assert tidy.main(tmp_path) == 1
    assert capsys.readouterr().out.startswith("src/a.py:2: time.time()")
