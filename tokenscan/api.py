"""The Python API: the steps of the command line, for notebooks and other programs.

There is no clock here: without ``as_of``, the last call in the log is "now".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TypedDict, Unpack

from tokenscan.config import Config, load_config
from tokenscan.context.load import LoadedContext, load_context
from tokenscan.economics.savings_table import tier_table
from tokenscan.engine import Groundwork, conclude, groundwork
from tokenscan.errors import UsageError
from tokenscan.events.log import EventLog
from tokenscan.findings.baseline import Baseline, read_baseline
from tokenscan.findings.model import Severity
from tokenscan.findings.suppress_check import check_suppressions, refuse_unused
from tokenscan.loading import load_log
from tokenscan.pricing.contract import price_book
from tokenscan.privacy.finish import check_baseline, kept_back
from tokenscan.privacy.peers import with_enough_peers
from tokenscan.privacy.replies import read_replies, with_replies
from tokenscan.privacy.secret import read_key
from tokenscan.prompts.imprint import imprint
from tokenscan.reading import InputOptions, Progress, silent
from tokenscan.report.model import Report, Run
from tokenscan.report.states import with_states
from tokenscan.ruleset.effective import EffectiveRule, Override, effective, parse_set
from tokenscan.ruleset.load import RuleSet, load_rules
from tokenscan.settings import AnalysisOptions

Paths = str | Path | Sequence[str | Path]


class ReadingOptions(TypedDict, total=False):
    """Options of ``read_logs``."""

    source: str
    mapping: Mapping[str, str]
    stores: Sequence[str | Path]
    latest: datetime
    ignore: tuple[Path, ...]
    progress: Progress


class AnalyzeOptions(TypedDict, total=False):
    """Options of ``analyze`` beside the config; they go before it."""

    source: str
    mapping: Mapping[str, str]
    stores: Sequence[str | Path]
    people: str | Path | None
    prices: str | Path | None
    outcomes: str | Path | None
    reviews: Sequence[date]
    timezone: str | None
    since: datetime | None
    until: datetime | None
    as_of: datetime
    latest: datetime
    rules: Sequence[str | Path]
    select: Sequence[str]
    ignore: Sequence[str]
    set: Sequence[str]
    experimental: bool
    max_bad_share: float
    strict: bool
    all_people: bool
    progress: Progress
    run: Run
    config_folder: Path
    series: bool
    baseline: str | Path | None
    replies: str | Path | None
    no_suppress: bool
    key_file: str | Path | None
    level: str
    no_text: bool
    show_text: int


def load_baseline(path: str | Path) -> Baseline:
    """Read a baseline, as ``tokenscan baseline write`` leaves it.

    Raises:
        UsageError: it cannot be read, or is none.
    """
    import msgspec

    try:
        return read_baseline(Path(path).read_bytes())
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})", hint="check --baseline") from error
    except (msgspec.MsgspecError, ValueError) as error:
        hint = "write one with: tokenscan baseline write REPORT -o FILE"
        raise UsageError(f"{path}: no baseline ({error})", hint=hint) from error


def read_logs(paths: Paths, **options: Unpack[ReadingOptions]) -> EventLog:
    """Read export files, folders, globs or stores into an event log: every call once, text hashed.

    Raises InputError where nothing usable is there, UsageError where an option is wrong.
    """
    names = [str(paths)] if isinstance(paths, str | Path) else [str(path) for path in paths]
    reading = InputOptions(
        source=options.get("source", "auto"),
        mapping=options.get("mapping", {}),
        latest=options.get("latest"),
        ignore=options.get("ignore", ()),
    )
    stores = [Path(store) for store in options.get("stores", ())]
    return load_log(names, stores, reading, options.get("progress", silent))


def analyze(
    log_or_paths: EventLog | Paths, config: Config | str | Path | None = None, **options: Unpack[AnalyzeOptions]
) -> Report:
    """Analyse logs and return the ranked, explained report.

    ``config`` is a ``tokenscan.toml``, a loaded one, or nothing for the defaults. Raises as ``read_logs`` does.
    """
    options.setdefault("series", True)  # cheap, and a notebook may ask for the HTML of any report
    return next(analyze_each(log_or_paths, [()], config, **options))


def analyze_each(
    log_or_paths: EventLog | Paths,
    variants: Sequence[Sequence[str]],
    config: Config | str | Path | None = None,
    **options: Unpack[AnalyzeOptions],
) -> Iterator[Report]:
    """Yield a report for each variant of the rules, given as ``RULE.PARAM=VALUE`` beside those of ``set``.

    Logs are read and prompts compared once. Raises as ``analyze`` does, for a bad variant before anything is read.
    """
    prepared = prepare(log_or_paths, variants, config, **options)
    for rules in prepared.variants:
        yield prepared.report(rules)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Logs read and prompts compared, and the rules as they run in each variant: what reports are made of."""

    ground: Groundwork
    variants: tuple[tuple[EffectiveRule, ...], ...]
    settings: AnalysisOptions
    run: Run
    progress: Progress
    baseline: Baseline | None
    replies: Mapping[str, str] = field(default_factory=dict)

    def report(self, rules: Sequence[EffectiveRule]) -> Report:
        """Return the report that these rules give.

        Raises:
            UsageError: nothing may be amiss (``strict``), and a suppression matches nothing.
        """
        report = conclude(self.ground, rules, self.settings, run_info=self.run, progress=self.progress)
        if self.settings.strict:
            refuse_unused(report.suppressions)
        if self.baseline is not None:
            report = with_states(report, self.baseline)
        report = with_replies(report, self.replies)
        return kept_back(report, self.ground.events, self.ground.context, self.ground.veil)


def prepare(
    log_or_paths: EventLog | Paths,
    variants: Sequence[Sequence[str]] = ((),),
    config: Config | str | Path | None = None,
    **options: Unpack[AnalyzeOptions],
) -> Prepared:
    """Do what all variants of an analysis share, and does not depend on the rules. Raises as ``analyze_each`` does."""
    folder = options.get("config_folder", Path())
    if isinstance(config, str | Path):
        folder, config = Path(config).parent, load_config(Path(config))
    config = config or Config()
    context = _context(config, folder, options)
    tried = [_rules(config, folder, options, extra) for extra in variants]
    check_suppressions(config.suppress, [rule.id for rule in tried[0][0].rules])
    known, key_file = options.get("baseline"), options.get("key_file")
    baseline = load_baseline(known) if known else None
    secret = read_key(Path(key_file)) if key_file else None
    check_baseline(baseline, veiled=secret is not None)
    replies = read_replies(options.get("replies"))
    progress = options.get("progress", silent)
    prices = price_book(config, _price_file(options))
    log = log_or_paths if isinstance(log_or_paths, EventLog) else _read(log_or_paths, context, options)
    if options.get("no_text", False) and "text" in log.prompts.columns:
        log = replace(log, prompts=imprint(log.prompts))
    last = log.events["timestamp"].max()
    as_of = options.get("as_of", last if isinstance(last, datetime) else datetime(1970, 1, 1, tzinfo=UTC))
    info = options.get("run") or Run(started_at=as_of, duration_s=0.0, argv=(), config=None, as_of=as_of)
    settings = replace(_settings(config, options, as_of, tried[0][0], context), secret=secret, prices=prices)
    return Prepared(
        ground=groundwork(log, context.context, settings, progress),
        variants=tuple(tuple(active) for _, active in tried),
        settings=settings,
        run=info,
        progress=progress,
        baseline=baseline,
        replies=replies,
    )


def _read(paths: Paths, context: LoadedContext, options: AnalyzeOptions) -> EventLog:
    reading: ReadingOptions = {"source": options.get("source", "auto"), "mapping": options.get("mapping", {})}
    prices = _price_file(options)
    reading |= {"ignore": (*context.files, *([prices] if prices else [])), "progress": options.get("progress", silent)}
    reading |= {"stores": options.get("stores", ())}
    if "latest" in options:
        reading["latest"] = options["latest"]
    return read_logs(paths, **reading)


def _price_file(options: AnalyzeOptions) -> Path | None:
    given = options.get("prices")
    return Path(given) if given else None


def _context(config: Config, folder: Path, options: AnalyzeOptions) -> LoadedContext:
    people, outcomes = options.get("people"), options.get("outcomes")
    return load_context(
        config,
        folder,
        people=Path(people) if people else None,
        outcomes=Path(outcomes) if outcomes else None,
        reviews=options.get("reviews", ()),
        timezone=options.get("timezone"),
    )


def _rules(
    config: Config, folder: Path, options: AnalyzeOptions, extra: Sequence[str] = ()
) -> tuple[RuleSet, list[EffectiveRule]]:
    """Return all rules, and those selected as they run: file, then config, then ``set``, then ``extra``."""
    paths = [folder / path for path in config.rule_paths] + [Path(path) for path in options.get("rules", ())]
    rules = load_rules(paths)
    selected = rules.select(options.get("select") or config.select, options.get("ignore") or config.ignore)
    for name in config.rules:
        rules.get(name)
    assigned = parse_set([*options.get("set", ()), *extra], rules)
    experimental = options.get("experimental", False)
    active = [
        with_enough_peers(
            effective(rule, [*_overrides(config, rule.id), *assigned.get(rule.id, ())], experimental=experimental),
            config.min_group_size,
        )
        for rule in selected.rules
    ]
    return rules, active


def active_rules(
    config: Config, folder: Path, paths: Sequence[str | Path] = (), **options: Unpack[AnalyzeOptions]
) -> tuple[EffectiveRule, ...]:
    """Return every rule as it would run under a config whose relative paths start at ``folder``, and options."""
    return tuple(_rules(config, folder, {**options, "rules": paths})[1])


def _overrides(config: Config, rule_id: str) -> list[Override]:
    entry = config.rules.get(rule_id)
    if entry is None:
        return []
    severity = Severity(entry.severity) if entry.severity else None
    return [
        Override(
            enabled=entry.enabled, severity=severity, params=entry.params, file="config", key=f"rules.{rule_id}"
        )
    ]  # fmt: skip


def _settings(
    config: Config, options: AnalyzeOptions, as_of: datetime, rules: RuleSet, context: LoadedContext
) -> AnalysisOptions:
    hidden = () if options.get("no_suppress", False) else tuple(config.suppress)
    return AnalysisOptions(
        as_of=as_of,
        since=options.get("since"),
        until=options.get("until"),
        max_bad_share=options.get("max_bad_share", 0.01),
        strict=options.get("strict", False),
        all_people=options.get("all_people", False),
        co2_grams_per_1000_tokens=config.co2_grams_per_1000_tokens,
        rank_people=config.rank_people,
        suppress=hidden,
        budgets=tuple(config.budgets),
        tiers=tier_table(config.tiers),
        rules_digest=rules.digest,
        notes=context.notes,
        series=options.get("series", False),
        level=options.get("level", "person"),
        show_text=options.get("show_text", 0),
    )
