"""Quality rules of an estate's own: what the header of `reference/rules/*.sql` says, and the rule it makes (DOMAIN 4.5)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, PlainValidator

from tasks.model.form import Stated, Strict, Text, refused, shown

ROWS = re.compile(r"(\d{1,12})( rows?)?")
SHARE = re.compile(r"(\d{1,3})(?:\.(\d{1,4}))? ?%")
WHOLE_PPM = 1_000_000
OURS = ("dq-", "r-", "rc-")  # begin the ids of DOMAIN's rules


@dataclass(frozen=True)
class Allowance:
    """How much may offend before the verdict falls: a number of rows, or a share in parts per million."""

    most: int
    is_share: bool = False


def _allowance(value: Any) -> Allowance:
    if isinstance(value, Allowance):
        return value
    text = str(value)
    if rows := ROWS.fullmatch(text):
        return Allowance(int(rows[1]))
    share = SHARE.fullmatch(text)
    ppm = int(share[1]) * 10_000 + int((share[2] or "").ljust(4, "0")) if share else WHOLE_PPM + 1
    if ppm > WHOLE_PPM:
        raise refused("WRONG_FORM", f"{shown(value)} is no limit", fix="write how many rows may offend, such as 0, or a share, such as 2 %")
    return Allowance(ppm, is_share=True)


def _is_free(rule_id: str) -> str:
    if rule_id.lower().startswith(OURS):
        raise refused("TAKEN", f"'{rule_id}' begins as the program's own rules do", fix="let it begin otherwise, such as OWN-1")
    return rule_id


class RuleHeader(Strict):
    """The comment lines that a rule file begins with. `of` stands after FROM: the rows of which those that offend are a part."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,23}$"), AfterValidator(_is_free)]
    words: Text
    of: Stated[Text] = None
    limit: Annotated[Allowance, PlainValidator(_allowance)]
    verdict: Literal["warn", "block", "block_credits"]


@dataclass(frozen=True)
class OwnRule:
    """One rule file that was found sound.

    Attributes:
        file: Relative to the home.
        header: With `of` filled in.
        entity: The one table of the rows looked at, without its room; `-` if there are several.
        sql: The file's one SELECT, which yields the rows that offend; the first column names them, `service_id` says whom a block touches.
    """

    file: str
    header: RuleHeader
    entity: str
    sql: str
