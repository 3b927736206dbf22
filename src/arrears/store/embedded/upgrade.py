"""From one major version of PostgreSQL to the next: dump from the old, restore into the new.

The old data directory is kept beside the new one; nothing is changed in it.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from arrears.kernel.errors import ConfigError, Unavailable
from arrears.store.embedded import cluster, remains
from arrears.store.embedded.account import Account, server_account
from arrears.store.embedded.binaries import Binaries, environment
from arrears.store.embedded.locks import Hold, Say, alone
from arrears.store.embedded.place import Place
from arrears.store.embedded.premises import prepare
from arrears.store.embedded.trouble import explain, tail
from arrears.store.embedded.tuning import configuration, memory_bytes
from arrears.store.logins import DATABASE


def upgrade(home: Path, old_programs: Path, say: Say = lambda sentence: None) -> Path:
    """Move the database of a home to this release's version of PostgreSQL.

    Parameters
    ----------
    old_programs
        Directory with ``postgres`` and ``pg_ctl`` of the version that made the data.

    Returns
    -------
    Path
        The old data directory, kept for as long as the user wants it.

    Raises
    ------
    ConfigError
        If the programs do not fit the data, or a command still uses the database.
    """
    place = Place.locate(home)
    account = server_account()
    prepare(place, account)
    old, new = Binaries.at(old_programs), Binaries.for_account(account)
    made_by = cluster.version_of(place.data)
    if made_by is None or made_by != old.major:
        raise ConfigError(
            "these programs do not fit the database",
            expected=f"PostgreSQL {made_by}" if made_by else f"a database in {place.data}",
            found=f"PostgreSQL {old.version} in {old_programs}",
            remedy="name the directory with the programs of the version that made it",
        )
    with alone(place.home / "postgres.lock", 30, say):
        if Hold(place.home / "postgres.users").others() or remains.server_pid(place):
            raise ConfigError(
                "the database is in use",
                expected="no command of Arrears running",
                remedy="stop serving and all commands, then upgrade",
            )
        return _moved(place, account, old, new, say)


def _moved(place: Place, account: Account | None, old: Binaries, new: Binaries, say: Say) -> Path:
    fresh = replace(place, base=place.base / "upgrading")
    kept = place.base / f"data.{old.major}"
    if kept.exists():
        raise ConfigError(
            "an earlier upgrade left its old data",
            found=str(kept),
            remedy="move it away when you no longer need it, then upgrade",
        )
    shutil.rmtree(fresh.base, ignore_errors=True)
    prepare(fresh, account)
    with tempfile.TemporaryDirectory(dir=place.home / "secrets") as directory:
        roles, dump = Path(directory) / "roles.sql", Path(directory) / "database.dump"
        with _served(place, account, old):
            say(f"dumping from PostgreSQL {old.version} …")
            _tool(new, place, "pg_dumpall", "--roles-only", "-f", str(roles))
            _tool(new, place, "pg_dump", "-Fc", "-d", DATABASE, "-f", str(dump))
        cluster.initialise(fresh, new, account)
        with _served(fresh, account, new):
            say(f"restoring into PostgreSQL {new.version} …")
            # The superuser is there already: that one statement fails, and may.
            _tool(new, fresh, "psql", "-q", "-d", "postgres", "-f", str(roles))
            cluster.ensure_database(fresh, DATABASE)
            _tool(
                new, fresh, "pg_restore", "-e", "--clean", "--if-exists", "-d", DATABASE, str(dump)
            )
            _tool(new, fresh, "vacuumdb", "-q", "--analyze-only", "-d", DATABASE)
    place.data.rename(kept)
    fresh.data.rename(place.data)
    shutil.rmtree(fresh.base)
    return kept


@contextmanager
def _served(place: Place, account: Account | None, binaries: Binaries) -> Iterator[None]:
    """A server of these programs for the block, reachable by us alone."""
    cluster.admit(place, account)
    text = configuration(place, memory_bytes(), {})
    cluster.hand_over(place.data / "arrears.conf", text, account)
    control = [str(binaries.directory / "pg_ctl"), "-D", str(place.data), "-w", "-t", "300"]
    log = place.base / "upgrade.log"
    since = log.stat().st_size if log.exists() else 0
    done = cluster.run([*control, "-l", str(log), "start"], account, timeout_s=310)
    if done.returncode != 0:
        words = tail(log, since) or done.stdout
        raise explain(words, f"starting PostgreSQL {binaries.version}", log)
    try:
        yield
    finally:
        cluster.run([*control, "-m", "fast", "stop"], account, timeout_s=310)


def _tool(binaries: Binaries, place: Place, program: str, *arguments: str) -> None:
    login = ["-h", str(place.sockets), "-p", str(place.port), "-U", cluster.SUPERUSER]
    done = subprocess.run(
        [str(binaries.directory / program), *login, *arguments],
        capture_output=True,
        text=True,
        env=environment(),
        check=False,
    )
    if done.returncode != 0:
        raise Unavailable(
            f"{program} failed: the old database is as it was",
            found="\n".join(done.stderr.strip().splitlines()[-3:]),
            remedy="free some disk space if it is full, then upgrade again",
        )
