"""Identity of what was received: raw_id worked by hand, keys, hashes (entities.yml `identities`)."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.model.identity import canonical_json
from tasks.store.engine import Engine
from tests.stage.desk import Desk


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_raw_id_is_the_hash_of_system_entity_key_version_and_the_row_as_received(desk: Desk) -> None:
    desk.declare("tool_eu", "ticket", system="tool")
    header = "state,ticket_key,title,service_raw,severity_raw,opened_at\n"
    desk.land(("tool_eu", "t.csv", header + 'new, T-1 ,"Say ""no""",Läden,P1,2026-10-07T10:00:00Z\n'))
    (row,) = desk.rows("select raw_id, payload_sha256, source_key, source_version, landing_seq from staged.ticket")
    received = (
        '{"opened_at":"2026-10-07T10:00:00Z","service_raw":"Läden","severity_raw":"P1","state":"new",'
        '"ticket_key":" T-1 ","title":"Say \\"no\\""}'
    )
    assert row["payload_sha256"] == sha256(received)
    assert row["raw_id"] == sha256(f'["tool","ticket","T-1",null,{received}]')
    assert (row["source_key"], row["source_version"]) == ("T-1", str(row["landing_seq"]))


def test_a_version_that_the_source_gives_is_part_of_the_identity(desk: Desk) -> None:
    desk.declare("tool", "ticket")
    header = "ticket_key,service_raw,severity_raw,state,opened_at,source_version\n"
    desk.land(("tool", "t.csv", header + "T-1,S,P1,new,2026-10-07T10:00:00Z,7\n"))
    (row,) = desk.rows("select raw_id, source_version from staged.ticket")
    received = (
        '{"opened_at":"2026-10-07T10:00:00Z","service_raw":"S","severity_raw":"P1","source_version":"7","state":"new","ticket_key":"T-1"}'
    )
    assert (row["raw_id"], row["source_version"]) == (sha256(f'["tool","ticket","T-1","7",{received}]'), "7")


def test_a_key_of_several_columns_is_a_json_array_in_key_order_as_received(desk: Desk) -> None:
    desk.declare("probes", "monitoring_sample")
    header = "end_at,state,start_at,component_raw,rule_id\n"
    desk.land(("probes", "s.csv", header + "2026-10-02T00:00:00Z,up,2026-10-01T02:00:00+02:00,web,r-1\n"))
    assert desk.values("select source_key from staged.monitoring_sample") == [('["r-1","web","2026-10-01T02:00:00+02:00"]',)]


def test_the_order_of_columns_and_empty_ones_do_not_change_the_identity(desk: Desk) -> None:
    desk.declare("tool", "ticket")
    one = "ticket_key,service_raw,severity_raw,state,opened_at\nT-1,S,P1,new,2026-10-07T10:00:00Z\n"
    other = "title,opened_at,state,severity_raw,service_raw,ticket_key\n,2026-10-07T10:00:00Z,new,P1,S,T-1\n"
    desk.land(("tool", "one.csv", one), ("tool", "other.csv", other))
    assert desk.values("select count(distinct raw_id) as ids, count(*) as n from staged.ticket_versions") == [(1, 2)]


def test_a_malformed_line_has_an_identity_of_its_own(desk: Desk) -> None:
    desk.declare("tool", "ticket")
    desk.land(("tool", "t.csv", "ticket_key,service_raw\nT-1\n"))
    assert desk.values("select raw_id from staged.quarantine") == [(sha256('["tool","ticket",null,null,{"line":"T-1"}]'),)]


@pytest.fixture(scope="module")
def engine():  # type: ignore[no-untyped-def]
    with Engine() as opened:
        yield opened


@settings(max_examples=300, deadline=None)
@given(words=st.one_of(st.text(), st.text(alphabet='\\"u00bfBF\x00\x0b\x1f\n\t/é\u2028😀')))
def test_a_json_text_is_that_of_rfc_8785(engine: Engine, words: str) -> None:
    if any(0xD800 <= ord(letter) <= 0xDFFF for letter in words):
        return
    assert engine.execute("select json_text(?::varchar)", [words]).fetchone() == (canonical_json(words),)
