"""The PDF of a pack: for print and signature, drawn without a browser."""

import re
import shutil
import subprocess
import zlib

import pytest

from tasks.publish.pdf import can_draw, write_pdf
from tests.publish.estate import RUN, home_at, lifelike, publish

pytestmark = pytest.mark.skipif(
    not can_draw() or shutil.which("pdftotext") is None, reason="Pango or poppler-utils is not installed on this machine"
)


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    return publish(home_at(tmp_path_factory.mktemp("printed")), lifelike(), has_pdf=True)


@pytest.fixture(scope="module")
def file(pack):
    return pack.folder.page("compliance.pdf")


def told_by(program, *arguments):
    return subprocess.run([program, *arguments], check=True, capture_output=True, text=True).stdout


def inner(file):
    """Return what the PDF's compressed streams hold."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", file.read_bytes(), re.S)
    return b"\n".join(zlib.decompressobj().decompress(stream) for stream in streams if stream[:1] == b"x")


def test_it_says_what_it_is_and_can_be_read_aloud(file):
    said = told_by("pdfinfo", str(file))
    assert re.search(r"^Title: +Monthly compliance pack, October 2026", said, re.M)
    assert re.search(r"^Tagged: +yes$", said, re.M)
    assert re.search(r"^JavaScript: +no$", said, re.M)
    assert "841.89 pts (A4)" in said
    assert b"/Lang (en)" in inner(file)


def test_every_page_carries_run_content_hash_and_its_number_of_how_many(pack, file):
    pages = told_by("pdftotext", "-layout", str(file), "-").removesuffix("\f").split("\f")
    assert len(pages) > 5
    for number, text in enumerate(pages, 1):
        assert f"Page {number} of {len(pages)}" in text
        assert f"Run {RUN.run_id}" in text
        assert pack.content_sha256 in text


def test_its_outline_names_every_section(file):
    outline = told_by("pdftohtml", "-xml", "-i", "-stdout", str(file)).partition("<outline>")[2]
    titles = re.findall(r'<item page="\d+">(\d+ [^<]*)</item>', outline)
    assert [title.split(" ")[0] for title in titles] == [str(number) for number in range(1, 14)]
    assert titles[3:7] == ["4 Response and restore", "5 Disputes", "6 Exceptions and sign-offs", "7 Credits and claims"]


def test_its_fonts_are_the_bundled_ones(file):
    lines = told_by("pdffonts", str(file)).splitlines()[2:]
    assert {line.split()[0].split("+")[1] for line in lines} == {"Ledger-Sans", "Ledger-Sans-Medium"}


def test_the_manifest_names_it_and_what_drew_it(pack):
    manifest = pack.folder.read_manifest()
    assert [page["path"] for page in manifest["pages"] if "/" not in page["path"]] == ["compliance.html", "compliance.pdf"]
    assert {"weasyprint", "pango"} <= set(manifest["versions"])


def test_a_pack_without_one_names_no_version_of_what_draws(month):
    manifest = month.folder.read_manifest()
    assert [page["path"] for page in manifest["pages"] if "/" not in page["path"]] == ["compliance.html"]
    assert not {"weasyprint", "pango"} & set(manifest["versions"])


def test_the_same_page_gives_the_same_bytes_and_asks_nobody(tmp_path):
    html = '<!doctype html><html lang="en"><title>T</title><img src="https://example.org/x.png" alt="x"><p>Text</p></html>'
    for name in ("a.pdf", "b.pdf"):
        write_pdf(html, tmp_path / name, "content")
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()
