"""How charts look: colours are variables of the page's style sheet, so that they follow light, dark and print."""

from __future__ import annotations

INK = "var(--ink)"
MUTED = "var(--muted)"
GRID = "var(--grid)"
USUAL = "var(--usual)"
WASTE = "var(--waste)"
PEERS = "var(--peers)"
REVIEW = "var(--review)"
PLANNED = "var(--planned)"

TEXT_SIZE = 11
# A font that vl-convert brings along; browsers show the page's own, see ``draw``.
FONT = "Liberation Sans"
