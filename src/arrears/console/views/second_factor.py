"""django-allauth's pages for second factors, in our look; every change goes on record."""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.account import views as account
from allauth.mfa.base import views as base
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse_lazy

from arrears.console.sign_in.door import session_of
from arrears.people.actions import note_sign_in
from arrears.people.models import User
from arrears.people.queries import staff_actor
from arrears.people.sign_in.actions import enrolled, note_factor
from arrears.store.transactions import transaction

HERE = reverse_lazy("console:account")


class CodeForm(AuthenticateForm):
    """A code of the app or a recovery code; a wrong one goes on record."""

    def _emit_authentication_failed(self, authenticator: Any) -> None:
        super()._emit_authentication_failed(authenticator)
        note_sign_in(self.user.pk, "refused")


class OnRecord:
    """A form that changes one's own second factors, in one transaction with its entry."""

    change: ClassVar[str]
    request: HttpRequest

    def form_valid(self, form: Form) -> HttpResponse:
        user = self.request.user
        assert isinstance(user, User)
        with transaction(staff_actor(user)) as at:
            response: HttpResponse = super().form_valid(form)  # type: ignore[misc]
            note_factor(at, user.pk, self.change)
        session = session_of(self.request)
        if session and self.change == "added":
            # Only the session that showed the new factor goes on from there.
            enrolled(session)
            self.request.session.cycle_key()
        return response


class Authenticate(base.AuthenticateView):
    """The second step of signing in."""

    template_name = "console/sign_in/second.html"


class PasskeySignIn(passkeys.LoginWebAuthnView):
    """Signing in with a passkey alone; the device asked for finger, face or PIN."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        options = request.session.get("mfa.webauthn.state")
        request.session.flush()
        request.session["mfa.webauthn.state"] = options
        response: HttpResponseBase = super().post(request, *args, **kwargs)
        return response


class Again(account.ReauthenticateView):
    """Show once more who you are, by password."""

    template_name = "console/sign_in/again.html"
    extra_context = {"with_password": True}


class AgainByCode(base.ReauthenticateView):
    """Show once more who you are, by code."""

    template_name = "console/sign_in/again.html"
    extra_context = {"with_code": True}


class AgainByPasskey(passkeys.ReauthenticateWebAuthnView):
    """Show once more who you are, by passkey."""

    template_name = "console/sign_in/again.html"
    extra_context = {"with_passkey": True}


class AddApp(OnRecord, totp.ActivateTOTPView):
    """Set up an authenticator app."""

    template_name = "console/sign_in/app.html"
    change = "added"

    def get_success_url(self) -> str:
        return str(reverse_lazy("mfa_view_recovery_codes"))


class RemoveApp(OnRecord, totp.DeactivateTOTPView):
    """Remove the authenticator app."""

    template_name = "console/sign_in/remove.html"
    success_url = HERE
    change = "removed"


class AddPasskey(OnRecord, passkeys.AddWebAuthnView):
    """Set up a passkey."""

    template_name = "console/sign_in/passkey.html"
    change = "added"

    def get_success_url(self) -> str:
        return str(reverse_lazy("mfa_view_recovery_codes"))


class RemovePasskey(OnRecord, passkeys.RemoveWebAuthnView):
    """Remove a passkey, unless it is the last factor of somebody who needs one."""

    template_name = "console/sign_in/remove.html"
    success_url = HERE
    change = "removed"

    def get_form(self, form_class: Any = None) -> Form:
        form: Form = super().get_form(form_class)
        form.clean = self._clean  # type: ignore[method-assign]
        return form

    def _clean(self) -> dict[str, Any]:
        from allauth.mfa.adapter import get_adapter  # tidy: lazy (reads settings)

        if not get_adapter().can_delete_authenticator(self.get_object()):
            raise get_adapter().validation_error("cannot_delete_authenticator")
        return {}


class Codes(codes.ViewRecoveryCodesView):
    """The recovery codes: shown once."""

    template_name = "console/sign_in/codes.html"


class NewCodes(OnRecord, codes.GenerateRecoveryCodesView):
    """New recovery codes; the old ones pass no more."""

    template_name = "console/sign_in/new_codes.html"
    change = "codes_made"
