"""The sign-off sheet: who has signed a pack, beside the pack and no part of it: signing changes neither pack nor run (DOMAIN 7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from tasks.model.reference import Person
from tasks.publish.draft import View
from tasks.publish.page import both_zones, content_policy, environment_of
from tasks.publish.words import period_words, plain_words
from tasks.store.home import Home
from tasks.store.packs import write_beside
from tasks.store.signoffs import PackSignOff, waiting


def write_sheet(
    home: Home, manifest: Mapping[str, Any], sha256: str, roles: Mapping[str, str], signed: Sequence[PackSignOff], people: Sequence[Person]
) -> str:
    """Write the sheet of a pack and return its path inside the home.

    Args:
        home: The home.
        manifest: The pack's.
        sha256: The manifest's own: what the signatures cover.
        roles: Role by part of the pack, as the policy asks.
        signed: Its sign-offs that stand.
        people: Their names, which stand on this sheet and in letters only.
    """
    html = (
        environment_of()
        .get_template("front/signoff.html.j2")
        .render(
            home=home,
            pack=manifest,
            period=period_words(manifest["period"]) if manifest["occasion"] != "claims" else manifest["period"],
            as_of=both_zones(datetime.fromisoformat(manifest["as_of"]), home.display_timezone),
            sha256=sha256,
            rows=[_row(home, part, role, signed, people) for part, role in roles.items()],
            waiting=[plain_words(role) for role in dict.fromkeys(waiting(list(roles.values()), signed))],
            security=content_policy([]),
        )
    )
    return write_beside(home, manifest["occasion"], manifest["period"], f"{manifest['run_id']}.signoff.html", html)


def _row(home: Home, part: str, role: str, signed: Sequence[PackSignOff], people: Sequence[Person]) -> View:
    own = next((one for one in signed if one.role == role), None)
    row = {"part": plain_words(part), "role": plain_words(role), "signed": None}
    if own is None:
        return row
    names = {person.person_ref: person.name for person in people}
    return row | {
        "signed": {
            "name": names.get(own.signer_ref) or own.signer_ref,
            "at": both_zones(own.signed_at, home.display_timezone),
            "is_approved": own.is_approved,
            "is_simulated": own.is_simulated,
            "signoff_id": own.signoff_id,
            "public_key": own.public_key,
        }
    }
