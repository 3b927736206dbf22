"""Django's settings, all of them from one :class:`~arrears.site.config.Config`.

Importing this touches neither the database nor the disk beyond reading: type checkers,
``collectstatic`` and ``--help`` must work before anything is installed. Who serves requests
calls :func:`arrears.site.secret.ensure` first; until then the key is a passing one.
"""

from __future__ import annotations

from pathlib import Path

from arrears.site import secret
from arrears.site.config import LANGUAGES as _LANGUAGES
from arrears.site.config import Config, Oidc, Saml
from arrears.site.logging import structure
from arrears.store.logins import Logins


def _providers(oidc: Oidc | None, saml: Saml | None) -> dict[str, object]:
    found: dict[str, object] = {}
    if oidc is not None:
        app = {
            "provider_id": "lender",
            "name": oidc.name,
            "client_id": oidc.client_id,
            "secret": oidc.client_secret,
            "settings": {"server_url": oidc.issuer, "oauth_pkce_enabled": True},
        }
        found["openid_connect"] = {"APPS": [app], "OAUTH_PKCE_ENABLED": True}
    if saml is not None:
        found["saml"] = {"APPS": [_saml_app(saml)]}
    return found


def _saml_app(saml: Saml) -> dict[str, object]:
    return {
        "provider_id": saml.entity_id,
        "name": saml.name,
        "client_id": "lender",
        "settings": {
            "idp": {
                "entity_id": saml.entity_id,
                "sso_url": saml.sso_url,
                "x509cert": saml.certificate,
            },
            # The NameID alone says who it is; the name is asked for at the first sign-in.
            "attribute_mapping": {"username": [saml.username]} if saml.username else {},
            "advanced": {
                "strict": True,
                "want_assertion_signed": True,
                "want_name_id": True,
                "want_attribute_statement": False,
                "allow_repeat_attribute_name": False,
                "allow_single_label_domains": True,  # a house of its own may call us so
                "reject_deprecated_algorithm": True,
                "reject_idp_initiated_sso": True,
            },
        },
    }


ARREARS = Config.from_environ()
_logins = Logins.of(ARREARS)
_package = Path(__file__).resolve().parent.parent

SECRET_KEY = ARREARS.secret_key or secret.read(ARREARS.home) or secret.passing()
DEBUG = ARREARS.debug
ALLOWED_HOSTS = [
    *ARREARS.hosts,
    *(o.split("://")[1].rpartition(":")[0] or o.split("://")[1] for o in ARREARS.origins),
    *([] if ARREARS.hosts or ARREARS.origins else ["localhost", "127.0.0.1", "[::1]"]),
]
CSRF_TRUSTED_ORIGINS = list(ARREARS.origins)

INSTALLED_APPS = [
    "arrears.store",
    "arrears.journal",
    "arrears.journal.evidence",
    "arrears.people",
    "arrears.people.access",
    "arrears.people.sign_in",
    "arrears.loans",
    "arrears.cases",
    "arrears.cases.exports",
    "arrears.conduct",
    "arrears.placements",
    "arrears.placements.commission",
    "arrears.placements.allotment",
    "arrears.contacts",
    "arrears.daily",
    "arrears.console",
    "arrears.api",
    "arrears.site",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "arrears.console.sign_in.saml",
    "django_htmx",
    "ninja",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "arrears.site.health.Probes",
    "arrears.site.headers.SecurityHeaders",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "arrears.site.logging.RequestLog",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "arrears.console.sign_in.door.Door",
    "allauth.account.middleware.AccountMiddleware",
    "arrears.console.doors.Doors",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "arrears.site.urls"
WSGI_APPLICATION = "arrears.site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# The application's login may neither define tables nor pass row security; migrations run on
# `owner`. Both name the same database.
DATABASES = {"default": _logins.django("app"), "owner": _logins.django("owner")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "people.User"
LOGIN_URL = "console:sign-in"
LOGIN_REDIRECT_URL = "console:root"
LOGOUT_REDIRECT_URL = "console:sign-in"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# django-allauth; what it may do beyond this, console/sign_in says.
ACCOUNT_ADAPTER = "arrears.console.sign_in.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300  # seconds
ACCOUNT_LOGIN_TIMEOUT = 300  # seconds between the password and the second factor
ACCOUNT_RATE_LIMITS = {"login_failed": "50/15m/ip,5/15m/key", "reauthenticate": "10/m/user"}
MFA_ADAPTER = "arrears.console.sign_in.adapters.MfaAdapter"
MFA_FORMS = {"authenticate": "arrears.console.views.second_factor.CodeForm"}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = "Arrears"
MFA_TOTP_TOLERANCE = 1  # steps of 30 s
SOCIALACCOUNT_ADAPTER = "arrears.console.sign_in.provider.ProviderAdapter"
SOCIALACCOUNT_PROVIDERS = _providers(ARREARS.oidc, ARREARS.saml)
SOCIALACCOUNT_STORE_TOKENS = False

SESSION_COOKIE_AGE = ARREARS.session_hours * 60 * 60  # seconds
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = ARREARS.tls
CSRF_FAILURE_VIEW = "arrears.console.shell.csrf_failed"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = ARREARS.tls
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = ARREARS.tls
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if ARREARS.tls else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = ARREARS.tls

LANGUAGE_CODE = ARREARS.language
LANGUAGES = list(_LANGUAGES.items())
LOCALE_PATHS = [_package / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = ARREARS.business_zone

CACHES = {
    "default": {
        "BACKEND": "arrears.console.sign_in.cache.SharedCache",
        "LOCATION": "sign_in_remembered",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

STATIC_URL = "static/"
STATIC_ROOT = ARREARS.home / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEBUG
            else "whitenoise.storage.CompressedManifestStaticFilesStorage"
        )
    },
}
WHITENOISE_USE_FINDERS = DEBUG

# Bytes. The API refuses a push above 5 MiB in its own words; more than this is not even read.
DATA_UPLOAD_MAX_MEMORY_SIZE = 6 * 1024 * 1024
LOGGING_CONFIG = None
structure(ARREARS.log_level)
