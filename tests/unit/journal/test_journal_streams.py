"""Streams and their names."""

from __future__ import annotations

from uuid import UUID

import pytest

from arrears.journal.streams import Stream, named, of_case, of_house, of_person
from arrears.kernel.errors import BadInput


def test_each_case_and_person_has_a_stream_of_its_own():
    one = UUID(int=1)
    assert of_case(one).name == "case:00000000-0000-0000-0000-000000000001"
    assert of_person(one).name == "person:00000000-0000-0000-0000-000000000001"


def test_a_topic_of_the_house_falls_into_one_of_sixteen_streams_for_ever():
    names = {of_house(f"topic {n}").name for n in range(500)}
    assert names == {f"house:{n:02}" for n in range(16)}
    # Changing this would tear every chain in two.
    assert (of_house("rules").name, of_house("runs").name) == ("house:12", "house:15")


def test_names_lead_back_to_streams():
    for stream in (of_case(UUID(int=7)), of_house("tapes")):
        assert named(stream.name) == stream


@pytest.mark.parametrize(
    "name", ["", "case:1", "house:16", "house:1", "desk:01", "case:" + "A" * 36]
)
def test_no_other_name_is_a_stream(name):
    with pytest.raises(BadInput, match="stream"):
        named(name)
    kind, _, key = name.partition(":")
    with pytest.raises(ValueError, match="no stream"):
        Stream(kind, key)
