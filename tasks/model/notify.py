"""Types of `notify.yml`: who is told what (DESIGN 2). Addresses hold secrets, so the file names them and never writes them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tasks.model.form import Several, Strict, Text

Event = Literal["month", "preview", "blocked", "claims"]


class Wish(Strict):
    """One audience and what it wants to hear of.

    `to` is the name of an environment variable, or of a Prefect secret block, that holds an Apprise URL. `month` is a finished pack,
    `preview` a provisional one, `blocked` a pack in which a gate blocks a verdict, or a refused file, `claims` what is due at the
    claim desk.
    """

    audience: Text
    to: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")]
    on: Annotated[Several[Event], Field(min_length=1)]


class Notify(Strict):
    """`notify.yml`."""

    schema_name: Literal["notify/1"] = Field(alias="schema")
    audiences: tuple[Wish, ...]
