"""The step that flows call to tell people what came out."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from tasks.act.notify import Bulletin, Digest, Notice, notify, notify_of
from tasks.orchestration import secret, task
from tasks.store.journal import Journal
from tasks.store.messages import deliver
from tasks.store.reference import Reference


@task(name="tell people")
def tell_people(
    journal: Journal, reference: Reference, events: Collection[str], digest: Digest, now: datetime, is_simulated: bool
) -> list[Notice]:
    """Send the digest to the audiences of notify.yml, once each; a rehearsal tells nobody."""
    wishes = () if is_simulated else reference.notify
    return notify(journal, wishes, events, digest, now=now, secret=secret, deliver=deliver)


@task(name="tell people of claims")
def tell_of_claims(journal: Journal, reference: Reference, bulletin: Bulletin, now: datetime, is_simulated: bool) -> list[Notice]:
    """Send what is due to the audiences of notify.yml that want to hear of claims, each thing once; a rehearsal tells nobody."""
    wishes = () if is_simulated else reference.notify
    return notify_of(journal, wishes, "claims", bulletin, now=now, secret=secret, deliver=deliver)
