"""A lender's SAML identity provider in miniature: it signs what the test wants it to say."""

from __future__ import annotations

import base64
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from lxml import etree

from arrears.site.config import Saml

HOST = "http://testserver"
BACK = f"{HOST}/sign-in/saml/lender/back/"
US = f"{HOST}/sign-in/saml/lender/metadata/"
SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol"
NAMES = {"saml": SAML, "samlp": SAMLP, "ds": "http://www.w3.org/2000/09/xmldsig#"}
MFA = "https://refeds.org/profile/mfa"
PASSWORD = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"


@cache
def key_and_certificate(name: str) -> tuple[str, str]:
    """A private key and its certificate, both PEM; one pair a name, for making keys is slow."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    day = datetime(2020, 1, 1, tzinfo=UTC)
    made = x509.CertificateBuilder(
        subject_name=subject, issuer_name=subject, public_key=key.public_key(), serial_number=1,
        not_valid_before=day, not_valid_after=day + timedelta(days=36500),
    ).sign(key, hashes.SHA256())  # fmt: skip
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private.decode(), made.public_bytes(serialization.Encoding.PEM).decode()


@dataclass
class SamlProvider:
    """What the next answer says; a test changes it before it asks for one."""

    entity_id: str = "https://idp.example/metadata"
    sso_url: str = "https://idp.example/sso"
    name_id: str = "li.na"
    attributes: dict[str, list[str]] = field(default_factory=dict)
    context: str = MFA
    audience: str = US
    recipient: str = BACK
    destination: str = BACK
    issuer: str = ""
    signer: str = "idp"
    starts_in: timedelta = timedelta(minutes=-1)
    lasts: timedelta = timedelta(minutes=5)
    algorithm: object = xmlsec.constants.TransformRsaSha256
    digest: object = xmlsec.constants.TransformSha256

    def settings(self, username: str = "") -> Saml:
        certificate = key_and_certificate("idp")[1].strip()
        return Saml(self.entity_id, self.sso_url, certificate, username, "")

    def assertion(self, request_id: str, *, signed: bool = True) -> etree._Element:
        """An assertion about ``name_id`` for whoever sent the request."""
        now = datetime.now(UTC)
        start, end = now + self.starts_in, now + self.starts_in + self.lasts
        stated = "".join(
            f'<saml:Attribute Name="{name}">'
            + "".join(f"<saml:AttributeValue>{each}</saml:AttributeValue>" for each in values)
            + "</saml:Attribute>"
            for name, values in self.attributes.items()
        )
        told = f"<saml:AttributeStatement>{stated}</saml:AttributeStatement>" if stated else ""
        text = f"""<saml:Assertion xmlns:saml="{SAML}" ID="_a{uuid4().hex}" Version="2.0" \
IssueInstant="{_at(now)}"><saml:Issuer>{self.issuer or self.entity_id}</saml:Issuer><saml:Subject>\
<saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">{self.name_id}\
</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">\
<saml:SubjectConfirmationData InResponseTo="{request_id}" NotOnOrAfter="{_at(end)}" \
Recipient="{self.recipient}"/></saml:SubjectConfirmation></saml:Subject><saml:Conditions \
NotBefore="{_at(start)}" NotOnOrAfter="{_at(end)}"><saml:AudienceRestriction><saml:Audience>\
{self.audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement \
AuthnInstant="{_at(now)}" SessionIndex="_s"><saml:AuthnContext><saml:AuthnContextClassRef>\
{self.context}</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>{told}\
</saml:Assertion>"""
        made = etree.fromstring(text)
        if signed:
            self._sign(made)
        return made

    def _sign(self, made: etree._Element) -> None:
        canonical = xmlsec.constants.TransformExclC14N
        sealed = xmlsec.template.create(made, canonical, self.algorithm, ns="ds")
        made.insert(1, sealed)  # after the issuer
        reference = xmlsec.template.add_reference(sealed, self.digest, uri=f"#{made.get('ID')}")
        xmlsec.template.add_transform(reference, xmlsec.constants.TransformEnveloped)
        xmlsec.template.add_transform(reference, canonical)
        xmlsec.template.add_x509_data(xmlsec.template.ensure_key_info(sealed))
        key, certificate = key_and_certificate(self.signer)
        signing = xmlsec.SignatureContext()
        signing.key = xmlsec.Key.from_memory(key, xmlsec.constants.KeyDataFormatPem)
        signing.key.load_cert_from_memory(certificate, xmlsec.constants.KeyDataFormatPem)
        xmlsec.tree.add_ids(made, ["ID"])
        signing.sign(sealed)

    def response(self, request_id: str, *inside: etree._Element) -> etree._Element:
        """An answer with these assertions, itself not signed."""
        text = f"""<samlp:Response xmlns:samlp="{SAMLP}" xmlns:saml="{SAML}" ID="_r{uuid4().hex}" \
Version="2.0" IssueInstant="{_at(datetime.now(UTC))}" Destination="{self.destination}" \
InResponseTo="{request_id}"><saml:Issuer>{self.issuer or self.entity_id}</saml:Issuer>\
<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/>\
</samlp:Status></samlp:Response>"""
        made = etree.fromstring(text)
        for each in inside:
            made.append(each)
        return made

    def answer(self, request_id: str, *, signed: bool = True) -> bytes:
        """What the browser is made to post."""
        return etree.tostring(self.response(request_id, self.assertion(request_id, signed=signed)))


def asked(location: str) -> str:
    """The id of the request that a browser was sent away with."""
    (packed,) = parse_qs(urlsplit(location).query)["SAMLRequest"]
    return str(etree.fromstring(zlib.decompress(base64.b64decode(packed), -15)).get("ID"))


def _at(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")
