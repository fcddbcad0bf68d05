"""The first page: what can be claimed and why the rest cannot, and what to do next, from the pack's own rows."""

import dataclasses
import re
from datetime import date
from decimal import Decimal

import pytest

from tasks.publish.fates import fates_of
from tests.publish.estate import (
    RUN,
    SERVICES,
    START,
    Contract,
    Exclusion,
    Outage,
    Service,
    add_claims,
    at,
    build_estate,
    contract_texts,
    home_at,
    publish,
)

LONG = Outage("INC1", "10-06 09:00:00", "10-06 12:00:00")
EUROS = Service("shop", "Shop", "acme-cloud", "99.9", "1000.00", outages=[LONG])
POUNDS = Service("pay", "Pay", "payproc", "99.9", "2000.00", "GBP", outages=[LONG])
FREE = Service("free", "Free", "acme-cloud", "99.9", None, outages=[LONG])
ACME, UNSIGNED = Contract("acme-cloud", 3, "Acme", "UTC", "EUR"), Contract("payproc", 2, "PayProc", "UTC", "GBP", is_unsigned=True)
BREACHES = re.compile(r"<section id=\"s3\".*?</section>", re.DOTALL)
ESSENCE = re.compile(r"<section id=\"s1\".*?</section>", re.DOTALL)


def text_of(html, pattern=ESSENCE):
    cells = pattern.search(html).group(0).replace("</td>", " ").replace("</th>", " ")
    text = re.sub(r"<svg.*?</svg>|<[^>]+>", "", cells, flags=re.DOTALL)
    return re.sub(r"\s+", " ", text)


def published(root, services, contracts=(ACME, UNSIGNED), run=RUN, prepare=add_claims, **terms):
    home = home_at(root)
    estate = build_estate(list(services), list(contracts))
    prepare(estate)
    pack = publish(home, estate, run, contracts=contract_texts(list(contracts)), **terms)
    return home, pack, pack.folder.page("compliance.html").read_text(encoding="utf-8")


def test_an_amount_under_an_unsigned_contract_says_why_it_cannot_be_claimed_everywhere(tmp_path):
    home, pack, html = published(tmp_path, [EUROS, POUNDS])
    first = text_of(html)
    assert "EUR 100.00 can be claimed, until 2026-11-30." in first
    assert "GBP 200.00 cannot be claimed: the contract is not signed by both parties." in first
    assert "Get payproc@2 signed by both parties; until then no claim for GBP 200.00 can be made." in first
    assert re.search(r"Payable EUR 100.00 GBP 200.00 .*Claimable now EUR 100.00 –", first)
    assert "Not claimable: contract not signed by both parties payproc@2 – GBP 200.00" in first
    front = (home.room("published") / "index.html").read_text(encoding="utf-8")
    assert re.search(r"GBP 200.00<span class=\"detail\">Not claimable: contract not signed by both parties <code>payproc@2</code>", front)
    assert {(row["fate"], row["amount"]) for row in fates_of(pack.folder)} == {("claimable", 100), ("unsigned", 200)}


def test_a_lapsed_claim_is_neither_payable_nor_claimable(tmp_path):
    run = dataclasses.replace(RUN, as_of=at("12-05 08:00:00"))
    _, pack, html = published(tmp_path, [EUROS], run=run, prepare=lambda estate: add_claims(estate, "lapsed"))
    first = text_of(html)
    assert "Claims for EUR 100.00 lapsed on 2026-11-30." in first
    assert "Payable EUR 0.00" in first
    assert "Lapsed: not claimed in time acme-cloud@3 EUR 100.00" in first
    assert "Claimable" not in first
    assert "Lapsed: not claimed in time." in text_of(html, BREACHES)
    assert "File the open claims" not in first
    assert re.search(r'<td class="bad" data-label="State"><div>lapsed</div>', html)
    assert fates_of(pack.folder)[0]["last_day"] == date(2026, 11, 30)


def test_a_missing_fee_reads_not_known_on_the_page_and_on_the_home_page(tmp_path):
    home, pack, html = published(tmp_path, [FREE, EUROS])
    first = text_of(html)
    assert "A fee base is missing, so what is owed is not known." in first
    assert re.search(r"Payable not known Claimable now EUR 100.00 Not known: no invoice line or stated fee acme-cloud@3 not known", first)
    front = (home.room("published") / "index.html").read_text(encoding="utf-8")
    assert 'EUR not known<span class="detail">Not known: no invoice line or stated fee' in front
    assert [row["amount"] for row in fates_of(pack.folder)] == [Decimal("100.0000"), None]


def test_our_own_undecided_flag_keeps_money_from_being_claimed_and_names_who_decides(tmp_path):
    flagged = dataclasses.replace(
        EUROS, exclusions=[Exclusion("customer_caused", "10-06 09:00:00", "10-06 11:50:00", "requested", "UNDECIDED")]
    )

    def prepare(estate):
        for credit in estate.tables["measured.credits"]:
            credit["claimable"] = Decimal(0)
        request = {"raw_id": estate.tables["reconciled.exclusions"][0]["source_raw_id"], "request_id": "XR-7", "party": "customer"}
        estate.add("staged.exclusion_request", **request, type="customer_caused")

    _, _, html = published(tmp_path, [flagged], prepare=prepare, deciders={"customer_caused": ["service_manager", "vendor_manager"]})
    first = text_of(html)
    assert "EUR 100.00 cannot be claimed: our own exclusion request is undecided." in first
    assert (
        "Decide our own request XR-7 (service manager and vendor manager): caused by the customer, Shop. On it hang 2 h 50 min 00 s"
        in first
    )
    assert "of downtime and EUR 100.00." in first
    assert "There is nothing to claim." in first


def test_what_to_do_next_is_on_the_first_page(tmp_path):
    _, _, html = published(tmp_path, [EUROS], prepare=lambda estate: add_claims(estate, missing=("account",)), sign_by=date(2026, 11, 11))
    first = text_of(html)
    assert "Add the account number to the claim under acme-cloud@3: Shop." in first
    assert "File the open claims, the first by 2026-11-23; they lapse after 2026-11-30." in first
    assert "Sign this pack by 2026-11-11: service manager (content), controller (credits) and vendor manager (claims)." in first
    assert "Shop acme-cloud@3 EUR 100.00 draft account number 2026-11-23 2026-11-26 2026-11-30" in first


@pytest.mark.parametrize(
    ("day", "said"),
    [
        pytest.param("11-23 06:00:00", "they lapse after 2026-11-30. ", id="on the day itself nothing is late"),
        pytest.param("11-24 06:00:00", "2026-11-30. That day has passed: file now.", id="after it"),
        pytest.param("11-26 06:00:00", "2026-11-30. The deadline is near.", id="in the red"),
    ],
)
def test_how_pressing_a_claim_is_follows_from_its_dates(tmp_path, day, said):
    _, _, html = published(tmp_path, [EUROS], run=dataclasses.replace(RUN, as_of=at(day)))
    assert said in text_of(html)


def test_a_month_that_is_not_over_asks_nobody_to_sign(tmp_path):
    _, _, html = published(tmp_path, [EUROS], run=dataclasses.replace(RUN, is_preview=True, as_of=at("10-20 00:00:00")))
    assert "1 of 1 service levels were missed so far in October 2026" in text_of(html)
    assert "The month is not over: nothing can be signed." in text_of(html)
    assert "To sign" not in text_of(html)
    assert "Sign this pack" not in html


def test_levels_of_longer_windows_are_not_said_to_be_of_the_month(tmp_path):
    def prepare(estate):
        for result in estate.tables["measured.sla_results"]:
            result["period"] = "2026-Q4"

    _, _, html = published(tmp_path, [EUROS], prepare=prepare)
    assert "1 of 1 service levels were missed in October 2026 and the longer windows around it (Shop)" in text_of(html)


def test_a_month_that_has_not_begun_says_so(tmp_path):
    _, _, html = published(tmp_path, [EUROS], run=dataclasses.replace(RUN, is_preview=True, as_of=START))
    assert "October 2026 has not begun: there is nothing to measure yet." in text_of(html)
    assert "Provisional: the month has not begun." in html


def test_the_fullest_statement_keeps_its_sixty_words(tmp_path):
    services = [dataclasses.replace(SERVICES[n % 3], service_id=f"s{n}", name=f"A service with a long name {n}") for n in range(20)]
    contracts = [Contract("acme-cloud", 3, "A", "UTC", "EUR"), Contract("fastlane-wan", 1, "F", "UTC", "USD"), UNSIGNED]
    _, _, html = published(tmp_path, services, contracts)
    lede = text_of(html, re.compile(r'<p class="lede">.*?</p>', re.DOTALL))
    assert len(lede.split()) <= 60
