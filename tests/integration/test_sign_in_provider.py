"""Signing in through the lender's OpenID provider."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount
from identity_provider import Provider
from second_factors import ADMIN, browser, code, give_password, set_up_app, user

from arrears.kernel.errors import ConfigError
from arrears.people.actions import set_active
from arrears.people.models import User
from arrears.people.sign_in.models import Session
from arrears.site.config import Config
from arrears.site.settings import _providers

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider(settings):
    served = Provider()
    config = Config.from_environ(
        {
            "ARREARS_OIDC_ISSUER": served.url,
            "ARREARS_OIDC_CLIENT_ID": "arrears",
            "ARREARS_OIDC_CLIENT_SECRET": "secret",
        }
    )
    settings.SOCIALACCOUNT_PROVIDERS = _providers(config.oidc, None)
    served.claims = {"sub": "s-1", "preferred_username": "li.na", "amr": ["pwd", "mfa"]}
    yield served
    served.close()


def come(client, provider: Provider, at: str = ""):
    """Go to the provider, sign in there, come back."""
    there = client.post(f"/sign-in/with/lender/{at}")
    assert there.status_code == 302, there.text
    asked = parse_qs(urlsplit(there["Location"]).query)
    assert there["Location"].startswith(f"{provider.url}/authorize?")
    assert asked["code_challenge_method"] == ["S256"]
    provider.challenge = asked["code_challenge"][0]
    return client.get(f"/sign-in/with/lender/back/?code=c&state={asked['state'][0]}")


def is_in(client) -> bool:
    return client.get("/cases/").status_code == 200


def test_a_known_user_comes_in_and_the_provider_has_asked_for_the_second_factor(provider):
    user()
    client = browser()
    assert come(client, provider, "?next=/cases/")["Location"] == "/cases/"
    assert is_in(client)
    assert Session.objects.get().method == "oidc+asserted"
    tied = SocialAccount.objects.get()
    assert (tied.uid, tied.user.username) == ("s-1", "li.na")
    # From now on the subject decides, whatever name the provider gives it.
    provider.claims["preferred_username"] = "boss"
    user("boss", "administrator")
    client = browser()
    come(client, provider)
    assert is_in(client)
    assert client.get("/settings/clients/").status_code == 403


def test_without_the_providers_word_for_it_ours_is_needed(provider):
    provider.claims["amr"] = ["pwd"]
    user()
    client = browser()
    come(client, provider)
    assert client.get("/cases/")["Location"] == "/account/"
    secret, _ = set_up_app(client)
    assert is_in(client)
    client = browser()
    assert come(client, provider)["Location"] == "/sign-in/second/"
    assert not is_in(client)
    client.post("/sign-in/second/", {"code": code(secret, 1)})
    assert is_in(client)


def test_strangers_leavers_and_second_subjects_stay_out(provider):
    client = browser()
    answer = come(client, provider)
    assert answer["Location"] == "/sign-in/"
    assert "known" in client.get("/sign-in/").text
    assert not User.objects.exists()
    user()
    set_active(ADMIN, "li.na", active=False)
    come(client, provider)
    assert not is_in(client)
    set_active(ADMIN, "li.na", active=True)
    come(client, provider)
    assert is_in(client)
    set_active(ADMIN, "li.na", active=False)
    assert not is_in(client)
    client = browser()
    assert come(client, provider)["Location"] == "/sign-in/"  # known, tied, and shut out
    assert not is_in(client)
    set_active(ADMIN, "li.na", active=True)
    provider.claims["sub"] = "s-2"  # somebody new who was given an old name
    client = browser()
    come(client, provider)
    assert not is_in(client)
    assert SocialAccount.objects.count() == 1


@pytest.mark.parametrize("wrong", ["issuer", "audience"])
def test_a_token_of_another_issuer_or_for_another_audience_opens_nothing(provider, wrong):
    user()
    setattr(provider, wrong, "https://elsewhere.example")
    client = browser()
    come(client, provider)
    assert not is_in(client)


def test_a_return_that_this_browser_did_not_ask_for_opens_nothing(provider):
    user()
    client, other = browser(), browser()
    there = client.post("/sign-in/with/lender/")
    asked = parse_qs(urlsplit(there["Location"]).query)
    provider.challenge = asked["code_challenge"][0]
    back = f"/sign-in/with/lender/back/?code=c&state={asked['state'][0]}"
    other.get(back)
    assert not is_in(other)
    for lost in ("?code=c", "?code=c&state=x", "?error=access_denied&state=x", ""):
        assert client.get(f"/sign-in/with/lender/back/{lost}").status_code in (200, 302)
        assert not is_in(client)
    assert client.get("/sign-in/with/other/").status_code == 404


def test_to_go_there_is_a_form_never_a_link(provider):
    client = browser()
    page = client.get("/sign-in/with/lender/")
    assert page.status_code == 200
    assert "<form" in page.text
    assert browser(enforce_csrf_checks=True).post("/sign-in/with/lender/").status_code == 403


@pytest.mark.parametrize("process", ["connect", "redirect", "anything"])
def test_the_provider_opens_the_door_and_does_nothing_else(provider, process):
    """Neither is a subject tied to whoever is signed in, nor does it lead anywhere."""
    me = user("wang.fang")
    user()
    client = browser()
    client.force_login(me)
    there = client.post(f"/sign-in/with/lender/?process={process}&next=/cases/")
    asked = parse_qs(urlsplit(there["Location"]).query)
    if "state" in asked:
        provider.challenge = asked["code_challenge"][0]
        client.get(f"/sign-in/with/lender/back/?code=c&state={asked['state'][0]}")
    assert not SocialAccount.objects.exists()


def test_a_sign_in_begun_by_another_does_not_help(provider):
    """What was shown for one user in this browser is not counted for the next."""
    user("wang.fang")
    user()
    client = browser()
    give_password(client, "wang.fang")
    client.post("/sign-out/")
    provider.claims["amr"] = []
    come(client, provider)
    assert client.get("/cases/")["Location"] == "/account/"


@pytest.mark.parametrize(
    "changed",
    [
        {"ARREARS_OIDC_ISSUER": "http://login.example"},
        {"ARREARS_OIDC_ISSUER": "login.example"},
        {"ARREARS_OIDC_ISSUER": "https://a.example; script-src *"},
        {"ARREARS_OIDC_CLIENT_ID": ""},
        {"ARREARS_OIDC_CLIENT_SECRET": ""},
    ],
)
def test_a_provider_that_cannot_be_is_refused_at_start(changed):
    good = {"ARREARS_OIDC_ISSUER": "https://login.example/realms/x", "ARREARS_OIDC_CLIENT_ID": "a",
            "ARREARS_OIDC_CLIENT_SECRET": "hidden-word"}  # fmt: skip
    config = Config.from_environ(good)
    assert config.oidc.origin == "https://login.example"
    assert "hidden-word" not in repr(config)
    with pytest.raises(ConfigError):
        Config.from_environ(good | changed)
