"""Signing in, with a pause after too many failed tries."""

from __future__ import annotations

import hashlib
from typing import Any, Literal

from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _

from arrears.console.shell import told
from arrears.people.actions import note_sign_in
from arrears.people.models import User

# Tries of one name from one address, and of one address whatever the name, until a pause.
TRIES_OF_NAME, TRIES_OF_ADDRESS = 5, 50
PAUSE_S = 15 * 60


class SignInForm(AuthenticationForm):
    """Name and password; refuses to look at them while a pause lasts."""

    def clean(self) -> dict[str, Any]:
        keys = self._keys()
        if any(cache.get(key, 0) >= limit for key, limit in keys.items()):
            raise ValidationError(
                _("Too many failed tries. Please wait 15 minutes, then try again."), code="paused"
            )
        try:
            cleaned = super().clean()
        except ValidationError:
            for key in keys:
                if not cache.add(key, 1, PAUSE_S):
                    cache.incr(key)
            self._note("refused")
            raise
        cache.delete(next(iter(keys)))
        self._note("signed_in")
        return cleaned

    def _note(self, outcome: Literal["signed_in", "refused"]) -> None:
        name = str(self.cleaned_data.get("username", ""))
        user = User.objects.filter(username__iexact=name).only("pk").first()
        note_sign_in(user.pk if user else None, outcome)

    def get_invalid_login_error(self) -> ValidationError:
        # The same words whether the name or the password is wrong.
        return ValidationError(_("User name or password is not right."), code="invalid_login")

    def _keys(self) -> dict[str, int]:
        address = self.request.META.get("REMOTE_ADDR", "") if self.request else ""
        name = str(self.cleaned_data.get("username", "")).casefold()
        of_name = hashlib.sha256(f"{name}\x1f{address}".encode()).hexdigest()
        of_address = hashlib.sha256(address.encode()).hexdigest()
        return {
            f"sign-in:{of_name}": TRIES_OF_NAME,
            f"sign-in-from:{of_address}": TRIES_OF_ADDRESS,
        }


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

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        response = super().form_valid(form)
        if settings.LANGUAGE_COOKIE_NAME not in self.request.COOKIES:
            # Nobody chose on this device: speak the language of the person.
            response.set_cookie(
                settings.LANGUAGE_COOKIE_NAME,
                form.get_user().language,
                samesite="Lax",
                secure=settings.LANGUAGE_COOKIE_SECURE,
            )
        return response
