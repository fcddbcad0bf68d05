"""A home with one landed file, one contract and one published pack."""

from datetime import UTC, datetime, timedelta

from tasks.land.landing import land
from tasks.model.identity import canonical_json, sha256_file
from tasks.model.reference import Source
from tasks.store.home import Home
from tasks.store.journal import Journal
from tasks.store.packs import PackFolder

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
LATER = datetime(2026, 11, 4, 12, tzinfo=UTC)
RUN_ID = "0123456789abcdef"
CONTRACT = "reference/contracts/acme.yml"
FILES = {"tables/incidents.parquet": b"parquet", "tables/incidents.csv": b"incident_id\nI-1\n", "compliance.html": "<h1>März</h1>".encode()}


def make_home(root):
    home = Home(root, "Test", "eu", "UTC")
    (home.reference / "contracts").mkdir(parents=True)
    (home.root / CONTRACT).write_text("contract_id: ACME\n")
    (home.inbox / "desk").mkdir(parents=True)
    (home.inbox / "desk" / "a.csv").write_text("k\n1\n")
    land(home, [Source(id="desk", adapter="canonical", entity="ticket")], Journal.open(home), now=NOON, settle=timedelta(0))
    return home


def publish(home, **changes):
    """Write a pack of the home's one landing; `changes` go over the manifest."""
    folder = PackFolder(home.pack("month", "2026-10", RUN_ID))
    for name, content in FILES.items():
        file = folder.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    (landing,) = Journal.open(home).rows(("landing",))
    listed = [{"path": name, "sha256": sha256_file(folder.root / name)} for name in FILES]
    manifest = {
        "schema": "manifest/1",
        "run_id": RUN_ID,
        "occasion": "month",
        "period": "2026-10",
        "vendor_id": None,
        "edition": "internal",
        "home": {"name": home.name, "region": home.region},
        "content_sha256": "c" * 64,
        "inputs": [{"seq": landing.seq, "kind": "landing", "file": "a.csv", "sha256": landing.body["file_sha256"]}],
        "inputs_head": {"seq": landing.seq, "hash": landing.hash},
        "reference": [{"path": CONTRACT, "sha256": sha256_file(home.root / CONTRACT)}],
        "tables": listed[:2],
        "pages": listed[2:],
    }
    folder.manifest.write_text(canonical_json(manifest | changes))
    return folder
