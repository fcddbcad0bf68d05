"""The journal: the home's one memory of who did what. Append-only by the database's own means, one hash chain (entities.yml `journal`).

Sequence, time and previous hash are set inside the database's write lock. A row's hash covers the hash of its body, never the body
itself, so that a lawful deletion may empty a body and the chain still verifies (DOMAIN 8). Instants are stored as the text that is hashed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from tasks.model.errors import IntegrityError, LedgerError
from tasks.model.identity import canonical_json, sha256_json, sha256_text
from tasks.store.home import Home
from tasks.store.journal_database import FIRST_PREVIOUS, connected
from tasks.store.keys import Signer, is_signed

KINDS = ("landing", "withdrawal", "decision", "signoff", "claim_event", "receipt", "hold", "seal", "run", "access")
TICK = timedelta(microseconds=1)
SYSTEM = "system"

_metadata = sa.MetaData()
_journal = sa.Table(
    "journal",
    _metadata,
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("recorded_from", sa.String(27), nullable=False),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("entity", sa.String),
    sa.Column("object_id", sa.String),
    sa.Column("actor_ref", sa.String, nullable=False),
    sa.Column("actor_role", sa.String),
    sa.Column("is_simulated", sa.Boolean, nullable=False),
    sa.Column("body_sha256", sa.String(64), nullable=False),
    sa.Column("public_key", sa.String),
    sa.Column("signature", sa.String),
    sa.Column("prev_hash", sa.String(64), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
)
_bodies = sa.Table(
    "journal_body", _metadata, sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False), sa.Column("body", sa.Text)
)
HASHED = tuple(column.name for column in _journal.columns if column.name != "hash")


@dataclass(frozen=True)
class Entry:
    """What is to be written: the kind, a JSON body without floats, who did it, and their key if they sign."""

    kind: str
    body: Mapping[str, Any]
    entity: str | None = None
    object_id: str | None = None
    actor_ref: str = SYSTEM
    actor_role: str | None = None
    signer: Signer | None = None


@dataclass(frozen=True)
class Row:
    """One row as written. `recorded_from` is aware UTC; `body` is None where it was lawfully deleted."""

    seq: int
    recorded_from: datetime
    kind: str
    entity: str | None
    object_id: str | None
    actor_ref: str
    actor_role: str | None
    is_simulated: bool
    body_sha256: str
    public_key: str | None
    signature: str | None
    prev_hash: str
    hash: str
    body: dict[str, Any] | None

    @property
    def line(self) -> str:
        """Return every column and the body as one line of canonical JSON: how bundles carry the row."""
        columns = {field.name: getattr(self, field.name) for field in fields(self)}
        return canonical_json(columns | {"recorded_from": instant_text(self.recorded_from)})


@dataclass(frozen=True)
class Head:
    """A point in the chain."""

    seq: int
    hash: str
    recorded_from: datetime
    is_simulated: bool = False


class Witness(NamedTuple):
    """Something that names a row it has seen: a seal or a bundle. A chain cut or written anew contradicts it."""

    name: str
    seq: int
    hash: str


class Journal:
    """The journal of one home, in SQLite beside it or in the database that SLA_JOURNAL_URL names."""

    def __init__(self, url: str) -> None:
        self._engine, self._means = connected(url)
        try:
            if not sa.inspect(self._engine).has_table(_journal.name):
                self._create()
        except sa.exc.OperationalError as error:
            raise LedgerError(
                f"the journal cannot be opened: {error.orig}", where="journal", fix="mend its folder or its address"
            ) from error
        except sa.exc.DatabaseError as error:
            raise IntegrityError(f"the journal is damaged: {error.orig}", where="journal", fix="restore it from a backup") from error

    @classmethod
    def open(cls, home: Home) -> Journal:
        """Return the home's journal, made if it is not there.

        Raises:
            LedgerError: If it cannot be opened, or SLA_JOURNAL_URL names a database that this program keeps no journal in.
            IntegrityError: If it is damaged.
        """
        return cls(os.environ.get("SLA_JOURNAL_URL") or f"sqlite:///{home.journal_path}")

    def append(self, kind: str, body: Mapping[str, Any], *, now: datetime, is_simulated: bool = False, **who: Any) -> Row:
        """Write one row and return it; `who` takes entity, object_id, actor_ref, actor_role, signer."""
        return self.append_many([Entry(kind, body, **who)], now=now, is_simulated=is_simulated)[0]

    def append_many(self, entries: Sequence[Entry], *, now: datetime, is_simulated: bool = False) -> list[Row]:
        """Write the rows of one landing call, or one row of another kind, all or none.

        They share `recorded_from`, which is later than that of every row before. Where a rehearsal's row has moved the journal's time
        beyond `now`, what follows it is a rehearsal's too: its instant is none of the real clock.

        Raises:
            LedgerError: For a kind that is none.
            ValueError: If `now` is naive, or several rows are not all landings.
        """
        _refuse(entries, now)
        if not entries:
            return []
        with self._writing() as connection:
            head = _head(connection, None)
            at = max(now.astimezone(UTC), head.recorded_from + TICK) if head else now.astimezone(UTC)
            is_simulated = is_simulated or (head is not None and head.is_simulated and at > now)
            seq, previous, rows = (head.seq, head.hash, []) if head else (0, FIRST_PREVIOUS, [])
            for entry in entries:
                rows.append(_row(entry, seq + 1, at, is_simulated, previous))
                seq, previous = rows[-1]["seq"], rows[-1]["hash"]
            connection.execute(_journal.insert(), [{name: row[name] for name in (*HASHED, "hash")} for row in rows])
            connection.execute(_bodies.insert(), [{"seq": row["seq"], "body": row["body"]} for row in rows])
        return [_read(row) for row in rows]

    def rows(self, kinds: Sequence[str] | None = None, until: datetime | None = None, last_seq: int | None = None) -> list[Row]:
        """Return rows by seq: of some kinds, recorded by `until`, up to `last_seq`.

        Raises:
            IntegrityError: If a row cannot be read as what it is.
        """
        query = _stored()
        if kinds is not None:
            query = query.where(_journal.c.kind.in_(kinds))
        if until is not None:
            query = query.where(_journal.c.recorded_from <= instant_text(until))
        if last_seq is not None:
            query = query.where(_journal.c.seq <= last_seq)
        with self._reading() as connection:
            return [_read(row) for row in connection.execute(query).mappings()]

    def head(self, as_of: datetime | None = None) -> Head | None:
        """Return the newest row recorded by `as_of`, or None."""
        with self._reading() as connection:
            return _head(connection, as_of)

    def verify(self, witnesses: Iterable[Witness] = ()) -> list[str]:
        """Return what is wrong with the journal, row by row; an empty list if nothing is.

        Args:
            witnesses: Rows that others have seen, such as sealed bundles; the journal's own seals are asked anyway.
        """
        faults: list[str] = []
        try:
            with self._reading() as connection:
                faults += self._guard_faults(connection)
                for fault in _chain_faults(connection.execute(_stored()).mappings()):
                    faults.append(fault)
                faults += _witness_faults(connection, [*_seals(connection), *witnesses])
        except IntegrityError as error:
            faults.append(error.what)
        return faults

    def _create(self) -> None:
        with self._writing() as connection:
            if not sa.inspect(connection).has_table(_journal.name):
                _metadata.create_all(connection)
                for statement in self._means.set_up:
                    connection.exec_driver_sql(statement)

    def _guard_faults(self, connection: sa.Connection) -> list[str]:
        found = {row.name: row.shown for row in connection.exec_driver_sql(self._means.list_guards)}
        lost = [name for name, shown in self._means.guards.items() if found.get(name) != shown]
        return [f"the journal is no longer guarded: trigger {name} is missing or altered" for name in lost]

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        try:
            with _open_or_say_why(), self._engine.connect() as connection:
                yield connection
        except (sa.exc.DatabaseError, ValueError, TypeError) as error:
            what = f"the journal is damaged: {str(error).splitlines()[0]}"
            raise IntegrityError(what, where="journal", fix="look at it with sla verify, and restore it from a backup") from error

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        with _open_or_say_why(), self._engine.connect() as connection:
            for statement in self._means.lock:
                connection.exec_driver_sql(statement)
            try:
                yield connection
                connection.exec_driver_sql("commit")
            except BaseException:
                connection.exec_driver_sql("rollback")
                raise


@contextmanager
def _open_or_say_why() -> Iterator[None]:
    """Turn what the database says of locks and files into an error that a user can act on."""
    try:
        yield
    except sa.exc.OperationalError as error:
        fix = "wait for the other program, or mend the journal's folder or address"
        raise LedgerError(f"the journal cannot be used now: {error.orig}", where="journal", fix=fix) from error


def instant_text(at: datetime) -> str:
    """Return an instant as the journal writes and hashes it: `YYYY-MM-DDTHH:MM:SS.ffffffZ`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def chain_faults(lines: Iterable[str], head: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with a journal carried as lines (`Row.line`), whose last row must be `head` (seq, hash)."""
    last: dict[str, Any] = {}

    def rows() -> Iterator[dict[str, Any]]:
        for line in lines:
            last.clear()
            last.update(json.loads(line))
            if canonical_json(last) != line:
                raise ValueError(f"the line of row {last['seq']} is not written as the journal writes it")
            body = last["body"]
            yield last | {"body_seq": last["seq"], "body": None if body is None else canonical_json(body)}

    try:
        faults = list(_chain_faults(rows()))
    except (ValueError, KeyError, TypeError) as error:
        return [f"altered, a line cannot be read ({error})"]
    ends_well = (last.get("seq"), last.get("hash")) == (head["seq"], head["hash"])
    return faults if ends_well else [*faults, "its last row is not the head that the manifest names"]


def _refuse(entries: Sequence[Entry], now: datetime) -> None:
    unknown = [entry.kind for entry in entries if entry.kind not in KINDS]
    if unknown:
        raise LedgerError(f"no kind of journal row '{unknown[0]}'", known=KINDS)
    if now.tzinfo is None:
        raise ValueError("now has no zone")
    if len(entries) > 1 and {entry.kind for entry in entries} != {"landing"}:
        raise ValueError("only the landings of one call share an instant")


def _row(entry: Entry, seq: int, at: datetime, is_simulated: bool, previous: str) -> dict[str, Any]:
    body = canonical_json(dict(entry.body))
    body_sha256 = sha256_text(body)
    row: dict[str, Any] = {
        "seq": seq,
        "recorded_from": instant_text(at),
        "kind": entry.kind,
        "entity": entry.entity,
        "object_id": entry.object_id,
        "actor_ref": entry.actor_ref,
        "actor_role": entry.actor_role,
        "is_simulated": is_simulated,
        "body_sha256": body_sha256,
        "public_key": entry.signer.public_key if entry.signer else None,
        "signature": entry.signer.sign(body_sha256) if entry.signer else None,
        "prev_hash": previous,
    }
    return row | {"hash": _hash(row), "body": body}


def _hash(row: Mapping[str, Any]) -> str:
    return sha256_json([row[name] for name in HASHED])


def _stored() -> sa.Select[Any]:
    """Return the query for every column and body by seq; `body_seq` is null where the body's own row is gone."""
    joined = _journal.outerjoin(_bodies, _journal.c.seq == _bodies.c.seq)
    return sa.select(_journal, _bodies.c.body, _bodies.c.seq.label("body_seq")).select_from(joined).order_by(_journal.c.seq)


def _read(row: Mapping[str, Any]) -> Row:
    columns = {name: row[name] for name in (*HASHED, "hash")}
    body = json.loads(row["body"]) if row["body"] is not None else None
    return Row(**columns | {"recorded_from": datetime.fromisoformat(row["recorded_from"])}, body=body)


def _head(connection: sa.Connection, as_of: datetime | None) -> Head | None:
    columns = (_journal.c.seq, _journal.c.hash, _journal.c.recorded_from, _journal.c.is_simulated)
    query = sa.select(*columns).order_by(_journal.c.seq.desc()).limit(1)
    if as_of is not None:
        query = query.where(_journal.c.recorded_from <= instant_text(as_of))
    row = connection.execute(query).first()
    return Head(row.seq, row.hash, datetime.fromisoformat(row.recorded_from), row.is_simulated) if row else None


def _chain_faults(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield what is wrong with rows in the order of their seq, each held against the one before."""
    seq, previous, recorded, kind = 0, FIRST_PREVIOUS, "", ""
    for row in rows:
        name = f"journal row {row['seq']}"
        if row["seq"] > seq + 1:
            yield f"journal rows {seq + 1} to {row['seq'] - 1} are missing"
        elif row["seq"] <= seq:
            yield f"{name} stands behind row {seq}"
        elif row["prev_hash"] != previous:
            yield f"{name} does not follow row {seq}: its previous hash differs"
        if not (row["recorded_from"] > recorded or (row["recorded_from"] == recorded and row["kind"] == kind == "landing")):
            yield f"{name} is not recorded after row {seq}"
        if row["hash"] != _hash(row):
            yield f"{name} was altered: its hash differs"
        if row["signature"] is not None and not is_signed(row["body_sha256"], row["public_key"] or "", row["signature"]):
            yield f"{name} is not signed by the key that it names"
        if row["body_seq"] is None:
            yield f"the body of {name} is missing"
        elif row["body"] is not None and sha256_text(row["body"]) != row["body_sha256"]:
            yield f"the body of {name} was altered: its hash differs"
        seq, previous, recorded, kind = row["seq"], row["hash"], row["recorded_from"], row["kind"]


def _seals(connection: sa.Connection) -> list[Witness]:
    seals = [row for row in connection.execute(_stored().where(_journal.c.kind == "seal")).mappings() if row["body"]]
    bodies = [(row["seq"], json.loads(row["body"])) for row in seals]
    return [Witness(f"the seal in journal row {seq}", body["journal_head_seq"], body["journal_head_hash"]) for seq, body in bodies]


def _witness_faults(connection: sa.Connection, witnesses: Iterable[Witness]) -> Iterator[str]:
    last = connection.scalar(sa.select(sa.func.coalesce(sa.func.max(_journal.c.seq), 0)))
    for witness in witnesses:
        found = connection.scalar(sa.select(_journal.c.hash).where(_journal.c.seq == witness.seq))
        if witness.seq > last:
            yield f"journal rows {last + 1} to {witness.seq} are missing at the end: {witness.name} has seen them"
        elif found != witness.hash:
            yield f"{witness.name} has seen another journal row {witness.seq}"
