"""The first hour with one's own data: an unknown spreadsheet of incidents becomes a first pack by the commands that the README names.

The person's part is played by `edit`: it pastes what `sla map` printed and writes an answer wherever `sla check` says that one is missing.
"""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tasks.store.home import CHECKOUT
from tests.land.packed import workbook

pytestmark = pytest.mark.soak  # each case runs whole months

SHEET = [
    ["Störungsliste Oktober 2026"],
    [],
    ["Vorgangsnummer", "Betroffener Dienst", "Priorität", "Status", "Eröffnet am", "Behoben am", "Bearbeiter"],
    ["V-101", "Web Shop", "Sehr hoch", "Geschlossen", "03.10.2026 08:15", "03.10.2026 09:40", "A"],
    ["V-102", "Web Shop", "Hoch", "Geschlossen", "07.10.2026 22:05", "07.10.2026 23:55", "B"],
    ["V-103", "Lager", "Mittel", "Behoben", "12.10.2026 10:00", "12.10.2026 12:30", "C"],
    ["V-104", "Lager", "Lila", "In Prüfung", "28.10.2026 06:00", "28.10.2026 06:30", "A"],
]
ANSWERS = {
    "state.In Prüfung": "in_progress",
    "severity_map.lila": "P4",
    "name": "Lager & Laden GmbH",
    "title": "Hosting",
    "verification": "exact",
    "effective_from": '"2026-01-01"',
    "timezone": "Europe/Berlin",
    "target": '"99.9"',
    "tiers[0].below": '"99.9"',
    "tiers[0].at_least": '"99.0"',
    "tiers[0].credit_pct": '"10"',
    "tiers[1].below": '"99.0"',
    "tiers[1].credit_pct": '"25"',
    "currency": "EUR",
    "n": "30",
}


def sla(*words: str, code: int = 0) -> str:
    """Run a command as a person would, in a process of its own; return what it printed."""
    script = "from flows.cli import main; main()"
    command = [sys.executable, "-c", script, *words]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == code, (words, done.stdout, done.stderr)
    return done.stdout


def edit(home: Path, mapped: dict) -> None:
    """Do what the output of `sla map` and `sla check` says, and nothing else."""
    sources = home / "reference/sources.yml"
    entry = re.compile(r"  - id: incidents\n    adapter: TODO.*\n")
    sources.write_text(entry.sub(lambda _: mapped["source"] + "\n", sources.read_text()))
    services = home / "reference/services.csv"
    services.write_text("\n".join([services.read_text().splitlines()[0], *mapped["services"], ""]))
    for fault in json.loads(sla("check", "--home", str(home), "--json", code=2)):
        if fault["level"] == "fault":
            assert fault["code"] == "BLANK", fault
            _answer(home, *re.fullmatch(r"([^:]+):(\d+), (.+)", fault["where"]).groups())


def _answer(home: Path, file: str, line: str, path: str) -> None:
    lines = (home / file).read_text().splitlines(keepends=True)
    answer = next(text for name, text in ANSWERS.items() if path == name or path.endswith(f".{name}"))
    lines[int(line) - 1] = lines[int(line) - 1].replace("TODO", answer, 1)
    (home / file).write_text("".join(lines))


@pytest.fixture(scope="module")
def estate(tmp_path_factory) -> tuple[Path, str]:
    """A home made in the first hour, and what `sla month` said at its end."""
    home = tmp_path_factory.mktemp("first") / "estate"
    sla("init", str(home), "--name", "Laden", "--region", "eu", "--timezone", "Europe/Berlin")
    export = home / "inbox/incidents/liste.xlsx"
    export.write_bytes(workbook({"Störungen": SHEET}))
    shown = sla("map", str(export), "--home", str(home))
    assert "nothing written" in shown
    mapped = json.loads(sla("map", str(export), "--home", str(home), "--write", "--json"))
    edit(home, mapped)
    sla("check", "--home", str(home))
    return home, sla("month", "2026-10", "--home", str(home), "--direct", "--clock", "2026-11-03T09:00:00Z")


def table(home: Path, name: str) -> list[dict[str, str]]:
    (file,) = home.glob(f"published/month/2026-10/*/tables/{name}.csv")
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_there_is_a_pack_and_it_is_found_where_the_command_says(estate):
    home, said = estate
    (page,) = [Path(word) for word in said.split() if word.endswith("compliance.html")]
    assert page.is_file()
    assert (home / "published/index.html").is_file()


def test_every_incident_of_the_spreadsheet_is_in_it_with_its_times_in_utc_and_its_severity(estate):
    found = {row["ticket_key"]: (row["occurred_at"], row["severity_max"]) for row in table(estate[0], "incidents")}
    assert found == {
        "V-101": ("2026-10-03T06:15:00Z", "P1"),
        "V-102": ("2026-10-07T20:05:00Z", "P2"),
        "V-103": ("2026-10-12T08:00:00Z", "P3"),
        "V-104": ("2026-10-28T05:00:00Z", "P4"),
    }


def test_availability_is_judged_by_the_tickets_until_there_is_monitoring(estate):
    minutes = {
        row["service_id"]: int(row["down_us"]) // 60_000_000 for row in table(estate[0], "sla_results") if row["variant"] == "headline"
    }
    assert minutes == {"web-shop": 85 + 110, "lager": 150 + 30}


def test_no_row_was_set_aside_and_the_doctor_finds_nothing_wrong(estate):
    assert "Set aside" not in estate[1]
    assert "0 faults" in sla("doctor", "--home", str(estate[0]))
