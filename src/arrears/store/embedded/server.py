"""Starting, sharing and stopping the embedded server.

Every command that needs the database holds a shared lock while it runs; whoever lets go last
stops the server. So two commands at once share one server, and a command that was killed leaves
a server that the next command takes over and stops.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import psycopg

from arrears.kernel.errors import ConfigError, Unavailable
from arrears.store.embedded import cluster, remains
from arrears.store.embedded.account import server_account
from arrears.store.embedded.binaries import Binaries, environment
from arrears.store.embedded.locks import Hold, Say, alone
from arrears.store.embedded.place import Place
from arrears.store.embedded.premises import prepare
from arrears.store.embedded.trouble import explain, tail
from arrears.store.embedded.tuning import configuration, memory_bytes
from arrears.store.logins import DATABASE, Logins, Role

_STARTING_UP: Final = "57P03"
_LOG_BYTES_AT_MOST: Final = 16 * 1024 * 1024


class Server:
    """The embedded PostgreSQL of one home.

    Parameters
    ----------
    home
        The installation's home directory; made if missing.
    port
        Lets the server listen on this TCP port of 127.0.0.1 as well.
    settings
        Further settings of PostgreSQL, for a start that finds no server running.
    patience_s
        Seconds to wait for recovery after a crash, or for another command's start or stop.
    say
        Told in a sentence when something takes long.
    """

    def __init__(
        self,
        home: Path,
        *,
        port: int | None = None,
        settings: Mapping[str, str] | None = None,
        patience_s: float = 300,
        say: Say = lambda sentence: None,
    ) -> None:
        self.place = Place.locate(home, port)
        self._settings = dict(settings or {})
        self._patience_s = patience_s
        self._say = say
        self._users = Hold(self.place.home / "postgres.users")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def logins(self) -> Logins:
        """How each role signs in."""
        return Logins.embedded(self.place)

    def url(self, role: Role = "app") -> str:
        """The address for a role; the password stays in the password file it names."""
        return self.logins.url(role)

    def start(self) -> Self:
        """Start the server, or join the one that already runs for this home.

        Raises
        ------
        ConfigError
            If it cannot run here: no permission, another major version, port in use.
        Unavailable
            If the disk is full or recovery takes longer than the patience.
        """
        if self._users.held:
            return self
        self.account = server_account()
        prepare(self.place, self.account)
        with self._alone():
            self._users.take()
            try:
                if not self._answers():
                    self._launch()
                cluster.ensure_roles(self.place, DATABASE)
            except BaseException:
                self._leave()
                raise
        return self

    def stop(self) -> None:
        """Let go of the server; it ends if nobody else uses it. Harmless when not started."""
        if not self._users.held:
            return
        with self._alone():
            self._leave()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _alone(self) -> AbstractContextManager[None]:
        return alone(self.place.home / "postgres.lock", self._patience_s, self._say)

    def _leave(self) -> None:
        self._users.drop()
        pid = remains.server_pid(self.place)
        if self._process is not None:
            self._process.poll()
        if pid is None or self._users.others():
            return
        os.kill(pid, signal.SIGINT)  # PostgreSQL's "fast" shutdown: it ends sessions, then itself
        deadline = time.monotonic() + self._patience_s
        while remains.server_pid(self.place) == pid:
            if self._process is not None:
                self._process.poll()  # a child that ended stays a zombie until it is asked
            if time.monotonic() > deadline:
                raise Unavailable(
                    f"the database did not stop within {self._patience_s:.0f} seconds",
                    remedy="it goes on stopping; the next start waits for it",
                    log=self.place.log,
                )
            time.sleep(0.02)
        self._process = None

    def _answers(self) -> bool:
        """Whether a server for this very data directory accepts us, waiting while it starts."""
        deadline = time.monotonic() + self._patience_s
        while True:
            try:
                with cluster.superuser(self.place) as connection:
                    row = connection.execute("SHOW data_directory").fetchone()
                break
            except psycopg.OperationalError as refused:
                if refused.sqlstate != _STARTING_UP and "starting up" not in str(refused):
                    return False
                if time.monotonic() > deadline:
                    raise self._slow() from refused
                time.sleep(0.1)
        if row is None or Path(str(row[0])) != self.place.data:
            raise ConfigError(
                "another database server answers on this home's socket",
                expected=f"a server for {self.place.data}",
                found=f"one for {row[0] if row else 'nothing'}",
                remedy="stop it, or set ARREARS_HOME to another directory",
            )
        return True

    def _launch(self) -> None:
        binaries = Binaries.for_account(self.account)
        made_by = cluster.version_of(self.place.data)
        if made_by is None:
            self._say("making a new database …")
            cluster.initialise(self.place, binaries, self.account)
        elif made_by != binaries.major:
            raise other_major(self.place, made_by, binaries)
        cluster.admit(self.place, self.account)
        text = configuration(self.place, memory_bytes(), self._settings)
        cluster.hand_over(self.place.data / "arrears.conf", text, self.account)
        deadline = time.monotonic() + self._patience_s
        while True:
            remains.clear(self.place, deadline)
            since = self._spawn(binaries)
            words = self._await(deadline, since)
            if words is None:
                return
            # Killed, but its children still end: they hold the shared memory for a moment.
            if "pre-existing shared memory" not in words or time.monotonic() > deadline:
                raise explain(words, "starting the database", self.place.log)
            time.sleep(0.5)

    def _spawn(self, binaries: Binaries) -> int:
        log = self.place.log
        if log.exists() and log.stat().st_size > _LOG_BYTES_AT_MOST:
            log.replace(log.with_suffix(".log.1"))
        handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            since = os.fstat(handle).st_size
            # A session of its own: Ctrl-C in the terminal is for us, who then stop it in order.
            self._process = subprocess.Popen(
                [str(binaries.directory / "postgres"), "-D", str(self.place.data)],
                stdin=subprocess.DEVNULL,
                stdout=handle,
                stderr=handle,
                cwd="/",
                env=environment(),
                umask=0o077,
                start_new_session=True,
                **(self.account.spawn if self.account else {}),
            )
        finally:
            os.close(handle)
        return since

    def _await(self, deadline: float, since: int) -> str | None:
        """Wait until the server answers; what it said instead, if it ended."""
        assert self._process is not None
        began, told = time.monotonic(), False
        while True:
            if self._process.poll() is not None:
                self._process = None
                return tail(self.place.log, since)
            try:
                cluster.superuser(self.place).close()
                return None
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise self._slow() from None
            if not told and time.monotonic() > began + 3:
                self._say("the database repairs itself after an interrupted stop; waiting …")
                told = True
            time.sleep(0.03)

    def _slow(self) -> Unavailable:
        return Unavailable(
            f"the database is not ready after {self._patience_s:.0f} seconds",
            found=(tail(self.place.log, 0).strip().splitlines() or ["nothing in its log"])[-1],
            remedy="it goes on with its recovery: try again in some minutes",
            log=self.place.log,
        )


def other_major(place: Place, made_by: int, binaries: Binaries) -> ConfigError:
    """The refusal to open a data directory of another major version, with the steps."""
    return ConfigError(
        "the database was made by another version of PostgreSQL",
        expected=f"version {binaries.major}",
        found=f"version {made_by} in {place.data}",
        remedy=(
            f"upgrade it: arrears doctor --upgrade-from DIR, where DIR holds the programs of "
            f"PostgreSQL {made_by} (postgres, pg_dump); the old directory is kept"
            if made_by < binaries.major
            else "install the newer release of Arrears that made it"
        ),
    )
