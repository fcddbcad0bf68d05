"""The sample home's third quarter as vendor reviews: every vendor, both editions, sealed, verified, and the same when run again."""

import csv
import json
import re
import shutil

import pytest

from tasks.orchestration import set_direct

set_direct(quiet=True)

from flows.quarter import quarter  # noqa: E402 - the mode is set before a flow is imported
from tasks.archive.verify import verify  # noqa: E402
from tasks.model.errors import LedgerError  # noqa: E402
from tasks.store.bundles import find_bundle  # noqa: E402
from tasks.store.home import SAMPLE_HOME, open_home  # noqa: E402
from tasks.store.journal import Journal  # noqa: E402
from tests.publish.test_review import texts_of  # noqa: E402

pytestmark = pytest.mark.soak
CLOCK = "2026-11-03T09:00:00Z"
NAMES = {  # what must not stand in another vendor's edition
    "fjordwerk": ("fjordwerk", "order-hub", "checkout-db", "store-pos"),
    "kitewire": ("kitewire", "web-shop", "edge-media"),
    "talerbridge": ("talerbridge", "card-payments", "payouts"),
}
# levels of the quarter, those met, payable. Fjordwerk: the tills were down 130 min of opening hours in September, allowed 1 h 50 min 42 s:
# 8 % of EUR 7,215.00. Kitewire: 25 min of the shop in August, allowed 22 min 19 s: 10 % of USD 8,102.30. Talerbridge: 38 min of cards in
# August, less the free 20 no full half hour
EXPECTED = {"fjordwerk": (15, 14, "577.2000"), "kitewire": (9, 8, "810.2300"), "talerbridge": (6, 5, "0.0000")}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    place = tmp_path_factory.mktemp("sample") / "home"
    machine_made = shutil.ignore_patterns("journal.db*", ".lock", "raw", "staged", "reconciled", "measured", "published", "archived")
    shutil.copytree(SAMPLE_HOME, place, ignore=machine_made)
    return place


@pytest.fixture(scope="module")
def reviews(root):
    return quarter(str(root), "2026-Q3", clock=CLOCK)


def rows(pack, name):
    with pack.folder.csv(name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_vendor_has_both_editions_with_the_levels_worked_out_by_hand(reviews):
    assert [(run.vendor_id, run.edition) for run in reviews.runs] == [
        (name, edition) for name in sorted(NAMES) for edition in ("customer", "vendor")
    ]
    for run, pack in zip(reviews.runs, reviews.packs, strict=True):
        levels = [row for row in rows(pack, "sla_results") if row["variant"] == "headline" and row["reading"] == "default"]
        credits_ = [row for row in rows(pack, "credits") if row["variant"] == "headline" and row["reading"] == "default"]
        payable = f"{sum(float(row['payable']) for row in credits_):.4f}"
        met = sum(row["status"] == "met" for row in levels)
        assert (len(levels), met, payable) == EXPECTED[run.vendor_id], run


def test_no_vendors_edition_names_another_vendor_its_services_or_a_person(reviews):
    people = re.findall(r"person_ref: (\w+)", (SAMPLE_HOME / "reference" / "people.yml").read_text(encoding="utf-8"))
    for run, pack in zip(reviews.runs, reviews.packs, strict=True):
        if run.edition == "vendor":
            others = [name for vendor, names in NAMES.items() if vendor != run.vendor_id for name in names]
            found = {
                (file, name) for file, text in texts_of(pack).items() for name in [*others, *people] if name.casefold() in text.casefold()
            }
            assert found == set(), run.vendor_id


def test_each_pack_is_sealed_under_its_own_run_and_verifies(root, reviews):
    home = open_home(root)
    assert verify(home).faults == ()
    for run, seal in zip(reviews.runs, reviews.seals, strict=True):
        assert find_bundle(home, f"quarter/2026-Q3/{run.vendor_id}/{run.edition}") == seal.bundle
        assert verify(home, run.run_id).faults == ()


def test_an_altered_file_of_a_vendors_folder_is_named(root, reviews):
    page = reviews.packs[1].folder.page("review.html")
    content = page.read_bytes()
    page.write_bytes(content + b" ")
    try:
        faults = verify(open_home(root), reviews.runs[1].run_id).faults
    finally:
        page.write_bytes(content)
    assert faults == (f"published/quarter/2026-Q3/{reviews.runs[1].path}/review.html: altered",)


def test_running_again_for_one_vendor_gives_the_same_packs_and_seals_nothing_new(root, reviews):
    seals = len(list(Journal.open(open_home(root)).rows(("seal",))))
    again = quarter(str(root), "2026-Q3", "kitewire", clock=CLOCK)
    assert [pack.manifest_sha256 for pack in again.packs] == [pack.manifest_sha256 for pack in reviews.packs[2:4]]
    assert len(list(Journal.open(open_home(root)).rows(("seal",)))) == seals


def test_a_vendor_that_nobody_knows_and_a_month_are_refused_with_what_is_known(root):
    with pytest.raises(LedgerError, match="fjordwerk, kitewire, talerbridge"):
        quarter(str(root), "2026-Q3", "nobody", clock=CLOCK)
    with pytest.raises(LedgerError, match="no quarter"):
        quarter(str(root), "2026-09", clock=CLOCK)


def test_the_outcome_and_the_home_page_name_each_edition(root, reviews):
    assert json.dumps(reviews.as_dict())
    assert "kitewire, vendor edition: " in reviews.in_words()
    front = (root / "published" / "index.html").read_text(encoding="utf-8")
    assert "Q3 2026" in front
    assert "kitewire, vendor edition" in front
    assert f'quarter/2026-Q3/{reviews.runs[2].path}/review.html"' in front
