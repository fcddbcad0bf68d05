"""A person signs a pack: its every byte is checked first, the sign-off becomes a journal row, and the sheet beside the pack shows it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows.occasion import open_occasion
from flows.options import Options
from tasks.archive.verify import trusted_manifest
from tasks.decide.signing import Signing, ToSign, sign_pack
from tasks.orchestration import set_direct
from tasks.publish.words import plain_words
from tasks.store.signoffs import of_pack, pack_signoffs, waiting

set_direct(quiet=True)  # a private key is read here: nothing of it goes to a server

from flows.home_page import refresh  # noqa: E402 - the mode is set before a step is imported
from tasks.publish.steps import show_signatures  # noqa: E402


@dataclass(frozen=True)
class Signed:
    """What was signed, the sheet that shows it (path inside the home), and the roles that are still to sign."""

    signoff_id: str
    pack_id: str
    role: str
    manifest_sha256: str
    sheet: str
    waiting: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return it as data for --json."""
        return vars(self) | {"waiting": list(self.waiting), "is_closed": not self.waiting}

    def __str__(self) -> str:
        state = f"still to sign: {', '.join(map(plain_words, self.waiting))}" if self.waiting else "closed: every role has signed"
        return f"{self.pack_id} signed as {plain_words(self.role)} ({self.signoff_id}); {state}\nsheet: {self.sheet}"


def sign(options: Options, pack: str, *, role: str | None, by: str | None, key: Path | None, is_approved: bool) -> Signed:
    """Sign a sealed pack, or refuse to in the same form.

    Raises:
        LedgerError: If there is no such pack, or person, role, key or pack are not to be signed with.
        IntegrityError: If anything of the pack was altered since it was sealed.
    """
    with open_occasion("sign", str(options.home), clock=options.clock) as occasion:
        manifest, sha256 = trusted_manifest(occasion.home, pack)
        to_sign = ToSign.of(manifest, sha256, occasion.reference.policy.signoff.packs)
        signing = Signing(role, by, occasion.now, occasion.is_simulated, occasion.home.display_timezone, key, is_approved)
        row = sign_pack(occasion.journal, occasion.reference.people, to_sign, signing)
        sheet = show_signatures(occasion.home, occasion.journal, occasion.reference, manifest, sha256)
        refresh(occasion)
        left = waiting(list(dict.fromkeys(to_sign.roles.values())), of_pack(pack_signoffs(occasion.journal), to_sign.pack_id, sha256))
        assert row.body is not None
        return Signed(row.body["signoff_id"], to_sign.pack_id, row.body["role"], sha256, sheet, tuple(left))
