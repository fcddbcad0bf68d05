"""Where templates, theme and fonts lie."""

from __future__ import annotations

from tasks.store.home import CHECKOUT

REPORTS = CHECKOUT / "reports"
THEME = REPORTS / "theme"
FONTS = {400: THEME / "fonts" / "ledger-sans-400.woff2", 500: THEME / "fonts" / "ledger-sans-500.woff2"}
