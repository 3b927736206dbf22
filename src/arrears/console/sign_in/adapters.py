"""What django-allauth asks us: which stages a sign-in has, what a session is, how secrets lie."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.stages import AuthenticateStage
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from arrears.kernel.errors import NotAllowed
from arrears.loans.queries import is_simulated
from arrears.people.models import User
from arrears.people.sign_in.actions import DOOR, open_session
from arrears.people.sign_in.queries import STRONG, has_second_factor, must_have_second_factor
from arrears.people.sign_in.sealing import opened, sealed
from arrears.store import clock

SESSION = "arrears_session"  # where Django's session names the row of ours
ASSERTED = "arrears_second_factor_asserted"  # by the lender's identity provider, at this sign-in
_TOLD = {"password": "password", "socialaccount": "oidc"}


def asserted(request: HttpRequest, user: AbstractBaseUser) -> bool:
    """Whether the lender's identity provider said that it asked this user for a second factor."""
    return bool(request.session.get(ASSERTED) == str(user.pk))


def must_have(user: User) -> bool:
    """Whether the user needs a second factor in this book."""
    return must_have_second_factor(user, simulated=is_simulated(DOOR))


class SecondFactorStage(AuthenticateStage):
    """Asks for the second factor, unless the lender's provider has just done so."""

    def _should_handle(self, request: HttpRequest) -> bool:
        user = self.login.user
        if user is not None and asserted(request, user):
            return False
        return bool(super()._should_handle(request))


class AccountAdapter(DefaultAccountAdapter):
    """Sign-in by name and password, second factor, passkey or the lender's provider; no sign-up."""

    def get_login_stages(self) -> list[str]:
        """One stage: the second factor. There are no e-mail addresses to confirm."""
        return ["arrears.console.sign_in.adapters.SecondFactorStage"]

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody makes an account for themselves."""
        return False

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        """Let somebody in who passed every stage; the only place where a session begins."""
        assert isinstance(user, User)
        records = get_authentication_records(request, user)
        second = asserted(request, user) or any(each["method"] == "mfa" for each in records)
        needed = must_have(user)
        if needed and not second and has_second_factor(user.pk):
            raise NotAllowed(
                "the second factor was not asked for", remedy="sign in again", user=user.pk
            )
        super().login(request, user)
        request.session.pop(ASSERTED, None)
        request.session[SESSION] = str(
            open_session(
                user,
                method=_method(records, asserted=second),
                enrolling=needed and not second,
                address=self.get_client_ip(request),
                browser=self.get_http_user_agent(request),
            )
        )

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Who showed who they are within the last minutes need not do so again."""
        request = self.request
        records = get_authentication_records(request, request.user)
        latest = max((each["at"] for each in records), default=0.0)
        age = clock.now().timestamp() - latest
        return bool(age >= settings.ACCOUNT_REAUTHENTICATION_TIMEOUT)

    def respond_user_inactive(self, request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
        """Back to the door; a passkey or provider may be right and the person shut out."""
        messages.error(request, _("This sign-in is shut. Ask your administrator."))
        return redirect("console:sign-in")

    def add_message(self, request: HttpRequest, level: int, *args: Any, **kwargs: Any) -> None:
        """Our screens say what happened in their own words; only errors pass."""
        if level >= messages.ERROR:
            messages.add_message(request, level, kwargs.get("message") or _("That was not right."))

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """There is no mail in this house; the journal has every change."""


class MfaAdapter(DefaultMFAAdapter):
    """Second factors: sealed in the database, named in our words, and the last one stays."""

    def encrypt(self, text: str) -> str:
        """Seal a secret of an authenticator app or the seed of recovery codes."""
        return sealed(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Open what ``encrypt`` sealed."""
        return opened(encrypted_text)

    def validation_error(self, code: str, *args: Any) -> Any:
        """Errors in the reader's language, from our catalogue."""
        self.error_messages = {**DefaultMFAAdapter.error_messages, **_words()}
        return super().validation_error(code, *args)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """The last second factor of somebody who needs one cannot be taken away."""
        others = Authenticator.objects.filter(user_id=authenticator.user_id, type__in=STRONG)
        if others.exclude(pk=authenticator.pk).exists():
            return True
        user = authenticator.user
        assert isinstance(user, User)
        return not must_have(user)

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Any) -> str:
        """A name for a passkey until its owner gives one."""
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return _("Passkey %(number)s") % {"number": count + 1}


def _words() -> dict[str, str]:
    return {
        "incorrect_code": _("This code is not right, or it was used already."),
        "cannot_delete_authenticator": _(
            "Your role needs a second factor: add another one before you remove this one."
        ),
        "cannot_generate_recovery_codes": _("Set up a second factor first."),
    }


def _method(records: list[dict[str, Any]], *, asserted: bool) -> str:
    saml = settings.ARREARS.saml
    told = [
        ("passkey" if each.get("type") == "webauthn" else str(each.get("type")))
        if each["method"] == "mfa"
        else "saml"
        if saml and each.get("provider") == saml.entity_id
        else _TOLD.get(each["method"], each["method"])
        for each in records
    ]
    if asserted and not any(each["method"] == "mfa" for each in records):
        told.append("asserted")
    return "+".join(dict.fromkeys(told))[:60] or "unknown"
