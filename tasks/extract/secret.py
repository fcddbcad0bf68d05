"""From a source's secret to a header: looked up by its name, never kept, printed or quoted."""

from __future__ import annotations

import base64
from collections.abc import Callable

from tasks.model.errors import LedgerError
from tasks.model.fetch import Fetched


def authorization(form: Fetched, where: str, secret: Callable[[str], str | None]) -> str | None:
    """Return the Authorization header of a source, or None if it names no secret.

    Args:
        form: Its `fetch` block.
        where: The source, for the error.
        secret: Gives the secret of a name, or None (tasks.orchestration.secret).

    Raises:
        LedgerError: If the secret is nowhere, or of a form that no header can carry.
    """
    if form.secret is None:
        return None
    value = (secret(form.secret) or "").strip()
    if not value:
        fix = f"set {form.secret} in the environment, or make a Prefect Secret block '{form.secret.lower().replace('_', '-')}'"
        raise LedgerError(f"secret {form.secret} is not set", where=where, fix=fix)
    if not value.isascii() or not value.isprintable():
        raise LedgerError(f"secret {form.secret} holds characters that no header can carry", where=where, fix="look at how it was set")
    match form.scheme_or_default:
        case "basic":
            if ":" not in value:
                fix = "write user:password (Jira Cloud: e-mail:API token), or state another scheme"
                raise LedgerError(f"secret {form.secret} is no login", where=where, fix=fix)
            return "Basic " + base64.b64encode(value.encode()).decode()
        case "token":
            return f"Token token={value}"
        case "oauth":
            return f"OAuth {value}"
    return f"Bearer {value}"
