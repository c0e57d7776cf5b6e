"""The way to PostgreSQL: the engine, its pool, transactions that always give their connection back, and plain SQL reads."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterable
from contextvars import ContextVar
from enum import IntEnum
from types import TracebackType
from typing import Any, cast

import asyncpg
import msgspec
from piccolo.engine.postgres import PostgresEngine, PostgresTransaction


class Row(asyncpg.Record):  # type: ignore[misc]
    """One row of a plain SQL read; columns are attributes, as on a table's object. A name that was read once is a property from then
    on: looking for an attribute in vain before every read takes five times as long."""

    def __getattr__(self, name: str) -> Any:
        try:
            value = self[name]
        except KeyError:
            raise AttributeError(name) from None
        setattr(Row, name, property(_column(name)))
        return value


def _column(name: str) -> Callable[[Row], Any]:
    def read(row: Row) -> Any:
        try:
            return row[name]
        except KeyError:
            raise AttributeError(name) from None

    return read


class PooledConnection(asyncpg.Connection):  # type: ignore[misc]
    """A connection without asyncpg's reset between two uses: no code here leaves session state behind, and the
    extra round trip costs a third of a small query."""

    def get_reset_query(self) -> str:
        return ""


class Lock(IntEnum):
    """The advisory locks of the program in one place, so that no number is used for two things."""

    CATALOGUES = 7_471_001
    ROUTING = 7_471_002
    LEDGER = 7_471_003
    REPORT = 7_471_004  # one for each month
    ADMINISTRATORS = 7_471_005
    MIGRATIONS = 7_471_006
    LOG_INS = 7_471_007  # one for each account and address
    ROLLUPS = 7_471_008
    DEMO = 7_471_009
    DUPLICATES = 7_471_010
    LETTER_BOX = 7_471_013  # one for each, and one for taking in what was found
    INCOMING = 7_471_014
    QUALITY = 7_471_021
    FORMS = 7_471_022  # one for each form and address, and each form that was shown


HIGHEST_ID = 2**62
"""No record has a higher id; what people send is compared with it before the database has to."""


class Arguments(list[Any]):
    """The arguments of a statement; each call answers the place of a new one."""

    def __call__(self, value: Any) -> str:
        self.append(value)
        return f"${len(self)}"


class Statements(list[str]):
    """The statements of one unit of work, for the tests that bound them and for the benchmark."""


counted: ContextVar[Statements | None] = ContextVar("counted_statements", default=None)


def _count(sql: str) -> None:
    statements = counted.get()
    if statements is not None:
        statements.append(sql)


class Transaction(PostgresTransaction):
    """A transaction whose connection returns to the pool whatever happens (Piccolo's leaks it on cancellation), and
    which runs callbacks after the outermost commit, so that the queue is nudged only about rows that exist."""

    __slots__ = ("_after_commit",)

    async def __aenter__(self) -> Transaction:
        if self._parent is not None:
            return cast(Transaction, self._parent)
        self._after_commit: list[Callable[[], Any]] = []
        self.connection = await self.get_connection()  # type: ignore[no-untyped-call]
        try:
            self.transaction = self.connection.transaction()
            await self.begin()  # type: ignore[no-untyped-call]
        except BaseException:
            await self._give_back()
            raise
        self.context = self.engine.current_transaction.set(self)
        return self

    async def __aexit__(  # type: ignore[override]
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._parent:
            return
        try:
            if exception:
                if not self._rolled_back and not self.connection.is_closed():  # else the true error would be hidden
                    await self.rollback()  # type: ignore[no-untyped-call]
            elif not self._committed and not self._rolled_back:
                await self.commit()  # type: ignore[no-untyped-call]
        finally:
            self.engine.current_transaction.reset(self.context)
            await self._give_back()
        if exception is None and not self._rolled_back:
            for callback in self._after_commit:
                await callback()

    async def _give_back(self) -> None:
        if self.engine.pool:
            await self.engine.pool.release(self.connection)
        else:
            await self.connection.close()


class Engine(PostgresEngine):
    """Piccolo's engine with the transaction above. It does not connect when it is made."""

    def transaction(self, allow_nested: bool = True) -> Transaction:
        return Transaction(engine=self, allow_nested=allow_nested)

    async def get_version(self) -> float:
        return 18.0

    async def prep_database(self) -> None:
        """Nothing to prepare: extensions are made by a migration."""

    async def get_new_connection(self) -> asyncpg.Connection:
        return await asyncpg.connect(**self.config, record_class=Row)

    async def run_querystring(self, querystring: Any, in_pool: bool = True) -> Any:
        if counted.get() is not None:
            _count(str(querystring))
        return await super().run_querystring(querystring, in_pool)


def engine_from_env(environ: Any = os.environ) -> Engine:
    """The engine for CRM_DATABASE_URL. Without the setting, any use of it fails with asyncpg's own words; commands
    start or find the embedded servers first and export the setting."""
    url = environ.get("CRM_DATABASE_URL", "postgresql:///nahbar")
    return Engine(config={"dsn": url}, extensions=())


def engine() -> Engine:
    """The engine of piccolo_conf, which every table uses."""
    from piccolo_conf import DB

    return DB


async def open_pool(size: int = 10) -> None:
    """Open the pool of at most `size` connections for this process."""
    await engine().start_connection_pool(
        min_size=1,
        max_size=size,
        record_class=Row,
        connection_class=PooledConnection,
        max_inactive_connection_lifetime=0,
        max_cached_statement_lifetime=0,
    )


async def close_pool() -> None:
    """Close the pool of this process. A database that went first is no error: the pool lets go of its connections."""
    if engine().pool:
        try:
            await engine().close_connection_pool()
        except (OSError, asyncpg.PostgresConnectionError):
            engine().pool = None


def transaction() -> Transaction:
    """One transaction; inside another one it joins that one (there are no savepoints: never catch inside and go on)."""
    return engine().transaction()


def after_commit(callback: Callable[[], Any]) -> bool:
    """Run the async `callback` after the running transaction has committed. False if there is none: run it yourself."""
    current = engine().current_transaction.get()
    if current is None:
        return False
    cast(Transaction, current)._after_commit.append(callback)
    return True


async def fetch(sql: str, *args: Any) -> list[Row]:
    """The rows of a read (or of a write with RETURNING), within the running transaction if there is one."""
    _count(sql)
    current = engine().current_transaction.get()
    if current is not None:
        return cast(list[Row], await current.connection.fetch(sql, *args))
    pool = engine().pool
    if pool is not None:
        return cast(list[Row], await pool.fetch(sql, *args))
    connection = await engine().get_new_connection()
    try:
        return cast(list[Row], await connection.fetch(sql, *args))
    finally:
        await connection.close()


async def stream(sql: str, *args: Any, at_once: int = 500) -> AsyncIterator[Row]:
    """The rows of a long read one after the other, without holding them in memory; inside the running transaction (which is
    demanded: a cursor lives in one)."""
    _count(sql)
    current = engine().current_transaction.get()
    if current is None:
        raise RuntimeError("stream needs a running transaction")
    async for row in current.connection.cursor(sql, *args, prefetch=at_once):
        yield cast(Row, row)


async def fetch_one(sql: str, *args: Any) -> Row | None:
    """The first row, or None."""
    rows = await fetch(sql, *args)
    return rows[0] if rows else None


async def fetch_value(sql: str, *args: Any) -> Any:
    """The first column of the first row, or None."""
    rows = await fetch(sql, *args)
    return rows[0][0] if rows else None


def decoded(text: str | None) -> Any:
    """The value of a JSON column, which reads select as text; None where there is none."""
    return msgspec.json.decode(text) if text else None


async def execute(sql: str, *args: Any) -> None:
    """A statement whose rows nobody needs."""
    await fetch(sql, *args)


async def take_lock(lock: Lock, about: str = "") -> None:
    """Wait for the lock and hold it until the running transaction ends. With `about`, the lock of that one thing."""
    if about:
        await execute("SELECT pg_advisory_xact_lock(hashtextextended($1, $2))", about, int(lock))
    else:
        await execute("SELECT pg_advisory_xact_lock($1)", int(lock))


async def take_lock_if_free(lock: Lock, about: str) -> bool:
    """Take the lock of this one thing until the running transaction ends, unless somebody holds it; whether it was free."""
    taken = "SELECT pg_try_advisory_xact_lock(hashtextextended($1, $2))"
    return bool(await fetch_value(taken, about, int(lock)))


async def take_busy_lock(lock: Lock) -> None:
    """As take_lock, for a lock that everybody needs: the next one gets it when this transaction has committed, and does not
    wait for the disk as well. The caller does wait: what comes after the transaction runs when it is on the disk."""
    await execute(f"SELECT {QUICK_COMMIT}, pg_advisory_xact_lock($1)", int(lock))
    wait_for_disk_afterwards()


QUICK_COMMIT = "set_config('synchronous_commit', 'off', true)"
"""Part of a SELECT: this transaction's locks are free when it has committed, not when it is on the disk. Goes with
wait_for_disk_afterwards."""


def wait_for_disk_afterwards() -> None:
    """Whoever began the running transaction goes on when it is on the disk."""
    after_commit(_wait_for_disk)


async def _wait_for_disk() -> None:
    """A small entry in the log whose commit waits until everything before it is on the disk, for many at once."""
    await execute("SELECT pg_logical_emit_message(true, 'nahbar', '')")


async def draw_ids(table: str, count: int) -> list[int]:
    """The next `count` ids of a table, ascending, for rows that are written with COPY."""
    if not count:
        return []
    ids = await fetch_value(f"SELECT array_agg(nextval('{table}_id_seq')) FROM generate_series(1, $1)", count)
    return sorted(ids)


async def copy_rows(table: str, columns: Iterable[str], records: Iterable[tuple[Any, ...]]) -> None:
    """Write many rows with COPY, inside the running transaction (which is demanded: a crash must leave no half row)."""
    _count(f"COPY {table}")
    current = engine().current_transaction.get()
    if current is None:
        raise RuntimeError("copy_rows needs a running transaction")
    await current.connection.copy_records_to_table(table, records=records, columns=list(columns))
