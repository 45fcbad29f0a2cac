"""Draw the pictures of the documentation from the sample logs: ``python -m tests.browser.screenshots``."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import tokenscan
from tests.browser.browser import chromium, shown
from tests.paths import ROOT

IMAGES = ROOT / "docs" / "images"
# What each picture shows: the screen it is taken on, and where on the page it begins.
PICTURES: dict[str, tuple[dict[str, Any], str]] = {
    "report-light": ({"viewport": {"width": 1240, "height": 1080}, "color_scheme": "light"}, "body"),
    "report-dark": ({"viewport": {"width": 1240, "height": 1500}, "color_scheme": "dark"}, "#charts"),
    "report-phone": (
        {"viewport": {"width": 360, "height": 760}, "color_scheme": "light", "device_scale_factor": 2},
        "#who",
    ),
}


def main() -> None:
    """Write the pictures into ``docs/images``."""
    sample = ROOT / "sample_logs"
    report = tokenscan.analyze(sample, config=sample / "tokenscan.toml")
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        file = Path(folder, "report.html")
        file.write_text(report.render("html"), encoding="utf-8")
        for name, (screen, place) in PICTURES.items():
            with shown(browser, file, **screen) as seen:
                seen.page.evaluate(
                    "place => document.querySelector(place).scrollIntoView({behavior: 'instant'})", place
                )
                seen.page.screenshot(path=IMAGES / f"{name}.png")


if __name__ == "__main__":
    main()
