"""Every address of the site."""

from __future__ import annotations

from django.urls import include, path
from django.views.i18n import set_language

from arrears.console.views import public_agencies
from arrears.console.views.journal import roots

urlpatterns = [
    path("journal/roots.txt", roots, name="roots"),
    path("agencies/", public_agencies.page, name="public-agencies"),
    path("agencies.json", public_agencies.data, name="public-agencies-data"),
    path("language/", set_language, name="set_language"),
    path("", include("arrears.console.sign_in.urls")),
    path("api/", include("arrears.api.urls")),
    path("scim/v2/", include("arrears.api.scim.urls")),
    path("", include("arrears.console.urls")),
]

handler400 = "arrears.console.shell.bad_request"
handler403 = "arrears.console.shell.forbidden"
handler404 = "arrears.console.shell.not_found"
handler500 = "arrears.console.shell.failed"
