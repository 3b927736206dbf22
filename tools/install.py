"""Install the locked dependencies and Arrears itself into .venv; nothing but Python is needed.

    python3 tools/install.py runtime    what running needs
    python3 tools/install.py dev        that, and what tests, Spark and linters need

A second call with the same locks does nothing. The file locks/tools.txt brings uv, which installs
the rest by hash. uv does not read pip's configuration, so index, proxy and certificates set there
are handed on; where uv still fails, pip installs the same files.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / "bin"
STAMP = VENV / "arrears-installed.json"
LOCKS = {"runtime": ["runtime.txt"], "dev": ["dev.txt", "spark.txt"]}


def main(kind: str) -> int:
    """Install a kind of set; returns the exit code."""
    os.chdir(ROOT)
    done = _stamp()
    if done.get("kind") == "dev":
        kind = "dev"  # the larger set stays: running must not take the tests' tools away
    wanted = {"kind": kind, "digest": _digest(kind)}
    if done != wanted or not (BIN / "arrears").exists():
        _say(f"installing the {kind} dependencies into .venv (once, some minutes) …")
        _make_venv()
        environment = _environment()
        _bootstrap_uv()
        _install(kind, environment)
        _install_project(environment)
        STAMP.write_text(json.dumps(wanted))
    return subprocess.run([BIN / "python", "-m", "arrears.site.catalogues"], check=False).returncode


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _stamp() -> dict[str, str]:
    try:
        found: dict[str, str] = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return found


def _digest(kind: str) -> str:
    digest = hashlib.sha256()
    for name in ["tools.txt", *LOCKS[kind]]:
        digest.update((ROOT / "locks" / name).read_bytes())
    digest.update((ROOT / "pyproject.toml").read_bytes())
    digest.update(str(ROOT).encode())  # scripts in .venv name their interpreter by path
    return digest.hexdigest()


def _make_venv() -> None:
    if (BIN / "python").exists() and _runs([BIN / "python", "-m", "pip", "--version"]):
        return
    try:
        venv.EnvBuilder(clear=True, with_pip=True, symlinks=True).create(VENV)
    except (subprocess.CalledProcessError, OSError) as trouble:
        _make_venv_without_ensurepip(trouble)


def _make_venv_without_ensurepip(trouble: Exception) -> None:
    """Debian ships Python without ensurepip; a pip outside can still install into the venv."""
    shutil.rmtree(VENV, ignore_errors=True)
    venv.EnvBuilder(with_pip=False, symlinks=True).create(VENV)
    target = [sys.executable, "-m", "pip", "--python", str(BIN / "python")]
    if _runs([*target, "--version"]) and _runs([*target, "install", "-q", "pip"]):
        return
    shutil.rmtree(VENV, ignore_errors=True)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    _say(
        f"This Python cannot make a virtual environment with pip ({trouble}).\n"
        f"What to do: install its venv module, for instance with\n"
        f"    apt-get install python{version}-venv        (Debian, Ubuntu)\n"
        f"or name another interpreter: make PYTHON=/path/to/python3 …"
    )
    raise SystemExit(78)


def _bootstrap_uv() -> None:
    pip = [BIN / "python", "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    _check([*pip, "--require-hashes", "--only-binary", ":all:", "-r", "locks/tools.txt"], None)


def _environment() -> dict[str, str]:
    """The environment for uv: what pip is configured with, where uv itself is told nothing."""
    given = _pip_settings()
    environment = dict(os.environ)

    def hand_on(name: str, setting: str, separator: str = " ") -> None:
        if value := given.get(setting):
            environment.setdefault(name, separator.join(value.split()))

    if "UV_INDEX_URL" not in environment:
        hand_on("UV_DEFAULT_INDEX", "index-url")
    hand_on("UV_INDEX", "extra-index-url")
    hand_on("UV_FIND_LINKS", "find-links", ",")
    hand_on("UV_INSECURE_HOST", "trusted-host")
    hand_on("UV_HTTP_TIMEOUT", "timeout")
    hand_on("UV_HTTP_TIMEOUT", "default-timeout")
    hand_on("SSL_CERT_FILE", "cert")
    hand_on("ALL_PROXY", "proxy")
    if given.get("no-index", "").lower() in {"1", "true", "yes", "on"}:
        environment.setdefault("UV_NO_INDEX", "1")
    # pip takes the best file of all indexes; hashes make that safe.
    environment.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    environment.setdefault("UV_LINK_MODE", "copy")
    environment["UV_NO_CONFIG"] = environment.get("UV_NO_CONFIG", "0")
    return environment


def _pip_settings() -> dict[str, str]:
    """pip's settings from files and environment; the environment wins, as in pip."""
    told = subprocess.run(
        [BIN / "python", "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    ).stdout
    settings: dict[str, str] = {}
    for line in sorted(told.splitlines(), key=lambda line: line.startswith(":env:")):
        found = re.match(r"(?:global|install|:env:)\.([a-z-]+)='(.*)'$", line)
        if found:
            settings[found[1]] = found[2].replace("\\n", " ")
    return settings


def _install(kind: str, environment: dict[str, str]) -> None:
    locks = [f"locks/{name}" for name in LOCKS[kind]]
    if kind == "dev":
        # pyspark comes as source and is built with the setuptools of the lock.
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as builder:
            builder.write(_pinned("setuptools", ROOT / "locks" / "spark.txt"))
            builder.flush()
            _uv_or_pip(["pip", "install"], [builder.name], [], environment)
    options = ["--no-build-isolation"] if kind == "dev" else []
    _uv_or_pip(["pip", "sync"], locks, options, environment)


def _uv_or_pip(
    command: list[str], locks: list[str], options: list[str], environment: dict[str, str]
) -> None:
    # Compiled once here, not at each start where Python may not write beside the packages: that
    # costs every command a second. pip compiles unasked.
    uv = [BIN / "uv", *command, "-q", "--python", BIN / "python", "--compile-bytecode"]
    uv += ["--require-hashes", *options]
    requirements = [part for lock in locks for part in ("-r", lock)]
    files = requirements if command[1] == "install" else locks
    if _runs([*uv, *files], environment, quiet=False):
        return
    _say("uv could not install; trying pip …")
    pip = [BIN / "python", "-m", "pip", "install", "-q", "--require-hashes"]
    if options:
        pip.append("--no-build-isolation")
    _check([*pip, *requirements], None)


def _pinned(name: str, lock: Path) -> str:
    """One requirement of a lock file with its hashes."""
    found = re.search(rf"^{name}==(?:.*\\\n)+.*\n", lock.read_text(), re.MULTILINE)
    if found is None:
        raise SystemExit(f"{lock} has no {name}: run make lock")
    return found[0]


def _install_project(environment: dict[str, str]) -> None:
    # uv builds it with the build backend inside itself: no network.
    command = [BIN / "uv", "pip", "install", "-q", "--python", BIN / "python", "--no-deps"]
    _check([*command, "--offline", "-e", "."], environment)


def _runs(
    command: Sequence[object], environment: dict[str, str] | None = None, quiet: bool = True
) -> bool:
    sink = subprocess.DEVNULL if quiet else None
    done = subprocess.run(
        [str(part) for part in command], env=environment, stdout=sink, stderr=sink, check=False
    )
    return done.returncode == 0


def _check(command: Sequence[object], environment: dict[str, str] | None) -> None:
    if not _runs(command, environment, quiet=False):
        _say(
            "\nThe installation did not finish (see above). What to do: check the network and\n"
            "disk space and run make again; it goes on where it stopped. Behind a proxy or with\n"
            "a mirror, set pip's proxy and index-url (pip config set global.index-url …)."
        )
        raise SystemExit(69)


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in LOCKS:
        raise SystemExit(f"usage: install.py {'|'.join(LOCKS)}")
    raise SystemExit(main(sys.argv[1]))
