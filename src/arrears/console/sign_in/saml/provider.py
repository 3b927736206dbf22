"""The provider as django-allauth finds it: what of an assertion counts."""

from __future__ import annotations

from typing import Any

from allauth.socialaccount.providers.saml.provider import SAMLProvider

CONTEXTS = "authn_contexts"  # beside the attributes: how the provider asked who it is


class LenderSaml(SAMLProvider):
    """Tells, beside the attributes, in which way the person signed in there."""

    def extract_extra_data(self, data: Any) -> dict[str, Any]:
        """The attributes of the assertion, and the classes of its authentication."""
        attributes = {name: list(values) for name, values in data.get_attributes().items()}
        return {"attributes": attributes, CONTEXTS: list(data.get_last_authn_contexts() or ())}

    def extract_uid(self, data: Any) -> str:
        """The NameID: one that the provider gives to nobody else, ever."""
        return str(data.get_nameid())

    def extract_common_fields(self, data: Any) -> dict[str, Any]:
        """Nothing: users are made by SCIM or in the house."""
        return {}


provider_classes = [LenderSaml]
