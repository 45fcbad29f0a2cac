"""The HTML report as Chromium shows it: light, dark, on a phone and on paper, and to a screen reader."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from axe_core_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.browser.browser import CHROMIUM, chromium, shown
from tests.unit.report import report_factory as make
from tests.unit.report.html import series_factory as charts

# CI has a browser: there the tests fail where a developer's machine without one skips them. Read here, because each
# test's environment is scrubbed of CI.
pytestmark = pytest.mark.skipif(
    os.environ.get("TOKENSCAN_TEST_TOOLS") != "required" and not CHROMIUM, reason="no Chromium"
)

DESK = {"width": 1440, "height": 900}
PHONE = {"width": 360, "height": 740}
LONG = "n" * 10_000
SCREENS: dict[str, dict[str, Any]] = {
    "light": {"viewport": DESK, "color_scheme": "light"},
    "dark": {"viewport": DESK, "color_scheme": "dark"},
    "phone": {"viewport": PHONE, "color_scheme": "light"},
    "dark phone": {"viewport": PHONE, "color_scheme": "dark"},
}
LIGHT_PAGE, DARK_PAGE = "rgb(255, 255, 255)", "rgb(15, 19, 24)"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A full report, one with long and hostile names, and an empty one."""
    folder = tmp_path_factory.mktemp("reports")
    full = charts.charted(findings=tuple(replace(one, reply="It was a load test.") for one in make.report().findings))
    reports = {
        "full": full,
        "long": charts.hostile(LONG),
        "hostile": charts.hostile("<script>document.title='x'</script><img src=http://127.0.0.1:9/ onerror=alert(1)>"),
        "empty": make.empty_report(),
    }
    written = {name: folder / f"{name}.html" for name in reports}
    for name, report in reports.items():
        written[name].write_text(report.render("html"), encoding="utf-8")
    return written


@pytest.mark.parametrize("name", ["full", "long", "hostile", "empty"])
@pytest.mark.parametrize("screen", SCREENS)
def test_nothing_is_fetched_nothing_complains_and_nothing_is_too_wide(
    browser: Browser, files: dict[str, Path], name: str, screen: str
) -> None:
    with shown(browser, files[name], **SCREENS[screen]) as seen:
        widths = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        scrolled, width = seen.page.evaluate(widths)
        assert seen.requests == [files[name].as_uri()]
        assert seen.complaints == []
        assert scrolled <= width
        assert seen.page.title().startswith("Token usage")


@pytest.mark.parametrize("name", ["full", "empty"])
@pytest.mark.parametrize("screen", ["light", "dark", "phone"])
def test_axe_finds_no_serious_barrier(browser: Browser, files: dict[str, Path], name: str, screen: str) -> None:
    with shown(browser, files[name], **SCREENS[screen]) as seen:
        seen.page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
        found = Axe().run(seen.page)
    assert len(found["passes"]) > 15
    assert "color-contrast" in {rule["id"] for rule in found["passes"]}
    told = [
        (rule["id"], rule["impact"], [node["html"][:120] for node in rule["nodes"]][:3])
        for rule in found["violations"]
        if rule["impact"] in {"serious", "critical"}
    ]
    assert told == []


def test_colours_follow_light_and_dark_in_charts_too(browser: Browser, files: dict[str, Path]) -> None:
    looks = {}
    for screen in ("light", "dark"):
        with shown(browser, files["full"], **SCREENS[screen]) as seen:
            page, bar, text = seen.page.evaluate(
                """[getComputedStyle(document.body).backgroundColor,
                    getComputedStyle(document.querySelector('#chart-usage [fill="var(--waste)"]')).fill,
                    getComputedStyle(document.querySelector('#chart-usage text')).fill]"""
            )
            looks[screen] = (page, bar, text)
    assert looks["light"][0] == LIGHT_PAGE
    assert looks["dark"][0] == DARK_PAGE
    assert all(light != dark for light, dark in zip(looks["light"], looks["dark"], strict=True))
    assert all(colour.startswith("rgb") for look in looks.values() for colour in look)


def test_each_screen_has_the_drawing_made_for_it(browser: Browser, files: dict[str, Path]) -> None:
    for screen, kind in (("light", "wide"), ("phone", "narrow")):
        with shown(browser, files["full"], **SCREENS[screen]) as seen:
            drawings = seen.page.locator("#chart-usage .drawing:visible")
            assert drawings.count() == 1
            assert kind in (drawings.first.get_attribute("class") or "")
            # Text in a drawing scales with it: on a phone it must not shrink below what can be read.
            scale = seen.page.evaluate(
                """[...document.querySelectorAll('svg.chart')].filter(svg => svg.clientWidth)
                    .map(svg => svg.getBoundingClientRect().width / svg.viewBox.baseVal.width)"""
            )
            assert min(scale) > 0.9


def test_the_table_below_a_chart_opens_without_a_script_and_by_keyboard(
    browser: Browser, files: dict[str, Path]
) -> None:
    with shown(browser, files["full"], **SCREENS["light"], java_script_enabled=False) as seen:
        cell = seen.page.get_by_text("1,000,009")
        assert not cell.is_visible()
        summary = seen.page.locator("#chart-usage summary")
        summary.focus()
        seen.page.keyboard.press("Enter")
        assert cell.is_visible()


def test_a_link_leads_to_its_finding(browser: Browser, files: dict[str, Path]) -> None:
    with shown(browser, files["full"], **SCREENS["phone"]) as seen:
        link = seen.page.locator("#who .why a").first
        target = (link.get_attribute("href") or "").removeprefix("#")
        link.click()
        assert seen.page.locator(f"#{target}").is_visible()


def test_paper_is_light_whole_and_has_room_for_a_reply(browser: Browser, files: dict[str, Path]) -> None:
    with shown(browser, files["full"], **SCREENS["dark"]) as seen:
        seen.page.emulate_media(media="print", color_scheme="dark")
        assert seen.page.evaluate("getComputedStyle(document.body).backgroundColor") == LIGHT_PAGE
        assert not seen.page.locator("nav").is_visible()
        # 22 mm at 96 pixels an inch
        assert seen.page.locator(".reply").first.bounding_box()["height"] >= 83  # type: ignore[index]
        document = seen.page.pdf(format="A4")
        assert document.startswith(b"%PDF-")
        assert document.count(b"/Type /Page\n") + document.count(b"/Type /Page ") >= 2
        assert seen.requests == [files["full"].as_uri()]
