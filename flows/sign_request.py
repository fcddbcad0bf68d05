"""Somebody asks a role to sign a pack: a note in the journal. It is signed at the command line, where the private key is (`sla sign`)."""

from __future__ import annotations

from flows.occasion import open_occasion
from tasks.archive.verify import trusted_manifest
from tasks.decide.signing import Signing, ToSign, ask_to_sign
from tasks.orchestration import flow


@flow(name="sign pack", steps=1)
def request_signature(home: str = "data", pack: str = "", role: str = "", by: str = "", clock: str | None = None) -> str:
    """Record that a person asks a role to sign a pack, after every byte of it was checked; return the pack's id.

    Args:
        home: The home's folder.
        pack: A run_id, or occasion/period for its newest pack.
        role: The role that is to sign.
        by: Who asks, by person_ref: they cannot sign in that role themselves.
        clock: A simulated now.
    """
    with open_occasion("sign", home, clock=clock) as occasion:
        manifest, sha256 = trusted_manifest(occasion.home, pack)
        to_sign = ToSign.of(manifest, sha256, occasion.reference.policy.signoff.packs)
        asked = Signing(role, by, occasion.now, occasion.is_simulated, occasion.home.display_timezone)
        ask_to_sign(occasion.journal, occasion.reference.people, to_sign, asked)
        return to_sign.pack_id
