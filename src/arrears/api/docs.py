"""The page at ``/api/docs``: Swagger UI from Ninja's own static files, nothing from elsewhere."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from ninja import NinjaAPI
from ninja.openapi.docs import DocsBase


class DocsPage(DocsBase):
    """Swagger UI within our content security policy: no inline script, no network beyond us."""

    def render_page(self, request: HttpRequest, api: NinjaAPI, **kwargs: Any) -> HttpResponse:
        """The page, whose script reads the schema and lets a client try calls."""
        schema_url = self.get_openapi_url(api, kwargs)
        settings = {
            "url": schema_url,
            "deepLinking": True,
            "layout": "BaseLayout",
            "validatorUrl": None,
            "displayRequestDuration": True,
            "defaultModelsExpandDepth": 0,
        }
        context = {"title": api.title, "schema_url": schema_url, "settings": settings}
        return render(request, "api/docs.html", context)
