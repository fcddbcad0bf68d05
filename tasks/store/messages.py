"""Messages to chat and mail by Apprise, which knows some hundred services by the form of an address."""

from __future__ import annotations

import time

TRIES = 3
FIRST_WAIT_S = 1.0


def deliver(url: str, title: str, body: str) -> bool:
    """Send one message and tell whether it was taken; refusals are tried again after 1 and 2 seconds. The address is never printed."""
    import apprise

    sender = apprise.Apprise()
    if not sender.add(url):
        return False
    for attempt in range(TRIES):
        if attempt:
            time.sleep(FIRST_WAIT_S * 2 ** (attempt - 1))
        if sender.notify(title=title, body=body, body_format=apprise.NotifyFormat.TEXT):
            return True
    return False
