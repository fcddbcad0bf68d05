"""Sections 4 to 7, 9 and 13: clocks of incidents, disputes, who agreed, money in flight, the process, who signs."""

import dataclasses
import html as markup
import re
from datetime import date

import pytest

from tests.publish.estate import RUN, Contract, Outage, Service, add_claims, at, build_estate, contract_texts, home_at, lifelike, publish


def section(html, number):
    """Return a section's text with one space between words."""
    text = re.search(rf'<section id="s{number}".*?</section>', html, re.DOTALL).group(0)
    return " ".join(markup.unescape(re.sub(r"<svg.*?</svg>|<[^>]+>", " ", text, flags=re.DOTALL)).split())


def page_of(root, estate, run=RUN, **terms):
    return publish(home_at(root), estate, run, **terms).folder.page("compliance.html").read_text(encoding="utf-8")


def test_attainment_is_told_by_clock_and_severity_in_both_columns(html):
    told = section(html, 4)
    assert "response P1 2 0 0 0 0 100.000 %" in told
    assert "restore P1 1 1 0 0 0 50.000 %" in told
    assert "restore P2 1 0 1 1 0 50.000 % if disputes count 0.000 %" in told  # met 1 of met 1, missed and open 1
    assert "restore P3 0 0 0 0 1 none judged" in told


@pytest.mark.parametrize(
    "said",
    [
        pytest.param("breached : restored 1 h 30 min 00 s late", id="missed: how late"),
        pytest.param("breached, still open : not yet restored, 22 h 00 min 00 s late so far", id="missed and still open"),
        pytest.param("running : not yet restored, 2 h 00 min 00 s left", id="running: what is left"),
        pytest.param("met : answered in time missed if an end had been later by 36.000001 s", id="a near miss: what would turn it"),
        pytest.param("met, dispute pending : restored in time if disputes count: breached", id="met only by a dispute"),
    ],
)
def test_each_target_that_needs_a_reader_has_its_verdict_in_plain_words(html, said):
    assert said in section(html, 4)


def test_where_time_was_lost_adds_what_went_over_and_what_stopped_the_clock(html):
    assert "Checkout restore 2 23 h 30 min 00 s 1 h 00 min 00 s 14 h 00 min 00 s" in section(html, 4)  # 1.5 h and 22 h over


def test_a_dispute_prints_its_increment_beside_the_headline_and_one_too_late_is_listed(html):
    told = section(html, 5)
    assert "Product search availability, acme-cloud@3 99.931 % met, dispute pending 99.887 % breached 20 min 00 s" in told
    assert re.search(
        r"DIS-1 the provider, a part of the time about INC0049400 .* open, undecided \+20 min 00 s 99.887 % breached EUR 310.00", told
    )
    assert re.search(r"DIS-2 .* inadmissible: raised too late 0 s 99.931 % met EUR 0.00", told)


def test_who_agreed_stands_with_the_hash_and_a_signature_of_another_text_is_void(html):
    told = section(html, 6)
    assert re.search(
        r"EXC-1 signed exception Customer records availability policy, exceptions: interval applied 10 min 00 s taken out", told
    )
    assert (
        "service manager, our side approved 2026-10-14 , with a key vendor manager, our side approved 2026-10-14 , with a key controller"
        in told
    )
    assert "with a key; void: another text was signed" in told
    assert "OVR-1 INC0049122 Warehouse terminals severity max P2 P3 incident manager: decided" in told


def test_no_person_is_named_where_signatures_are_told(tmp_path):
    estate = lifelike()
    for row in estate.tables["staged.signoff"]:
        row["signer_ref"] = "A-PERSON"
    for row in estate.tables["staged.override"]:
        row |= {"author_ref": "A-PERSON", "reason": "A-PERSON said so"}
    assert "A-PERSON" not in page_of(tmp_path, estate)


def test_money_is_told_from_computed_to_settled_with_who_stands_behind_each_step(html):
    told = section(html, 7)
    assert "Computed EUR 2,340.00 GBP 925.00 USD 610.00 the contract's terms R-CR1" in told
    assert "Cut by caps EUR −200.00 – – the contract's terms R-CR6 Payable EUR 2,140.00" in told
    assert "Claimed EUR 0.00 GBP 0.00 USD 0.00 nobody has filed yet" in told
    assert "Calculation for Checkout , restore: INC0048812" in told


def test_downtime_is_told_from_gross_to_net_with_the_approver_of_each_step(html):
    told = section(html, 7)
    assert "downtime as reconciled 45 min 00 s – – signed exception −10 min 00 s service manager and vendor manager EXC-1" in told
    assert "held out under open disputes −20 min 00 s nobody: until the dispute is decided DIS-1 downtime that counts 30 min 30 s" in told


def test_a_claim_in_flight_says_how_long_it_waits_what_was_approved_and_who_did_it(tmp_path):
    service = Service("shop", "Shop", "acme-cloud", "99.9", "1000.00", outages=[Outage("INC1", "10-06 09:00:00", "10-06 12:00:00")])
    estate = build_estate([service])
    add_claims(estate, "partly_approved")
    (claim,) = estate.tables["measured.claims"]
    claim |= {"filed_at": at("11-01 05:00:00"), "received_at": at("11-01 06:00:00"), "approved_amount": "60.00", "provider_ref": "CASE-9"}
    for event, role in (("filed", "vendor_manager"), ("partly_approved", "service_manager")):
        estate.add("staged.claim_event", claim_event_id=event, claim_id=claim["claim_id"], claim_version=1, event=event, author_role=role)
    told = section(page_of(tmp_path, estate), 7)
    assert "Claimed EUR 100.00 vendor manager K5 Approved EUR 60.00 service manager K5 Settled EUR 0.00 no credit note" in told
    assert "partly approved CASE-9 2 days for the provider EUR 60.00 –" in told  # received on the first, known on the third


def test_a_metric_prints_no_more_than_its_number_of_observations_bears(html):
    told = section(html, 9)
    assert "MTTD occurred → detected 3 0 0 too few for a figure: see the single cases" in told
    assert "MTTA detected → acknowledged 9 0 2 – 12.5 min few: 0.5 min to 70.3 min –" in told
    assert "MTTM occurred → mitigated 0 0 24 nothing to count" in told
    assert "24 1 0 61.3 min 40.5 min to 88.1 min 12.5 min 9.5 min to 21.5 min 240.8 min down from 120.5 min" in told
    assert "alerts that were false or without impact 62.626 % 54.386 % to 67.543 % worst cases of what nobody judged 99 15" in told
    assert "Not known, as this version does not compute them: escalations decided in time;" in told


def test_who_signs_what_until_when_stands_at_the_end(tmp_path):
    told = section(page_of(tmp_path, build_estate([]), sign_by=date(2026, 11, 11)), 13)
    assert "by 2026-11-11 ." in told
    assert "Content service manager levels, targets" in told
    assert "it stands in the sign-off sheet beside the pack" in told


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        pytest.param(4, "No contract in force promises a time to respond, restore or resolve", id="no targets promised"),
        pytest.param(5, "No dispute touches a level of October 2026", id="no disputes"),
        pytest.param(6, "No maintenance window, exclusion request or exception touched a level of October 2026", id="nothing to agree on"),
        pytest.param(6, "No person set a field of an incident", id="nothing set by people"),
        pytest.param(7, "No contract in force attaches money", id="no money"),
        pytest.param(7, "No claim follows from this month.", id="no claims"),
        pytest.param(7, "There was no downtime to count.", id="no downtime"),
        pytest.param(9, "No time between instants of incidents was computed.", id="no metrics"),
        pytest.param(10, "Not evaluated in this version", id="controls"),
    ],
)
def test_an_empty_section_says_why(empty, number, reason):
    assert reason in section(empty, number)


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """A month in which nothing was in force and nothing happened."""
    return page_of(tmp_path_factory.mktemp("empty"), build_estate([]))


def test_a_month_with_targets_and_no_incident_says_that(tmp_path):
    estate = build_estate([])
    estate.add("run.incident_terms", contract_version_id="acme-cloud@3", measure_id="restore", clock="restore")
    assert "No incident of October 2026 had a target to meet." in section(page_of(tmp_path, estate), 4)


def test_a_month_that_is_not_over_asks_for_no_signature(tmp_path):
    run = dataclasses.replace(RUN, is_preview=True, as_of=at("10-20 00:00:00"))
    assert "The month is not over: nothing can be signed." in section(page_of(tmp_path, build_estate([]), run), 13)


def test_a_fee_that_is_not_known_makes_no_sum_and_no_chart(tmp_path):
    service = Service("x", "Exchange", "acme-cloud", "99.9", None, outages=[Outage("INC1", "10-06 09:00:00", "10-06 12:00:00")])
    told = section(page_of(tmp_path, build_estate([service])), 7)
    assert "Computed not known the contract's terms R-CR1" in told
    assert "what became of the credits" not in told


@pytest.mark.parametrize(
    ("currency", "computed"),
    [pytest.param("JPY", "JPY 12,500", id="no minor unit"), pytest.param("KWD", "KWD 12,500.000", id="three decimals")],
)
def test_long_and_right_to_left_names_and_other_currencies_pass_through_every_section(tmp_path, currency, computed):
    right = "خدمة الدفع الإلكتروني"
    contracts = [Contract("acme-cloud", 3, "Abroad", "Asia/Tokyo", currency)]
    outage = Outage("INC0048812", "10-06 09:00:00", "10-06 12:00:00")
    service = Service("x", right, "acme-cloud", "99.9", "125000", currency, outages=[outage])
    html = page_of(tmp_path, build_estate([service], contracts), contracts=contract_texts(contracts))
    assert f"Computed {computed} the contract's terms" in section(html, 7)
    assert f'<span dir="auto">{right}</span>' in re.search(r'<section id="s7".*?</section>', html, re.DOTALL).group(0)
