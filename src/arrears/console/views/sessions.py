"""One's own account at the door, and, for security, everybody's sessions."""

from __future__ import annotations

from uuid import UUID

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from arrears.console.shell import ANYBODY, screen, show
from arrears.console.sign_in.adapters import must_have
from arrears.console.sign_in.door import session_of
from arrears.kernel.errors import BadInput, NotFound
from arrears.people.models import User
from arrears.people.sign_in import actions
from arrears.people.sign_in.accounts import change_own_password
from arrears.people.sign_in.queries import all_sessions, has_second_factor, own_sessions
from arrears.store.actor import Actor


@require_safe
@screen(ANYBODY)
def account(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Second factors, password and sessions of whoever is signed in."""
    user = _user(request)
    factors = Authenticator.objects.filter(user_id=user.pk).order_by("type", "pk")
    by_type: dict[str, list[Authenticator]] = {}
    for factor in factors:
        by_type.setdefault(factor.type, []).append(factor)
    strong = has_second_factor(user.pk)
    context = {
        "app": by_type.get("totp"),
        "passkeys": [(each.pk, each.wrap().name) for each in by_type.get("webauthn", [])],
        "codes": by_type.get("recovery_codes"),
        "strong": strong,
        "must": not strong and must_have(user),
        "sessions": own_sessions(actor),
        "this": session_of(request),
    }
    return show(request, actor, "sign_in/account.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@screen(ANYBODY)
def password(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """A new password of one's own; all other sessions end."""
    user = _user(request)
    form = PasswordChangeForm(user, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            changed = change_own_password(
                actor, form.cleaned_data["new_password1"], session_of(request)
            )
        except BadInput as error:
            form.add_error("new_password1", error.found or error.message)
        else:
            update_session_auth_hash(request, changed)
            messages.success(request, _("The password was changed. Your other sessions ended."))
            return redirect("console:account")
    context = {"form": form}
    return show(
        request, actor, "sign_in/password.html", context, status=422 if form.errors else 200
    )


@require_POST
@screen(ANYBODY)
def end(request: HttpRequest, actor: Actor, session_id: UUID) -> HttpResponseBase:
    """End one session: one's own, or somebody's for who may."""
    actions.end_session(actor, session_id)
    messages.success(request, _("The session ends with its next request."))
    return redirect(_back(request))


@require_POST
@screen(ANYBODY)
def end_others(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """End all of one's own sessions but this one."""
    actions.end_sessions_of(actor, _user(request).pk, but=session_of(request))
    messages.success(request, _("Your other sessions ended."))
    return redirect("console:account")


@require_safe
@screen("sessions.end")
def sessions(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Everybody who is signed in."""
    context = {"sessions": all_sessions(actor), "this": session_of(request)}
    return show(request, actor, "sign_in/sessions.html", context)


@require_POST
@screen("sessions.end")
def end_of(request: HttpRequest, actor: Actor, user_id: int) -> HttpResponseBase:
    """End all sessions of one member of staff."""
    count = actions.end_sessions_of(actor, user_id)
    messages.success(request, _("%(count)s sessions ended.") % {"count": count})
    return redirect("console:sessions")


@require_POST
@screen("sessions.end")
def reset(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Take the second factors of somebody away who lost them."""
    try:
        actions.reset_second_factor(actor, request.POST.get("username", "").replace("\0", ""))
    except NotFound:
        messages.error(request, _("Nobody has this user name."))
    else:
        messages.success(request, _("At the next sign-in a new second factor will be set up."))
    return redirect("console:sessions")


def _user(request: HttpRequest) -> User:
    user = request.user
    assert isinstance(user, User)
    return user


def _back(request: HttpRequest) -> str:
    return "console:sessions" if request.POST.get("from") == "sessions" else "console:account"
