"""The access table: read strictly, decided everywhere, asked by one function."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

import arrears
from arrears.kernel.errors import ConfigError, NotAllowed
from arrears.people.access import TABLE, exposure, may, require_any
from arrears.people.access.table import MACHINE, SOURCE, load_table
from arrears.store.actor import LENDER, Actor, system

SOURCES = sorted(Path(arrears.__file__).parent.rglob("*.py"))
_ASKED = re.compile(
    r"""(?:\.require\(|permission=|@screen\(|ClientToken\(|_room\("[\w-]+",\s*_\("[^"]+"\),\s*"[\w-]+",)\s*"""
    r"""((?:"[a-z_]+\.[a-z_]+",?\s*)+)"""
)


def staff(role: str) -> Actor:
    return Actor("staff", "1", LENDER, TABLE.held[role], role)


def test_every_role_is_decided_for_every_action_and_field():
    assert set(TABLE.held) == {*TABLE.roles, MACHINE}
    for name, action in TABLE.permissions():
        assert action.by <= {*TABLE.roles, MACHINE}, name
    for field in TABLE.fields.values():
        assert set(field.seen) == {*TABLE.roles, MACHINE}, field.name


def test_every_permission_that_the_source_asks_for_stands_in_the_table():
    asked = {
        name
        for source in SOURCES
        for found in _ASKED.findall(source.read_text("utf-8"))
        for name in re.findall(r'"([a-z_.]+)"', found)
    }
    assert {"cases.read", "loans.push", "holds.open", "mode.switch", "data.read"} <= asked
    assert asked - TABLE.known == set(), "add them to people/access/table.yaml"


def test_identity_is_masked_for_everybody_unless_the_work_is_the_visit():
    for field in ("phone", "email", "national_id", "birth_on", "address", "contract_no"):
        shown = {role for role, seen in TABLE.fields[field].seen.items() if seen == "shown"}
        assert shown <= {"officer"}, field
    for field in ("budget", "health", "vulnerability"):
        seen = TABLE.fields[field].seen
        assert {role for role, how in seen.items() if how != "hidden"} == {"hotline", "compliance"}


def test_what_the_table_does_not_know_nobody_may():
    assert may(staff("compliance"), "read", "journal")
    assert not may(staff("collector"), "read", "journal")
    forged = Actor("staff", "1", LENDER, frozenset({"vault.open"}), "collector")
    for actor in (forged, system("daily")):
        assert not may(actor, "open", "vault")
        with pytest.raises(NotAllowed):
            require_any(actor, ["vault.open"])
    with pytest.raises(NotAllowed):
        require_any(system("daily"), [])
    assert exposure(staff("collector"), "phone") == "masked"
    assert exposure(staff("collector"), "shoe_size") == "hidden"
    assert exposure(Actor("staff", "1", LENDER, TABLE.held["collector"]), "phone") == "hidden"
    assert exposure(Actor("staff", "1", LENDER, frozenset(), "king"), "name") == "hidden"
    assert exposure(Actor("machine", "1", LENDER), "phone") == "masked"
    assert exposure(Actor("machine", "1", LENDER), "health") == "hidden"


def test_one_of_several_needs_is_enough():
    require_any(staff("engineer"), ["mode.switch", "data.read"])
    with pytest.raises(NotAllowed, match=r"journal\.read"):
        require_any(staff("engineer"), ["journal.read"])


def _without_a_role(data):
    data["resources"]["cases"]["nobody"].remove("hr")


def _in_both(data):
    data["resources"]["cases"]["nobody"].append("collector")


def _unknown_role(data):
    data["resources"]["cases"]["actions"]["read"]["by"].append("king")


def _twice(data):
    data["fields"]["phone"]["shown"].append("collector")


def _field_undecided(data):
    data["fields"]["phone"]["masked"].remove("machine")


def _unknown_member(data):
    data["resources"]["cases"]["everybody"] = []


def _new_role(data):
    data["roles"]["intern"] = {"of": "lender", "en": "Intern", "zh": "实习生"}


def _machine_role(data):
    data["roles"]["machine"] = {"of": "lender", "en": "Machine", "zh": "机器"}


def _odd_mask(data):
    data["fields"]["phone"]["mask"] = "blur"


def _no_limit(data):
    del data["reveals"]["a_day"]["collector"]


def _endless(data):
    data["reveals"]["a_day"]["collector"] = 0


def _yes(data):
    data["exports"]["most_rows"] = True


def _no_chinese(data):
    data["roles"]["collector"]["zh"] = " "


@pytest.mark.parametrize(
    "spoil",
    [
        _without_a_role, _in_both, _unknown_role, _twice, _field_undecided, _unknown_member,
        _new_role, _machine_role, _odd_mask, _no_limit, _endless, _yes, _no_chinese,
    ],
)  # fmt: skip
def test_a_table_with_a_hole_is_refused(tmp_path, spoil):
    data = yaml.safe_load(SOURCE.read_text("utf-8"))
    spoil(data)
    (tmp_path / "table.yaml").write_text(yaml.safe_dump(data, allow_unicode=True), "utf-8")
    with pytest.raises(ConfigError) as caught:
        load_table(tmp_path / "table.yaml")
    assert caught.value.found is not None


@pytest.mark.parametrize("text", ["", "[]", "roles: {", "roles: 1\nroles: 2\n", "\x00"])
def test_what_is_no_table_is_refused(tmp_path, text):
    (tmp_path / "table.yaml").write_text(text, "utf-8")
    with pytest.raises(ConfigError):
        load_table(tmp_path / "table.yaml")


def test_a_table_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ConfigError):
        load_table(tmp_path / "none.yaml")
