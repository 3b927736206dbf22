"""What our side of SAML has at its addresses beside django-allauth's two steps."""

from __future__ import annotations

from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.providers.saml.utils import build_saml_config
from allauth.socialaccount.providers.saml.views import FinishACSView, SAMLViewMixin
from django.http import Http404, HttpRequest, HttpResponse
from django.views import View
from lxml.etree import XMLSyntaxError
from onelogin.saml2.settings import OneLogin_Saml2_Settings
from onelogin.saml2.xmlparser import DTDForbidden, EntitiesForbidden


class Finish(FinishACSView):
    """The step in which an answer of the provider is read; what is none is refused in words."""

    def dispatch(self, request: HttpRequest, organization_slug: str) -> HttpResponse:
        """Let somebody in, or lead them back to the door."""
        try:
            answer: HttpResponse = super().dispatch(request, organization_slug)
        except (XMLSyntaxError, DTDForbidden, EntitiesForbidden):
            provider = self.get_provider(organization_slug)
            answer = render_authentication_error(request, provider)
        return answer


class Metadata(SAMLViewMixin, View):
    """What the lender's provider is told of us: our name, and where it sends people back to."""

    def get(self, request: HttpRequest, organization_slug: str) -> HttpResponse:
        """Our metadata; whoever asks may have it."""
        provider = self.get_provider(organization_slug)
        config = build_saml_config(request, provider.app.settings, organization_slug)
        del config["sp"]["singleLogoutService"]
        metadata = OneLogin_Saml2_Settings(config, sp_validation_only=True).get_sp_metadata()
        return HttpResponse(metadata, content_type="application/samlmetadata+xml")


def no_logout(request: HttpRequest, organization_slug: str) -> HttpResponse:
    """Nobody is signed out from elsewhere: anybody could send such a request."""
    raise Http404
