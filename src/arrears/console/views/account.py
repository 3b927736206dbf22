"""Signing in and out, with a pause after too many failed tries."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.core.exceptions import ValidationError
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _

from arrears.console.shell import told
from arrears.console.sign_in.door import session_of
from arrears.people.actions import note_sign_in
from arrears.people.models import User
from arrears.people.sign_in.actions import close_session, forgive, give_back, take_try
from arrears.people.sign_in.rules import (
    TRIES_OF_ADDRESS,
    TRIES_OF_NAME,
    TRIES_OF_NAME_ANYWHERE,
)
from arrears.store import clock


class SignInForm(AuthenticationForm):
    """Name and password; refuses to look at them while a pause lasts."""

    def clean(self) -> dict[str, Any]:
        if "\0" in str(self.cleaned_data.get("username", "")):
            raise self.get_invalid_login_error()
        of_name, of_address, anywhere = self._keys()
        now = clock.now()
        limits = {
            of_name: TRIES_OF_NAME,
            of_address: TRIES_OF_ADDRESS,
            anywhere: TRIES_OF_NAME_ANYWHERE,
        }
        # Every count is taken, whatever the others say: all tries cost the same time.
        passed = [take_try(key, limit, now) for key, limit in limits.items()]
        if not all(passed):
            raise ValidationError(
                _("Too many failed tries. Please wait 15 minutes, then try again."), code="paused"
            )
        try:
            cleaned = super().clean()
        except ValidationError:
            name = str(self.cleaned_data.get("username", ""))
            user = User.objects.filter(username__iexact=name).only("pk").first()
            note_sign_in(user.pk if user else None, "refused")
            raise
        forgive(of_name)
        forgive(anywhere)
        give_back(of_address)
        return cleaned

    def get_invalid_login_error(self) -> ValidationError:
        # The same words whether the name or the password is wrong.
        return ValidationError(_("User name or password is not right."), code="invalid_login")

    def _keys(self) -> tuple[str, str, str]:
        address = self.request.META.get("REMOTE_ADDR", "") if self.request else ""
        name = str(self.cleaned_data.get("username", "")).casefold()
        return f"name {name}\x1f{address}", f"address {address}", f"anywhere {name}"


class SignIn(LoginView):
    """The page to sign in; whoever is signed in already goes on to the console."""

    template_name = "console/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return super().dispatch(request, *args, **kwargs)
        except (OperationalError, InterfaceError) as error:
            return told(request, error)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        providers = {"oidc": settings.ARREARS.oidc, "saml": settings.ARREARS.saml}
        return {**super().get_context_data(**kwargs), **providers}

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        user = form.get_user()
        # What an earlier, unfinished sign-in left here must not count for this one.
        self.request.session.flush()
        response: HttpResponse = perform_password_login(
            self.request, {}, Login(user=user, redirect_url=self.get_success_url())
        )
        if settings.LANGUAGE_COOKIE_NAME not in self.request.COOKIES and isinstance(user, User):
            # Nobody chose on this device: speak the language of the person.
            response.set_cookie(
                settings.LANGUAGE_COOKIE_NAME,
                user.language,
                samesite="Lax",
                secure=settings.LANGUAGE_COOKIE_SECURE,
            )
        return response


class SignOut(LogoutView):
    """Ends the session, here and in the list of sessions."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        session = session_of(request)
        if session:
            close_session(session, "signed_out")
        return super().post(request, *args, **kwargs)
