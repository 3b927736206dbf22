"""Signing in through the lender's own provider: who comes must be known here already."""

from __future__ import annotations

from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.base import AuthProcess
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from arrears.console.sign_in.adapters import ASSERTED
from arrears.console.sign_in.saml.provider import CONTEXTS
from arrears.people.actions import note_sign_in
from arrears.people.models import User
from arrears.people.sign_in.actions import DOOR, note_factor
from arrears.store.transactions import transaction

# Words of RFC 8176 by which a provider says that more than a password was asked for.
SECOND = frozenset({"mfa", "otp", "hwk", "swk", "fpt", "face", "iris", "sc"})
# Classes of authentication by which a SAML provider says the same.
_CLASSES = "urn:oasis:names:tc:SAML:2.0:ac:classes:"
SECOND_CONTEXTS = frozenset(
    {"https://refeds.org/profile/mfa", "http://schemas.microsoft.com/claims/multipleauthn"}
    | {f"{_CLASSES}{name}" for name in (
        "MobileTwoFactorContract", "TimeSyncToken", "Smartcard", "SmartcardPKI",
    )}
)  # fmt: skip


class ProviderAdapter(DefaultSocialAccountAdapter):
    """Finds the user whose name the provider asserts; makes none (joiners come by SCIM)."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Nobody makes an account by knocking."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Tie the provider's subject to the user of that name, at the first sign-in.

        Later the subject alone decides: a name given to somebody else at the provider opens
        nothing here.
        """
        name, second = _asserted(sociallogin)
        if request.user.is_authenticated or sociallogin.state.get("process") != AuthProcess.LOGIN:
            # To tie a subject to whoever is signed in would let that subject in as them.
            raise self._refused(request)
        request.session.flush()  # what was begun before must not count for this sign-in
        if not sociallogin.is_existing:
            user = User.objects.filter(username__iexact=name).first() if name else None
            if user is None or not user.is_active or _tied(user):
                note_sign_in(user.pk if user else None, "refused")
                raise self._refused(request)
            with transaction(DOOR) as at:
                sociallogin.connect(request, user)
                note_factor(at, user.pk, "provider_tied")
        if second:
            request.session[ASSERTED] = str(sociallogin.user.pk)

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, **more: Any
    ) -> None:
        """Back to the door in our own words; what the provider said may hold anything."""
        note_sign_in(None, "refused")
        raise self._refused(request)

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """There is no mail in this house."""

    def _refused(self, request: HttpRequest) -> Exception:
        messages.error(
            request, _("This sign-in did not work. Ask your administrator whether you are known.")
        )
        refused: Exception = ImmediateHttpResponse(redirect("console:sign-in"))
        return refused


def _asserted(sociallogin: Any) -> tuple[str, bool]:
    """The user name that the provider tells, and whether it asked for a second factor."""
    told = sociallogin.account.extra_data
    if CONTEXTS in told:
        return _saml_name(sociallogin), bool(SECOND_CONTEXTS.intersection(told[CONTEXTS]))
    claims = {**(told.get("userinfo") or {}), **(told.get("id_token") or {})}
    second = bool(SECOND.intersection(claims.get("amr") or ()))
    return str(claims.get("preferred_username") or ""), second


def _saml_name(sociallogin: Any) -> str:
    """The one value of the attribute that the installation names; without one, the NameID."""
    saml = settings.ARREARS.saml
    if saml is None or not saml.username:
        return str(sociallogin.account.uid)
    values = sociallogin.account.extra_data["attributes"].get(saml.username) or []
    return str(values[0]) if len(values) == 1 else ""


def _tied(user: User) -> bool:
    """Whether another subject of the provider is this user already."""
    return bool(user.socialaccount_set.exists())  # type: ignore[attr-defined]
