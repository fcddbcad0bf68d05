"""What each kind of database does for the journal: its write lock, and the guards that refuse to rewrite (entities.yml `journal`).

SQLite is a file beside the home. PostgreSQL serves writers on several machines: an advisory lock puts them in a row, and the same triggers
stand there as functions. Whoever owns the database can take guards away: the chain and `sla verify` are what finds it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tasks.model.errors import LedgerError

FIRST_PREVIOUS = "0" * 64
LOCK_WAIT_MS = 30_000
LOCK_KEY = 7_352_001  # of PostgreSQL's advisory lock, one a database
NEVER = "the journal is append-only"
NEXT_SEQ = "the journal takes only the next seq"
NEXT_HASH = "a journal row names the hash of the row before"
ONLY_EMPTIED = "a body can only be emptied"
ONLY_ONCE = "a body is written once, for a row"


@dataclass(frozen=True)
class Means:
    """What one kind of database does for the journal.

    Attributes:
        driver: SQLAlchemy's name of dialect and driver.
        lock: Statements that begin a transaction which alone may write.
        set_up: Statements that set the guards up, after the tables.
        guards: Name of each guard → how `list_guards` shows it.
        list_guards: Query for `name` and `shown` of the guards that stand.
    """

    driver: str
    lock: tuple[str, ...]
    set_up: tuple[str, ...]
    guards: Mapping[str, str]
    list_guards: str


_SQLITE_GUARDS = {
    "journal_no_update": f"before update on journal begin select raise(abort, '{NEVER}'); end",
    "journal_no_delete": f"before delete on journal begin select raise(abort, '{NEVER}'); end",
    "journal_next_seq": f"""before insert on journal
            when new.seq is not (select coalesce(max(seq), 0) + 1 from journal)
            begin select raise(abort, '{NEXT_SEQ}'); end""",
    "journal_next_hash": f"""before insert on journal
            when new.prev_hash is not coalesce((select hash from journal order by seq desc limit 1), '{FIRST_PREVIOUS}')
            begin select raise(abort, '{NEXT_HASH}'); end""",
    "body_only_emptied": f"""before update on journal_body when new.body is not null or new.seq is not old.seq
            begin select raise(abort, '{ONLY_EMPTIED}'); end""",
    "body_no_delete": f"before delete on journal_body begin select raise(abort, '{NEVER}'); end",
    "body_only_once": f"""before insert on journal_body
            when not exists (select 1 from journal where seq = new.seq) or exists (select 1 from journal_body where seq = new.seq)
            begin select raise(abort, '{ONLY_ONCE}'); end""",
}
_SQLITE_STATEMENTS = {name: f"CREATE TRIGGER {name} {text}" for name, text in _SQLITE_GUARDS.items()}
SQLITE = Means(
    driver="sqlite",
    lock=("begin immediate",),
    set_up=tuple(_SQLITE_STATEMENTS.values()),
    guards=_SQLITE_STATEMENTS,
    list_guards="select name, sql as shown from sqlite_master where type = 'trigger'",
)

ROW, BEFORE, INSERT, DELETE, UPDATE, TRUNCATE = 1, 2, 4, 8, 16, 32  # bits of pg_trigger.tgtype
_EVENTS = {"insert": INSERT, "delete": DELETE, "update": UPDATE, "truncate": TRUNCATE}


@dataclass(frozen=True)
class _PostgresGuard:
    """One trigger with its own function: the event, the table, and when it refuses with which words."""

    name: str
    event: str
    table: str
    refuses: str
    words: str

    @property
    def body(self) -> str:
        return f" begin if {self.refuses} then raise exception '{self.words}'; end if; return new; end "

    @property
    def level(self) -> str:
        return "statement" if self.event == "truncate" else "row"

    @property
    def statements(self) -> tuple[str, str]:
        """Return the statements that make the function and the trigger."""
        return (
            f"create function {self.name}() returns trigger language plpgsql as $${self.body}$$",
            f"create trigger {self.name} before {self.event} on {self.table} for each {self.level} execute function {self.name}()",
        )

    @property
    def shown(self) -> str:
        """Return it as PostgreSQL's catalogue shows it: on, bits of its kind, table, no columns, no condition, the function's text."""
        kind = BEFORE | _EVENTS[self.event] | (ROW if self.level == "row" else 0)
        return f"O {kind} {self.table} whole always{self.body}"


_LAST_HASH = f"coalesce((select hash from journal order by seq desc limit 1), '{FIRST_PREVIOUS}')"
_POSTGRES_GUARDS = (
    _PostgresGuard("journal_no_update", "update", "journal", "true", NEVER),
    _PostgresGuard("journal_no_delete", "delete", "journal", "true", NEVER),
    _PostgresGuard("journal_no_truncate", "truncate", "journal", "true", NEVER),
    _PostgresGuard(
        "journal_next_seq", "insert", "journal", "new.seq is distinct from (select coalesce(max(seq), 0) + 1 from journal)", NEXT_SEQ
    ),
    _PostgresGuard("journal_next_hash", "insert", "journal", f"new.prev_hash is distinct from {_LAST_HASH}", NEXT_HASH),
    _PostgresGuard("body_only_emptied", "update", "journal_body", "new.body is not null or new.seq is distinct from old.seq", ONLY_EMPTIED),
    _PostgresGuard("body_no_delete", "delete", "journal_body", "true", NEVER),
    _PostgresGuard("body_no_truncate", "truncate", "journal_body", "true", NEVER),
    _PostgresGuard(
        "body_only_once",
        "insert",
        "journal_body",
        "not exists (select 1 from journal where seq = new.seq) or exists (select 1 from journal_body where seq = new.seq)",
        ONLY_ONCE,
    ),
)
POSTGRES = Means(
    driver="postgresql+psycopg",
    lock=(
        "begin",
        f"set local lock_timeout = {LOCK_WAIT_MS}",
        "set local synchronous_commit = on",
        f"select pg_advisory_xact_lock({LOCK_KEY})",
    ),
    set_up=tuple(statement for guard in _POSTGRES_GUARDS for statement in guard.statements),
    guards={guard.name: guard.shown for guard in _POSTGRES_GUARDS},
    list_guards="""
        select
            guard.tgname as name,
            concat(
                guard.tgenabled, ' ', guard.tgtype, ' ', journal.relname, if_whole.words, if_always.words, function.prosrc
            ) as shown
        from pg_trigger as guard
        inner join pg_class as journal on guard.tgrelid = journal.oid
        inner join pg_proc as function on guard.tgfoid = function.oid
        cross join lateral (select case when guard.tgattr::text = '' then ' whole' else ' columns' end as words) as if_whole
        cross join lateral (select case when guard.tgqual is null then ' always' else ' sometimes' end as words) as if_always
        where guard.tgrelid in (to_regclass('journal'), to_regclass('journal_body')) and not guard.tgisinternal
    """,
)
MEANS = {"sqlite": SQLITE, "postgresql": POSTGRES}


def connected(url: str) -> tuple[sa.Engine, Means]:
    """Return an engine for an address, whose transactions are ours to begin, and what its database does for the journal.

    Raises:
        LedgerError: If no journal is kept in such a database, or its driver is not installed.
    """
    try:
        address = sa.make_url(url)
        name = address.get_backend_name()
    except sa.exc.ArgumentError:
        address, name = None, "an address that cannot be read"  # it may hold a password
    if address is None or name not in MEANS:
        raise LedgerError(
            f"this program keeps no journal in {name}", where="SLA_JOURNAL_URL", known=MEANS, fix="unset it: the journal is then journal.db"
        )
    means = MEANS[name]
    if means is SQLITE:
        engine = sa.create_engine(address, poolclass=sa.NullPool)
        sa.event.listen(engine, "connect", _set_up_sqlite)
        return engine, means
    try:
        engine = sa.create_engine(address.set(drivername=means.driver), poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    except ModuleNotFoundError as error:
        fix = "install the extra postgres: pip install 'sla-ledger[postgres]'"
        raise LedgerError(f"the driver of {name} is not installed", where="SLA_JOURNAL_URL", fix=fix) from error
    return engine, means


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    """Readers never wait for a writer, a commit is on disk, and the driver opens no transaction of its own: ours take the lock first."""
    connection.isolation_level = None
    connection.execute(f"pragma busy_timeout = {LOCK_WAIT_MS}")
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = full")
