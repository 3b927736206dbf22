"""Addresses of django-allauth's pages: those that this house uses, and no other.

Their names are django-allauth's, which finds its own pages by them.
"""

from __future__ import annotations

from allauth.socialaccount.providers.openid_connect import views as provider
from allauth.socialaccount.providers.saml import views as saml
from django.urls import path
from django.views.generic import RedirectView

from arrears.console.sign_in.saml.views import Finish, Metadata, no_logout
from arrears.console.views import account
from arrears.console.views import second_factor as factor

_account = RedirectView.as_view(pattern_name="console:account")

urlpatterns = [
    path("sign-in/", account.SignIn.as_view(), name="account_login"),
    path("sign-out/", account.SignOut.as_view(), name="account_logout"),
    path("sign-in/second/", factor.Authenticate.as_view(), name="mfa_authenticate"),
    path("sign-in/passkey/", factor.PasskeySignIn.as_view(), name="mfa_login_webauthn"),
    path("sign-in/with/<slug:provider_id>/", provider.login, name="openid_connect_login"),
    path(
        "sign-in/with/<slug:provider_id>/back/",
        provider.callback,
        name="openid_connect_callback",
    ),
    path("sign-in/saml/<slug:organization_slug>/", saml.login, name="saml_login"),
    path("sign-in/saml/<slug:organization_slug>/back/", saml.acs, name="saml_acs"),
    path("sign-in/saml/<slug:organization_slug>/in/", Finish.as_view(), name="saml_finish_acs"),
    path("sign-in/saml/<slug:organization_slug>/out/", no_logout, name="saml_sls"),
    path(
        "sign-in/saml/<slug:organization_slug>/metadata/", Metadata.as_view(), name="saml_metadata"
    ),
    path("account/again/", factor.Again.as_view(), name="account_reauthenticate"),
    path("account/again/code/", factor.AgainByCode.as_view(), name="mfa_reauthenticate"),
    path(
        "account/again/passkey/",
        factor.AgainByPasskey.as_view(),
        name="mfa_reauthenticate_webauthn",
    ),
    path("account/app/", factor.AddApp.as_view(), name="mfa_activate_totp"),
    path("account/app/remove/", factor.RemoveApp.as_view(), name="mfa_deactivate_totp"),
    path("account/passkeys/add/", factor.AddPasskey.as_view(), name="mfa_add_webauthn"),
    path(
        "account/passkeys/<int:pk>/remove/",
        factor.RemovePasskey.as_view(),
        name="mfa_remove_webauthn",
    ),
    path("account/codes/", factor.Codes.as_view(), name="mfa_view_recovery_codes"),
    path("account/codes/new/", factor.NewCodes.as_view(), name="mfa_generate_recovery_codes"),
    path("account/factors/", _account, name="mfa_index"),
    path("account/passkeys/", _account, name="mfa_list_webauthn"),
]
