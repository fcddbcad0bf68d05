"""`sla init`: a new home from the files of reports/starter/home, with its blanks marked (DESIGN 3)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tasks.model.errors import LedgerError
from tasks.model.zones import zone
from tasks.start.starter import FIRST_VENDOR, HOME_FILES
from tasks.start.vendor import add_vendor
from tasks.store.blanks import BLANK
from tasks.store.code import code_version
from tasks.store.home import Home, open_home
from tasks.store.reference import check_reference

FIRST_FORM = "tiers"


@dataclass(frozen=True)
class Scaffold:
    """A new home: its folder as the person named it, the files written, and the blanks that are left in them."""

    folder: Path
    files: tuple[str, ...]
    blanks: tuple[str, ...]

    def in_words(self) -> str:
        """Return what was written and what to do next, in order."""
        at = self.folder
        return "\n".join(
            [
                f"a new home in {at}: {len(self.files)} files, {len(self.blanks)} blanks",
                *(f"  {file}" for file in self.files),
                "next, in this order:",
                f"  1. drop your table of incidents into {at}/inbox/incidents/",
                f"  2. sla map FILE --home {at}                  shows what its columns mean; with --write it writes the mapping,",
                "                                                and prints what belongs into reference/sources.yml",
                f"  3. fill in every {BLANK}: home.yml, reference/sources.yml, reference/services.csv and",
                f"     reference/contracts/{FIRST_VENDOR}.yml; reference/README.md says what the columns mean",
                f"  4. sla check --home {at}                     names what is still blank or wrong, with file and line",
                f"  5. sla month YYYY-MM --home {at}             the pack of a month that is over",
                f"later: sla vendor add ID --like FORM, sla doctor; export SLA_HOME={at} spares you --home",
            ]
        )

    def as_dict(self) -> dict[str, object]:
        """Return it for --json."""
        return {"home": str(self.folder), "files": list(self.files), "blanks": list(self.blanks)}


def init(folder: Path, said: Mapping[str, str | None]) -> Scaffold:
    """Write a new home.

    Args:
        folder: Where; it must not exist, or be empty.
        said: What is known of home.yml already (`name`, `region`, `display_timezone`); None leaves the blank.

    Raises:
        LedgerError: If the folder holds anything, cannot be written, or a zone is none.
    """
    _refuse_used(folder)
    if said.get("display_timezone"):
        zone(str(said["display_timezone"]), where="--timezone")
    try:
        home = _write(folder, said)
    except OSError as error:
        fix = "name a folder that you may write"
        raise LedgerError(f"cannot be written: {error.strerror or error}", where=str(folder), fix=fix) from error
    files = sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())
    blanks = tuple(str(fault.where) for fault in check_reference(home) if fault.level == "fault")
    return Scaffold(folder, tuple(files), blanks)


def _refuse_used(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        return
    if folder.exists() or folder.is_symlink():
        what = "is not empty" if folder.is_dir() else "is no folder"
        fix = "name a new folder; a home that is there already is looked at with sla check and sla doctor"
        raise LedgerError(what, where=str(folder), fix=fix)


def _write(folder: Path, said: Mapping[str, str | None]) -> Home:
    shutil.copytree(HOME_FILES, folder, dirs_exist_ok=True)
    home_file = folder / "home.yml"
    home_file.write_text(_filled(home_file.read_text(encoding="utf-8"), said), encoding="utf-8")
    home = open_home(folder)
    add_vendor(home, FIRST_VENDOR, FIRST_FORM)
    return home


def _filled(text: str, said: Mapping[str, str | None]) -> str:
    for key, value in said.items():
        if value:
            before, _, after = text.partition(f"\n{key}: {BLANK}")
            text = f"{before}\n{key}: {json.dumps(value, ensure_ascii=False)}{after}"
    return text.replace("VERSION", code_version())
