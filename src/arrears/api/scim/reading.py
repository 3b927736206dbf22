"""Reading what a directory sends: users, changes (PATCH) and filters."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from arrears.api.scim.words import PATCH, USER, ScimError
from arrears.people.sign_in.directory import Told

_FILTER: Final = re.compile(r'\s*([A-Za-z.]+)\s+(eq)\s+("(?:[^"\\]|\\.)*")\s*', re.IGNORECASE)
_BOOLEANS: Final = {"true": True, "false": False}


def user(body: Any) -> Told:
    """What a whole user (POST, PUT) says. Attributes that this house has not are passed over."""
    given = _object(body)
    _require_schema(given, USER)
    return _told(given)


def _told(given: Mapping[str, Any]) -> Told:
    """SCIM's names are the same whatever their case (RFC 7643, 2.1)."""
    by_name = {name.lower(): value for name, value in given.items()}
    named = by_name.get("name")
    display = _text("displayName", by_name.get("displayname"))
    if display is None and isinstance(named, dict):
        parts = {name.lower(): value for name, value in named.items()}
        both = [_text("name", parts.get(part)) for part in ("givenname", "familyname")]
        display = _text("name.formatted", parts.get("formatted"))
        display = display or " ".join(part for part in both if part) or None
    return Told(
        username=_text("userName", by_name.get("username")),
        display_name=display,
        external_id=_text("externalId", by_name.get("externalid")),
        active=_boolean(by_name.get("active")),
        language=_text("preferredLanguage", by_name.get("preferredlanguage")),
        roles=_roles(by_name.get("roles")),
    )


def patch(body: Any) -> Told:
    """What the operations of a PATCH (RFC 7644, 3.5.2) come to together; later ones win."""
    given = _object(body)
    _require_schema(given, PATCH)
    operations = given.get("Operations", given.get("operations"))
    if not isinstance(operations, list) or not 1 <= len(operations) <= 50:
        raise ScimError("invalidSyntax", "Operations must be a list of 1 to 50 operations")
    gathered: dict[str, Any] = {}
    for operation in operations:
        each = _object(operation)
        kind = str(each.get("op", "")).lower()
        path = each.get("path")
        if kind not in ("add", "replace"):
            raise ScimError("invalidSyntax", "only add and replace are done", found=kind[:20])
        if path is None:
            gathered |= _writable(_object(each.get("value")))
        elif isinstance(path, str):
            gathered |= _writable(_at(path, each.get("value")))
        else:
            raise ScimError("invalidPath", "a path is a text")
    return _told(gathered)


def _at(path: str, value: Any) -> dict[str, Any]:
    name = path.removeprefix(f"{USER}:")
    if name.lower() in ("name.formatted", "name.givenname", "name.familyname"):
        return {"name": {name.partition(".")[2]: value}}
    return {name: value}


def _writable(given: Mapping[str, Any]) -> dict[str, Any]:
    known = {"username", "displayname", "name", "externalid", "active", "preferredlanguage"}
    for name in given:
        if name.lower() in ("id", "meta", "schemas"):
            raise ScimError("mutability", f"{name} cannot be changed")
        if name.lower() not in known | {"roles"}:
            raise ScimError("invalidPath", "there is no such attribute", found=name[:80])
    return {name.lower(): value for name, value in given.items()}


def wanted(text: str | None) -> dict[str, str]:
    """What a filter asks for: ``userName eq "li.na"`` or the same of externalId.

    Raises
    ------
    ScimError
        ``invalidFilter`` for any other: one that were passed over would match everybody.
    """
    if text is None:
        return {}
    found = _FILTER.fullmatch(text)
    names = {"username": "username", "externalid": "external_id"}
    name = names.get(found[1].lower()) if found else None
    if found is None or name is None:
        raise ScimError(
            "invalidFilter",
            "this filter is not known",
            expected='userName eq "…" or externalId eq "…"',
            found=text[:80],
        )
    try:
        return {name: str(json.loads(found[3]))}
    except ValueError as error:
        raise ScimError("invalidFilter", "the value of the filter is no JSON text") from error


def _object(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ScimError("invalidSyntax", "an object is expected", found=type(value).__name__)
    return value


def _require_schema(given: Mapping[str, Any], schema: str) -> None:
    schemas = given.get("schemas")
    if not isinstance(schemas, list) or schema not in schemas:
        raise ScimError("invalidSyntax", "schemas must name the message", expected=schema)


def _text(name: str, value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise ScimError("invalidValue", f"{name} is a text", found=type(value).__name__)
    return value


def _boolean(value: Any) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    # Some directories send a text; whatever is neither must not be taken for a yes.
    if isinstance(value, str) and value.lower() in _BOOLEANS:
        return _BOOLEANS[value.lower()]
    raise ScimError("invalidValue", "active is true or false", found=str(value)[:20])


def _roles(value: Any) -> list[str] | None:
    if value is None:
        return None
    if not isinstance(value, list) or len(value) > 50:
        raise ScimError("invalidValue", "roles is a list")
    words = []
    for each in value:
        word = each.get("value") if isinstance(each, dict) else each
        if not isinstance(word, str):
            raise ScimError("invalidValue", "a role has a value, which is a text")
        words.append(word)
    return words
