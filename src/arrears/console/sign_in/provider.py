"""Signing in through the lender's own OpenID provider: who comes must be known here already."""

from __future__ import annotations

from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.base import AuthProcess
from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from arrears.console.sign_in.adapters import ASSERTED
from arrears.people.actions import note_sign_in
from arrears.people.models import User
from arrears.people.sign_in.actions import DOOR, note_factor
from arrears.store.transactions import transaction

# Words of RFC 8176 by which a provider says that more than a password was asked for.
SECOND = frozenset({"mfa", "otp", "hwk", "swk", "fpt", "face", "iris", "sc"})


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
        told = sociallogin.account.extra_data
        claims = {**(told.get("userinfo") or {}), **(told.get("id_token") or {})}
        if request.user.is_authenticated or sociallogin.state.get("process") != AuthProcess.LOGIN:
            # To tie a subject to whoever is signed in would let that subject in as them.
            raise self._refused(request)
        request.session.flush()  # what was begun before must not count for this sign-in
        if not sociallogin.is_existing:
            name = str(claims.get("preferred_username") or "")
            user = User.objects.filter(username__iexact=name).first() if name else None
            if user is None or not user.is_active or _tied(user):
                note_sign_in(user.pk if user else None, "refused")
                raise self._refused(request)
            with transaction(DOOR) as at:
                sociallogin.connect(request, user)
                note_factor(at, user.pk, "provider_tied")
        if SECOND.intersection(claims.get("amr") or ()):
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


def _tied(user: User) -> bool:
    """Whether another subject of the provider is this user already."""
    return bool(user.socialaccount_set.exists())  # type: ignore[attr-defined]
