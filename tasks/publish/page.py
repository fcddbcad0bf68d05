"""Pages: one offline HTML file each, with theme, fonts, proofs and plotly.js inside and no request to anywhere; and the same for paper."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from tasks.publish.charts import TONES, Chart
from tasks.publish.draft import Draft, View
from tasks.publish.interactive import plotly_figure, plotly_script
from tasks.publish.numbers import instant_words
from tasks.publish.svg import emblem, svg
from tasks.publish.words import Verdict, period_words, words
from tasks.store.reports import FONTS, REPORTS, THEME


@dataclass(frozen=True)
class Page:
    """A page for screens, and the same without scripts: for paper."""

    html: str
    printed: str


def rendered(template: str, charts: Sequence[Chart], proofs: Any, **view: Any) -> Page:
    """Return a template as a page for screens, with scripts, proofs and live charts inside, and as one for paper."""
    script = (THEME / "pack.js").read_text(encoding="utf-8")
    plotly = plotly_script() if charts else ""
    live = {
        "scripts": [Markup(text) for text in (plotly, script) if text],  # noqa: S704 - our own file, and plotly's own
        "security": content_policy([script, plotly]),
        "proofs": as_json(proofs),
        "figures": as_json({chart.chart_id: plotly_figure(chart) for chart in charts}),
    }
    on_screen, on_paper = (environment_of(is_print=is_print).get_template(template) for is_print in (False, True))
    return Page(on_screen.render(**view, **live), on_paper.render(**view, scripts=[], security=content_policy([])))


def head_of(draft: Draft, home_name: str, content_sha256: str) -> View:
    """Return what stands at the head and foot of every page."""
    run = draft.run
    return {
        "home": home_name,
        "region": run.region,
        "month": period_words(run.period),
        "zone": run.display_timezone,
        "start": both_zones(run.start_at, run.display_timezone),
        "end": both_zones(run.end_at, run.display_timezone),
        "as_of": both_zones(run.as_of, run.display_timezone),
        "has_begun": run.as_of > run.start_at,
        "run_id": run.run_id,
        "content_sha256": content_sha256,
        "classification": words()["classification"][run.edition],
        "is_preview": run.is_preview,
        "is_simulated": run.is_simulated,
    }


def both_zones(at: datetime, zone_name: str) -> str:
    """Return an instant, floored to the second, in the home's zone and in UTC."""
    return " / ".join(part for part in instant_words(at.replace(microsecond=0), zone_name) if part)


def charts_in(value: Any) -> Iterator[Chart]:
    """Yield every chart in a view."""
    if isinstance(value, Chart):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from charts_in(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from charts_in(item)


def as_json(value: Any) -> Markup:
    """Return JSON that can stand in a script element: no character in it can end one."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704 - every < is escaped


def content_policy(scripts: Sequence[str]) -> str:
    """Return the page's content security policy: nothing is fetched, and only these scripts run, whatever a name in the data says."""
    hashes = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in scripts if text)
    return f"default-src 'none'; img-src data: blob:; font-src data:; style-src 'unsafe-inline'; script-src {hashes}"


@cache
def environment_of(*, is_print: bool = False) -> Environment:
    """Return the templates' environment: strict, escaping, with what every page draws. For paper, charts come in one size."""
    environment = Environment(
        loader=FileSystemLoader(REPORTS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    drawn = still if is_print else both_stills
    environment.globals |= {"svg": drawn, "shape": shape, "mark": mark, "theme": theme(), "words": words(), "is_print": is_print}
    return environment


def still(chart: Chart) -> Markup:
    """Return the still picture of a chart."""
    return Markup(svg(chart))  # noqa: S704 - texts are escaped where they are drawn


def both_stills(chart: Chart) -> Markup:
    """Return a chart for wide and for narrow screens: the style sheet shows the one that fits."""
    return still(chart) + Markup(svg(chart, is_narrow=True))  # noqa: S704 - texts are escaped where they are drawn


def shape(verdict: Verdict) -> Markup:
    """Return a verdict's shape; the word stands beside it."""
    return mark(verdict.shape, verdict.tone)


def mark(name: str, tone: str) -> Markup:
    """Return a chart's mark as it stands in the key below it."""
    return Markup(emblem(name, tone))  # noqa: S704 - shapes are ours


@cache
def theme() -> Markup:
    """Return the style sheet with tokens and fonts inside."""
    tokens = "".join(f"--{name}:{value};" for name, value in TONES.items())
    faces = "".join(
        f"@font-face{{font-family:'Ledger Sans';font-weight:{weight};src:url(data:font/woff2;base64,"
        f"{base64.b64encode(file.read_bytes()).decode()}) format('woff2')}}"
        for weight, file in FONTS.items()
    )
    style = (THEME / "pack.css").read_text(encoding="utf-8")
    return Markup(f":root{{{tokens}}}{faces}{style}")  # noqa: S704 - our own files
