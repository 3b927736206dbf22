"""Every answer forbids browsers what pages never need; probes answer without the rest."""

from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from arrears.site.headers import CONTENT_SECURITY_POLICY, SecurityHeaders


def answered(response: HttpResponse) -> HttpResponse:
    return SecurityHeaders(lambda request: response)(RequestFactory().get("/"))


def test_nothing_inline_and_nothing_from_elsewhere():
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "http" not in CONTENT_SECURITY_POLICY
    assert "*" not in CONTENT_SECURITY_POLICY
    for directive in ("default-src 'self'", "frame-ancestors 'none'", "object-src 'none'"):
        assert directive in CONTENT_SECURITY_POLICY


@pytest.mark.parametrize(
    "name", ["Content-Security-Policy", "Permissions-Policy", "X-Frame-Options", "Cache-Control"]
)
def test_a_page_gets_each_header(name):
    assert answered(HttpResponse()).headers[name]


def test_pages_are_not_kept_but_files_with_a_digest_may_be():
    assert answered(HttpResponse()).headers["Cache-Control"] == "no-store"
    kept = HttpResponse(headers={"Cache-Control": "max-age=315360000, public, immutable"})
    assert answered(kept).headers["Cache-Control"].endswith("immutable")


def test_a_page_of_mine_answers_with_djangos_own_headers_too(client):
    response = client.get("/nothing/here/", headers={"accept-language": "en"})
    assert response.status_code == 404
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
