"""Identity: the same content has the same name anywhere."""

import base64
import hashlib

import pytest

from tasks.model.identity import canonical_json, incident_id, short_id
from tasks.store.engine import Engine

AWKWARD = ["plain", "", 'quote " and \\ back', "tab\tline\n", "\x00\x1f\x7f", "é", "😀", "ﬁ", "\u2028"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param({"b": 1, "a": None}, '{"a":null,"b":1}', id="keys are sorted"),
        pytest.param({"\U0001f600": 1, "\ufb01": 2}, '{"😀":1,"ﬁ":2}', id="keys sort by UTF-16 code unit, not by code point"),
        pytest.param(["\x1f/"], '["\\u001f/"]', id="control characters in lower-case hex, slash as it is"),
        pytest.param([True, 10**20], "[true,100000000000000000000]", id="integers are exact at any size"),
    ],
)
def test_canonical_json_is_rfc_8785(value, text):
    assert canonical_json(value) == text


def test_canonical_json_refuses_floats():
    with pytest.raises(TypeError):
        canonical_json({"share": 0.1})


def test_short_id_is_the_first_twelve_characters_of_base32_of_the_hash():
    digest = hashlib.sha256(b'["a",null,["x","y"]]').digest()
    assert short_id("R", ["a", None, ["x", "y"]]) == "R-" + base64.b32encode(digest).decode()[:12]


def test_an_incident_is_named_by_its_founder_as_text():
    assert incident_id("ab") == "I-" + base64.b32encode(hashlib.sha256(b"ab").digest()).decode()[:12]


def test_sql_and_python_give_the_same_short_id():
    with Engine() as engine:
        for text in AWKWARD:
            parts = canonical_json([text, 1])
            row = engine.execute("select short_id('X', ?)", [parts]).fetchone()
            assert row == (short_id("X", [text, 1]),)
