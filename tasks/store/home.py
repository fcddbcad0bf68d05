"""The home: one estate's folder. This file alone spells its paths (DESIGN 2)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

from tasks.model.errors import LedgerError

SCHEMA = "home/1"
ROOMS = ("raw", "staged", "reconciled", "measured", "published", "archived")
CHECKOUT = Path(__file__).resolve().parents[2]
SAMPLE_HOME = CHECKOUT / "data"


@dataclass(frozen=True)
class Home:
    """One estate in one region. `display_timezone` is an IANA name: the zone of pages that span contracts and of bare dates."""

    root: Path
    name: str
    region: str
    display_timezone: str

    @property
    def reference(self) -> Path:
        """Files people write: sources, services, contracts, calendars, policy."""
        return self.root / "reference"

    @property
    def inbox(self) -> Path:
        """Where exports are dropped: inbox/<source_id>/*."""
        return self.root / "inbox"

    @property
    def journal_path(self) -> Path:
        """The SQLite journal, unless SLA_JOURNAL_URL names another database."""
        return self.root / "journal.db"

    @property
    def region_key_path(self) -> Path:
        """The key that pseudonyms are made with; no bundle holds it."""
        return self.root / "region.key"

    @property
    def lock_path(self) -> Path:
        """The advisory lock that guards writers."""
        return self.root / ".lock"

    def room(self, name: str) -> Path:
        """Return the folder of a room; KeyError for a word that is none."""
        if name not in ROOMS:
            raise KeyError(name)
        return self.root / name

    def raw_file(self, sha256: str, file_name: str) -> Path:
        """Return where a landed file's bytes lie: raw/<2 hex>/<sha256>/<file name>."""
        return self.room("raw") / sha256[:2] / sha256 / file_name

    def pack(self, occasion: str, period: str, run_id: str) -> Path:
        """Return the folder of a published pack."""
        return self.room("published") / occasion / period / run_id

    def latest(self, occasion: str, period: str) -> Path:
        """Return the pointer file that holds the run_id of a period's newest pack."""
        return self.room("published") / occasion / period / "LATEST"

    def latest_paths(self, occasion: str, period: str) -> list[str]:
        """Return what LATEST names: the run_id, or a line for each vendor and edition."""
        pointer = self.latest(occasion, period)
        return pointer.read_text(encoding="utf-8").split() if pointer.is_file() else []

    def bundle(self, occasion: str, period: str, run_id: str) -> Path:
        """Return where a pack's sealed bundle lies."""
        return self.room("archived") / occasion / period / f"{run_id}.zip"


def open_home(root: Path) -> Home:
    """Return the home at `root`.

    Raises:
        LedgerError: If there is no readable home.yml, or its schema is not one this program knows.
    """
    file = root / "home.yml"
    if not file.is_file():
        raise LedgerError(f"no home at {root}", where="home.yml", fix="name one with --home or SLA_HOME, or make one: sla init DIR")
    try:
        body = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        where = "home.yml" if line is None else f"home.yml:{line + 1}"
        raise LedgerError("it is no YAML", where=where, fix="compare it with data/home.yml: one `name: value` a line, in UTF-8") from error
    if not isinstance(body, dict) or body.get("schema") != SCHEMA:
        got = body.get("schema") if isinstance(body, dict) else type(body).__name__
        raise LedgerError(
            f"schema is {got!r}", where="home.yml", known=[SCHEMA], fix="use the program version that wrote it, or sla migrate"
        )
    missing = [key for key in ("name", "region") if not body.get(key)]
    if missing:
        raise LedgerError(f"missing {', '.join(missing)}", where="home.yml", fix="state a name and a region, as in data/home.yml")
    return Home(root.resolve(), str(body["name"]), str(body["region"]), str(body.get("display_timezone", "UTC")))
