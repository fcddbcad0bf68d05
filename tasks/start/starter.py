"""The files that a home and a vendor begin with: reports/starter, read as they are."""

from __future__ import annotations

from tasks.store.home import CHECKOUT

STARTER = CHECKOUT / "reports" / "starter"
HOME_FILES = STARTER / "home"
FIRST_VENDOR = "first-vendor"
VENDOR = "VENDOR_ID"
WITHOUT_CLAIMS = ("none",)
FORMS = ("tiers", "per_block", "proportional", "hourly", "at_risk", "points", "none")  # the forms of credit of the contract language


def contract_text(vendor_id: str, form: str) -> str:
    """Return a commented contract with its blanks; `form` is one of FORMS."""
    parts = ("head", form) if form in WITHOUT_CLAIMS else ("head", form, "claims")
    return "".join((STARTER / "contracts" / f"{part}.yml").read_text(encoding="utf-8") for part in parts).replace(VENDOR, vendor_id)


def inbox_text(vendor_id: str) -> str:
    """Return the README of a vendor's inbox folder."""
    return (STARTER / "inbox.md").read_text(encoding="utf-8").replace(VENDOR, vendor_id)
