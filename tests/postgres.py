"""A real PostgreSQL for tests, from Debian's packages, on a Unix socket and a loopback port."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from tests.ports import free_port

_USER = "postgres"  # the server refuses to run as root
_SETTINGS = ("fsync=off", "full_page_writes=off", "max_connections=200", "shared_buffers=32MB")


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running server; it has no passwords."""

    folder: Path
    port: int

    def create(self, database: str) -> str:
        """Make an empty database; its URL."""
        command = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database))
        address = f"postgresql://{_USER}@127.0.0.1:{self.port}/postgres"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(command)
        return f"postgresql+psycopg://{_USER}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        settings = [f"-c{setting}" for setting in _SETTINGS]
        options = f"-p {self.port} -k {self.folder} -h 127.0.0.1 {' '.join(settings)}"
        self._pg_ctl("start", "-w", "-o", options, "-l", str(self.folder / "log"))

    def stop(self) -> None:
        """Stop at once, as if the power went: connections are cut."""
        self._pg_ctl("stop", "-m", "immediate")

    def _pg_ctl(self, action: str, *arguments: str) -> None:
        _as_user("pg_ctl", action, "-D", str(self.folder / "data"), *arguments)


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """Start a server in a new folder, and remove both in the end."""
    folder = Path(tempfile.mkdtemp(prefix="chatkut-postgres-"))
    if os.geteuid() == 0:
        shutil.chown(folder, _USER)
    server = PostgresServer(folder, free_port())
    try:
        _as_user("initdb", "-D", str(folder / "data"), "-U", _USER, "-A", "trust", "--no-sync")
        server.start()
        yield server
        server.stop()
    finally:
        shutil.rmtree(folder)


def _as_user(program: str, *arguments: str) -> None:
    command = [str(_binary(program)), *arguments]
    if os.geteuid() == 0:
        ids = pwd.getpwnam(_USER)
        command = [
            "setpriv", f"--reuid={ids.pw_uid}", f"--regid={ids.pw_gid}", "--clear-groups", *command,
        ]  # fmt: skip
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")


def _binary(program: str) -> Path:
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"))
    found = installed[-1] if installed else shutil.which(program)
    assert found, "The tests need PostgreSQL: install Debian's package `postgresql`."
    return Path(found)
