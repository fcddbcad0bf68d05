"""The small world: one service, one vendor, October 2026 in Berlin, worked by hand. Canonical files only.

window        2026-10-01 to 2026-11-01 local = 2026-09-30T22:00Z to 2026-10-31T23:00Z, 745 h = 44,700 min (the clocks change)
maintenance   18 Oct 01:00Z to 03:00Z, noticed 10 days before and approved: 120 min leave the denominator → 44,580 min
outage A      7 Oct 10:00:30Z to 10:58:00Z by monitoring (ticket says 10:06 to 11:20, vendor 10:10 to 10:45)      57 min 30 s
outage B      18 Oct 01:30Z to 03:20Z by monitoring; 90 min inside the maintenance, the overrun counts              20 min
outage C      31 Oct 22:30Z to 1 Nov 00:30Z by monitoring, split at the window's end                                30 min
availability  (44,580 − 107.5) / 44,580 = 44,472.5 / 44,580 = 99.758860… %  → breached, first tier, 10 % of EUR 10,000.00
"""

from __future__ import annotations

import json
from pathlib import Path

CLOCK = "2026-11-03T09:00:00Z"
MINUTE_US = 60_000_000
EXPECTED = {
    "window_start_at": "2026-09-30T22:00:00Z",
    "window_end_at": "2026-10-31T23:00:00Z",
    "agreed_us": 44_700 * MINUTE_US,
    "excluded_us": 90 * MINUTE_US,
    "down_us": 107 * MINUTE_US + 30_000_000,
    "value_num": 44_472 * MINUTE_US + 30_000_000,
    "value_den": 44_580 * MINUTE_US,
    "value_pct": "99.758860",
    "status": "breached",
    "computed": "1000.0000",
}

FILES = {
    "home.yml": "schema: home/1\nname: Small World\nregion: eu\ndisplay_timezone: Europe/Berlin\ncreated_with: 0.1.0\n",
    "reference/sources.yml": """\
schema: sources/1
sources:
  - {id: desk, adapter: canonical, entity: ticket, expects: {extracted_at: "2026-11-03T06:00:00Z", covers: ["2026-09-01T00:00:00Z", "2026-11-03T06:00:00Z"]}}
  - {id: desk_history, system: desk, adapter: canonical, entity: ticket_history, expects: {extracted_at: "2026-11-03T06:00:00Z"}}
  - {id: rules, system: probes, adapter: canonical, entity: monitoring_rule, expects: {extracted_at: "2026-11-03T06:00:00Z"}}
  - {id: probes, adapter: canonical, entity: monitoring_sample, expects: {extracted_at: "2026-11-03T06:00:00Z"}}
  - {id: pager, system: probes, adapter: canonical, entity: alert, expects: {extracted_at: "2026-11-03T06:00:00Z"}}
  - {id: acme, adapter: canonical, entity: vendor_record, expects: {extracted_at: "2026-11-03T06:00:00Z"}}
  - {id: plans, system: desk, adapter: canonical, entity: maintenance_window, expects: {extracted_at: "2026-11-03T06:00:00Z"}}
  - {id: invoices, system: erp, adapter: canonical, entity: invoice, expects: {extracted_at: "2026-11-03T06:00:00Z"}}
  - {id: invoice_lines, system: erp, adapter: canonical, entity: invoice_line, expects: {extracted_at: "2026-11-03T06:00:00Z"}}
""",
    "reference/services.csv": """\
service_id,component_id,parent_id,aliases,name,provider_id,sla_governed,fee_line_id,valid_from
checkout,checkout,,Checkout;checkout-web,Checkout,acme,true,CDN-1,2026-01-01
""",
    "reference/contracts/acme-cdn.yml": """\
schema: sla-contract/1
contract_id: ACME-CDN
provider: {id: acme, name: Acme Edge}
customer: {id: small-world}
document: {title: Edge delivery agreement, verification: exact}
version:
  number: 1
  effective_from: "2026-01-01"
  signed_by:
    - {party: customer, role: contract_authority, signed_at: "2025-12-10T10:00:00Z"}
    - {party: provider, role: sales_director, signed_at: "2025-12-12T10:00:00Z"}
clock: {timezone: Europe/Berlin, window: calendar_month}
measures:
  uptime:
    kind: availability
    target: "99.9"
    denominator: remove_from_both
    partial_period: active_only
    clause: "4.1"
    tiers:
      - {below: "99.9", at_least: "99.0", credit_pct: "10"}
      - {below: "99.0", at_least: "95.0", credit_pct: "25"}
      - {below: "95.0", credit_pct: "100"}
credits: {form: tiers, currency: EUR, clause: "5.2"}
claims: {deadline: {rule: days_after_window_end, n: 30}, clause: "5.4"}
""",
    "inbox/desk/tickets.csv": """\
ticket_key,title,service_raw,severity_raw,state,opened_at,acknowledged_at,restored_at,resolved_at,closed_at,reported_via,vendor_ref,cause_code,responsibility
INC-1,Checkout pages fail,Checkout,P1,closed,2026-10-07T10:06:00Z,2026-10-07T10:09:00Z,2026-10-07T11:20:00Z,2026-10-07T13:00:00Z,2026-10-08T09:00:00Z,user,V-1,edge-config,provider
INC-2,Checkout down after maintenance,checkout-web,P2,closed,2026-10-18T03:05:00Z,2026-10-18T03:10:00Z,2026-10-18T03:20:00Z,2026-10-18T05:00:00Z,2026-10-19T09:00:00Z,monitoring,,maintenance,provider
""",
    "inbox/desk_history/history.csv": """\
ticket_key,seq,changed_at,recorded_at,field,old,new,actor_ref,actor_kind
INC-1,1,2026-10-07T10:06:30Z,2026-10-07T10:06:30Z,comment,,Thank you for your report,P-AUTO,automation
INC-1,2,2026-10-07T10:09:00Z,2026-10-07T10:09:00Z,state,new,acknowledged,P-7Q2M,human
INC-1,3,2026-10-07T13:00:00Z,2026-10-07T13:00:00Z,state,acknowledged,resolved,P-7Q2M,human
""",
    "inbox/rules/rules.csv": """\
rule_id,component_id,kind,interval_s,duration_s,signals_required,independent_of_provider,active_from
http-checkout,checkout,probe,30,60,1,true,2026-01-01T00:00:00Z
""",
    "inbox/probes/samples.csv": """\
rule_id,component_raw,start_at,end_at,state
http-checkout,checkout,2026-09-01T00:00:00Z,2026-10-07T10:00:30Z,up
http-checkout,checkout,2026-10-07T10:00:30Z,2026-10-07T10:58:00Z,down
http-checkout,checkout,2026-10-07T10:58:00Z,2026-10-18T01:30:00Z,up
http-checkout,checkout,2026-10-18T01:30:00Z,2026-10-18T03:20:00Z,down
http-checkout,checkout,2026-10-18T03:20:00Z,2026-10-31T22:30:00Z,up
http-checkout,checkout,2026-10-31T22:30:00Z,2026-11-01T00:30:00Z,down
http-checkout,checkout,2026-11-01T00:30:00Z,2026-11-03T06:00:00Z,up
""",
    "inbox/pager/alerts.csv": """\
alert_key,rule_id,component_raw,fired_at,cleared_at,signal,disposition,fingerprint
A-1,http-checkout,checkout,2026-10-07T10:01:30Z,2026-10-07T10:59:00Z,synthetic,true_positive,f1
A-2,http-checkout,checkout,2026-10-18T01:31:00Z,2026-10-18T03:21:00Z,synthetic,maintenance,f1
A-3,http-checkout,checkout,2026-10-31T22:31:00Z,2026-11-01T00:31:00Z,synthetic,true_positive,f1
""",
    "inbox/acme/records.csv": """\
vendor_key,provider_id,title,component_raw,started_at,ended_at,our_ref,status,severity_raw
V-1,acme,Elevated errors,checkout,2026-10-07T10:10:00Z,2026-10-07T10:45:00Z,INC-1,final,major
""",
    "inbox/plans/windows.csv": """\
mw_key,components,start_at,end_at,notice_at,approved_at,approver_role,kind
MW-1,checkout,2026-10-18T01:00:00Z,2026-10-18T03:00:00Z,2026-10-08T09:00:00Z,2026-10-09T09:00:00Z,change_manager,pre_approved
""",
    "inbox/invoices/invoices.csv": "invoice_id,provider_id,period,issued_on,total,currency\nRE-10,acme,2026-10,2026-11-01,11900.0000,EUR\n",
    "inbox/invoice_lines/lines.csv": """\
invoice_id,line_no,fee_line_id,service_id,period,amount,currency,one_time,tax
RE-10,1,CDN-1,checkout,2026-10,10000.0000,EUR,false,false
RE-10,2,VAT,,2026-10,1900.0000,EUR,false,true
""",
}


def make_small_home(root: Path, changes: dict[str, str] | None = None) -> Path:
    """Write the small world below `root`; `changes` replaces or adds files, an empty text leaves one out."""
    for name, text in (FILES | (changes or {})).items():
        if text:
            file = root / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
    return root


def result_of(stdout: str) -> dict:
    """Return what a command with --json printed."""
    return json.loads(stdout)
