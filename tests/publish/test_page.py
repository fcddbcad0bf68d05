"""The page: every number proved, nothing fetched, readable by machines that read aloud, deaf to hostile names."""

import itertools
import json
import re
from collections import Counter
from decimal import Decimal
from html.parser import HTMLParser

import pytest

from tasks.model.dictionary import dictionary
from tasks.model.instants import exact_instant
from tasks.publish.interactive import plotly_script
from tasks.publish.makers import maker_file
from tasks.publish.numbers import Source
from tasks.publish.page import as_json
from tasks.store.engine import Engine
from tests.publish.estate import CONTRACTS, SERVICES, Contract, Outage, Service, build_estate, contract_texts, home_at, lifelike, publish

VOID = {"meta", "link", "br", "img", "input", "hr", "path", "rect", "circle"}
TOLD = {"code", "script", "style", "title"}  # names, quoted options and what is not text


class Page(HTMLParser):
    """The page as a list of elements and of texts with the chain of elements around them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.chain: list[tuple[str, dict[str, str | None]]] = []
        self.elements: list[tuple[str, dict[str, str | None], list[str]]] = []
        self.texts: list[tuple[str, list[tuple[str, dict[str, str | None]]]]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs), [name for name, _ in self.chain]))
        if tag not in VOID:
            self.chain.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if tag not in VOID:
            while self.chain.pop()[0] != tag:
                pass

    def handle_data(self, data):
        if data.strip():
            self.texts.append((data, list(self.chain)))

    def of(self, tag):
        return [(attrs, chain) for name, attrs, chain in self.elements if name == tag]


@pytest.fixture(scope="module")
def page(html):
    return Page(html)


def figures_of(pack):
    with Engine() as engine:
        engine.view("published.figures", [pack.folder.parquet("figures")])
        return engine.rows("from published.figures order by page, section, figure_id")


def show(engine, pack):
    for table in dictionary().tables.values():
        if pack.folder.parquet(table.name).is_file():
            engine.view(f"{table.room}.{table.name}", [pack.folder.parquet(table.name)])
    engine.execute("set search_path = 'published,measured,reconciled,staged'")


def exact_text(value, printed):
    """Return what a query gave in the form of value_exact: instants as ISO, decimals compared by value."""
    if hasattr(value, "isoformat"):
        return exact_instant(value) if hasattr(value, "hour") else value.isoformat()
    return (
        printed
        if isinstance(value, Decimal) and printed is not None and Decimal(printed) == value
        else None
        if value is None
        else str(value)
    )


def test_every_printed_number_is_what_its_query_gives_over_the_packs_own_tables(month):
    figures = figures_of(month)
    assert len(figures) > 200
    with Engine() as engine:
        show(engine, month)
        for figure in figures:
            query = Source(figure["table_name"], json.loads(figure["key"]), figure["column_name"]).query()
            rows = engine.rows(query)
            assert len(rows) == 1, (figure["label"], query)
            (value,) = rows[0].values()
            assert exact_text(value, figure["value_exact"]) == figure["value_exact"], (figure["label"], query, value)


def proofs_of(page):
    return json.loads(next(text for text, chain in page.texts if chain[-1][1].get("id") == "proofs"))


def test_every_printed_number_names_the_file_that_made_it(month):
    tables = {row["table_name"] for row in figures_of(month)}
    assert len(tables) > 10
    assert {table for table in tables if not maker_file(table).is_file()} == set()


def test_figures_and_page_name_the_same_numbers(month, page):
    linked = {attrs["href"][1:] for attrs, _ in page.of("a") if attrs.get("class", "").startswith("figure")}
    drawn = {attrs["data-figure"] for attrs, _ in page.of("text") if "data-figure" in attrs}
    proofs = proofs_of(page)["figures"]
    assert {row["figure_id"] for row in figures_of(month)} == linked | drawn == set(proofs)


def test_no_number_is_printed_that_is_not_a_figure(page):
    """Digits may stand in figures, in code and quoted words, in the head and foot, and in the sentences of the templates."""
    fixed = ("October 2026", "30 days", "7 days", "section 8 lists", "section 1 says", "72 hours")
    names_with_digits = re.compile(r"\bP[1-4]\b|\bP90\b")  # severities, and the 90th percentile
    loose = []
    for text, chain in page.texts:
        names = {tag for tag, _ in chain}
        classes = " ".join(str(attrs.get("class")) for _, attrs in chain)
        if names & (TOLD | {"header", "footer", "nav", "svg", "dt"}) or re.search(r"figure|words|no\b|detail|title|hash", classes):
            continue
        if re.search(r"\d", names_with_digits.sub("", text)) and not any(words in text for words in fixed):
            loose.append(text.strip())
    assert loose == []


def test_the_statement_takes_at_most_sixty_words(html):
    lede = re.search(r'<p class="lede">(.*?)</p>', html, re.DOTALL).group(1)
    text = re.sub(r"<[^>]+>", "", lede)
    assert len(text.split()) <= 60, text
    assert text.startswith("3 of 10 service levels were missed in October 2026 (Checkout, ")


def test_landmarks_headings_and_language_let_a_reader_find_her_way(page):
    assert page.of("html")[0][0]["lang"] == "en"
    for tag in ("header", "nav", "main", "footer"):
        assert len(page.of(tag)) == 1, tag
    levels = [int(tag[1]) for tag, _, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels)), levels
    first_link = page.of("a")[0][0]
    assert (first_link["class"], first_link["href"]) == ("skip", "#main")
    ids = [attrs["id"] for _, attrs, _ in page.elements if "id" in attrs]
    assert [name for name, count in Counter(ids).items() if count > 1] == []
    for attrs, _ in page.of("section"):
        assert attrs["aria-labelledby"] in ids


def test_every_table_has_a_caption_and_header_cells_with_a_scope(page):
    assert len(page.of("table")) == len(page.of("caption")) > 5
    assert all("scope" in attrs for attrs, _ in page.of("th"))


def test_every_chart_asks_its_question_and_states_its_finding(page, html):
    assert len(page.of("figure")) == html.count('class="title"') == 14
    titles = re.findall(r'<span class="title">([^<]+)</span>', html)
    assert all(title.endswith("?") for title in titles)
    names = [attrs["aria-label"] for attrs, _ in page.of("div") if attrs.get("class") == "live"]
    assert "3 of 10 service levels missed their target: Checkout, Branch network, northern region, Payment gateway." in names
    assert all(len(name) > 20 for name in names)


def test_a_status_is_said_by_word_and_shape(html):
    for status in re.findall(r'<span class="status [a-z]+">(.*?)</span>', html, re.DOTALL):
        assert "<svg" in status
        assert re.sub(r"<[^>]+>", "", status).strip()


def test_the_page_asks_nothing_of_any_other_place(html, page):
    ours = html.replace(plotly_script(), "")
    assert re.findall(r"""(?:src|href|action|data)\s*=\s*["']?(?!#|data:)[a-z]+:""", ours) == []
    assert re.findall(r"url\((?!data:|#)", ours) == []
    assert "@import" not in ours
    policy = next(attrs["content"] for attrs, _ in page.of("meta") if attrs.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'; img-src data: blob:; font-src data:;")
    assert "connect-src" not in policy
    assert "'unsafe-eval'" not in policy
    assert "script-src 'sha256-" in policy


def test_the_page_stays_under_six_megabytes(month):
    assert month.folder.page("compliance.html").stat().st_size < 6_000_000


HOSTILE = '</script><script>alert(1)</script><img src=x onerror="alert(2)"> & \'"{{ 7*7 }}'


def test_hostile_names_stay_text_everywhere(tmp_path):
    outage = Outage(HOSTILE, "10-06 09:00:00", "10-06 12:00:00", HOSTILE)
    service = Service("x", HOSTILE, "acme-cloud", "99.9", "100.00", outages=[outage])
    contracts = [Contract("acme-cloud", 3, HOSTILE, "UTC", "EUR")]
    home = home_at(tmp_path, HOSTILE)
    pack = publish(home, build_estate([service], contracts), contracts=contract_texts(contracts))
    for file in (pack.folder.page("compliance.html"), home.room("published") / "index.html"):
        html = file.read_text(encoding="utf-8").replace(plotly_script(), "")
        found = Page(html)
        assert found.of("img") == []
        assert len(found.of("script")) in (0, 4)
        assert [attrs for _, attrs, _ in found.elements if any(name.startswith("on") for name in attrs)] == []
        assert "{{ 7*7 }}" in html  # no template read it


def test_json_in_the_page_cannot_end_its_script():
    text = as_json({"a": "</script><!--"})
    assert "<" not in text
    assert json.loads(text) == {"a": "</script><!--"}


def test_long_and_right_to_left_names_are_kept_whole_in_tables_and_cut_in_pictures(tmp_path):
    long = "Zentrale Auftragsabwicklung einschließlich Retouren, Gutschriften und Umlagerungen der Region Nord-Ost"
    right = "خدمة الدفع الإلكتروني"
    services = [
        Service("long", long, "acme-cloud", "99.9", "10.00", outages=[Outage("INC1", "10-06 09:00:00", "10-06 12:00:00", right)]),
        Service("right", right, "acme-cloud", "99.9", "10.00"),
    ]
    html = publish(home_at(tmp_path), build_estate(services)).folder.page("compliance.html").read_text(encoding="utf-8")
    assert f'<span dir="auto">{long}</span>' in html
    assert f'<span dir="auto">{right}</span>' in html
    assert "Zentrale Auftragsabwicklung einschließlich" not in " ".join(re.findall(r"<text[^>]*>([^<]*)</text>", html))
    assert "…</text>" in html


@pytest.mark.parametrize(
    ("currency", "fee", "payable"),
    [pytest.param("JPY", "125000", "JPY 12,500", id="no minor unit"), pytest.param("KWD", "1234.570", "KWD 123.46", id="three decimals")],
)
def test_money_keeps_the_minor_unit_of_its_currency(tmp_path, currency, fee, payable):
    contracts = [Contract("abroad", 1, "Abroad", "Asia/Tokyo", currency)]
    outage = Outage("INC1", "10-06 09:00:00", "10-06 12:00:00")
    service = Service("x", "Exchange", "abroad", "99.9", fee, currency, outages=[outage])
    pack = publish(home_at(tmp_path), build_estate([service], contracts), contracts=contract_texts(contracts))
    assert f"{payable}" in pack.folder.page("compliance.html").read_text(encoding="utf-8")


def test_a_missing_fee_base_is_said_and_never_becomes_zero(tmp_path):
    outage = Outage("INC1", "10-06 09:00:00", "10-06 12:00:00")
    service = Service("x", "Exchange", "acme-cloud", "99.9", None, "EUR", outages=[outage])
    html = publish(home_at(tmp_path), build_estate([service])).folder.page("compliance.html").read_text(encoding="utf-8")
    assert "A fee base is missing, so what is owed is not known." in html
    assert "No invoice line or stated fee for the basis" in html
    assert ">not known</a>" in html


def test_a_level_that_requests_could_turn_prints_both_and_the_money_at_stake(tmp_path):
    service = next(service for service in SERVICES if service.service_id == "checkout")
    estate = build_estate([service])
    html = publish(home_at(tmp_path), estate).folder.page("compliance.html").read_text(encoding="utf-8")
    assert re.search(r'if requests granted <a class="figure" href="#F-[A-Z2-7]{12}">99\.725 %</a>, breached', html)


def test_the_last_twelve_months_show_the_worst_part_of_each_and_months_without_data(tmp_path):
    estate = build_estate()
    row = dict(estate.tables["measured.sla_results"][0])
    said = [("2026-08", "met", []), ("2026-09", "met", ["MET_ONLY_BY_DISPUTE"]), ("2026-09", "breached", [])]
    estate.tables["measured.level_history"] = [row | {"period": period, "status": status, "flags": flags} for period, status, flags in said]
    html = publish(home_at(tmp_path), estate).folder.page("compliance.html").read_text(encoding="utf-8")
    strip = next(part for part in html.split('<span class="strip">')[1:] if "2026-08: met" in part)
    cells = re.findall(r'title="(\d{4}-\d\d): ([a-z ]+)"', strip)[:12]
    assert [month for month, _ in cells] == [f"2025-{n}" for n in (11, 12)] + [f"2026-{n:02d}" for n in range(1, 11)]
    assert dict(cells)["2026-09"] == "breached"
    assert dict(cells)["2026-07"] == "no data"


def test_many_intervals_are_cut_and_the_page_says_where_the_rest_stands(tmp_path):
    outages = [Outage(f"INC{n}", f"10-{n // 24 + 1:02d} {n % 24:02d}:00:00", f"10-{n // 24 + 1:02d} {n % 24:02d}:10:00") for n in range(60)]
    service = Service("flap", "Flapping", "acme-cloud", "99.9", "100.00", outages=outages)
    html = publish(home_at(tmp_path), build_estate([service])).folder.page("compliance.html").read_text(encoding="utf-8")
    assert "Further intervals stand in" in html
    assert "Of its incidents the six longest are drawn" in html
    assert html.count('class="still"') == 1 + 1 + 6  # dot plot, burn, six timelines


def test_every_contract_of_the_month_stands_in_the_method_with_its_options(html):
    for contract in CONTRACTS:
        assert f"<code>{contract.version_id}</code>" in html
    assert "measures" not in re.findall(r"<td><code>([^<]+)</code>.*?count_as_up", html)
    assert "<code>denominator</code>" in html
    assert "mid window switch" in html


def test_the_lifelike_month_shows_each_verdict_it_holds(html):
    estate = lifelike()
    for row in estate.tables["measured.sla_results"]:
        if row["variant"] == "headline":
            assert row["wording"] in html


def section(html, number):
    text = re.search(rf'<section id="s{number}".*?</section>', html, re.DOTALL).group(0)
    return re.sub(r"\s+", " ", re.sub(r"<svg.*?</svg>|<[^>]+>", " ", text, flags=re.DOTALL))


def test_the_time_that_counts_adds_up_in_print(html):
    row = next(row for row in re.findall(r"<tr>.*?</tr>", html, re.DOTALL) if ">Checkout<" in row and "Time that counts" in row)
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row))
    assert "743 h 00 min 00 s 745 h 00 min 00 s agreed − 2 h 00 min 00 s out" in text  # 745 h of October in Berlin less two of maintenance


@pytest.mark.parametrize(
    ("option", "said"),
    [
        pytest.param("unknown", "neither counted as down nor taken out", id="the default stays in the base"),
        pytest.param("down", "counts as downtime", id="down"),
        pytest.param("remove_from_base", "leaves the base", id="out of both"),
    ],
)
def test_the_method_says_what_each_contract_does_with_unmeasured_time(tmp_path, option, said):
    service = Service(
        "x", "Exchange", "acme-cloud", "99.9", "10.00", unmeasured=[("10-08 00:00:00", "10-08 10:00:00")], flags=["UNMEASURED"]
    )
    service.unmeasured_time = option
    html = publish(home_at(tmp_path), build_estate([service])).folder.page("compliance.html").read_text(encoding="utf-8")
    method = section(html, 12)
    assert re.search(rf"{option} : {said}.*In force for acme-cloud@3 availability", method)
    assert "above 1 % of agreed time the level carries a warning and its verdict stands; above 5 % , where" in method.replace(
        "5 %,", "5 % ,"
    )
    assert "more than 1 % of agreed time unmeasured: a warning only" in section(html, 2)


def test_a_breach_by_less_than_a_thousandth_prints_apart_from_its_target_everywhere(tmp_path):
    # October in Berlin at 99.95 % allows 1341 s; 1341.8 s are down: 0.8 s too many
    service = Service("x", "Exchange", "acme-cloud", "99.95", "10.00", outages=[Outage("INC1", "10-06 09:00:00", "10-06 09:22:21.8")])
    html = publish(home_at(tmp_path), build_estate([service])).folder.page("compliance.html").read_text(encoding="utf-8")
    assert "99.94997 %" in section(html, 2)
    assert "22 min 21.8 s of 22 min 21.0 s" in section(html, 2)
    assert "short by 0.00003 percentage points" in section(html, 3)
    assert re.findall(r">(100[.0-9]* %)<", html) == ["100.05 %"] * 2  # on a wide and on a narrow screen


def test_a_proof_tells_how_by_which_clause_and_rule_from_which_intervals_and_file(page, month):
    proofs = proofs_of(page)
    achieved = next(proof for proof in proofs["figures"].values() if proof["label"] == "achieved, Checkout, availability")
    lines = dict(achieved["lines"])
    assert lines["How"].startswith(
        "agreed 745 h 00 min 00 s − taken out 2 h 00 min 00 s = 743 h 00 min 00 s that count; (743 h 00 min 00 s − "
    )
    assert lines["Exact"].endswith(" microseconds counted")
    assert " microseconds up / " in lines["Exact"]
    assert lines["Contract"] == "acme-cloud@3, clause MSA 4.1"
    assert lines["Rule"] == "R-AV1"
    assert lines["Made by"] == "sql/measured/sla_results.sql"
    assert dict(proofs["results"][achieved["of"]])["Intervals"] == f"#{achieved['of']}"
    assert {attrs["id"] for attrs, _ in page.of("article")} >= {achieved["of"]}
    payable = next(proof for proof in proofs["figures"].values() if proof["label"].startswith("payable, Checkout"))
    assert "18400.00 × 10 %" in dict(payable["lines"])["How"]
    assert achieved["query"] == Source("sla_results", {"result_id": achieved["of"], "result_version": 1}, "value_num/value_den").query()


def test_every_section_stands_on_the_page_in_its_order_and_in_the_contents(page):
    numbers = [f"s{number}" for number in range(1, 14)]
    assert [attrs["id"] for attrs, _ in page.of("section")] == numbers
    assert [attrs["href"] for attrs, chain in page.of("a") if "nav" in chain] == [f"#{number}" for number in numbers]


def section_of(html, number):
    return re.search(rf'<section id="s{number}".*?</section>', html, re.DOTALL).group(0)


def rows_of(html, label):
    """Return the text of the body cells of a table, row by row."""
    table = re.search(rf'<caption class="hidden">{label}</caption>.*?<tbody>(.*?)</tbody>', html, re.DOTALL).group(1)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in re.findall(r"<tr.*?</tr>", table, re.DOTALL)]
    return [[" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in row] for row in cells]


def test_every_row_that_is_not_simply_accepted_is_told_with_its_reason_and_first_place(html):
    rows = rows_of(html, "Rows set aside or kept with a finding, by reason")
    assert rows == [
        ["alertmanager alert", "a time without a zone", "DQ-05", "set aside", "4", "alert.csv:9"],
        ["servicenow ticket", "a local time that the clocks show twice", "R-TM2", "set aside", "2", "ticket.csv:7"],
        ["servicenow ticket", "an end before its start", "DQ-07", "set aside", "1", "ticket.csv:90"],
        [
            "probes monitoring sample",
            "an interval of no length: start and end are one",
            "DQ-07",
            "kept, but counts nothing",
            "1",
            "monitoring_sample.csv:498",
        ],
    ]
    balance = {row[0].split()[0]: row for row in rows_of(html, "Rows in and out per source")}
    assert (balance["alerts"][4], balance["desk"][4]) == ("4", "3")


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """A month in which every built-in rule passes, and one that people wrote blocks."""
    estate = lifelike()
    for row in estate.tables["staged.data_quality"]:
        row["verdict"] = "pass"
    estate.add("staged.gate_rules", rule_id="A-1", words="every ticket has a team", file="reference/rules/team.sql")
    row = {"rule_id": "A-1", "source_system": "-", "entity": "ticket", "scope_id": "-", "checked": 412, "failed": 12, "verdict": "block"}
    told = {"observed": "12 of 412: INC/1, INC-2, INC-3 …", "limit_value": "at most 3 rows, else block"}
    estate.add("staged.data_quality", **row, **told, affected=["orders"])
    return publish(home_at(tmp_path_factory.mktemp("judged")), estate)


def gates_of(pack):
    return rows_of(pack.folder.page("compliance.html").read_text(encoding="utf-8"), "Quality rules and what failed them")


def test_every_quality_rule_is_said_in_words_and_a_failing_row_shows_even_within_the_limit(html, judged):
    rules = {row[0]: row[1] for row in rows_of(html, "Quality rules and what failed them") if row[0]}
    assert rules["DQ-09"].startswith("read = accepted + set aside + exact duplicates")
    failing = [row for row in gates_of(judged) if not row[0]]
    assert ["", "servicenow · ticket", "", "3 of 412", "within the limit"] in failing


def test_a_rule_that_people_wrote_stands_after_the_others_with_its_file_and_the_first_rows_that_offend(judged):
    own, offending = gates_of(judged)[-2:]
    assert own[:3] == ["A-1", "every ticket has a team at most 3 rows, else block own rule: reference/rules/team.sql", "1"]
    assert offending == ["", "ticket first: INC/1 , INC-2 , INC-3 … holds back: orders", "", "12 of 412", "blocks"]
    (figure,) = [figure for figure in figures_of(judged) if figure["label"] == "observed, A-1, -, ticket, -"]
    assert (figure["value_printed"], figure["value_exact"]) == ("12 of 412", "12 of 412: INC/1, INC-2, INC-3 …")


def test_discrepancies_are_those_of_the_month_with_other_months_named_apart(html):
    rows = {row[0].split(" a ")[0]: row for row in rows_of(html, "Discrepancies by type and age")}
    assert rows["outage not observed, minor"][2:] == ["1", "0", "1", "0", "1"]
    assert not [name for name in rows if name == "outage not observed"]


def test_a_name_that_the_catalogue_does_not_know_is_told_with_its_records_and_the_mend(html):
    assert rows_of(html, "Unknown names of services and components") == [["Web-Shop", "servicenow service_raw", "112"]]
    assert "add it as an alias in <code>reference/services.csv</code>" in section_of(html, 8)


def test_orphaned_alerts_are_explained_with_their_time(html):
    text = " ".join(re.sub(r"<[^>]+>", " ", section_of(html, 8)).split())
    assert "4 alerts that nobody called true: false alarms, or without impact; 7 min 00 s of them in all." in text
    assert "2 alerts called true, yet short or on no governed component: no incident is asked for; 2 min 00 s of them in all." in text


def test_a_vendors_word_stands_beside_ours_with_what_each_is_worth_and_a_result_counts_once(html):
    """EUR 30.00 + 0.00 if ours holds, 10.00 + 5.50 if theirs does; what has no amount stands in a row of its own."""
    priced, unpriced = rows_of(html, "Time called down by either side, and the credit by either word")
    assert priced[1:] == ["10 min 00 s", "20 min 00 s", "5 min 00 s", "EUR 30.00", "EUR 15.50", "EUR 10.00"]
    assert unpriced[0].split()[1:] == ["40", "min", "00", "s", "outside", "their", "feed"]
    assert unpriced[1:4] == ["0 s", "40 min 00 s", "0 s"]


def test_alert_noise_is_told_from_alerts_to_incidents_and_by_rule(html):
    assert [row[-1] for row in rows_of(html, "From alerts to incidents")] == ["12", "5", "7", "2", "1", "4", "3", "0", "1"]
    (wide,) = rows_of(html, "Episodes on several components, and who fired first")
    assert (wide[0].split(), wide[1], wide[3:]) == (["db-latency", "shop-db"], "shop , shop-web", ["2", "6"])
    rules = [[row[0].split()[0], *row[1:]] for row in rows_of(html, "Rules by the noise they made")]
    assert rules == [  # 9 false and 6 transient of 22 judged, 3 of 25 not judged: 15 / 22, between 15 / 25 and 18 / 25
        ["db-latency", "25", "9", "6", "3", "68.181 %", "60.000 %", "72.000 %", "2", "7"],
        ["new-rule", "3", "1", "1", "1", "too few", "66.666 %", "100.000 %", "0", "0"],
    ]


def test_a_tuning_hint_is_the_setting_that_misses_least(html):
    """A second rule would have kept three true alerts back, so the hold time is told."""
    (hint,) = rows_of(html, "What another setting of a rule would have done")
    assert hint == ["db-latency", "after 2 min 00 s , not 1 min 00 s", "19 few", "11", "0", "1", "1 min 00 s", "0"]


def test_marks_beyond_tolerance_are_numbered_and_listed_below_the_chart(html):
    rows = rows_of(html, "Vendor durations beyond tolerance")
    assert [(row[0], row[2], row[4]) for row in rows] == [("1", "INC0048812", "−34 min 35 s"), ("2", "INC0048990", "−5 min 03 s")]


def test_what_detectors_found_is_told_with_its_number_and_the_mend_and_whose_favour_an_edit_is(html):
    told = section(html, 8)
    assert "Of the 2 listed 1 favour the vendor" in told
    assert re.search(r"end\s+10:20\s+10:00\s.*?the vendor&#39;s", told)
    assert re.search(r"severity\s+P1\s+nothing stated\s.*?nobody&#39;s for certain", told)
    assert re.search(r"servicenow\s+P-7\s+\+1 h.*?\s+6\s+from 2026-10-25T08:00:00Z to 2026-10-30T08:00:00Z, 6 of 6 records", told)
    assert "declare the timezone of the source" in told.replace("  ", " ")
    assert re.search(r"start against prometheus in 2026-10\s+\+1 min 15 s\s+6", told)
    assert re.search(r"statuspage\s+12\s+10\s+11\s+1\s+7\s+3\s+0\s+−1 min\s.*?0\.109375\s+9\s+4", told)


def test_every_exclusion_tested_is_named_with_its_reason(html):
    rows = rows_of(html, "Exclusions tested for Checkout")
    assert [(row[0].split()[-1], row[-2].split(" MSA")[0]) for row in rows] == [
        ("Checkout", "rejected notice was too short"),
        ("Checkout", "applied"),
        ("Checkout", "requested, undecided"),
    ]


def test_the_calculation_ends_with_what_is_payable_and_claimable_and_the_tier_shows_its_rate(html):
    rows = {row[0]: row for row in rows_of(html, "Calculation for Payment gateway")}
    assert rows["rate reached"][3] == "10 %"
    assert (rows["payable"][3], rows["claimable"][3]) == ("GBP 925.00", "GBP 925.00")
    assert rows["time up"][3] == "744 h 47 min 57 s"


def test_a_level_without_probes_says_what_its_verdict_rests_on(tmp_path):
    outage = Outage("INC1", "10-06 09:00:00", "10-06 12:00:00")
    service = Service("x", "Exchange", "acme-cloud", "99.9", "100.00", outages=[outage], basis="ticket", flags=["NO_MONITORING"])
    html = publish(home_at(tmp_path), build_estate([service])).folder.page("compliance.html").read_text(encoding="utf-8")
    assert "No probe measured it: of each ticket the whole time between occurred and restored counts as down" in section_of(html, 3)


def test_a_level_that_is_met_and_still_owes_says_so(tmp_path):
    estate = build_estate([next(service for service in SERVICES if service.service_id == "payments")])
    for row in estate.tables["measured.sla_results"]:
        row |= {"status": "met", "wording": "met"}
    estate.tables["measured.breaches"] = []
    html = publish(home_at(tmp_path), estate).folder.page("compliance.html").read_text(encoding="utf-8")
    text = " ".join(re.sub(r"<[^>]+>", " ", section_of(html, 3)).split())
    assert "met but a credit is owed" in text
    assert "The level is met, and still GBP 925.00 is owed" in text


def test_a_promise_that_is_not_judged_is_named_and_never_passed_over(tmp_path):
    estate = lifelike()
    level = dict(estate.tables["run.measures"][0])
    estate.tables["run.measures"].append(level | {"measure_id": "failed_requests", "kind": "error_rate"})
    own = {name: level[name] for name in ("contract_version_id", "service_id")}
    estate.tables["run.windows"] = [own | {"measure_id": "failed_requests"}]
    html = publish(home_at(tmp_path), estate).folder.page("compliance.html").read_text(encoding="utf-8")
    assert "Other promised levels are not judged in this version" in section(html, 1)
    named = f"{level['contract_version_id']} failed_requests (error_rate) of {level['service_id']}"
    assert f"Promised, but not judged in this version: {named}." in section(html, 2)


def test_a_breach_tells_what_would_turn_it_and_a_near_miss_is_listed(html):
    rows = rows_of(html, "What would turn the verdict on Payment gateway")
    assert [row[:2] for row in rows] == [
        ["an end had been earlier by", "2 min 00 s"],
        ["it had been granted what was asked for in", "X-ASKED"],
    ]
    assert ["a fragile verdict" in row[2] for row in rows] == [True, False]
    assert [row[:3] for row in rows_of(html, "Near misses")] == [
        ["Customer e-mail availability", "an end had been later by", "4 min 00.000001 s"]
    ]
