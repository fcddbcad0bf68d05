"""What is new since the last pack: every kind of cause by the two manifests, and nothing that can move no figure."""

from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest

from tasks.model.contract import resolve_contract
from tasks.model.policy import resolve_policy
from tasks.publish import since as since_module
from tasks.publish.since import CAUSES, MOST_NAMED, Cause, since
from tasks.store.sealed import Said
from tests.measure.estate import contract_text
from tests.publish.estate import RUN

TREE = {"version": "0.1.0", "tree_sha256": "a" * 64, "lock_sha256": "b" * 64}
VERSIONS = {"python": "3.11.2", "tzdata": "2026.1"}
FILES = {"reference/contracts/acme.yml": "c1", "reference/services.csv": "s1", "reference/notify.yml": "n1"}
NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
LANDED = [(1, "desk", "a.csv"), (2, "reference", "services.csv")]


def landing(seq, source_id, file):
    return SimpleNamespace(seq=seq, body={"source_id": source_id, "file": file})


def new(*, landed=(), withdrawn=(), decided=(), files=None, tree=None, versions=None, caps=None):
    """Return what is new since a pack of `LANDED` and `FILES`, with what is added to or taken from it."""
    rows = [landing(*row) for row in (*LANDED, *landed)]
    taken = {seq for _, seq in withdrawn}
    known = SimpleNamespace(
        landings=[row for row in rows if row.seq not in taken],
        withdrawn=[row for row in rows if row.seq in taken],
        withdrawals=[SimpleNamespace(seq=seq, body={"landing_seq": of}) for seq, of in withdrawn],
        decisions=[SimpleNamespace(seq=seq, entity=entity, object_id=name) for seq, entity, name in decided],
    )
    contracts = [resolve_contract(contract_text(credits={"currency": "EUR", "caps": caps or {}}))]
    reference = SimpleNamespace(files=listed(FILES | (files or {})), policy=resolve_policy(), contracts=contracts)
    manifest = {
        "run_id": "aaaa",
        "inputs": [{"seq": seq} for seq, *_ in LANDED],
        "reference": listed(FILES),
        "code": TREE | (tree or {}),
        "versions": VERSIONS | (versions or {}),
    }
    return since(Said(manifest, {}), RUN, known, reference)


def listed(files):
    return [{"path": path, "sha256": digest} for path, digest in sorted(files.items()) if digest]


@pytest.fixture(autouse=True)
def program(monkeypatch):
    """The program that runs now."""
    monkeypatch.setattr(since_module, "code", lambda: TREE)
    monkeypatch.setattr(since_module, "versions", lambda: VERSIONS)


@pytest.mark.parametrize(
    ("change", "causes"),
    [
        pytest.param({"landed": [(3, "acme", "late.csv")]}, {"data": ("acme/late.csv",)}, id="a late file"),
        pytest.param({"withdrawn": [(3, 1)]}, {"data": ("desk/a.csv taken back",)}, id="a file taken back"),
        pytest.param({"decided": [(3, "override", "O-1")]}, {"decision": ("override O-1 (journal row 3)",)}, id="a decision"),
        pytest.param(
            {"decided": [(3, "claim_event", "E-1")], "landed": [(4, "acme", "late.csv")]},
            {"data": ("acme/late.csv",)},
            id="a claim that was filed moves no level and no credit",
        ),
        pytest.param(
            {"decided": [(3, "claim_event", "E-1")], "caps": {"contract_year_amount": "1000.00"}},
            {"decision": ("claim_event E-1 (journal row 3)",)},
            id="unless a cap of the year counts it",
        ),
        pytest.param(
            {"files": {"reference/contracts/acme.yml": "c2"}}, {"contract": ("reference/contracts/acme.yml",)}, id="a contract's text"
        ),
        pytest.param(
            {"files": {"reference/contracts/b.yml": "c9"}}, {"contract": ("reference/contracts/b.yml is new",)}, id="another contract"
        ),
        pytest.param(
            {"files": {"reference/contracts/acme.yml": None}},
            {"contract": ("reference/contracts/acme.yml is gone",)},
            id="a contract that is gone",
        ),
        pytest.param({"files": {"reference/calendars/x.yml": "1"}}, {"calendar": ("reference/calendars/x.yml is new",)}, id="a calendar"),
        pytest.param({"files": {"reference/policy.yml": "1"}}, {"policy": ("reference/policy.yml is new",)}, id="a policy"),
        pytest.param(
            {"files": {"reference/services.csv": "s2"}, "landed": [(3, "reference", "services.csv")]},
            {"reference": ("reference/services.csv",)},
            id="a table of reference, which is landed too, is one cause",
        ),
        pytest.param(
            {"tree": {"tree_sha256": "d" * 64}}, {"code": ("program 0.1.0, tree dddddddddddd → aaaaaaaaaaaa",)}, id="another program"
        ),
        pytest.param({"versions": {"tzdata": "2025.2"}}, {"code": ("tzdata 2025.2 → 2026.1",)}, id="other time zones"),
        pytest.param(
            {"files": {"reference/notify.yml": "n2"}},
            {"time": ("something is open, and is now measured up to 2026-11-03T06:00:00Z",)},
            id="who is told moves no figure: only time has passed",
        ),
        pytest.param(
            {"landed": [(3, "acme", "wrong.csv")], "withdrawn": [(4, 3)], "decided": [(5, "override", "O-1")]},
            {"decision": ("override O-1 (journal row 5)",)},
            id="a file that came and went meanwhile is no cause",
        ),
        pytest.param(
            {"decided": [(4, "override", "O-1")], "files": {"reference/policy.yml": "1"}, "landed": [(3, "acme", "late.csv")]},
            {
                "data": ("acme/late.csv",),
                "decision": ("override O-1 (journal row 4)",),
                "policy": ("reference/policy.yml is new",),
            },
            id="several, in the order in which causes are told",
        ),
    ],
)
def test_what_is_new_since_the_last_pack_has_its_cause_and_its_name(change, causes):
    found = {cause.kind: cause.names for cause in new(**change).causes}
    assert found == causes
    assert list(found) == [kind for kind in CAUSES if kind in found]


def test_what_must_be_told_is_the_policys():
    told = new()
    assert (told.min_change_pct_points, told.always_if) == (Decimal("0.001"), ("status", "tier", "payable"))


def test_of_many_files_the_first_are_named():
    names = tuple(f"desk/{number}.csv" for number in range(MOST_NAMED + 2))
    assert Cause("data", names).ref.endswith(f"desk/{MOST_NAMED - 1}.csv; and 2 more")
