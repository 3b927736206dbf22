"""Signing in through the lender's SAML provider, and what must not be taken for it."""

from __future__ import annotations

import base64
import copy
import dataclasses
from datetime import timedelta

import pytest
import xmlsec
from allauth.socialaccount.models import SocialAccount
from lxml import etree
from saml_provider import NAMES, PASSWORD, SAML, SAMLP, SamlProvider, asked, key_and_certificate
from second_factors import ADMIN, code, set_up_app, user
from second_factors import browser as _browser

from arrears.kernel.errors import ConfigError
from arrears.people.actions import set_active
from arrears.people.models import User
from arrears.people.sign_in.models import Session
from arrears.site.config import Config
from arrears.site.settings import _providers

pytestmark = pytest.mark.django_db
SIGN_IN = "/sign-in/saml/lender/"


def browser(**more):
    """One that names the host, as all do; the answer is meant for that."""
    return _browser(HTTP_HOST="testserver", **more)


def installed(settings, provider: SamlProvider, username: str = "") -> SamlProvider:
    saml = provider.settings(username)
    settings.ARREARS = dataclasses.replace(settings.ARREARS, saml=saml)
    settings.SOCIALACCOUNT_PROVIDERS = _providers(None, saml)
    return provider


@pytest.fixture
def provider(settings) -> SamlProvider:
    return installed(settings, SamlProvider())


def go(client, at: str = "") -> str:
    """Leave for the provider; the id of the request."""
    there = client.post(f"{SIGN_IN}{at}")
    assert there["Location"].startswith("https://idp.example/sso?"), there.text
    return asked(there["Location"])


def back(client, answer: bytes, **more: str):
    """Come back with an answer, and take the step that follows."""
    sent = {"SAMLResponse": base64.b64encode(answer).decode(), **more}
    first = client.post(f"{SIGN_IN}back/", sent)
    assert first["Location"] == f"{SIGN_IN}in/"
    return client.get(first["Location"])


def is_in(client) -> bool:
    return client.get("/cases/").status_code == 200


def test_a_known_user_comes_in_and_the_provider_has_asked_for_the_second_factor(provider):
    user()
    client = browser()
    assert back(client, provider.answer(go(client, "?next=/cases/")))["Location"] == "/cases/"
    assert is_in(client)
    assert Session.objects.get().method == "saml+asserted"
    tied = SocialAccount.objects.get()
    assert (tied.uid, tied.user.username) == ("li.na", "li.na")


def test_the_attribute_names_the_user_once_and_then_the_subject_decides(settings):
    provider = installed(settings, SamlProvider(name_id="s-1"), username="account")
    user()
    boss = user("boss", "administrator")
    for attributes in ({}, {"account": []}, {"account": ["li.na", "boss"]}, {"account": ["?"]}):
        provider.attributes = attributes
        client = browser()
        back(client, provider.answer(go(client)))
        assert not is_in(client)
    provider.attributes = {"account": ["li.na"]}
    client = browser()
    back(client, provider.answer(go(client)))
    assert is_in(client)
    provider.attributes = {"account": ["boss"]}  # a name given to somebody else there
    client = browser()
    back(client, provider.answer(go(client)))
    assert is_in(client)
    assert client.get("/settings/clients/").status_code == 403
    provider.name_id = "s-2"
    provider.attributes = {"account": ["li.na"]}  # somebody new who was given an old name
    client = browser()
    back(client, provider.answer(go(client)))
    assert not is_in(client)
    assert [a.user.username for a in SocialAccount.objects.all()] == ["li.na"]
    assert boss.is_active


def test_without_the_providers_word_for_it_ours_is_needed(provider):
    provider.context = PASSWORD
    user()
    client = browser()
    back(client, provider.answer(go(client)))
    assert client.get("/cases/")["Location"] == "/account/"
    secret, _ = set_up_app(client)
    assert is_in(client)
    client = browser()
    assert back(client, provider.answer(go(client)))["Location"] == "/sign-in/second/"
    assert not is_in(client)
    client.post("/sign-in/second/", {"code": code(secret, 1)})
    assert is_in(client)


def test_strangers_and_leavers_stay_out(provider):
    client = browser()
    assert back(client, provider.answer(go(client)))["Location"] == "/sign-in/"
    assert "known" in client.get("/sign-in/").text
    assert not User.objects.exists()
    user()
    set_active(ADMIN, "li.na", active=False)
    client = browser()
    back(client, provider.answer(go(client)))
    assert not is_in(client)


@pytest.mark.parametrize(
    "changed",
    [
        {"audience": "https://elsewhere.example/"},
        {"issuer": "https://other-idp.example/"},
        {"recipient": "https://elsewhere.example/back/"},
        {"destination": "https://elsewhere.example/back/"},
        {"signer": "somebody else"},
        {"starts_in": timedelta(hours=-2)},  # expired
        {"starts_in": timedelta(hours=2)},  # not yet valid
        {"algorithm": xmlsec.constants.TransformRsaSha1, "digest": xmlsec.constants.TransformSha1},
    ],
    ids=lambda changed: next(iter(changed)),
)  # fmt: skip
def test_an_assertion_that_is_not_for_us_now_opens_nothing(provider, changed):
    user()
    client = browser()
    for name, value in changed.items():
        setattr(provider, name, value)
    back(client, provider.answer(go(client)))
    assert not is_in(client)
    assert not SocialAccount.objects.exists()


def test_what_nobody_signed_opens_nothing(provider):
    user()
    client = browser()
    back(client, provider.answer(go(client), signed=False))
    assert not is_in(client)


@pytest.mark.parametrize("answer", [b"", b"x", b"<a/>", b"<!DOCTYPE a [<!ENTITY b SYSTEM "
                                    b"'file:///etc/passwd'>]><a>&b;</a>"])  # fmt: skip
def test_what_is_no_answer_opens_nothing_and_breaks_nothing(provider, answer):
    user()
    client = browser()
    go(client)
    told = back(client, answer)
    assert told.status_code == 302
    assert "root:" not in client.get("/sign-in/").text
    assert not is_in(client)


def test_an_answer_counts_once_and_in_the_browser_that_asked(provider):
    user()
    client, other = browser(), browser()
    answer = provider.answer(go(client))
    back(other, answer)  # stolen on the way
    assert not is_in(other)
    go(other)  # even by one who is waiting for an answer of their own
    back(other, answer)
    assert not is_in(other)
    back(client, answer)
    assert is_in(client)
    client.post("/sign-out/")
    back(client, answer)  # again
    assert not is_in(client)


def test_an_answer_to_another_request_is_not_made_ours_by_its_envelope(provider):
    """The envelope is not signed: it must say of the request what the assertion says."""
    user()
    victim, thief = browser(), browser()
    assertion = provider.assertion(go(victim))
    mine = go(thief)
    back(thief, etree.tostring(provider.response(mine, assertion)))
    assert not is_in(thief)


def test_an_answer_that_nobody_asked_for_opens_nothing(provider):
    user()
    client = browser()
    answer = etree.fromstring(provider.answer("x"))
    del answer.attrib["InResponseTo"]
    (data,) = answer.iter(f"{{{SAML}}}SubjectConfirmationData")
    back(client, etree.tostring(answer))
    assert not is_in(client)
    assert data is not None
    assert client.get(f"{SIGN_IN}in/").status_code == 302  # without a first step
    assert not is_in(client)


def _forged(provider: SamlProvider, request: str, signed: etree._Element) -> etree._Element:
    """The same assertion about the administrator, with the signature taken out."""
    evil = copy.deepcopy(signed)
    for signature in evil.findall("ds:Signature", NAMES):
        evil.remove(signature)
    evil.find(".//saml:NameID", NAMES).text = "boss"
    return evil


def _beside_before(provider, request, signed, evil):
    evil.set("ID", "_evil")
    return provider.response(request, evil, signed)


def _beside_after(provider, request, signed, evil):
    evil.set("ID", "_evil")
    return provider.response(request, signed, evil)


def _same_id(provider, request, signed, evil):
    return provider.response(request, evil, signed)


def _signed_inside_extensions(provider, request, signed, evil):
    evil.set("ID", "_evil")
    made = provider.response(request, evil)
    extensions = etree.Element(f"{{{SAMLP}}}Extensions")
    extensions.append(signed)
    made.insert(1, extensions)
    return made


def _signed_inside_forged(provider, request, signed, evil):
    evil.set("ID", "_evil")
    evil.append(signed)
    return provider.response(request, evil)


def _signature_moved_to_forged(provider, request, signed, evil):
    """The forged assertion bears the signature, which points at the real one hidden inside it."""
    evil.set("ID", "_evil")
    signature = signed.find("ds:Signature", NAMES)
    signed.remove(signature)
    hidden = etree.SubElement(signature, f"{{{NAMES['ds']}}}Object")
    hidden.append(signed)
    evil.insert(1, signature)
    return provider.response(request, evil)


@pytest.mark.parametrize(
    "wrap",
    [_beside_before, _beside_after, _same_id, _signed_inside_extensions, _signed_inside_forged,
     _signature_moved_to_forged],
)  # fmt: skip
def test_a_forged_assertion_wrapped_about_a_signed_one_opens_nothing(provider, wrap):
    user()
    user("boss", "administrator")
    client = browser()
    request = go(client)
    signed = provider.assertion(request)
    evil = _forged(provider, request, signed)
    back(client, etree.tostring(wrap(provider, request, signed, evil)))
    assert not is_in(client)
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize("place", ["NameID", "attribute"])
def test_a_comment_in_a_name_does_not_shorten_it(settings, place):
    """Signatures pass over comments: one put in later must not cut ``boss.evil`` to ``boss``."""
    by_attribute = place == "attribute"
    provider = installed(settings, SamlProvider(), username="account" if by_attribute else "")
    provider.name_id = "s-9" if by_attribute else "boss.evil"
    provider.attributes = {"account": ["boss.evil"]}
    user("boss", "administrator")
    client = browser()
    answer = provider.answer(go(client))
    spoilt = answer.replace(b">boss.evil<", b">boss<!-- -->.evil<")
    assert spoilt != answer
    back(client, spoilt)
    assert not is_in(client)
    assert not SocialAccount.objects.exists()


def test_a_changed_name_breaks_the_signature(provider):
    user()
    user("boss", "administrator")
    client = browser()
    back(client, provider.answer(go(client)).replace(b">li.na<", b">boss<"))
    assert not is_in(client)


@pytest.mark.parametrize("state", ["https://evil.example/", "//evil.example", "javascript:1"])
def test_the_relay_leads_nowhere(provider, state):
    user()
    client = browser()
    told = back(client, provider.answer(go(client)), RelayState=state)
    assert told["Location"] == "/"


def test_whoever_is_signed_in_is_not_tied_to_a_subject(provider):
    """Neither by asking for that, nor by an answer that somebody else makes their browser post."""
    me = user("wang.fang")
    user()
    client = browser()
    client.force_login(me)
    back(client, provider.answer(go(client, "?process=connect")))
    assert not SocialAccount.objects.exists()


def test_our_metadata_tells_our_name_and_address_and_nobody_signs_us_out(provider):
    told = etree.fromstring(browser().get(f"{SIGN_IN}metadata/").content)
    assert told.get("entityID").endswith("/sign-in/saml/lender/metadata/")
    (service,) = told.iter("{urn:oasis:names:tc:SAML:2.0:metadata}AssertionConsumerService")
    assert service.get("Location").endswith("/sign-in/saml/lender/back/")
    assert not list(told.iter("{urn:oasis:names:tc:SAML:2.0:metadata}SingleLogoutService"))
    client = browser()
    client.force_login(user())
    assert client.get(f"{SIGN_IN}out/").status_code == 404
    assert is_in(client)


def test_without_a_provider_there_is_nothing(db):
    for at in ("", "back/", "in/", "metadata/"):
        client = browser()
        answer = client.get(f"{SIGN_IN}{at}")
        if at == "back/":
            answer = client.get(answer["Location"])
        assert answer.status_code == 404, at


def test_to_go_there_is_a_form_never_a_link(provider):
    page = browser().get(SIGN_IN)
    assert (page.status_code, "<form" in page.text) == (200, True)
    assert browser(enforce_csrf_checks=True).post(SIGN_IN).status_code == 403
    assert "saml/lender" in browser().get("/sign-in/").text


def test_a_provider_that_cannot_be_is_refused_at_start(tmp_path):
    file = tmp_path / "idp.pem"
    file.write_text(key_and_certificate("idp")[1])
    good = {"ARREARS_SAML_ENTITY_ID": "https://idp.example/metadata",
            "ARREARS_SAML_SSO_URL": "https://idp.example/sso",
            "ARREARS_SAML_CERTIFICATE": str(file)}  # fmt: skip
    saml = Config.from_environ(good).saml
    assert (saml.origin, saml.username) == ("https://idp.example", "")
    key = tmp_path / "key.pem"
    key.write_text(key_and_certificate("idp")[0])
    for changed in (
        {"ARREARS_SAML_ENTITY_ID": ""},
        {"ARREARS_SAML_SSO_URL": "http://idp.example/sso"},
        {"ARREARS_SAML_SSO_URL": "https://idp.example/; script-src *"},
        {"ARREARS_SAML_CERTIFICATE": str(tmp_path / "nowhere.pem")},
        {"ARREARS_SAML_CERTIFICATE": str(key)},
        {"ARREARS_SAML_CERTIFICATE": ""},
    ):
        with pytest.raises(ConfigError):
            Config.from_environ(good | changed)
