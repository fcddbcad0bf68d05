"""Messages to chat and mail by Apprise, which knows some hundred services by the form of an address."""

from __future__ import annotations

RETRIES = 2
WAIT_S = 1.0


def deliver(url: str, title: str, body: str) -> bool:
    """Send one message and tell whether it was taken; Apprise itself tries refusals again. The address is never printed."""
    import apprise

    asset = apprise.AppriseAsset(default_service_retry=RETRIES, default_service_wait=WAIT_S)
    sender = apprise.Apprise(asset=asset)
    return bool(sender.add(url) and sender.notify(title=title, body=body, body_format=apprise.NotifyFormat.TEXT))
