"""``python -m tokenscan`` and the ``tokenscan`` command."""

from __future__ import annotations

import sys

from tokenscan.cli.app import main

if __name__ == "__main__":
    sys.exit(main())
