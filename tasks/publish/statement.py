"""Section 1, the first page: did we get what we pay for, and what must be signed today."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tasks.model.zones import local_wall
from tasks.publish.charts import Axis, Chart, Dot, Lane, Mark, Path
from tasks.publish.draft import Draft, Row, View, grouped, part_words, subject, unavailability
from tasks.publish.numbers import Figure, Sheet, Source, floored_percent, plain, row_source
from tasks.publish.words import period_words, plain_words, verdict, verdict_of, words

SECTION = "1 Statement"
HEADLINE = {"variant": "headline", "reading": "default"}
MOST_LANES = 14
MOST_WORDS = 60
MOST_CURRENCIES = 3
DEADLINE_DAYS = 30
MOST_DEADLINES = 3
OPEN_CLAIMS = ("draft", "ready")
CREDITS = "select * from measured.credits where reading = 'default' order by credit_id"


def statement(draft: Draft) -> View:
    """Return the view of section 1."""
    sheet = draft.book.sheet(SECTION)
    money = _money(draft, sheet)
    deadlines = _deadlines(draft, sheet)
    return {
        "lede": _lede(draft, sheet, money, deadlines),
        "chart": dot_plot(draft, sheet),
        "statuses": _statuses(draft, sheet),
        "money": money,
        "deadlines": deadlines,
        "signoff": [(words()["signoff_parts"].get(part, plain_words(part)), plain_words(role)) for part, role in draft.signoff.items()],
        "restatements": _restatements(draft, sheet),
    }


def _counted(sheet: Sheet, label: str, lines: Sequence[Row]) -> Figure:
    key = {"result_id": sorted(line["result_id"] for line in lines)}
    return sheet.count(label, len(lines), Source("sla_results", key, "count(distinct result_id)", "R-AV4"))


def _lede(draft: Draft, sheet: Sheet, money: View, deadlines: View) -> list[Any]:
    """Return at most 60 words, as text and figures in turn; the missed services are named if they fit in."""
    ending = [*_money_sentence(money), *_signing_sentence(draft, deadlines)]
    named = [*_levels_sentence(draft, sheet, is_naming=True), *ending]
    return named if _words_in(named) <= MOST_WORDS else [*_levels_sentence(draft, sheet, is_naming=False), *ending]


def _words_in(parts: Sequence[Any]) -> int:
    return len("".join(str(part) for part in parts).split())


def _levels_sentence(draft: Draft, sheet: Sheet, *, is_naming: bool) -> list[Any]:
    month = period_words(draft.run.period)
    if not draft.levels:
        return [f"No service level was in force in {month}. "]
    groups = grouped([line | {"verdict": verdict_of(line).key} for line in draft.levels], "verdict")
    missed = groups.get("breached", []) + groups.get("breached_open", [])
    met = groups.get("met", []) + groups.get("met_pending", [])
    total = _counted(sheet, "service levels", draft.levels)
    if len(met) == len(draft.levels):
        return ["Yes: all ", total, f" service levels were met in {month}. "]
    names = f" ({', '.join(dict.fromkeys(line['service_name'] for line in missed))})" if is_naming and missed else ""
    opening = "Not everywhere" if met and missed else "No" if missed else "Not proven"
    parts = [
        f"{opening}: ",
        _counted(sheet, "service levels missed", missed),
        " of ",
        total,
        f" service levels were missed in {month}{names}",
    ]
    parts += [", ", _counted(sheet, "service levels met", met), " met"]
    for key, label, words_ in (
        ("insufficient_evidence", "service levels that cannot be judged", "cannot be judged"),
        ("running", "service levels still running", "still running"),
        ("not_applicable", "service levels that do not apply", "not applicable"),
    ):
        parts += [", ", _counted(sheet, label, groups[key]), f" {words_}"] if key in groups else []
    return [*parts, ". "]


def _money_sentence(money: View) -> list[Any]:
    payable = [row for row in money["rows"] if row["payable_amount"] > 0]
    if not payable:
        return ["The amount owed is not known: a fee base is missing. " if money["unknown"] else "No credit is payable. "]
    if len(payable) > MOST_CURRENCIES:
        return ["Credits in several currencies are payable, listed below. "]
    parts: list[Any] = ["Credits of "]
    for number, row in enumerate(payable):
        parts += [", " if 0 < number < len(payable) - 1 else " and " if number else "", row["payable"]]
    risky = [row for row in payable if row["lost_amount"] > 0]
    ending = (["; ", risky[0]["lost"], " of this hangs on undecided exclusions"] if len(risky) == 1 else []) if risky else []
    return [*parts, " are payable", *ending, ". "]


def _signing_sentence(draft: Draft, deadlines: View) -> list[Any]:
    names = [plain_words(role) for role in dict.fromkeys(draft.signoff.values())]
    listed = ", ".join(names[:-1]) + (" and " if len(names) > 1 else "") + names[-1] if names else ""
    parts: list[Any] = [f"To sign today: {listed}." if listed else "Nobody has to sign."]
    if deadlines["rows"]:
        parts += [" First claim deadline: ", deadlines["rows"][0]["last_day"], "."]
    return parts


def _statuses(draft: Draft, sheet: Sheet) -> list[View]:
    """Return the number of services by their worst status."""
    worst: dict[str, str] = {}
    for line in draft.levels:
        worst.setdefault(line["service_id"], verdict_of(line).key)
    tally = Counter(worst.values())
    shown = [key for key in words()["statuses"] if key != "not_run" and (tally[key] or key in ("breached", "insufficient_evidence", "met"))]
    rows = []
    for key in shown:
        names = sorted(service for service, status in worst.items() if status == key)
        source = Source("sla_results", HEADLINE | {"service_id": names}, "count(distinct service_id)", "R-AV4")
        rows.append(
            {"verdict": verdict(key), "services": sheet.count(f"services whose worst level is {verdict(key).word}", tally[key], source)}
        )
    return rows


def _money(draft: Draft, sheet: Sheet) -> View:
    """Return what is payable, at stake and forgone, by currency."""
    lines = draft.engine.rows(CREDITS)
    headline = [line for line in lines if line["variant"] == "headline"]
    currencies = sorted({credit["currency"] for credit in headline if credit["currency"]})
    return {
        "rows": [_money_row(draft, sheet, lines, currency) for currency in currencies],
        "unknown": [credit["credit_id"] for credit in headline if credit["computed"] is None and credit["currency"]],
    }


def _money_row(draft: Draft, sheet: Sheet, lines: Sequence[Row], currency: str) -> View:
    own = [line for line in lines if line["currency"] == currency]
    headline = [credit for credit in own if credit["variant"] == "headline"]
    key = HEADLINE | {"currency": currency}

    def total(column: str, label: str) -> Figure:
        amount = sum((credit[column] or Decimal(0) for credit in headline), Decimal("0.0000"))
        return sheet.money(f"{label}, {currency}", amount, currency, Source("credits", key, f"coalesce(sum({column}), 0)", "R-CR6"))

    lost, lost_figure = _difference(draft, sheet, own, "if_excluded", "payable that falls away if requested exclusions are granted")
    gained, gained_figure = _difference(draft, sheet, own, "if_counted", "credit added if open disputes are decided for us")
    return {
        "currency": currency,
        "payable": total("payable", "payable"),
        "claimable": total("claimable", "claimable on the lowest reading"),
        "payable_amount": sum((credit["payable"] or Decimal(0) for credit in headline), Decimal(0)),
        "lost": lost_figure,
        "lost_amount": lost,
        "gained": gained_figure,
        "gained_amount": gained,
        "forgone": total("forgone", "forgone to caps"),
    }


def _difference(draft: Draft, sheet: Sheet, own: Sequence[Row], variant: str, label: str) -> tuple[Decimal, Figure]:
    """Return how far another variant's credits lie from the headline's, over the results that have that variant; no credit counts as 0."""
    varied = {_line_key(line) for line in draft.levels if any(other["variant"] == variant for other in line["variants"])}
    concerned = [credit for credit in own if _line_key(credit) in varied and credit["variant"] in ("headline", variant)]
    sums = {
        name: sum((credit["after_caps"] or Decimal(0) for credit in concerned if credit["variant"] == name), Decimal("0.0000"))
        for name in ("headline", variant)
    }
    less, more = (variant, "headline") if variant == "if_excluded" else ("headline", variant)
    column = " - ".join(f"coalesce(sum(after_caps) filter (where variant = '{name}'), 0)" for name in (more, less))
    key = {"credit_id": sorted(credit["credit_id"] for credit in concerned)}
    source = Source("credits", key, column, "R-EX7" if variant == "if_excluded" else "R-DI2")
    currency = own[0]["currency"]
    return sums[more] - sums[less], sheet.money(f"{label}, {currency}", sums[more] - sums[less], currency, source)


def _line_key(row: Row) -> tuple[str, ...]:
    return tuple(row[name] for name in ("contract_id", "measure_id", "service_id", "period"))


def _deadlines(draft: Draft, sheet: Sheet) -> View:
    """Return the claims whose last day lies within thirty days of as_of, the earliest first."""
    today = local_wall(draft.run.display_timezone, draft.run.as_of).date()
    claims = [
        claim
        for claim in draft.rows("measured.claims", "last_day, contract_id, service_id, claim_id, version")
        if claim["state"] in OPEN_CLAIMS
    ]
    near = [claim for claim in claims if today <= claim["last_day"] <= today + timedelta(days=DEADLINE_DAYS)]
    rows = [_deadline(sheet, claim, draft) for claim in near[:MOST_DEADLINES]]
    return {"rows": rows, "more": len(near) - len(rows), "reason": _no_deadline(draft, claims, near, today)}


def _deadline(sheet: Sheet, claim: Row, draft: Draft) -> View:
    names = {line["service_id"]: line["service_name"] for line in draft.levels}
    name = names.get(claim["service_id"], claim["service_id"])
    return {
        "service": name,
        "contract": claim["contract_version_id"],
        "last_day": sheet.day(f"last day to claim, {name}", claim["last_day"], row_source("claims", claim, "last_day", "R-DL1")),
        "amount": sheet.money(
            f"amount to claim, {name}", claim["amount"], claim["currency"], row_source("claims", claim, "amount", "R-RD1")
        ),
    }


def _no_deadline(draft: Draft, claims: Sequence[Row], near: Sequence[Row], today: date) -> str:
    if near:
        return ""
    if not draft.engine.has("measured.claims"):
        return "Claim deadlines are not computed in this version; the contracts' own deadlines hold."
    return "No claim deadline falls within 30 days." if claims else "No claim is open."


def _restatements(draft: Draft, sheet: Sheet) -> View:
    if not draft.engine.has("published.restatements"):
        return {"count": None, "reason": "not evaluated in this version"}
    changed = draft.rows("published.restatements", "object_kind, object_id, column_name, cause, cause_ref")
    return {"count": sheet.count("restated values", len(changed), Source("restatements", {}, "count(*)", "R-RS1")), "reason": ""}


def dot_plot(draft: Draft, sheet: Sheet) -> Chart | None:
    """Return achieved against target, one lane a service level, on a log scale of unavailability; None without a level to show.

    With many levels the lanes are those that need attention and those that came closest to their target.
    """
    lines = [line for line in draft.levels if line["target"] is not None and line["value_den"] and line["kind"] != "attainment"]
    shown = lines[:MOST_LANES]
    if not shown:
        return None
    axis = _unavailability_axis(shown)
    marks: list[Mark] = []
    for number, line in enumerate(shown):
        marks += _level_marks(line, number, axis)
    lanes = tuple(Lane(_lane_name(line, shown), _achieved(sheet, line)) for line in shown)
    missed = [line["service_name"] for line in lines if line["status"].startswith("breached")]
    finding = f"{len(missed)} of {len(lines)} service levels missed their target" + (f": {', '.join(missed)}." if missed else ".")
    more = "Those past their target or nearest to it; section 2 lists all." if len(lines) > len(shown) else ""
    return Chart("statement-levels", "Did each service reach its target?", finding, axis, lanes, tuple(marks), more, 22)


def _lane_name(line: Row, lines: Sequence[Row]) -> str:
    is_alone = sum(other["service_id"] == line["service_id"] for other in lines) == 1
    return line["service_name"] if is_alone else f"{line['service_name']}, {line['measure_id']}{part_words(line)}"


def _achieved(sheet: Sheet, line: Row) -> Figure:
    source = row_source("sla_results", line, "value_num/value_den", "R-DSP1")
    return sheet.percent(f"achieved, {subject(line)}", line["value_num"], line["value_den"], source)


def _unavailability_axis(lines: Sequence[Row]) -> Axis:
    places = [unavailability(line) for line in lines] + [float(100 - line["target"]) for line in lines]
    places += [unavailability(variant) for line in lines for variant in line["variants"] if variant["value_den"]]
    known = [place for place in places if place > 0] or [0.1]
    powers = range(-9, 3)
    least = max((power for power in powers if 10.0**power <= min(known)), default=powers[0])
    most = min((power for power in powers if 10.0**power >= max(known)), default=2)
    decades = [10.0**power for power in range(least, max(most, least + 1) + 1)]
    ticks = [(place, f"{plain(Decimal(100) - Decimal(str(place)))} %") for place in decades]
    if min(places) <= 0:
        ticks = [(decades[0] / 10, "100 %"), *ticks]
    title = "availability, log scale of downtime: further right is worse"
    return Axis("log", ticks[0][0], ticks[-1][0], tuple(ticks), title)


def _level_marks(line: Row, number: int, axis: Axis) -> list[Mark]:
    target, achieved = max(float(100 - line["target"]), axis.low), max(unavailability(line), axis.low)
    shown = verdict_of(line)
    marks: list[Mark] = [Path(((target, number), (achieved, number)), "bad" if shown.tone == "bad" else "rule", width=4)]
    for variant in line["variants"]:
        if variant["value_den"]:
            place = max(unavailability(variant), axis.low)
            label = f"{words()['variants'][variant['variant']]}: {floored_percent(variant['value_num'], variant['value_den'])} %"
            marks.append(Path(((achieved, number), (place, number)), "muted", is_dashed=True))
            marks.append(Dot(place, number, "dash" if variant["variant"] == "unknown_as_down" else "ring", "muted", label))
    name = line["service_name"]
    marks.append(Dot(target, number, "bar", "ink", f"{name}: target {plain(line['target'])} %"))
    achieved_words = f"{name}: {floored_percent(line['value_num'], line['value_den'])} %, {shown.word}"
    marks.append(Dot(achieved, number, shown.shape, shown.tone, achieved_words))  # type: ignore[arg-type]
    return marks
