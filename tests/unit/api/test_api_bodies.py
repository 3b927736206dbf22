"""A body is read strictly, within limits, or refused with what is wrong and where."""

from __future__ import annotations

import gzip
import json

import pytest
from django.test import RequestFactory

from arrears.api import bodies
from arrears.api.problems import BadFields, BadJson, TooLarge, WrongMediaType

PARSER = bodies.StrictParser()


def sent(body: bytes, content_type: str = "application/json", **headers: str):
    return RequestFactory().post("/", data=body, content_type=content_type, headers=headers)


def parsed(body: bytes):
    return PARSER.parse_body(sent(body))


def test_good_json_is_read_as_it_is():
    body = '{"a": [1, -0.5, "催收 😀", null, true], "b": 9223372036854775807}'
    assert parsed(body.encode()) == json.loads(body)
    assert parsed(rb'"\ud83d\ude00 \\u0000"') == "😀 \\u0000"  # a whole pair, an escaped backslash


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"{", "line 1 column 2"),
        (b'{"a": 1,}', "line 1"),
        (b"[1] [2]", "Extra data"),
        (b"nonsense", "Expecting value"),
        (b'"\xff"', "byte 1 is not UTF-8"),
        (b'"\xed\xa0\x80"', "byte 1 is not UTF-8"),  # half a surrogate pair, encoded
        ('{"a": 1}'.encode("utf-16"), "byte 0 is not UTF-8"),
        (b"\xef\xbb\xbf{}", "BOM"),
        (b"[NaN]", "NaN"),
        (b"[-Infinity]", "Infinity"),
        (b"[1e999]", "beyond all measure"),
        (b"1" * 21, "a number of 21 digits"),
        (b"9" * 100_000, "a number of 100000 digits"),
        (b'{"a": 1, "a": 2}', "twice"),
        (b'{"x": {"a": 1, "\\u0061": 2}}', "twice"),
        (b"[" * 200_000, "nested too deep"),
        (b'{"a":' * 100_000, "nested too deep"),
        (b'"a\x00b"', "control character"),
    ],
)
def test_what_is_no_json_is_refused_with_the_place(body, found):
    with pytest.raises(BadJson) as refused:
        parsed(body)
    assert found in str(refused.value.found)
    assert refused.value.http_status == 400


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        (rb'{"persons": [{"name": "a"}, {"name": "b\u0000c"}]}', ["/persons/1/name"]),
        (rb'{"a": "\ud800"}', ["/a"]),
        (rb'{"a": "\udc00\ud800"}', ["/a"]),
        (rb'{"a/b~": ["\uDFFF"]}', ["/a~1b~0/0"]),
    ],
)
def test_text_that_no_database_keeps_is_named(body, pointers):
    with pytest.raises(BadFields) as refused:
        parsed(body)
    assert [error["pointer"] for error in refused.value.errors] == pointers


def test_a_name_that_no_database_keeps_is_refused():
    with pytest.raises(BadFields):
        parsed(rb'{"\u0000": 1}')


@pytest.mark.parametrize(
    ("content_type", "headers"),
    [
        ("text/plain", {}),
        ("application/x-www-form-urlencoded", {}),
        ("application/json; charset=gb18030", {}),
        ("application/vnd.api+json", {}),
        ("", {}),
        ("application/json", {"content-encoding": "gzip"}),
        ("application/json", {"content-encoding": "br"}),
    ],
)
def test_another_media_type_or_a_compressed_body_is_not_read(content_type, headers):
    body = gzip.compress(b" " * 50_000_000) if headers else b"{}"
    with pytest.raises(WrongMediaType) as refused:
        bodies.check(sent(body, content_type, **headers))
    assert refused.value.http_status == 415


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/json; charset=UTF-8", "Application/JSON"]
)
def test_json_in_utf_8_may_be_read(content_type):
    bodies.check(sent(b"{}", content_type))


def test_a_body_is_read_up_to_its_limit():
    bodies.check(sent(b" " * bodies.BODY_MAX))
    with pytest.raises(TooLarge, match="too large") as refused:
        bodies.check(sent(b" " * (bodies.BODY_MAX + 1)))
    assert refused.value.http_status == 413
