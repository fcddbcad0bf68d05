"""YAML as people write it: the values of YAML 1.2, the line of each, and hostile files refused."""

import pytest

from tasks.store.yaml_lines import MAX_BYTES, read_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("a: 1", {"a": 1}, id="a whole number"),
        pytest.param("a: 012", {"a": 12}, id="a leading zero is not octal"),
        pytest.param("a: 99.90", {"a": 99.9}, id="a float, which the types refuse"),
        pytest.param('a: "99.90"', {"a": "99.90"}, id="a quoted decimal stays as written"),
        pytest.param("a: 2026-10-01", {"a": "2026-10-01"}, id="a date is text"),
        pytest.param("a: 09:00", {"a": "09:00"}, id="a time of day is no number of base 60"),
        pytest.param("a: [on, off, yes, no, y]", {"a": ["on", "off", "yes", "no", "y"]}, id="only true and false are true and false"),
        pytest.param("a: [true, False]", {"a": [True, False]}, id="true and false"),
        pytest.param("a:\nb: ~\nc: null", {"a": None, "b": None, "c": None}, id="three ways to say null"),
        pytest.param("1: P1\ntrue: x", {"1": "P1", "true": "x"}, id="keys are text as written"),
        pytest.param("a: &t [1]\nb: *t", {"a": [1], "b": [1]}, id="an alias is written out"),
        pytest.param("<<: {a: 1}", {"<<": {"a": 1}}, id="a merge key is a key like others"),
        pytest.param("\ufeffa: 1", {"a": 1}, id="a byte order mark is no content"),
        pytest.param("a: 99999999999999999999", {"a": 10**20 - 1}, id="a large number stays exact"),
        pytest.param("", None, id="an empty file is null"),
    ],
)
def test_values_are_those_of_yaml_1_2(text, value):
    document = read_yaml(text.encode(), "f.yml")
    assert (document.value, document.faults) == (value, [])


def test_every_value_knows_its_line():
    document = read_yaml(b"a:\n  b:\n    - x\n    - c: 1\n\nd: {e: 2,\n  f: 3}\n", "f.yml")
    assert document.lines == {(): 1, ("a",): 1, ("a", "b"): 2, ("a", "b", 0): 3, ("a", "b", 1): 4, ("a", "b", 1, "c"): 4} | {
        ("d",): 6,
        ("d", "e"): 6,
        ("d", "f"): 7,
    }


@pytest.mark.parametrize(
    ("path", "place"),
    [
        pytest.param(("a", "b"), "f.yml:2", id="what stands there"),
        pytest.param(("a", "missing"), "f.yml:1", id="what is missing is looked for where it would stand"),
        pytest.param(("missing",), "f.yml:1", id="a missing top key at the file's first line"),
    ],
)
def test_a_place_is_that_of_the_nearest_thing_in_the_file(path, place):
    assert read_yaml(b"a:\n  b: 1\n", "f.yml").place(path) == place


@pytest.mark.parametrize(
    ("content", "code", "place"),
    [
        pytest.param(b"a: 1\nb: [2\n", "NOT_YAML", "f.yml:3", id="a bracket left open"),
        pytest.param(b"a:\n\t- b\n", "NOT_YAML", "f.yml:2", id="a tab that indents"),
        pytest.param(b"a: 1\n---\nb: 2\n", "NOT_YAML", "f.yml:2", id="two documents"),
        pytest.param(b"a: \xfc\n", "NOT_YAML", "f.yml", id="not UTF-8"),
        pytest.param(b"a: 1\nb:\n  c: 1\n  c: 2\n", "REPEATED", "f.yml:4, b.c", id="a key that stands twice"),
        pytest.param(b"a: !!python/object:os.system x\n", "TAGGED", "f.yml:1, a", id="a tag that would run code"),
        pytest.param(b"a: !!binary aGk=\n", "TAGGED", "f.yml:1, a", id="bytes"),
        pytest.param(b"? [1]\n: 2\n", "WRONG_TYPE", "f.yml:1", id="a list as key"),
        pytest.param(b"[" * 100_000, "TOO_LARGE", "f.yml", id="nesting that would exhaust the stack"),
        pytest.param(b"a: &x [*x]\n", "TOO_LARGE", "f.yml", id="an alias that holds itself"),
        pytest.param(b"a: " + b"x" * MAX_BYTES, "TOO_LARGE", "f.yml", id="a file that is too large"),
        pytest.param(
            b"".join(b"%c: &%c [%s]\n" % (97 + n, 97 + n, b",".join([b"*%c" % (96 + n) if n else b"x"] * 10)) for n in range(8)),
            "TOO_LARGE",
            "f.yml",
            id="aliases that multiply to 100 million values",
        ),
    ],
)
def test_what_is_no_plain_yaml_is_a_fault_with_its_line(content, code, place):
    faults = read_yaml(content, "f.yml").faults
    assert [(fault.code, fault.where) for fault in faults] == [(code, place)]
