"""The database file itself: opened, brought up to date, written in transactions; its failures in plain words."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, NoReturn, Self

from inboxwatch.plain import from_micros, to_micros
from inboxwatch.store.model import StoreError

FILE_NAME = "inboxwatch.sqlite3"

_NEWER = (
    "{name} was written by a newer inboxwatch (schema {version}, this one knows {known}); "
    "install that version again, or name another folder under `state:`"
)

#: What the user is told of each primary result code; anything else is told in SQLite's own words.
_PLAINLY = {
    sqlite3.SQLITE_FULL: "{name} cannot be written: the disk is full; make room, nothing read was lost",
    sqlite3.SQLITE_NOTADB: "{name} is not a database of inboxwatch; move it away or name another `state:`",
    sqlite3.SQLITE_CORRUPT: "{name} is damaged ({cause}); restore it from a copy, or move it away to start anew",
    sqlite3.SQLITE_BUSY: "{name} is in use by another process; try again in a minute",
    sqlite3.SQLITE_LOCKED: "{name} is in use by another process; try again in a minute",
    sqlite3.SQLITE_READONLY: "{name} cannot be written: the file, or the disk that it is on, is read-only",
    sqlite3.SQLITE_CANTOPEN: "{name} cannot be opened; it must be a file that belongs to the user who runs inboxwatch",
}
#: What SQLite needs beside the database as soon as it opens it.
_LEAST_ROOM = 128 * 1024
#: How long another process's write is waited for.
_BUSY_SECONDS = 30.0
#: How long the end of others' reading and writing is waited for, to empty the log; SQLite tries again and again.
_LOG_SECONDS = 5.0
#: What SQLite says of a value that it cannot take, and not of the file.
_OF_DATA = (sqlite3.DataError, sqlite3.IntegrityError, sqlite3.InterfaceError, sqlite3.ProgrammingError)
_MAY_PASS = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


class Database:
    """One connection. Raises StoreError, with a sentence for the user, wherever the database fails."""

    def __init__(self, connection: sqlite3.Connection, name: str) -> None:
        self._connection = connection
        self._name = name
        self._file = _file_at(name)
        #: How often what was done here was undone: whoever remembers what is kept compares it.
        self.rollbacks = 0

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open the database in this folder, made if missing (folder 0700, file 0600), and bring it up to date.

        A database that came from elsewhere, as a copy does, is closed to other users; a folder that was there stays as
        it is, for it may be meant for more than this (`check` says so).
        """
        path = folder / FILE_NAME
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if path.is_dir():
                raise StoreError(f"{path} is a folder where the database file should be; move it away")
            if not path.exists():
                path.touch(mode=0o600)
            _hers_alone(folder)
            return cls._opened(str(path))
        except (FileExistsError, NotADirectoryError):
            raise StoreError(f"{folder} is not a folder; name a folder for the database under `state:`") from None
        except PermissionError:
            raise StoreError(
                f"{path} cannot be opened: permission denied; the folder must belong to the user who runs inboxwatch"
            ) from None
        except OSError as error:
            raise StoreError(f"{path} cannot be made: {error.strerror}") from None

    @classmethod
    def in_memory(cls) -> Self:
        """A store that is gone when it is closed: for `replay` and `demo`."""
        return cls._opened(":memory:")

    @classmethod
    def _opened(cls, name: str) -> Self:
        try:
            connection = sqlite3.connect(name, isolation_level=None, timeout=_BUSY_SECONDS)
        except sqlite3.Error as error:
            raise _plainly(error, name) from None
        store = cls(connection, name)
        try:
            with store._failing_plainly():
                connection.row_factory = sqlite3.Row
                _write_ahead(connection)
                connection.execute("PRAGMA synchronous = FULL")
                connection.execute("PRAGMA foreign_keys = ON")
                # Some builds of SQLite leave what is deleted in the file. What was moved or freed before would be out
                # of reach by the time at which a mail turns out to be secret.
                connection.execute("PRAGMA secure_delete = ON")
                store._migrate()
        except StoreError:
            connection.close()
            raise
        return store

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _migrate(self) -> None:
        """Bring the schema up to date, all or nothing. Two processes that start together do it once."""
        steps = _steps()
        if self._version() == len(steps):
            return
        with self.transaction():
            version = self._version()
            if version > len(steps):
                raise StoreError(_NEWER.format(name=self._name, version=version, known=len(steps)))
            for step in steps[version:]:
                for statement in _statements(step):
                    self._connection.execute(statement)
            self._connection.execute(f"PRAGMA user_version = {len(steps)}")

    def _version(self) -> int:
        version: int = self._connection.execute("PRAGMA user_version").fetchone()[0]
        return version

    def schema_version(self) -> int:
        """The number of the schema that the database has."""
        with self._failing_plainly():
            return self._version()

    def must_be_in_place(self) -> None:
        """Raise StoreError if the file is no longer where it was opened: what is written now is gone with the process.

        SQLite writes on into a file that was deleted or moved, and commands of hers meanwhile find another, or none.
        """
        if _file_at(self._name) != self._file:
            raise StoreError(f"{self._name} was moved or deleted while it was in use; restart inboxwatch")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is done inside is kept together or not at all. May be nested: the outermost one counts."""
        if self._connection.in_transaction:
            yield
            return
        with self._failing_plainly():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                self.rollbacks += 1
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Inside a transaction: what is done here is undone alone if it raises, and the transaction may go on."""
        if not self._connection.in_transaction:  # after some failures SQLite has undone it all by itself
            raise StoreError(f"{self._name}: what was begun was undone; it is tried again", may_pass=True)
        with self._failing_plainly():
            self._connection.execute("SAVEPOINT attempt")
            try:
                yield
            except BaseException:
                self.rollbacks += 1
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK TO attempt")
                    self._connection.execute("RELEASE attempt")
                raise
            self._connection.execute("RELEASE attempt")

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """All that is read inside is of one instant, whatever others write meanwhile; nobody has to wait for it.

        Nothing can be written inside: that raises StoreError.
        """
        with self._failing_plainly():
            self._connection.execute("BEGIN")
            self._connection.execute("PRAGMA query_only = ON")
            try:
                yield
            finally:
                self._connection.execute("PRAGMA query_only = OFF")
                self._connection.execute("ROLLBACK")

    def empty_log(self, seconds: float = _LOG_SECONDS) -> bool:
        """Write what is in the write-ahead log into the database file and empty it: deleted content stands there still.

        False if another connection was at work for so many seconds that it could not be emptied.
        """
        with self._failing_plainly():
            self._connection.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")
            try:
                busy: int = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            finally:
                self._connection.execute(f"PRAGMA busy_timeout = {int(_BUSY_SECONDS * 1000)}")
            return not busy

    def changes(self) -> int:
        """A number that changes when another process or thread has written."""
        with self._failing_plainly():
            number: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
            return number

    @contextmanager
    def _failing_plainly(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            self._fail(error)

    def _fail(self, error: sqlite3.Error) -> NoReturn:
        raise _plainly(error, self._name) from None

    def _rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        with self._failing_plainly():
            return self._connection.execute(sql, [_storable(value) for value in values]).fetchall()

    def _do(self, sql: str, *values: Any) -> sqlite3.Cursor:
        with self._failing_plainly():
            return self._connection.execute(sql, [_storable(value) for value in values])

    # -- small values

    def remember(self, name: str, value: str) -> None:
        """Keep a small value by its name."""
        self._do("INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", name, value)

    def recall(self, name: str) -> str | None:
        """The value kept under this name, or None."""
        rows = self._rows("SELECT value FROM meta WHERE name = ?", name)
        return rows[0][0] if rows else None

    def remember_instant(self, name: str, instant: datetime) -> None:
        """Keep an instant by its name."""
        self.remember(name, str(to_micros(instant)))

    def recall_instant(self, name: str) -> datetime | None:
        """The instant kept under this name, in UTC, or None."""
        value = self.recall(name)
        return from_micros(int(value)) if value is not None else None


def _hers_alone(folder: Path) -> None:
    """Let nobody else read the database, its log and its index, which SQLite makes with the database's own mode."""
    for name in (FILE_NAME, f"{FILE_NAME}-wal", f"{FILE_NAME}-shm"):
        # Another's file, or a disk without modes: then nothing can be done here, and what opens it says so.
        with suppress(OSError):
            if (folder / name).stat().st_mode & 0o077:
                (folder / name).chmod(0o600)


def _file_at(name: str) -> tuple[int, int] | None:
    """Which file it is that has this name; None if there is none."""
    try:
        found = Path(name).stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _plainly(error: sqlite3.Error, name: str) -> StoreError:
    code = _truer(getattr(error, "sqlite_errorcode", 0) & 0xFF, Path(name).parent)
    sentence = _PLAINLY.get(code, "{name} failed: {cause}").format(name=name, cause=error)
    return StoreError(sentence, may_pass=code in _MAY_PASS, of_data=isinstance(error, _OF_DATA))


def _truer(code: int, folder: Path) -> int:
    """The code that names the cause: without room, or on a read-only disk, SQLite may say only that it cannot open."""
    if code not in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN):
        return code
    try:
        disk = os.statvfs(folder)
    except OSError:
        return code
    if disk.f_flag & os.ST_RDONLY:
        return sqlite3.SQLITE_READONLY
    return sqlite3.SQLITE_FULL if disk.f_bavail * disk.f_frsize < _LEAST_ROOM else code


def _storable(value: Any) -> Any:
    """Text without what UTF-8 cannot carry: an argument of the command line may hold bytes that are no text."""
    return value.encode("utf-8", "replace").decode().replace("\0", "") if isinstance(value, str) else value


@cache
def _steps() -> tuple[str, ...]:
    """The migrations in their order."""
    folder = resources.files(__package__).joinpath("migrations")
    files = sorted((item for item in folder.iterdir() if item.name.endswith(".sql")), key=lambda item: item.name)
    return tuple(file.read_text(encoding="utf-8") for file in files)


def _statements(script: str) -> Iterator[str]:
    """The statements of a script, one by one: `executescript` would commit between them."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch to the write-ahead log. SQLite does not wait for a database that is busy at this moment, so we do."""
    until = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return
