"""Section 1, the first page: did we get what we pay for, what can be claimed and why the rest cannot, and what to do next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tasks.model.period import Period
from tasks.model.zones import local_wall
from tasks.publish.changes import cause_words, counted
from tasks.publish.charts import Axis, Chart, Dot, Lane, Mark, Path
from tasks.publish.consolidated import NoTotal, consolidated
from tasks.publish.draft import Draft, Row, View, grouped, part_words, subject, unavailability
from tasks.publish.numbers import Figure, Sheet, Source, percent_words, plain, row_source
from tasks.publish.sums import Sum, total
from tasks.publish.values import level_value
from tasks.publish.words import OPEN_CLAIMS, SHORTFALL, Code, listed, period_words, plain_words, verdict, verdict_of, words

SECTION = "1 Statement"
HEADLINE = {"variant": "headline", "reading": "default"}
MOST_LANES = 10
MOST_WORDS = 60
MOST_CURRENCIES = 3
MOST_CLAIMS = 3
MOST_REQUESTS = 2
CREDITS = "select * from measured.credits where reading = 'default' order by credit_id"
FATES = "from published.credit_fates order by currency, fate, last_day, credit_id"
FATE_COLUMNS = {
    **dict.fromkeys(("claimable", "automatic", "claimed"), "claimable"),
    **dict.fromkeys(("given", "lapsed", "waived"), "payable"),
}
UNSAID = ("claimable", "automatic", "given", "claimed", "unknown")
LOST = "payable that falls away if requested exclusions are granted"
GAINED = "credit added if open disputes are decided for us"
REASON_AMOUNT = "coalesce(sum(payable - coalesce(claimable, 0)), 0)"


def statement(draft: Draft) -> View:
    """Return the view of section 1."""
    sheet = draft.book.sheet(SECTION)
    fates = draft.engine.rows(FATES)
    claims = draft.engine.rows("from measured.claims order by deadline_at, contract_id, service_id, claim_id, version")
    money = _money(draft, sheet, fates)
    return {
        "lede": _lede(draft, sheet, fates, claims),
        "chart": dot_plot(draft, sheet),
        "statuses": _statuses(draft, sheet),
        "money": money,
        "next": _next(draft, sheet, fates, claims),
        "claims": _claims(draft, sheet, claims),
        "restatements": _restatements(draft, sheet),
    }


def _counted(sheet: Sheet, label: str, lines: Sequence[Row]) -> Figure:
    key = {"result_id": sorted(line["result_id"] for line in lines)}
    return sheet.count(label, len(lines), Source("sla_results", key, "count(distinct result_id)", "R-AV4"))


def _lede(draft: Draft, sheet: Sheet, fates: Sequence[Row], claims: Sequence[Row]) -> list[Any]:
    """Return at most 60 words, as text and figures in turn; the missed services and the reasons are named if they fit in."""
    drafts = [
        [
            *_levels_sentence(draft, sheet, is_naming=is_naming),
            *_unjudged_sentence(draft),
            *_money_sentences(sheet, fates, claims, is_full=is_full),
            *_signing(draft),
        ]
        for is_naming, is_full in ((True, True), (False, True), (False, False))
    ]
    return next((parts for parts in drafts if _words_in(parts) <= MOST_WORDS), drafts[-1])


def _words_in(parts: Sequence[Any]) -> int:
    return len("".join(str(part) for part in parts).split())


def _levels_sentence(draft: Draft, sheet: Sheet, *, is_naming: bool) -> list[Any]:
    month = period_words(draft.run.period)
    if draft.run.as_of <= draft.run.start_at:
        return [f"{month} has not begun: there is nothing to measure yet. "]
    longer = "" if all(line["period"] == draft.run.period for line in draft.levels) else " and the longer windows around it"
    when = f"{'so far ' if draft.run.is_preview else ''}in {month}{longer}"
    if not draft.levels:
        return [f"No service level was in force {when}. "]
    groups = grouped([line | {"verdict": verdict_of(line).key} for line in draft.levels], "verdict")
    missed = [line for status in SHORTFALL for line in groups.get(status, [])]
    met = groups.get("met", []) + groups.get("met_pending", [])
    total = _counted(sheet, "service levels", draft.levels)
    if len(met) == len(draft.levels):
        return ["All ", total, f" service levels were met {when}. "]
    met_figure = _counted(sheet, "service levels met", met)
    names = f" ({', '.join(dict.fromkeys(line['service_name'] for line in missed))})" if is_naming and missed else ""
    if missed:
        parts = [_counted(sheet, "service levels missed", missed), " of ", total, f" service levels were missed {when}{names}, "]
        parts += [met_figure, " met"]
    else:
        parts = [met_figure, " of ", total, f" service levels were met {when}, none was missed"]
    for key, label, words_ in (
        ("insufficient_evidence", "service levels that cannot be judged", "cannot be judged"),
        ("running", "service levels still running", "still running"),
        ("not_applicable", "service levels that do not apply", "not applicable"),
    ):
        parts += [", ", _counted(sheet, label, groups[key]), f" {words_}"] if key in groups else []
    return [*parts, ". "]


def _unjudged_sentence(draft: Draft) -> list[Any]:
    return ["Other promised levels are not judged in this version (section 2). "] if draft.unjudged else []


def _money_sentences(sheet: Sheet, fates: Sequence[Row], claims: Sequence[Row], *, is_full: bool) -> list[Any]:
    """Say what can be claimed, what cannot and why, what lapsed, and what is not known."""
    by_fate = grouped(fates, "fate")
    if len({row["currency"] for row in fates}) > MOST_CURRENCIES:
        return ["Credits in several currencies are listed below. "]
    parts: list[Any] = []
    if "claimable" in by_fate:
        last = min((claim for claim in claims if claim["state"] in OPEN_CLAIMS), key=lambda claim: claim["last_day"])
        parts += [*_amounts(sheet, by_fate["claimable"]), " can be claimed, until ", _last_day(sheet, last, claims), ". "]
    if "automatic" in by_fate:
        parts += [*_amounts(sheet, by_fate["automatic"]), " is credited without a claim. "]
    if "given" in by_fate:
        parts += [*_amounts(sheet, by_fate["given"]), " is waived by the provider itself. "]
    for fate in words()["fates"]:
        if fate in by_fate and fate not in UNSAID:
            why = f": {words()['fates'][fate]['why']}" if is_full else ""
            parts += [*_amounts(sheet, by_fate[fate]), f" cannot be claimed{why}. "]
    if "lapsed" in by_fate:
        last = max((claim for claim in claims if claim["state"] == "lapsed"), key=lambda claim: claim["last_day"])
        parts += ["Claims for ", *_amounts(sheet, by_fate["lapsed"]), " lapsed on ", _last_day(sheet, last, claims), ". "]
    if "unknown" in by_fate:
        parts += ["A fee base is missing, so what is owed is not known. "]
    return parts or ["No credit is payable. "]


def _amounts(sheet: Sheet, rows: Sequence[Row]) -> list[Any]:
    """Return the sums of one fate by currency, as text and figures: `a, b and c`."""
    figures = [_fate_sum(sheet, own) for own in grouped(rows, "currency").values()]
    parts: list[Any] = []
    for number, figure in enumerate(figures):
        parts += ["" if number == 0 else " and " if number == len(figures) - 1 else ", ", figure]
    return parts


def _fate_sum(sheet: Sheet, rows: Sequence[Row]) -> Figure:
    """Return the sum of one fate in one currency."""
    fate, currency = rows[0]["fate"], rows[0]["currency"]
    label = _fate_label(fate).lower()
    amount = None if fate == "unknown" else sum((row["amount"] for row in rows), Decimal("0.0000"))
    column = FATE_COLUMNS.get(fate)
    source = Source(
        "credits",
        {"credit_id": sorted({row["credit_id"] for row in rows})},
        f"coalesce(sum({column}), 0)" if column else "sum(payable)" if fate == "unknown" else REASON_AMOUNT,
        {"lapsed": "R-DL3", "given": "R-GR7"}.get(fate, "R-RD1"),
    )
    return sheet.money(f"{label}, {currency}", amount, currency, source)


def _last_day(sheet: Sheet, claim: Row, claims: Sequence[Row]) -> Figure:
    label = f"last day to claim, {claim['contract_id']} {claim['service_id']}{_which(claim, claims)}"
    return sheet.day(label, claim["last_day"], row_source("claims", claim, "last_day", "R-DL1"))


def _which(claim: Row, claims: Sequence[Row]) -> str:
    """Return what tells a claim from others of the same service: its id, where the contract wants one for each incident."""
    of_service = {other["claim_id"] for other in claims if all(other[name] == claim[name] for name in ("contract_id", "service_id"))}
    return f", {claim['claim_id']}" if len(of_service) > 1 else ""


def _signing(draft: Draft) -> list[Any]:
    if draft.run.is_preview:
        return ["The month is not over: nothing can be signed."]
    names = [plain_words(role) for role in dict.fromkeys(draft.signoff.values())]
    return [f"To sign: {listed(names)}." if names else "Nobody has to sign."]


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


def _money(draft: Draft, sheet: Sheet, fates: Sequence[Row]) -> View:
    """Return the credits block, a column a currency: payable and what becomes of it add up, then what is at stake, then what is forgone.

    What no currency has is said in one line instead of a row of zeros.
    """
    lines = [credit for credit in draft.engine.rows(CREDITS) if credit["currency"]]
    columns = dict(sorted(grouped(lines, "currency").items()))
    by_fate = grouped(fates, "fate")
    gone = {row["credit_id"] for row in fates if row["fate"] in words()["lost_fates"]}
    payable = [_payable(own, gone) for own in columns.values()]
    rows = [_money_row("Payable", "total", [one.printed(sheet) for one in payable])]
    rows += [_fate_row(sheet, by_fate[fate], list(columns), "part") for fate in words()["fates"] if fate in by_fate]
    nothing = []
    for label, said, sum_of in (
        (
            "At stake: falls away if requests are granted",
            "hangs on undecided requests",
            lambda own: _at_stake(draft, own, "if_excluded", LOST),
        ),
        ("At stake: added if disputes are counted", "hangs on disputes", lambda own: _at_stake(draft, own, "if_counted", GAINED)),
        ("Cut by caps", "is cut by caps", _forgone),
    ):
        sums = [sum_of(own) for own in columns.values()]
        if any(one.amount != 0 for one in sums):
            rows.append(_money_row(label, "", [one.printed(sheet) for one in sums]))
        else:
            nothing.append(said)
    rows += [_fate_row(sheet, by_fate[fate], list(columns), "") for fate in words()["lost_fates"] if fate in by_fate]
    one_currency = _in_one_currency(draft, sheet, payable)
    return {"currencies": list(columns), "rows": rows if columns else [], "nothing": nothing, "consolidated": one_currency}


def _in_one_currency(draft: Draft, sheet: Sheet, payable: Sequence[Sum]) -> list[Any]:
    """Return what is payable in one currency, as text and figures with the rates; why there is no such total; nothing of one currency."""
    rates = draft.rows("staged.fx_rate", "rate_on, base_currency, quote_currency, rate_source")
    last_day = Period.parse(draft.run.period).end_day - timedelta(days=1)
    total = consolidated({one.currency: one.amount for one in payable}, rates, last_day, draft.max_rate_age_days)
    if total is None:
        return []
    if isinstance(total, NoTotal):
        return [f"No total in one currency: {total.why}."]
    key = HEADLINE | {"credit_id": sorted({name for one in payable for name in one.credit_ids})}
    figure = sheet.money("payable, consolidated", total.amount, total.currency, Source("credits", key, total.column("payable"), "R-MO3"))
    rates_used = [part for told in total.rate_words for part in (", ", Code(told))][1:]
    return ["Payable in one currency, for reading only: ", figure, " at ", *rates_used, ". Claims stay in their contract's currency."]


def _money_row(label: str, kind: str, cells: Sequence[Figure | None], contracts: Sequence[str] = ()) -> View:
    return {"label": label, "kind": kind, "cells": cells, "contracts": contracts}


def _fate_row(sheet: Sheet, rows: Sequence[Row], currencies: Sequence[str], kind: str) -> View:
    cells = [_fate_cell(sheet, rows, currency) for currency in currencies]
    return _money_row(_fate_label(rows[0]["fate"]), kind, cells, _contracts_of(rows))


def _fate_label(fate: str) -> str:
    return str((words()["fates"] | words()["lost_fates"])[fate]["label"])


def _fate_cell(sheet: Sheet, rows: Sequence[Row], currency: str) -> Figure | None:
    own = [row for row in rows if row["currency"] == currency]
    return _fate_sum(sheet, own) if own else None


def _contracts_of(rows: Sequence[Row]) -> list[str]:
    """Return the contract versions that a reason not to claim is about; an amount that can be claimed needs none."""
    return (
        sorted({row["contract_version_id"] for row in rows})
        if rows[0]["fate"] not in ("claimable", "automatic", "given", "claimed")
        else []
    )


def _payable(own: Sequence[Row], gone: Collection[str]) -> Sum:
    """Return what is payable of one currency's credits, without those that lapsed or were waived."""
    kept = [credit for credit in own if credit["variant"] == "headline" and credit["credit_id"] not in gone]
    key = HEADLINE | {"currency": own[0]["currency"]} | ({"credit_id": sorted(credit["credit_id"] for credit in kept)} if gone else {})
    return total("payable", "payable", kept, own[0]["currency"], key)


def _forgone(own: Sequence[Row]) -> Sum:
    headline = [credit for credit in own if credit["variant"] == "headline"]
    return total("forgone", "forgone to caps", headline, own[0]["currency"], HEADLINE | {"currency": own[0]["currency"]})


def _at_stake(draft: Draft, own: Sequence[Row], variant: str, label: str) -> Sum:
    """Return how far another variant's credits lie from the headline's, over the results that have that variant; no credit counts as 0."""
    varied = {_line_key(line) for line in draft.levels if any(other["variant"] == variant for other in line["variants"])}
    concerned = [credit for credit in own if _line_key(credit) in varied and credit["variant"] in ("headline", variant)]
    less, more = (variant, "headline") if variant == "if_excluded" else ("headline", variant)
    column = " - ".join(f"coalesce(sum(after_caps) filter (where variant = '{name}'), 0)" for name in (more, less))
    key = {"credit_id": sorted(credit["credit_id"] for credit in concerned)}
    rule_id = "R-EX7" if variant == "if_excluded" else "R-DI2"
    source = Source("credits", key, f"case when count(after_caps) = count(*) then {column} end", rule_id)
    amount: Decimal | None = None
    if all(credit["after_caps"] is not None for credit in concerned):
        sums = {name: [credit["after_caps"] for credit in concerned if credit["variant"] == name] for name in (more, less)}
        amount = sum(sums[more], Decimal("0.0000")) - sum(sums[less], Decimal("0.0000"))
    return Sum(label, amount, own[0]["currency"], source)


def _line_key(row: Row) -> tuple[str, ...]:
    return tuple(row[name] for name in ("contract_id", "measure_id", "service_id", "period"))


def _next(draft: Draft, sheet: Sheet, fates: Sequence[Row], claims: Sequence[Row]) -> list[list[Any]]:
    """Return what to do next, each as text and figures: decide, have signed, complete, file, sign."""
    by_fate = grouped(fates, "fate")
    steps = [*_decisions(draft, sheet), *_signatures(sheet, by_fate.get("unsigned", [])), *_completions(draft, claims)]
    steps += _filings(sheet, claims, _today(draft))
    return [*steps, *_sign_offs(draft)]


def _today(draft: Draft) -> date:
    return local_wall(draft.run.display_timezone, draft.run.as_of).date()


def _decisions(draft: Draft, sheet: Sheet) -> list[list[Any]]:
    """Return one step for each open exclusion request that matters most, with what hangs on it."""
    requests = draft.engine.rows("from published.open_requests order by place")
    lines = {line["result_id"]: line for line in draft.levels}
    steps = [_decision(draft, sheet, request, lines[request["result_id"]]) for request in requests[:MOST_REQUESTS]]
    left = len(requests) - MOST_REQUESTS
    return [*steps, ["Decide the other open exclusion requests too: ", Code("exclusions.csv"), " lists them."]] if left > 0 else steps


def _decision(draft: Draft, sheet: Sheet, request: Row, line: Row) -> list[Any]:
    ref = request["request_id"] or request["exclusion_id"]
    key = {"exclusion_id": request["exclusion_id"], "result_id": request["result_id"]}
    source = Source("exclusion_effects", key, "if_excluded_us", "R-EX7", line["contract_version_id"])
    effect = sheet.duration(f"downtime that hangs on {ref}, {subject(line)}", request["if_excluded_us"], source)
    kind = words()["exclusion_types"][request["type"]]
    clause: list[Any] = [", clause ", Code(request["contract_rule"])] if request["contract_rule"] else []
    verb = "Have signed, or reject," if request["reason"] == "NOT_SIGNED" else "Decide"
    whose = {"provider": "the provider's ", "customer": "our own "}.get(request["party"], "")
    roles = [plain_words(role) for role in draft.deciders.get(request["type"], ())]
    by = f" ({listed(roles)})" if roles else ""
    amount = _money_at(draft, sheet, line) if request["requests_of_result"] == 1 else []
    return [
        f"{verb} {whose}request ",
        Code(ref),
        f"{by}: {kind}",
        *clause,
        f", {line['service_name']}. On it hang ",
        effect,
        " of downtime",
        *amount,
        ".",
    ]


def _money_at(draft: Draft, sheet: Sheet, line: Row) -> list[Any]:
    """Return the credit that falls away if the requests on a level are granted; nothing where no money hangs on them."""
    own = [
        credit
        for credit in draft.engine.rows(CREDITS)
        if _line_key(credit) == _line_key(line)
        and credit["variant"] in ("headline", "if_excluded")
        and credit["sla_result_ids"]
        and set(credit["sla_result_ids"]) <= {line["result_id"], *(variant["result_id"] for variant in line["variants"])}
    ]
    if not any(credit["variant"] == "headline" and credit["payable"] for credit in own):
        return []
    return [" and ", _at_stake(draft, own, "if_excluded", f"credit that hangs on requests, {subject(line)}").printed(sheet)]


def _signatures(sheet: Sheet, rows: Sequence[Row]) -> list[list[Any]]:
    """Return one step for each contract version without both signatures on which money hangs."""
    steps = []
    for version, own in grouped(rows, "contract_version_id").items():
        currency = own[0]["currency"]
        source = Source("credits", {"credit_id": sorted(row["credit_id"] for row in own)}, REASON_AMOUNT, "R-CR6", version)
        label = f"not claimable while {version} is unsigned, {currency}"
        amount = sheet.money(label, sum((row["amount"] for row in own), Decimal("0.0000")), currency, source)
        steps.append(["Get ", Code(version), " signed by both parties; until then no claim for ", amount, " can be made."])
    return steps


def _completions(draft: Draft, claims: Sequence[Row]) -> list[list[Any]]:
    """Return one step for each contract version whose open claims lack content that it demands."""
    names = {line["service_id"]: line["service_name"] for line in draft.levels}
    steps = []
    lacking = [claim for claim in claims if claim["state"] in OPEN_CLAIMS and claim["missing_content"]]
    for version, own in grouped(lacking, "contract_version_id").items():
        missing = sorted({words()["claim_content"].get(item, plain_words(item)) for claim in own for item in claim["missing_content"]})
        services = sorted({names.get(claim["service_id"], claim["service_id"]) for claim in own})
        steps.append([f"Add the {listed(missing)} to the claim under ", Code(version), f": {listed(services)}."])
    return steps


def _filings(sheet: Sheet, claims: Sequence[Row], today: date) -> list[list[Any]]:
    """Return one step that names the day by which the open claims should be filed."""
    waiting = [claim for claim in claims if claim["state"] in OPEN_CLAIMS]
    if not waiting:
        return []
    first = min(waiting, key=lambda claim: (claim["file_by"], claim["deadline_at"], claim["claim_id"]))
    label = f"file by, {first['contract_id']} {first['service_id']}{_which(first, claims)}"
    file_by = sheet.day(label, first["file_by"], row_source("claims", first, "file_by", "R-DL2"))
    urgency = (
        " The deadline is near." if today >= first["red_from"] else " That day has passed: file now." if today > first["file_by"] else ""
    )
    return [["File the open claims, the first by ", file_by, "; they lapse after ", _last_day(sheet, first, claims), f".{urgency}"]]


def _sign_offs(draft: Draft) -> list[list[Any]]:
    if draft.run.is_preview or not draft.signoff:
        return []
    parts = listed(
        [f"{plain_words(role)} ({words()['signoff_parts'].get(part, plain_words(part)).lower()})" for part, role in draft.signoff.items()]
    )
    due = "" if draft.sign_by is None else " by " if _today(draft) <= draft.sign_by else ", which was due by "
    until: list[Any] = [due, Code(draft.sign_by)] if draft.sign_by else []
    return [["Sign this pack", *until, f": {parts}."]]


def _claims(draft: Draft, sheet: Sheet, claims: Sequence[Row]) -> View:
    """Return the claims of the month, the earliest deadline first: amount, state, what is missing, and until when."""
    newest = {claim["claim_id"]: claim for claim in claims}
    shown = list(newest.values())
    today = _today(draft)
    return {"rows": [_claim(draft, sheet, claim, shown, today) for claim in shown[:MOST_CLAIMS]], "more": len(shown) > MOST_CLAIMS}


def _claim(draft: Draft, sheet: Sheet, claim: Row, shown: Sequence[Row], today: date) -> View:
    names = {row["component_id"]: row["name"] for row in draft.rows("published.catalogue_names", "component_id")}
    name = f"{names.get(claim['service_id'], claim['service_id'])}{_which(claim, shown)}"

    def day(column: str, label: str, rule_id: str) -> Figure:
        return sheet.day(f"{label}, {name}, {claim['contract_id']}", claim[column], row_source("claims", claim, column, rule_id))

    amount = row_source("claims", claim, "amount", "R-RD1")
    is_open = claim["state"] in OPEN_CLAIMS
    tone = (
        "bad"
        if claim["state"] == "lapsed" or (is_open and today >= claim["red_from"])
        else "doubt"
        if is_open and today > claim["file_by"]
        else ""
    )
    return {
        "service": name,
        "contract": claim["contract_version_id"],
        "amount": sheet.money(f"amount to claim, {name}, {claim['contract_id']}", claim["amount"], claim["currency"], amount),
        "state": words()["claim_states"][claim["state"]] + (", protective" if claim["kind"] == "protective" else ""),
        "tone": tone,
        "missing": [words()["claim_content"].get(item, plain_words(item)) for item in claim["missing_content"]] if is_open else [],
        "is_open": is_open,
        "file_by": day("file_by", "file by", "R-DL2"),
        "red_from": day("red_from", "red from", "R-DL2"),
        "last_day": day("last_day", "last day to claim", "R-DL1"),
    }


def _restatements(draft: Draft, sheet: Sheet) -> View:
    if draft.since is None:
        return {"count": None}
    changed = {(row["object_kind"], row["object_id"], row["column_name"]) for row in draft.rows("published.restatements", "all")}
    return {"count": counted(sheet, len(changed)), "why": cause_words(draft.since.causes)}


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
    lanes = tuple(Lane(_lane_name(line, shown), level_value(sheet, "achieved", line)) for line in shown)
    missed = [line["service_name"] for line in lines if line["status"].startswith("breached")]
    finding = f"{len(missed)} of {len(lines)} service levels missed their target" + (f": {', '.join(missed)}." if missed else ".")
    more = "Those past their target or nearest to it; section 2 lists all." if len(lines) > len(shown) else ""
    return Chart("statement-levels", "Did each service reach its target?", finding, axis, lanes, tuple(marks), more, 19)


def _lane_name(line: Row, lines: Sequence[Row]) -> str:
    is_alone = sum(other["service_id"] == line["service_id"] for other in lines) == 1
    return line["service_name"] if is_alone else f"{line['service_name']}, {line['measure_id']}{part_words(line)}"


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
            label = (
                f"{words()['variants'][variant['variant']]}: {percent_words(variant['value_num'], variant['value_den'], line['target'])}"
            )
            marks.append(Path(((achieved, number), (place, number)), "muted", is_dashed=True))
            marks.append(Dot(place, number, "dash" if variant["variant"] == "unknown_as_down" else "ring", "muted", label))
    name = line["service_name"]
    marks.append(Dot(target, number, "bar", "ink", f"{name}: target {plain(line['target'])} %"))
    achieved_words = f"{name}: {percent_words(line['value_num'], line['value_den'], line['target'])}, {shown.word}"
    marks.append(Dot(achieved, number, shown.shape, shown.tone, achieved_words))  # type: ignore[arg-type]
    return marks
