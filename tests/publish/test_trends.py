"""The leadership trend report: every number proved, no trend that the statistics refuse, and quarters of which little is known."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from tasks.publish.makers import maker_file
from tasks.publish.numbers import Source
from tasks.publish.pdf import can_draw
from tasks.publish.trends.draft import moved, moved_words, quarters_of
from tasks.store.engine import Engine
from tests.publish.estate import CONTRACTS, SERVICES, home_at
from tests.publish.test_page import TOLD, Page, exact_text, figures_of, proofs_of, show
from tests.publish.trends_estate import (
    INCIDENTS,
    QUARTER,
    add_credit,
    add_funnel,
    add_level,
    add_metrics,
    base,
    coverage_of,
    lifelike,
    publish,
    rate,
    share,
)

ACME = CONTRACTS[0]


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    return publish(home_at(tmp_path_factory.mktemp("trends")), lifelike(), has_pdf=can_draw())


@pytest.fixture(scope="module")
def html(pack):
    return pack.folder.page("trends.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(html):
    return Page(html)


def said(pack):
    """Return the words of a report without its marks."""
    html = pack.folder.page("trends.html").read_text(encoding="utf-8")
    body = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", body)).replace("\u00a0", " ")


def test_every_printed_number_is_what_its_query_gives_over_the_reports_own_tables(pack):
    figures = figures_of(pack)
    assert len(figures) > 150
    with Engine() as engine:
        show(engine, pack)
        for figure in figures:
            query = Source(figure["table_name"], json.loads(figure["key"]), figure["column_name"]).query()
            rows = engine.rows(query)
            assert len(rows) == 1, (figure["label"], query)
            (value,) = rows[0].values()
            assert exact_text(value, figure["value_exact"]) == figure["value_exact"], (figure["label"], query, value)


def test_figures_and_page_name_the_same_numbers_and_each_the_file_that_made_it(pack, page):
    figures = figures_of(pack)
    proofs = proofs_of(page)["figures"]
    assert {row["figure_id"] for row in figures} == set(proofs)
    linked = {attrs["href"][1:] for attrs, _ in page.of("a") if attrs.get("class", "").startswith("figure")}
    assert linked <= set(proofs)
    assert {row["table_name"] for row in figures if not maker_file(row["table_name"]).is_file()} == set()


def test_no_number_is_printed_that_is_not_a_figure(page):
    """Digits may stand in figures, in code, in names of quarters and frameworks, and in the sentences of the templates."""
    fixed = (
        *("95 %", "90 days", "per 1,000", "per 100", "1,000 h", "90 % within", "0.05", "section 5", "acme-cloud@3", "payproc@2"),
        *("fastlane-wan@1", "27001", "Q2 2026", "Q3 2026"),
    )
    loose = []
    for text, chain in page.texts:
        names = {tag for tag, _ in chain}
        classes = " ".join(str(attrs.get("class")) for _, attrs in chain)
        if names & (TOLD | {"header", "footer", "nav", "svg"}) or re.search(r"figure|\bno\b|title|hash", classes):
            continue
        left = re.sub(r"Q[1-4] \d{4}|2026-0[789]", "", text)
        if re.search(r"\d", left) and not any(words in text for words in fixed):
            loose.append(text.strip())
    assert loose == []


def test_the_lede_takes_at_most_sixty_words_and_names_only_changes_that_were_tested(html):
    lede = re.sub(r"<[^>]+>", "", re.search(r'<p class="lede">(.*?)</p>', html, re.DOTALL).group(1))
    assert len(lede.split()) <= 60, lede
    assert lede.startswith("4 of 29 service levels were missed in Q3 2026; contracts owe EUR 6,145.75 and GBP 1,387.50. ")
    assert "Clear change since Q2 2026: incidents per 1,000 service-hours (up) and time from occurred to restored (up)." in lede


def test_the_first_page_asks_for_decisions_and_the_register_repeats_them(html):
    asked = [
        re.sub(r"<[^>]+>", "", item) for item in re.findall(r"<li>(.*?)</li>", html.split("For decision")[1].split("</ol>")[0], re.DOTALL)
    ]
    assert asked == [
        "Decide on Checkout: redesign against “db failover”, or accept the risk in writing.",
        "Use or waive the right to terminate for Checkout before 2026-11-30 23:00:00 CET22:00:00 UTC.",
        "File claims worth EUR 6,145.75 and GBP 1,387.50, the first by 2026-10-30.",
    ]
    assert "Checkout fails more often than chance explains" in html.split('id="s8"')[1]


def test_nine_sections_in_their_order_and_controls_are_not_called_passed(page, pack):
    assert [attrs["id"] for attrs, _ in page.of("section")] == [f"s{number}" for number in range(1, 10)]
    assert "Not evaluated in this version, for any framework" in said(pack)


def test_charts_ask_questions_and_say_what_they_find(page):
    titles = [text for text, chain in page.texts if chain[-1][1].get("class") == "title"]
    assert len(titles) == 6
    assert all(title.endswith("?") for title in titles)
    found = [attrs["aria-label"] for attrs, _ in page.of("div") if attrs.get("role") == "img"]
    assert len(found) == 6
    assert "no trend is read into them" in found[0]


def test_no_mean_stands_without_its_median_and_n(pack):
    """Twelve times are few: median and range; four are listed, no figure at all (M-08)."""
    labels = {row["label"] for row in figures_of(pack)}
    assert "mean, mttm, 2026-Q3" not in labels | {label.replace("value", "mean") for label in labels if label.startswith("value, mttm")}
    assert "median, mttm, 2026-Q3" in labels
    assert not {label for label in labels if re.match(r"(value|median|p90|low|high).*mttr_resolve", label)}
    for label in labels:
        if (told := re.fullmatch(r"value, (mttd|mttr_restore|mtta), (2026-Q3)", label)) is not None:
            assert {f"median, {told[1]}, {told[2]}", f"observations, {told[1]}, {told[2]}"} <= labels


@pytest.mark.parametrize(
    ("row", "key", "words"),
    [
        pytest.param(rate("2026-Q3", 58, 22080, 33), "worse", "up, a change for the worse", id="58 after 33: p 0.011, three quarters more"),
        pytest.param(rate("2026-Q3", 36, 22080, 29), "no_clear_change", "no clear change", id="36 after 29 may be chance"),
        pytest.param(rate("2026-Q3", 12, 22080, 33), "better", "down, a change for the better", id="12 after 33"),
        pytest.param(rate("2026-Q3", 12, 22080, None), "not_tested", "not compared: nothing before", id="nothing before"),
        pytest.param(share("2026-Q3", "recurrence_rate", 1, 4), "not_tested", "not compared: too few", id="four are too few"),
        pytest.param(
            share("2026-Q3", "sla_attainment", 30, 30, previous_value=Decimal("0.8"), verdict="change"),
            "better",
            "up, a change for the better",
            id="of attainment more is better",
        ),
        pytest.param(None, "not_tested", "not compared: too few", id="no row"),
    ],
)
def test_a_direction_is_named_only_where_the_test_calls_it_a_change(row, key, words):
    assert (moved(row).key, moved_words(row)) == (key, words)


def test_eight_quarters_are_shown_oldest_first_and_each_knows_its_months():
    quarters = quarters_of("2026-Q3", {"2026-Q3": "whole"})
    assert [quarter.name for quarter in quarters][::7] == ["2024-Q4", "2026-Q3"]
    assert quarters[-1].periods == ("2026-07", "2026-08", "2026-09", "2026-Q3")
    assert [quarter.is_told for quarter in quarters] == [False] * 7 + [True]


def test_the_first_quarter_of_a_home_has_no_data_before_it_and_no_trend(tmp_path):
    estate = base()
    add_metrics(estate, len(SERVICES), INCIDENTS, (0,) * 8)
    for row in estate.tables["measured.metrics"]:
        if row["period"] == QUARTER.name:
            row |= {"previous_value": None, "verdict": "not_tested"}
    text = said(publish(home_at(tmp_path), estate, coverage_of(first=7)))
    assert text.count("no data: nothing is on record") == 7
    assert "No trend could be tested." in text
    assert "Nothing is on record of Q4 2024 to Q2 2026: those quarters are unknown, not quiet." in text
    assert "a change for" not in text


def test_a_quarter_that_the_records_cover_in_part_says_so_and_hostile_names_stay_text(tmp_path):
    estate = base()
    for row in estate.tables["staged.service_catalogue"]:
        row["name"] = "<script>alert(1)</script>"
    add_metrics(estate, len(SERVICES), INCIDENTS, (60,) * 8)
    add_level(estate, SERVICES[0], ACME, "2026-08", Fraction(3))
    pack = publish(home_at(tmp_path), estate, coverage_of(first=6) | {"2026-Q2": "part"})
    assert "<script>alert(1)</script>" not in pack.folder.page("trends.html").read_text(encoding="utf-8")
    text = said(pack)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "Q2 2026records begin within it" in text
    assert "Records begin within Q2 2026: its amounts are too low, and nothing is compared with it." in text


def test_a_quarter_without_any_incident_is_told_as_such(tmp_path):
    estate = base()
    add_metrics(estate, len(SERVICES), (0,) * 8, (0,) * 8)
    text = said(publish(home_at(tmp_path), estate))
    assert "No service level was judged in Q3 2026; contracts owe nothing. No outage was seen." in text
    for sentence in (
        "No decision is asked for.",
        "No contract in force governed a service in this quarter",
        "No contract in force has a clause on repeated failure.",
        "No chronic pattern waits for a decision.",
        "No funnel is drawn",
        "No time has enough incidents for a figure",
        "No deployment is on record in this quarter",
        "Nothing in this quarter calls for a line in the risk register.",
        "No contract owed money in these quarters.",
    ):
        assert sentence in text, sentence


def test_one_service_is_compared_with_nobody(tmp_path):
    estate = base(SERVICES[:1])
    add_metrics(estate, 1, (3, 2, 4, 3, 2, 3, 4, 3), (60,) * 8)
    add_funnel(estate, {("service", "checkout"): (3, 2208)}, (3, 2208))
    add_level(estate, SERVICES[0], ACME, "2026-08", Fraction(1, 5))
    text = said(publish(home_at(tmp_path), estate))
    assert "No funnel is drawn" in text
    assert "No service level was missed, and none used half of its allowance in any window of the quarter." in text


def test_money_of_currencies_without_and_with_three_decimals_is_never_added_up(tmp_path):
    estate = base()
    add_metrics(estate, len(SERVICES), INCIDENTS, (60,) * 8)
    add_credit(estate, ACME, "checkout", "2026-08", "184000", "JPY")
    add_credit(estate, ACME, "search", "2026-09", "18.125", "KWD")
    add_credit(estate, ACME, "mail", "2026-09", None, "KWD")
    add_credit(estate, ACME, "mail", "2026-05", "7", "JPY")
    pack = publish(home_at(tmp_path), estate)
    assert "contracts owe JPY 184,000 and KWD not known." in said(pack)
    assert "1 credit of unknown amount" in said(pack)
    owed = {row["label"]: row["value_printed"] for row in figures_of(pack) if row["label"].startswith("owed, 2026-Q2")}
    assert owed == {"owed, 2026-Q2, JPY": "JPY 7", "owed, 2026-Q2, KWD": "KWD 0.000"}


def test_a_claims_last_day_is_the_earliest_of_those_still_to_file(pack):
    days = {row["label"]: row["value_exact"] for row in figures_of(pack) if row["label"].startswith("last day to claim")}
    assert days == {"last day to claim, acme-cloud checkout 2026-09": date(2026, 10, 30).isoformat()}


@pytest.mark.soak
def test_publishing_twice_gives_the_same_bytes(pack, tmp_path):
    again = publish(home_at(tmp_path), lifelike(), has_pdf=can_draw())
    assert again.manifest_sha256 == pack.manifest_sha256


@pytest.mark.needs_pango
@pytest.mark.skipif(not can_draw() or shutil.which("pdfinfo") is None, reason="Pango or poppler-utils is not installed on this machine")
def test_the_pdf_takes_four_to_six_pages(pack):
    told = subprocess.run(["pdfinfo", pack.folder.page("trends.pdf")], check=True, capture_output=True, text=True).stdout
    assert re.search(r"^Title: +Quarterly trend report, Q3 2026", told, re.M)
    assert 4 <= int(re.search(r"^Pages: +(\d+)", told, re.M).group(1)) <= 6
