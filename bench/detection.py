"""Say how well tokenscan finds gaming, and whom it accuses wrongly, on simulated populations that no tuning has seen.

One Markdown table a question: (1) beside the founding documents' thresholds read literally, (2) which kinds of gamers
are found and which honest kinds accused, (3) what the log's columns buy. The same seeds give the same tables.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import polars as pl

from bench.detection_tables import beside_the_thresholds, by_dose, by_kind, what_columns_buy
from bench.founding_thresholds import QUOTA, fired
from tokenscan import read_logs
from tokenscan.api import analyze
from tokenscan.config import Config, load_config
from tokenscan.context.attribute import attribute
from tokenscan.context.load import load_context
from tokenscan.context.model import Context
from tokenscan.detectors.common.tables import outcomes_by_user
from tokenscan.evaluate.labels import read_labels
from tokenscan.evaluate.population import Draw
from tokenscan.evaluate.reports import HITS, PEOPLE, Judgement, judged
from tokenscan.events.log import EventLog
from tokenscan.report.model import Band, Report
from tokenscan.simulate.live import live
from tokenscan.simulate.options import Options
from tokenscan.simulate.write import write

VARIANTS = {"everything": "", "no prompt text": "prompt", "no outcomes": "", "no `used`": "used"}
LEAST_RULES = (1, 2, 3)
HONEST = "mostly honest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """What to simulate: ``group`` is the line of the tables it belongs to."""

    group: str
    options: Options

    @property
    def name(self) -> str:
        """Return what its files are called."""
        return f"{self.group.replace(' ', '-')}-{self.options.seed}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A population as it was judged: ``literal`` by least number of thresholds, ``tokenscan`` by variant of the log."""

    group: str
    literal: dict[int, Draw]
    tokenscan: dict[str, Draw]


def main(arguments: Sequence[str] | None = None) -> None:
    """Simulate, analyse, evaluate, and print the tables."""
    given = _arguments().parse_args(arguments)
    if given.reports is not None:
        given.reports.mkdir(parents=True, exist_ok=True)
    judged_ones = []
    for population in _populations(given):
        print(f"{population.name}: {population.options.people} people", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory() as folder:
            judged_ones.append(judge(population, Path(folder) / "draw", given.reports))
    print(_tables(judged_ones, _populations(given)), end="")


def judge(population: Population, folder: Path, reports: Path | None = None) -> Judged:
    """Simulate a population below ``folder``, judge it both ways, and keep reports and labels if asked to."""
    write(live(population.options), folder)
    labels = read_labels(folder / "labels.csv")
    config = load_config(folder / "tokenscan.toml")
    variants = list(VARIANTS) if population.group != HONEST else ["everything"]
    ours, literal = {}, {}
    for variant in variants:
        log = read_logs(_logs(folder, VARIANTS[variant]))
        used = msgspec.structs.replace(config, outcomes=None) if variant == "no outcomes" else config
        report = analyze(log, used, config_folder=folder, all_people=True)
        name = f"{population.name}{'' if variant == 'everything' else f'-{_slug(variant)}'}"
        ours[variant] = Draw(judgement=judged(report.to_dict(), name), labels=labels, labels_name=name)
        if variant == "everything":
            literal = _literal(log, config, folder, labels, name)
        if reports is not None:
            _keep(report, folder, reports / name)
    return Judged(group=population.group, literal=literal, tokenscan=ours)


def _logs(folder: Path, without: str) -> Path:
    """Return the logs, or a copy that lacks a column, as an export without it would."""
    if not without:
        return folder / "logs"
    copy = folder / f"logs-without-{without}"
    copy.mkdir()
    for file in sorted((folder / "logs").iterdir()):
        pl.read_parquet(file).drop(without).write_parquet(copy / file.name)
    return copy


def _literal(log: EventLog, config: Config, folder: Path, labels: pl.DataFrame, name: str) -> dict[int, Draw]:
    """Judge by the thresholds: a person is accused from so many on, and ranked by how many fired."""
    context = load_context(config, folder).context
    tasks = outcomes_by_user(context).group_by("user").agg(pl.col("tasks").sum())
    found = fired(attribute(log.events, context), tasks, [review.day for review in context.reviews], _quota(context))
    return {
        least: Draw(judgement=_judgement(found, least, name), labels=labels, labels_name=name) for least in LEAST_RULES
    }


def _quota(context: Context) -> float:
    weekly = [quota.minimum for quota in context.quotas if (quota.metric, quota.period) == ("tokens", "week")]
    return weekly[0] if weekly else QUOTA


def _judgement(found: pl.DataFrame, least: int, name: str) -> Judgement:
    """Return what an evaluation reads. The thresholds name people, not calls: all that an accused spent is claimed."""
    accused = pl.col("rules") >= least
    people = found.select(
        "user",
        (pl.col("rules") * 10.0).alias("risk"),
        pl.when(accused).then(pl.lit(Band.WORTH_A_LOOK.value)).otherwise(pl.lit(Band.NONE.value)).alias("band"),
        pl.when(accused).then("tokens").otherwise(0).alias("claimed"),
    )
    total = int(people["claimed"].sum())
    return Judgement(
        name=name,
        version="founding documents",
        rules_digest="",
        complete=True,
        people=people.select(pl.col(column).cast(dtype) for column, dtype in PEOPLE.items()),
        hits=pl.DataFrame(schema=HITS),
        rules=(),
        kept_out=frozenset(),
        waste=(0, total, total),
        teams=0,
        team_findings=0,
        filtered=False,
        everybody=True,
        as_of="",
    )


def _keep(report: Report, folder: Path, target: Path) -> None:
    """Write a report and its labels, for ``tokenscan evaluate`` and ``tokenscan explain``."""
    target.with_suffix(".json").write_text(report.render("json"), encoding="utf-8")
    target.with_suffix(".labels.csv").write_bytes((folder / "labels.csv").read_bytes())


def _slug(text: str) -> str:
    return text.replace(" ", "-").replace("`", "")


def _tables(found: Sequence[Judged], populations: Sequence[Population]) -> str:
    groups: dict[str, list[Judged]] = {}
    for one in found:
        groups.setdefault(one.group, []).append(one)
    literal = {
        group: {least: [one.literal[least] for one in some] for least in LEAST_RULES} for group, some in groups.items()
    }
    ours = {
        group: {variant: [one.tokenscan[variant] for one in some] for variant in some[0].tokenscan}
        for group, some in groups.items()
    }
    whole = {group: variants["everything"] for group, variants in ours.items()}
    parts = (beside_the_thresholds(literal, whole), by_dose(whole), by_kind(whole), what_columns_buy(ours))
    return "\n".join((_caption(populations), *parts))


def _caption(populations: Sequence[Population]) -> str:
    def told(group: str) -> Iterator[str]:
        some = [one.options for one in populations if one.group == group]
        first = some[0]
        seeds = ", ".join(str(one.seed) for one in some)
        noun = "seed" if len(some) == 1 else "seeds"
        yield f"* {group}: preset {first.preset}, {noun} {seeds}, {first.people} people and {first.days} days each, "
        yield f"{first.gamer_share:.0%} of the people game\n"

    groups = dict.fromkeys(one.group for one in populations)
    return "".join(part for group in groups for part in told(group))


def _populations(given: argparse.Namespace) -> list[Population]:
    def options(preset: str, seed: int, people: int, share: float) -> Options:
        return Options(people=people, days=given.days, seed=seed, preset=preset, gamer_share=share)

    found = [
        Population(group=preset, options=options(preset, seed, given.people, given.gamer_share))
        for preset in ("base", "hard")
        for seed in getattr(given, preset)
    ]
    return found + [
        Population(group=HONEST, options=options("hard", seed, given.honest_people, given.honest_share))
        for seed in given.honest
    ]


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.detection", description=__doc__)
    parser.add_argument("--base", type=int, nargs="*", default=[101, 102, 103], help="seeds of ordinary draws")
    parser.add_argument("--hard", type=int, nargs="*", default=[201, 202, 203], help="seeds of evasive draws")
    parser.add_argument("--honest", type=int, nargs="*", default=[301], help="seeds of mostly honest draws")
    parser.add_argument("--people", type=int, default=300, help="in each ordinary or evasive draw")
    parser.add_argument("--gamer-share", type=float, default=0.2)
    parser.add_argument("--honest-people", type=int, default=700)
    parser.add_argument("--honest-share", type=float, default=0.02, help="share of gamers among the mostly honest")
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--reports", type=Path, help="keep reports and labels in this folder")
    return parser


if __name__ == "__main__":
    main()
