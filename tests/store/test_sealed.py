"""What was said before of a month, and which pack a run is held against (R-RS1)."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from tasks.archive.sealing import seal
from tasks.model.errors import IntegrityError
from tasks.model.period import Period
from tasks.store import runs
from tasks.store.home import Home
from tasks.store.journal import Journal
from tasks.store.runs import name_run
from tasks.store.sealed import Sealed, newest_base, read_said, sealed_packs
from tests.archive.sealed_home import RUN_ID, make_home, publish

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SAID = {"is_preview": False, "as_of": "2026-11-03T12:00:00Z"}


def sealed_home(root, **changes):
    home = make_home(root)
    seal(home, publish(home, **(SAID | changes)), Journal.open(home), now=NOON)
    return home, sealed_packs(Journal.open(home), "month", "2026-10")


@pytest.mark.parametrize(
    ("changes", "as_of", "is_base"),
    [
        pytest.param({}, NOON, True, id="a pack that knew as much"),
        pytest.param({}, NOON - DAY, False, id="a pack that looked from later"),
        pytest.param({"is_preview": True}, NOON, False, id="a preview"),
    ],
)
def test_a_pack_is_a_base_if_it_is_whole_and_looked_from_no_later_instant(tmp_path, changes, as_of, is_base):
    home, sealed = sealed_home(tmp_path, **changes)
    assert [pack.run_id for pack in sealed] == [RUN_ID]
    assert (newest_base(home, sealed, as_of) is not None) is is_base


@pytest.mark.parametrize("spoil", [lambda bundle: bundle.unlink(), lambda bundle: bundle.write_bytes(b"PK other bytes")])
def test_a_bundle_that_is_gone_or_altered_is_no_base_and_is_not_quoted(tmp_path, spoil):
    home, sealed = sealed_home(tmp_path)
    assert read_said(home, sealed[0], ("sla_results",)).run_id == RUN_ID
    spoil(home.bundle("month", "2026-10", RUN_ID))
    assert newest_base(home, sealed, NOON) is None
    with pytest.raises(IntegrityError, match="held against"):
        read_said(home, sealed[0], ("sla_results",))


def test_packs_of_other_months_and_occasions_are_others(tmp_path):
    home, _ = sealed_home(tmp_path)
    journal = Journal.open(home)
    assert sealed_packs(journal, "month", "2026-09") == sealed_packs(journal, "quarter", "2026-10") == []


def named(tmp_path, monkeypatch, head, sealed, *, code="one", is_preview=False, is_simulated=False):
    """Return the run of a month that knows the journal up to `head`; every seal's bundle is at hand."""
    monkeypatch.setattr(runs, "code_sha256", lambda: code)
    monkeypatch.setattr(runs, "newest_base", lambda _home, packs, _as_of: packs[-1] if packs else None)
    known = SimpleNamespace(
        as_of=NOON, newest=NOON, head=SimpleNamespace(seq=head), inputs=[{"seq": head, "kind": "landing", "sha256": ""}]
    )
    home, reference = Home(tmp_path, "Test", "eu", "UTC"), SimpleNamespace(files=())
    flags = {"is_open": False, "is_preview": is_preview, "is_simulated": is_simulated}
    return name_run("month", Period.parse("2026-10"), home, known, reference, sealed, **flags)


def sealed_as(run, head, *, is_simulated=False):
    return Sealed("month", "2026-10", run.run_id, "", head, is_simulated)


def test_each_pack_is_held_against_the_newest_before_it_and_keeps_its_base_when_it_is_run_again(tmp_path, monkeypatch):
    def run(head, sealed, **how):
        return named(tmp_path, monkeypatch, head, sealed, **how)

    first = run(3, [])
    seals = [sealed_as(first, 3)]
    second = run(7, seals)
    seals.append(sealed_as(second, 7))
    by_other_code = run(7, seals, code="two")
    seals.append(sealed_as(by_other_code, 7))
    assert [one.base_run_id for one in (first, second, by_other_code)] == [None, first.run_id, second.run_id]
    assert [run(3, seals), run(7, seals), run(7, seals, code="two")] == [first, second, by_other_code]
    assert run(5, seals).base_run_id == first.run_id, "a view of a day between knows less than the second pack"


def test_a_preview_is_held_against_nothing_and_a_record_against_no_rehearsal(tmp_path, monkeypatch):
    rehearsal = named(tmp_path, monkeypatch, 3, [], is_simulated=True)
    seals = [sealed_as(rehearsal, 3, is_simulated=True)]
    assert named(tmp_path, monkeypatch, 7, seals).base_run_id is None
    assert named(tmp_path, monkeypatch, 7, seals, is_simulated=True).base_run_id == rehearsal.run_id
    assert named(tmp_path, monkeypatch, 7, seals, is_simulated=True, is_preview=True).base_run_id is None
