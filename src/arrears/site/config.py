"""What the environment says about this installation, read once into one frozen object."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from arrears.kernel.errors import ConfigError

LANGUAGES: Final = {"en": "English", "zh-hans": "简体中文"}
LOG_LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")

# Every key that may stand in the environment, with what it means: `arrears doctor` and
# the error for an unknown key print this table.
KEYS: Final[dict[str, str]] = {
    "ARREARS_HOME": "directory of state, embedded database and secrets (default var)",
    "ARREARS_KEYS": "directory of all keys but that of the hashes (default home/keys)",
    "ARREARS_SECRET_KEY": "signs sessions; default: made once, kept under home/secrets",
    "ARREARS_HOSTS": "host names the site answers to, comma-separated",
    "ARREARS_ORIGINS": "public addresses such as https://arrears.example, comma-separated",
    "ARREARS_BIND": "address and port of the server (default 127.0.0.1:8000)",
    "ARREARS_THREADS": "requests served at once (default 8)",
    "ARREARS_TRUSTED_PROXY": "address of the proxy whose X-Forwarded-* are believed",
    "ARREARS_SESSION_IDLE_MINUTES": "a session unused for so long is over (default 30)",
    "ARREARS_SESSION_HOURS": "a session is over after so many hours (default 12)",
    "ARREARS_OIDC_ISSUER": "the lender's OpenID provider, as https://login.example",
    "ARREARS_OIDC_CLIENT_ID": "our client id there",
    "ARREARS_OIDC_CLIENT_SECRET": "our client secret there",
    "ARREARS_OIDC_NAME": "what its button on the sign-in page says",
    "ARREARS_SAML_ENTITY_ID": "the lender's SAML identity provider, by its entity id",
    "ARREARS_SAML_SSO_URL": "where browsers sign in there (redirect binding)",
    "ARREARS_SAML_CERTIFICATE": "file with the certificate it signs with (PEM)",
    "ARREARS_SAML_USERNAME": "attribute that holds our user name (default: the NameID)",
    "ARREARS_SAML_NAME": "what its button on the sign-in page says",
    "ARREARS_DIRECTORY_ROLES": "file that says which role the directory's joiners get (YAML)",
    "ARREARS_BUSINESS_ZONE": "time zone of the lender's day (default Asia/Shanghai)",
    "ARREARS_LANGUAGE": "language until a person chooses: en or zh-hans (default en)",
    "ARREARS_DEBUG": "1 shows errors in the browser; never where real data is",
    "ARREARS_LOG_LEVEL": "DEBUG, INFO (default), WARNING or ERROR",
    "ARREARS_DATABASE_PORT": "lets the embedded server listen on 127.0.0.1 as well",
    "ARREARS_APP_DATABASE_URL": "login of the application beside DATABASE_URL",
    "ARREARS_SHARED_DATA": "directory of the real data sets used by tests and benchmarks",
}


@dataclass(frozen=True, slots=True)
class Oidc:
    """The lender's OpenID provider.

    Parameters
    ----------
    origin
        Scheme and host of the issuer, as the content security policy names it.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str

    @property
    def origin(self) -> str:
        """Where browsers are sent to sign in."""
        return _origin(self.issuer)


@dataclass(frozen=True, slots=True)
class Saml:
    """The lender's SAML identity provider.

    Parameters
    ----------
    certificate
        What it signs with, as text in PEM.
    username
        The attribute that holds our user name; empty: the NameID is it.
    """

    entity_id: str
    sso_url: str
    certificate: str = field(repr=False)
    username: str
    name: str

    @property
    def origin(self) -> str:
        """Where browsers are sent to sign in."""
        return _origin(self.sso_url)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The settings of one installation.

    Secrets and addresses with passwords stay out of the printed form.
    """

    home: Path
    keys_folder: Path | None = None
    secret_key: str | None = field(default=None, repr=False)
    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    bind_host: str = "127.0.0.1"
    bind_port: int = 8000
    threads: int = 8
    trusted_proxy: str | None = None
    business_zone: str = "Asia/Shanghai"
    language: str = "en"
    debug: bool = False
    log_level: str = "INFO"
    session_idle_minutes: int = 30
    session_hours: int = 12
    oidc: Oidc | None = None
    saml: Saml | None = None
    directory_roles: Path | None = None
    database_port: int | None = None
    database_url: str | None = field(default=None, repr=False)
    app_database_url: str | None = field(default=None, repr=False)

    @property
    def keys(self) -> Path:
        """Where keys lie; best apart from data and its backup."""
        return self.keys_folder or self.home / "keys"

    @property
    def tls(self) -> bool:
        """Whether people reach the site by https only (behind a proxy that ends TLS)."""
        return bool(self.origins) and all(o.startswith("https://") for o in self.origins)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] | None = None) -> Config:
        """Read and check the environment.

        Raises
        ------
        ConfigError
            For an unknown ``ARREARS_*`` key (with near matches) or a value that cannot be used.
        """
        given = {k: v.strip() for k, v in (os.environ if environ is None else environ).items()}
        _refuse_unknown(given)
        host, port = _address("ARREARS_BIND", given.get("ARREARS_BIND") or "127.0.0.1:8000")
        origins = _listed(given.get("ARREARS_ORIGINS"))
        for origin in origins:
            if not origin.startswith(("https://", "http://")) or origin.count("/") != 2:
                raise _bad("ARREARS_ORIGINS", origin, "scheme and host, as https://arrears.example")
        database_port = given.get("ARREARS_DATABASE_PORT")
        home = Path(given.get("ARREARS_HOME") or "var").expanduser().absolute()
        return cls(
            home=home,
            keys_folder=_path(given.get("ARREARS_KEYS")),
            directory_roles=_path(given.get("ARREARS_DIRECTORY_ROLES")),
            secret_key=_secret(given.get("ARREARS_SECRET_KEY")),
            hosts=_listed(given.get("ARREARS_HOSTS")),
            origins=origins,
            bind_host=host,
            bind_port=port,
            threads=_whole("ARREARS_THREADS", given.get("ARREARS_THREADS") or "8", 1, 256),
            trusted_proxy=given.get("ARREARS_TRUSTED_PROXY") or None,
            business_zone=_zone(given.get("ARREARS_BUSINESS_ZONE") or "Asia/Shanghai"),
            language=_one_of("ARREARS_LANGUAGE", given.get("ARREARS_LANGUAGE") or "en", LANGUAGES),
            debug=_yes("ARREARS_DEBUG", given.get("ARREARS_DEBUG") or "0"),
            log_level=_one_of(
                "ARREARS_LOG_LEVEL", (given.get("ARREARS_LOG_LEVEL") or "INFO").upper(), LOG_LEVELS
            ),
            session_idle_minutes=_whole(
                idle := "ARREARS_SESSION_IDLE_MINUTES", given.get(idle) or "30", 1, 24 * 60
            ),
            session_hours=_whole(hours := "ARREARS_SESSION_HOURS", given.get(hours) or "12", 1, 24),
            oidc=_oidc(given),
            saml=_saml(given),
            database_port=(
                _whole("ARREARS_DATABASE_PORT", database_port, 1024, 65535)
                if database_port
                else None
            ),
            database_url=_database("DATABASE_URL", given),
            app_database_url=_database("ARREARS_APP_DATABASE_URL", given),
        )


def _oidc(given: Mapping[str, str]) -> Oidc | None:
    keys = [f"ARREARS_OIDC_{name}" for name in ("ISSUER", "CLIENT_ID", "CLIENT_SECRET")]
    issuer, client_id, secret = (given.get(key) or "" for key in keys)
    if not (issuer or client_id or secret):
        return None
    for key in keys:
        if not given.get(key):
            raise _bad(key, "", "all of " + ", ".join(keys))
    _require_https(keys[0], issuer)
    return Oidc(issuer.rstrip("/"), client_id, secret, given.get("ARREARS_OIDC_NAME") or "")


def _saml(given: Mapping[str, str]) -> Saml | None:
    keys = [f"ARREARS_SAML_{name}" for name in ("ENTITY_ID", "SSO_URL", "CERTIFICATE")]
    entity_id, sso_url, file = (given.get(key) or "" for key in keys)
    if not (entity_id or sso_url or file):
        return None
    for key in keys:
        if not given.get(key):
            raise _bad(key, "", "all of " + ", ".join(keys))
    _require_https(keys[1], sso_url)
    try:
        certificate = Path(file).expanduser().read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as unreadable:
        raise _bad(keys[2], file, "a file that can be read") from unreadable
    head, foot = (f"-----{word} CERTIFICATE-----" for word in ("BEGIN", "END"))
    if certificate.count(head) != 1 or not (
        certificate.startswith(head) and certificate.endswith(foot)
    ):
        raise _bad(keys[2], file, f"one certificate between {head} and {foot}")
    username, name = (given.get(f"ARREARS_SAML_{each}") or "" for each in ("USERNAME", "NAME"))
    return Saml(entity_id, sso_url, certificate, username, name)


def _require_https(key: str, address: str) -> None:
    local = address.startswith(("http://localhost", "http://127.0.0.1"))
    if not (address.startswith("https://") or local) or any(c in address for c in " ;,"):
        raise _bad(key, address, "an address that begins with https://")


def _origin(address: str) -> str:
    scheme, _, rest = address.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"


def _refuse_unknown(given: Mapping[str, str]) -> None:
    unknown = sorted(k for k in given if k.startswith("ARREARS_") and k not in KEYS)
    if not unknown:
        return
    # Without the part that all share, which would make everything a near match.
    names = {key.removeprefix("ARREARS_"): key for key in KEYS}
    near = sorted(
        names[match]
        for name in {key.removeprefix("ARREARS_") for key in unknown}
        for match in difflib.get_close_matches(name, names, n=2)
    )
    raise ConfigError(
        f"unknown setting {', '.join(unknown)}",
        expected=" or ".join(near) if near else "one of " + ", ".join(sorted(KEYS)),
        remedy="correct the name or remove it from the environment",
    )


def _bad(key: str, found: str, expected: str) -> ConfigError:
    return ConfigError(
        f"{key} cannot be used",
        expected=expected,
        found=repr(found),
        remedy=f"set {key} ({KEYS.get(key, 'address of the database')})",
    )


def _path(text: str | None) -> Path | None:
    return Path(text).expanduser().absolute() if text else None


def _listed(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def _whole(key: str, text: str, least: int, most: int) -> int:
    if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
        raise _bad(key, text, f"a whole number from {least} to {most}")
    return int(text)


def _yes(key: str, text: str) -> bool:
    if text.lower() not in {"0", "1", "true", "false", "yes", "no"}:
        raise _bad(key, text, "1 or 0")
    return text.lower() in {"1", "true", "yes"}


def _one_of(key: str, text: str, choices: Mapping[str, str] | tuple[str, ...]) -> str:
    if text not in choices:
        raise _bad(key, text, "one of " + ", ".join(choices))
    return text


def _zone(text: str) -> str:
    try:
        return ZoneInfo(text).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise _bad("ARREARS_BUSINESS_ZONE", text, "a zone such as Asia/Shanghai") from unknown


def _address(key: str, text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not host:
        raise _bad(key, text, "host:port")
    return host.strip("[]"), _whole(key, port, 0, 65535)


def _secret(text: str | None) -> str | None:
    if text and len(text) < 32:
        raise ConfigError(
            "ARREARS_SECRET_KEY is too short to sign sessions",
            expected="32 characters or more",
            found=f"{len(text)} characters",
            remedy="use a longer random text, or leave it out and one is made",
        )
    return text or None


def _database(key: str, given: Mapping[str, str]) -> str | None:
    text = given.get(key)
    if text and not text.startswith(("postgresql://", "postgres://")):
        # The value is not shown: it may hold a password.
        scheme, colon, _ = text.partition("://")
        found = f"{scheme}://…" if colon else "no address"
        raise _bad(key, found, "postgresql://user:password@host/database")
    return text or None
