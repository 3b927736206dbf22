"""Where the database is and as whom to sign in, without asking it anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol
from urllib.parse import quote, urlencode

from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from arrears.kernel.errors import ConfigError
from arrears.store.embedded.place import Place

Role = Literal["owner", "app", "read"]
ROLES: dict[Role, str] = {
    "owner": "arrears_owner",
    "app": "arrears_app",
    "read": "arrears_read",
}
DATABASE = "arrears"


class Installation(Protocol):
    """What the store needs to know of the settings; ``site.config.Config`` has it."""

    @property
    def home(self) -> Path: ...
    @property
    def database_url(self) -> str | None: ...
    @property
    def app_database_url(self) -> str | None: ...
    @property
    def database_port(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Logins:
    """Connection parameters (libpq's names) of each role."""

    owner: dict[str, str]
    app: dict[str, str]
    read: dict[str, str]

    @classmethod
    def of(cls, installation: Installation) -> Logins:
        """The logins of an installation: of ``DATABASE_URL`` if given, else embedded."""
        if installation.database_url:
            return cls._external(installation.database_url, installation.app_database_url)
        place = Place.locate(installation.home, installation.database_port)
        return cls.embedded(place)

    @classmethod
    def embedded(cls, place: Place, database: str = DATABASE) -> Logins:
        """The logins of the embedded server; passwords stay in its password file."""
        common = {
            "host": str(place.sockets),
            "port": str(place.port),
            "dbname": database,
            "passfile": str(place.passwords),
        }
        return cls(*({"user": ROLES[role], **common} for role in ("owner", "app", "read")))

    @classmethod
    def _external(cls, url: str, app_url: str | None) -> Logins:
        owner = parsed("DATABASE_URL", url)
        app = parsed("ARREARS_APP_DATABASE_URL", app_url) if app_url else _acting(owner, "app")
        return cls(_acting(owner, "owner"), app, _acting(owner, "read"))

    def url(self, role: Role) -> str:
        """The login as one ``postgresql://`` address, for drivers that want it so."""
        return address(self._of(role))

    def django(self, role: Role) -> dict[str, object]:
        """The login as an entry of Django's ``DATABASES``."""
        given = dict(self._of(role))
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": given.pop("dbname", DATABASE),
            "USER": given.pop("user", ""),
            "PASSWORD": given.pop("password", ""),
            "HOST": given.pop("host", ""),
            "PORT": given.pop("port", ""),
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": {"connect_timeout": 10, "application_name": "arrears", **given},
        }

    def parameters(self, role: Role) -> dict[str, str]:
        """The login as keyword arguments of ``psycopg.connect``."""
        return dict(self._of(role))

    def _of(self, role: Role) -> dict[str, str]:
        return {"owner": self.owner, "app": self.app, "read": self.read}[role]


def address(parameters: Mapping[str, str]) -> str:
    """libpq's parameters as one ``postgresql://`` address."""
    given = dict(parameters)
    user, password = given.pop("user", ""), given.pop("password", "")
    dbname = given.pop("dbname", "")
    login = quote(user, safe="") + (f":{quote(password, safe='')}" if password else "")
    return f"postgresql://{login}@/{quote(dbname, safe='')}?{urlencode(given, quote_via=quote)}"


def address_of(connection: BaseDatabaseWrapper) -> str:
    """The address behind one of Django's connections, for drivers such as ADBC.

    It holds the password if the login has one: never print it.
    """
    given = connection.get_connection_params()
    known = {name: str(text) for name, text in given.items() if isinstance(text, str | int)}
    return address(known)


def parsed(key: str, url: str) -> dict[str, str]:
    """The parameters in an address, by libpq's rules; its text never enters an error."""
    try:
        parts = conninfo_to_dict(url)
    except ProgrammingError as malformed:
        # libpq repeats the address in its message, password and all: not passed on.
        raise ConfigError(
            f"{key} cannot be read",
            expected="postgresql://user:password@host:5432/database",
            remedy=f"correct {key}; special characters in a password are percent-encoded",
        ) from malformed.with_traceback(None)
    given = {name: str(value) for name, value in parts.items() if value is not None}
    if "dbname" not in given:
        raise ConfigError(
            f"{key} names no database",
            expected="postgresql://user:password@host:5432/database",
            remedy=f"add the database's name to {key}",
        )
    return given


def _acting(login: dict[str, str], role: Role) -> dict[str, str]:
    """The same login, acting as a role from its first statement on."""
    options = " ".join(filter(None, [login.get("options"), f"-c role={ROLES[role]}"]))
    return {**login, "options": options}
