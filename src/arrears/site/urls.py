"""Every address of the site."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import include, path
from django.views.i18n import set_language

urlpatterns = [
    path("language/", set_language, name="set_language"),
    *(
        path(prefix, include(name))
        for prefix, name in (("api/", "arrears.api.urls"), ("", "arrears.console.urls"))
        if find_spec(name.rpartition(".")[0]) and find_spec(name)  # until they stand
    ),
]

handler400 = "arrears.console.shell.bad_request"
handler403 = "arrears.console.shell.forbidden"
handler404 = "arrears.console.shell.not_found"
handler500 = "arrears.console.shell.failed"
