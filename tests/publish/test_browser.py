"""The page in a real browser: offline and silent, proofs by keyboard, charts alive on a screen and still on paper, nothing spills over."""

import dataclasses
import shutil

import pytest

from tests.publish.estate import RUN, SERVICES, add_claims, build_estate, home_at, publish

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
A4 = {"width": 703, "height": 998}  # what 12, 14 and 19 mm of margin leave of the sheet, in CSS pixels
pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (Debian package chromium)")]


PATIENCE_MS = 180_000  # on a busy machine; how soon a page opens is no test's matter


@pytest.fixture(scope="module")
def browser():
    api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser, month):
    """Open the page at a width; what it asks for and complains about is kept."""
    contexts = []

    def open_at(width, **how):
        context = browser.new_context(viewport={"width": width, "height": 900}, **how)
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.asked, page.complaints = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("console", lambda message: page.complaints.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto(month.folder.page("compliance.html").as_uri())
        return page

    yield open_at
    for context in contexts:
        context.close()


def test_the_page_asks_for_nothing_and_complains_of_nothing(opened):
    page = opened(1280)
    page.wait_for_selector(".live .main-svg")
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    page.wait_for_function("document.querySelectorAll('.live .main-svg').length > 2")
    assert [url for url in page.asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert page.complaints == []


def test_a_chart_is_alive_on_a_wide_screen_and_still_on_a_narrow_one(opened):
    wide, narrow = opened(1280), opened(390)
    wide.wait_for_selector("#statement-levels .live .main-svg")
    assert not wide.is_visible("#statement-levels .still")
    assert narrow.is_visible("#statement-levels .still svg.narrow")
    assert not narrow.is_visible("#statement-levels .live")


def test_without_script_every_chart_and_number_is_there(opened):
    page = opened(1280, java_script_enabled=False)
    assert page.is_visible("#statement-levels .still svg.wide")
    assert page.locator("a.figure").count() > 200


def test_on_paper_charts_are_still_and_the_statement_fits_one_sheet(opened):
    page = opened(1280)
    page.wait_for_selector("#statement-levels .live .main-svg")
    page.set_viewport_size(A4)
    page.emulate_media(media="print")
    assert page.is_visible("#statement-levels .still svg.wide")
    assert not page.is_visible("#statement-levels .live")
    bottom = page.evaluate("document.getElementById('s1').getBoundingClientRect().bottom + window.scrollY")
    assert bottom <= A4["height"]
    assert page.evaluate("document.documentElement.scrollWidth") <= A4["width"]  # else Chromium shrinks every page
    smallest = page.evaluate("""() => Math.min(...[...document.querySelectorAll('main *')]
        .filter(e => e.offsetParent && [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()))
        .filter(e => !e.closest('svg, code'))
        .map(e => parseFloat(getComputedStyle(e).fontSize)))""")
    assert smallest >= 12 - 0.01  # 9 pt


def test_the_fullest_first_page_still_fits_one_sheet(browser, tmp_path):
    services = [dataclasses.replace(SERVICES[n % 10], service_id=f"s{n:02d}", name=f"{SERVICES[n % 10].name} {n}") for n in range(40)]
    estate = build_estate(services)
    add_claims(estate)
    pack = publish(home_at(tmp_path), estate, dataclasses.replace(RUN, is_simulated=True))
    page = browser.new_page(viewport=A4)
    page.set_default_timeout(PATIENCE_MS)
    page.goto(pack.folder.page("compliance.html").as_uri())
    page.emulate_media(media="print")
    assert page.evaluate("document.getElementById('s1').getBoundingClientRect().bottom + window.scrollY") <= A4["height"]
    page.close()


@pytest.mark.parametrize("width", [1280, 820, 390])
def test_nothing_is_wider_than_the_screen_but_tables_in_their_own_scroll(opened, width):
    page = opened(width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    spilling = page.evaluate("""() => [...document.querySelectorAll('main *, header *')].filter(e => {
        const box = e.getBoundingClientRect();
        return box.width && box.right > innerWidth + 1 && !e.closest('.scroll') && !e.closest('svg') && !e.closest('.hidden');
    }).map(e => e.outerHTML.slice(0, 80))""")
    assert spilling == []


def test_a_number_opens_its_proof_by_keyboard_and_gives_the_focus_back(opened):
    page = opened(1280)
    number = page.locator(".lede a.figure").first
    number.focus()
    page.keyboard.press("Enter")
    assert page.is_visible("#proof")
    text = page.inner_text("#proof")
    figure_id = number.get_attribute("href")[1:]
    assert f"sla explain {figure_id}" in text
    assert "counted: Branch network, northern region, availability; Checkout, availability; " in text
    page.locator("#proof-query summary").click()
    assert "count(distinct result_id)" in page.inner_text("#proof-query code")
    page.locator("#proof").focus()
    assert page.evaluate("document.activeElement.id") == "proof"
    assert page.url.endswith(f"#{figure_id}")
    page.keyboard.press("Escape")
    assert not page.is_visible("#proof")
    assert page.evaluate("document.activeElement.getAttribute('href')") == f"#{figure_id}"


def test_a_link_to_a_number_opens_the_page_at_its_proof(opened):
    page = opened(1280)
    figure_id = page.locator("#s3 a.figure").first.get_attribute("href")[1:]
    page.goto(page.url.split("#")[0] + f"#{figure_id}")
    page.reload()
    assert page.is_visible("#proof")
    assert figure_id in page.inner_text("#proof")


def test_text_stands_out_from_its_ground(opened):
    """WCAG AA: 4.5 to 1 for every text on the page, as the browser paints it."""
    page = opened(1280, java_script_enabled=True)
    weak = page.evaluate("""() => {
        const channel = v => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
        const light = c => .2126 * channel(c[0]) + .7152 * channel(c[1]) + .0722 * channel(c[2]);
        const parse = text => text.match(/[\\d.]+/g).map(Number);
        const ground = e => {
            for (; e; e = e.parentElement) {
                const c = parse(getComputedStyle(e).backgroundColor);
                if (c.length < 4 || c[3] > 0) return c;
            }
            return [255, 255, 255];
        };
        return [...document.querySelectorAll('body *')]
            .filter(e => e.offsetParent && [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()))
            .filter(e => { const a = light(parse(getComputedStyle(e).color)), b = light(ground(e));
                return (Math.max(a, b) + .05) / (Math.min(a, b) + .05) < 4.5; })
            .map(e => e.outerHTML.slice(0, 80));
    }""")
    assert weak == []
