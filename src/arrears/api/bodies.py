"""Reading a JSON body: strictly, within limits, and nothing that the database cannot keep."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final, NoReturn

from django.http import HttpRequest
from ninja.parser import Parser

from arrears.api.problems import BadFields, BadJson, TooLarge, WrongMediaType, field_error

BODY_MAX: Final = 5 * 1024 * 1024  # bytes
DIGITS_MAX: Final = 20  # of a whole number; int64 has 19
_ESCAPE = re.compile(rb"\\u0000|\\u[dD][89a-fA-F]")


def check(request: HttpRequest) -> None:
    """Refuse, before it is read, a body that is no plain JSON or too large.

    Raises
    ------
    WrongMediaType
        For another media type, another charset than UTF-8, or a compressed body.
    TooLarge
        Above :data:`BODY_MAX` bytes.
    """
    told = str(request.META.get("CONTENT_LENGTH") or "0")
    length = int(told) if told.isascii() and told.isdigit() else 0  # as Django reads it
    if length > BODY_MAX:
        raise TooLarge(
            "the body is too large",
            expected=f"at most {BODY_MAX} bytes",
            found=f"{length} bytes",
            remedy="send the rows in several calls, or hand in a tape",
        )
    if not length:
        return
    charset = (request.content_params or {}).get("charset", "utf-8").lower().replace("_", "-")
    media_type = request.content_type
    coding = request.headers.get("Content-Encoding", "identity").lower()
    if (media_type, charset, coding) != ("application/json", "utf-8", "identity"):
        raise WrongMediaType(
            "the body is not plain JSON",
            expected="Content-Type: application/json in UTF-8, no Content-Encoding",
            found=f"{media_type or 'no type'}, {charset}, {coding}",
            remedy="send JSON, uncompressed",
        )


class StrictParser(Parser):
    """Parses a body as RFC 8259 has it, and refuses what JSON libraries let pass."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The value of the body.

        Raises
        ------
        BadJson
            Not UTF-8, no JSON, a name twice in one object, NaN or infinity, nested too deep, or a
            number longer than :data:`DIGITS_MAX` digits.
        BadFields
            A text or name holds U+0000 or half a surrogate pair, which no database keeps.
        """
        raw = request.body
        try:
            value = json.loads(
                raw.decode(),
                object_pairs_hook=_once_each,
                parse_int=_whole,
                parse_float=_finite,
                parse_constant=_constant,
            )
        except UnicodeDecodeError as error:
            raise _bad(f"byte {error.start} is not UTF-8") from error
        except json.JSONDecodeError as error:
            place = f"{error.msg} at line {error.lineno} column {error.colno}"
            raise _bad(place) from error
        except RecursionError as error:
            raise _bad("it is nested too deep") from error
        if _ESCAPE.search(raw):
            _refuse_unkeepable(value)
        return value


def _bad(found: str) -> BadJson:
    return BadJson(
        "the body is not JSON",
        expected="one JSON value in UTF-8 (RFC 8259)",
        found=found,
        remedy="correct the body; nothing was taken in",
    )


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise _bad("a name stands twice in one object")
    return value


def _whole(digits: str) -> int:
    if len(digits) > DIGITS_MAX:
        raise _bad(f"a number of {len(digits)} digits")
    return int(digits)


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise _bad("a number beyond all measure")
    return value


def _constant(name: str) -> NoReturn:
    raise _bad(f"{name}, which JSON does not have")


def _refuse_unkeepable(value: Any) -> None:
    errors = [
        field_error("body", path, "unkeepable_text", "holds U+0000 or half a surrogate pair")
        for path, text in _texts(value)
        if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text)
    ]
    if errors:
        raise BadFields(errors)


def _texts(value: Any) -> Iterator[tuple[list[object], str]]:
    waiting: list[tuple[list[object], Any]] = [([], value)]
    while waiting:
        path, item = waiting.pop()
        if isinstance(item, str):
            yield path, item
        elif isinstance(item, list):
            waiting += [([*path, index], inner) for index, inner in enumerate(item)]
        elif isinstance(item, dict):
            for name, inner in item.items():
                yield path, name
                waiting.append(([*path, name], inner))
