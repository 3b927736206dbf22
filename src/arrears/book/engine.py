"""The two engines that the loan book runs on: DuckDB in this process, or Spark.

Both are handed out as an Ibis backend, set up the same way: a bounded memory, a directory of
their own to spill to, UTC, and nothing fetched from the network.
"""

from __future__ import annotations

import os
import re
import shutil
import warnings
from pathlib import Path
from typing import Any

import ibis

from arrears.book.scratch import Scratch
from arrears.kernel.errors import ConfigError, Unavailable

ENGINES = ("duckdb", "spark")
# Ibis 12 calls it; DuckDB 2.0 still has it, and only Ibis can do something about it.
warnings.filterwarnings("ignore", r"fetch_arrow_table\(\) is deprecated", DeprecationWarning)
_SIZE = re.compile(r"(\d+)\s*([KMGT])i?B", re.IGNORECASE)


def connect(
    engine: str = "duckdb",
    *,
    memory_limit: str = "3GB",
    threads: int | None = None,
    temp_directory: Path | str | None = None,
) -> Any:
    """An Ibis backend, ready for the loan book.

    Parameters
    ----------
    engine
        ``duckdb`` (embedded) or ``spark`` (a local session, or the one already running).
    memory_limit
        What the engine may hold before it spills, as ``3GB`` or ``800MB``; for Spark the heap
        of the driver. An engine's process needs some hundred megabytes more.
    threads
        Processor threads; all that this process may use if None.
    temp_directory
        Where a directory for spilled data is made (and removed at the end of the process); the
        system's temporary directory if None.

    Raises
    ------
    ConfigError
        If the engine is unknown, a setting is unusable, or pyspark or Java is not installed.
    Unavailable
        If no temporary directory can be made.
    """
    if engine not in ENGINES:
        raise ConfigError(
            f"there is no engine named {engine!r}", expected=" or ".join(ENGINES), found=engine
        )
    size = _SIZE.fullmatch(memory_limit.strip())
    if size is None:
        raise ConfigError(
            "the memory limit of the engine is not a size",
            expected="a whole number and a unit: 3GB, 800MB",
            found=memory_limit,
        )
    count = threads if threads is not None else len(os.sched_getaffinity(0))
    if count < 1:
        raise ConfigError("an engine needs a thread", expected="1 or more", found=str(count))
    scratch = _scratch(temp_directory)
    if engine == "duckdb":
        backend = _duckdb(memory_limit.strip(), count, scratch.path)
    else:
        backend = _spark(f"{size[1]}{size[2].lower()}", count, scratch.path)
    scratch.keep_for(backend)
    return backend


def stream(con: Any, table: Any, rows: int) -> Any:
    """The rows of an Ibis table as a pyarrow reader of batches; DuckDB never holds them all.

    Not by Ibis 12: its stream calls a method that DuckDB 2.0 has no more, and to Spark it goes
    through pandas, where an integer column with a null is a double.
    """
    if con.name == "pyspark":
        return con._session.sql(con.compile(table)).toArrow().to_reader(rows)
    return con.con.sql(con.compile(table)).to_arrow_reader(rows)


def hold(con: Any, table: Any) -> Any:
    """A pyarrow table as a temporary table of the engine, its types kept.

    Ibis' own way to Spark goes through pandas, where an integer column with a null is a double.
    """
    name = ibis.util.gen_name("held")
    if con.name != "pyspark":
        return con.create_table(name, table, temp=True)
    con._session.createDataFrame(table).createOrReplaceTempView(name)
    return con.table(name)


def _scratch(parent: Path | str | None) -> Scratch:
    """A directory for this connection alone: spill files of two processes share their names."""
    try:
        return Scratch(parent)
    except OSError as error:
        raise Unavailable(
            "no directory for spilled data can be made",
            found=str(error),
            remedy="free space there, or name another temp_directory",
            directory=parent or "the system's temporary directory",
        ) from error


def _duckdb(memory_limit: str, threads: int, scratch: Path) -> Any:
    return ibis.duckdb.connect(
        threads=threads,
        memory_limit=memory_limit,
        temp_directory=str(scratch),
        # An extension that is not built in would be fetched from the network, and hang offline.
        autoinstall_known_extensions=False,
        autoload_known_extensions=False,
    )


def _spark(heap: str, threads: int, scratch: Path) -> Any:
    try:
        from pyspark.sql import SparkSession  # tidy: lazy (an optional engine)
    except ImportError as error:
        raise ConfigError(
            "Spark is not installed",
            expected="the package pyspark 4.0",
            remedy="install the lock file locks/spark.txt, or use the engine duckdb",
        ) from error
    if "JAVA_HOME" not in os.environ and shutil.which("java") is None:
        raise ConfigError(
            "Spark needs Java, and there is none",
            expected="java 17 or 21 on the PATH, or JAVA_HOME",
            remedy="install a Java runtime (Debian: openjdk-17-jre-headless), or use duckdb",
        )
    session = (
        SparkSession.builder.appName("arrears")
        .master(os.environ.get("ARREARS_SPARK_MASTER", f"local[{threads}]"))
        .config("spark.driver.memory", heap)
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.local.dir", str(scratch))
        .config("spark.sql.warehouse.dir", str(scratch / "warehouse"))
        .config("spark.sql.shuffle.partitions", str(4 * threads))
        .config("spark.sql.session.timeZone", "UTC")
        # An overflow must stop the run, never wrap around or turn into null.
        .config("spark.sql.ansi.enabled", "true")
        # Spark 4.0 fails on a union of what was checkpointed before while it infers filters
        # ("key not found" in Union.rewriteConstraints); nothing here needs them inferred.
        .config("spark.sql.constraintPropagation.enabled", "false")
        # DuckDB's JSON names columns that are null.
        .config("spark.sql.jsonGenerator.ignoreNullFields", "false")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    return ibis.pyspark.connect(session)
