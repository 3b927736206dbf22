"""Messages of SCIM: users as resources, lists, errors, and what this house supports."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any, Final

from django.http import HttpResponse

from arrears.api.problems import BadJson, TooLarge, Unauthenticated, WrongMediaType
from arrears.kernel.errors import ArrearsError, BadInput, Conflict
from arrears.people.sign_in.directory import Known

MEDIA_TYPE: Final = "application/scim+json"
BASE: Final = "/scim/v2"
USER: Final = "urn:ietf:params:scim:schemas:core:2.0:User"
LIST: Final = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ERROR: Final = "urn:ietf:params:scim:api:messages:2.0:Error"
PATCH: Final = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
MOST: Final = 100  # users in one answer


class ScimError(BadInput):
    """A request that SCIM has a word for: ``scimType`` of RFC 7644, table 9."""

    http_status = 400

    def __init__(self, scim_type: str, message: str, **more: Any) -> None:
        super().__init__(message, **more)
        self.scim_type = scim_type


def answer(body: Mapping[str, Any], status: int = 200) -> HttpResponse:
    """A response in SCIM's media type."""
    return HttpResponse(json.dumps(body), status=status, content_type=MEDIA_TYPE)


def refusal(error: ArrearsError) -> HttpResponse:
    """Section 3.12: what was wrong, as SCIM says it."""
    scim_type = None
    status = error.http_status
    if isinstance(error, ScimError):
        scim_type = error.scim_type
    elif isinstance(error, BadJson):
        scim_type, status = "invalidSyntax", 400
    elif isinstance(error, Conflict):
        # The last administrator is a conflict too, but of no value that must be unique.
        scim_type = "uniqueness" if "taken" in error.message else None
    elif isinstance(error, BadInput) and not isinstance(error, TooLarge | WrongMediaType):
        scim_type, status = "invalidValue", 400
    told = "; ".join(
        part
        for part in (
            error.message,
            error.expected and f"expected: {error.expected}",
            error.found and f"found: {error.found}",
        )
        if part
    )
    body: dict[str, Any] = {"schemas": [ERROR], "status": str(status), "detail": told}
    if scim_type:
        body["scimType"] = scim_type
    response = answer(body, status)
    if isinstance(error, Unauthenticated):
        response["WWW-Authenticate"] = 'Bearer realm="arrears"'
    return response


def resource(user: Known, base: str) -> dict[str, Any]:
    """A user as SCIM tells it; passwords are nobody's to read."""
    told: dict[str, Any] = {
        "schemas": [USER],
        "id": str(user.id),
        "userName": user.username,
        "displayName": user.display_name,
        "name": {"formatted": user.display_name},
        "active": user.active,
        "preferredLanguage": user.language,
        "roles": [{"value": user.role, "primary": True}],
        "meta": {
            "resourceType": "User",
            "created": user.created_at.astimezone(UTC).isoformat(),
            "lastModified": user.changed_at.astimezone(UTC).isoformat(),
            "location": f"{base}/Users/{user.id}",
        },
    }
    if user.external_id is not None:
        told["externalId"] = user.external_id
    return told


def listing(resources: Sequence[Mapping[str, Any]], total: int, start: int) -> dict[str, Any]:
    """Section 3.4.2: a page of resources."""
    return {
        "schemas": [LIST],
        "totalResults": total,
        "startIndex": start,
        "itemsPerPage": len(resources),
        "Resources": list(resources),
    }


SUPPORTED: Final[dict[str, Any]] = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
    "patch": {"supported": True},
    "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
    "filter": {"supported": True, "maxResults": MOST},
    "changePassword": {"supported": False},
    "sort": {"supported": False},
    "etag": {"supported": False},
    "authenticationSchemes": [
        {
            "type": "oauthbearertoken",
            "name": "Token of a machine client",
            "description": "Authorization: Bearer arr_…, with the scope scim.manage",
            "primary": True,
        }
    ],
    "meta": {"resourceType": "ServiceProviderConfig", "location": f"{BASE}/ServiceProviderConfig"},
}
TYPES: Final[tuple[dict[str, Any], ...]] = (
    {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
        "id": "User",
        "name": "User",
        "endpoint": "/Users",
        "description": "A member of staff who signs in",
        "schema": USER,
        "meta": {"resourceType": "ResourceType", "location": f"{BASE}/ResourceTypes/User"},
    },
)


def _attribute(name: str, kind: str, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "type": kind,
        "multiValued": False,
        "required": False,
        "caseExact": False,
        "mutability": "readWrite",
        "returned": "default",
        "uniqueness": "none",
        "description": "",
        **more,
    }


SCHEMAS: Final[tuple[dict[str, Any], ...]] = (
    {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
        "id": USER,
        "name": "User",
        "description": "A member of staff who signs in",
        "attributes": [
            _attribute("userName", "string", required=True, uniqueness="server"),
            _attribute("displayName", "string"),
            _attribute("name", "complex", subAttributes=[_attribute("formatted", "string")]),
            _attribute("active", "boolean"),
            _attribute("preferredLanguage", "string"),
            _attribute(
                "roles",
                "complex",
                multiValued=True,
                subAttributes=[_attribute("value", "string"), _attribute("primary", "boolean")],
            ),
        ],
        "meta": {"resourceType": "Schema", "location": f"{BASE}/Schemas/{USER}"},
    },
)
