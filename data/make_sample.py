"""Make the sample home's inbox: tell story.yml in the words of each source and draw everyday noise around it from a fixed seed.

    python data/make_sample.py [DIR]     writes DIR/inbox (default: beside this file); the same bytes each time

All instants are UTC inside; only the writers turn them into what a source would say. Every purpose has its own random numbers
(`draw("outage/chk-07")`), so that one more row in the story leaves the others as they were. No clock is read.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import sys
from collections.abc import Iterable
from pathlib import Path

from telling.accounts import exclusion_rows, invoice_lines, invoice_rows
from telling.probes import alert_rows, rule_rows, sample_rows
from telling.providers import report_rows, status_page
from telling.story import Diary, read_story
from telling.tickets import change_rows, history_rows, maintenance_rows, make_tickets, ticket_rows

HERE = Path(__file__).resolve().parent


def make_files() -> dict[str, bytes]:
    """Return every file of the inbox by its path below inbox/. Order matters where noise is drawn: it asks the diary for room."""
    story = read_story(HERE)
    diary = Diary(story)
    tickets = make_tickets(story, diary)
    number_of = dict.fromkeys(story.outages, "") | {ticket.key: number for number, ticket in tickets.items()}
    return {
        "servicenow/incident.csv": csv_bytes(ticket_rows(story, tickets)),
        "servicenow_history/ticket_history.csv.gz": packed(csv_bytes(history_rows(tickets))),
        "servicenow_changes/change.csv": csv_bytes(change_rows(story)),
        "servicenow_maintenance/maintenance_window.csv": csv_bytes(maintenance_rows(story)),
        "probe_rules/monitoring_rule.csv": csv_bytes(rule_rows(story.components)),
        "probe_samples/monitoring_sample.csv.gz": packed(csv_bytes(sample_rows(story, diary))),
        "probe_alerts/alert.csv.gz": packed(csv_bytes(alert_rows(story, number_of, diary))),
        "kitewire/incidents.json": json_bytes(status_page(story)),
        "fjordwerk/vendor_record.csv": csv_bytes(report_rows(story, "fjordwerk", number_of)),
        "talerbridge/vendor_record.csv": csv_bytes(report_rows(story, "talerbridge", number_of)),
        "invoices/invoice.csv": csv_bytes(invoice_rows(story)),
        "invoice_lines/invoice_line.csv": csv_bytes(invoice_lines(story)),
        "exclusion_requests/exclusion_request.csv": csv_bytes(exclusion_rows(story, number_of)),
    }


def csv_bytes(rows: Iterable[dict[str, str]]) -> bytes:
    """Return rows of one shape as CSV: UTF-8, header, LF."""
    rows = list(rows)
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def json_bytes(body: object) -> bytes:
    """Return a value as indented JSON."""
    return f"{json.dumps(body, indent=1, ensure_ascii=False)}\n".encode()


def packed(content: bytes) -> bytes:
    """Return the bytes as gzip without name and time, so that they are the same each time."""
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=buffer, mtime=0) as file:
        file.write(content)
    return buffer.getvalue()


def main(folder: Path) -> None:
    """Write the inbox below `folder` and say how much it is."""
    files = make_files()
    for name, content in files.items():
        file = folder / "inbox" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    print(f"{len(files)} files, {sum(map(len, files.values())):,} bytes below inbox/")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
