"""Every address says what it needs: what says nothing stays shut.

A screen says it by ``@screen("cases.read")``; an operation of the API by the scope of its token.
The few that need nothing stand here, with the reason why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import structlog
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from arrears.console.shell import error_page

log = structlog.get_logger("arrears.doors")

_SIGNS_IN: Final = "it is how one signs in or out"
_OWN: Final = "it is about one's own sign-in only, and asks for a session itself"
_PUBLIC: Final = "it is published, and names no person"
UNGUARDED: Final[Mapping[str, str]] = {
    "console:root": "it leads to the first screen, and shows nothing",
    "console:sign-in": _SIGNS_IN,
    "console:sign-out": _SIGNS_IN,
    "account_login": _SIGNS_IN,
    "account_logout": _SIGNS_IN,
    "mfa_authenticate": _SIGNS_IN,
    "mfa_login_webauthn": _SIGNS_IN,
    "openid_connect_login": _SIGNS_IN,
    "openid_connect_callback": _SIGNS_IN,
    "saml_login": _SIGNS_IN,
    "saml_acs": _SIGNS_IN,
    "saml_finish_acs": _SIGNS_IN,
    "saml_sls": "there is nothing",
    "saml_metadata": _PUBLIC,
    "account_reauthenticate": _OWN,
    "mfa_reauthenticate": _OWN,
    "mfa_reauthenticate_webauthn": _OWN,
    "mfa_activate_totp": _OWN,
    "mfa_deactivate_totp": _OWN,
    "mfa_add_webauthn": _OWN,
    "mfa_remove_webauthn": _OWN,
    "mfa_view_recovery_codes": _OWN,
    "mfa_generate_recovery_codes": _OWN,
    "mfa_index": _OWN,
    "mfa_list_webauthn": _OWN,
    "roots": _PUBLIC,
    "public-agencies": _PUBLIC,
    "public-agencies-data": _PUBLIC,
    "api:openapi-view": _PUBLIC,
    "api:openapi-json": _PUBLIC,
    "set_language": "it sets a cookie of the reader's own",
}
# Where each operation bears its own scope: a test walks them all.
_API: Final = ("arrears.api.", "ninja.")


def declared(view: Callable[..., Any], name: str) -> bool:
    """Whether an address says what it needs, or why it needs nothing."""
    return hasattr(view, "needs") or name in UNGUARDED or view.__module__.startswith(_API)


class Doors:
    """Middleware that keeps shut what does not say whom it is for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """None, so that the view is called, or a refusal."""
        match = request.resolver_match
        if match is not None and declared(view, match.view_name):
            return None
        log.error("undeclared", route=match.route if match else None)
        return error_page(request, 403)
