"""A quality rule is a reference file: it counts from the landing that first saw it, and not in views of before (DOMAIN 4.4)."""

from datetime import UTC, datetime, timedelta

from tasks.land.landing import land
from tasks.land.reference import changed, record_gone
from tasks.store.home import open_home
from tasks.store.journal import Journal
from tasks.store.knowledge import known_at
from tasks.store.reference import load_reference, reference_at
from tests.flows.small_home import FILES, make_small_home

DAY = timedelta(days=1)
FIRST = datetime(2026, 11, 3, 9, tzinfo=UTC)
RULE = """\
-- id       OWN-1
-- words    tickets have a team
-- limit    {limit}
-- verdict  warn
select ticket_key from staged.ticket where assignment_group is null
"""


def test_a_rule_is_applied_from_the_landing_that_recorded_it_until_it_is_gone(tmp_path):
    home = open_home(make_small_home(tmp_path, {name: "" for name in FILES if name.startswith("inbox/") and "/desk/" not in name}))
    file = home.reference / "rules/team.sql"
    journal = Journal.open(home)
    for number, limit in enumerate((None, "0", "5", None)):
        if limit:
            file.parent.mkdir(exist_ok=True)
            file.write_text(RULE.format(limit=limit))
        else:
            file.unlink(missing_ok=True)
        now = FIRST + number * DAY
        record_gone(home, journal, now=now)
        land(home, load_reference(home).sources, journal, now=now, also=changed(home, journal), settle=timedelta(0))

    def limits_in_force(day: int) -> list[int]:
        known = known_at(journal, FIRST + day * DAY + DAY / 2, now=FIRST + 9 * DAY)
        return [rule.header.limit.most for rule in reference_at(home, known, load_reference(home)).rules]

    assert [limits_in_force(day) for day in range(4)] == [[], [0], [5], []]
