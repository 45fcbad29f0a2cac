"""A rule's page: everything its file says, with the values that apply in this run and where each came from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tokenscan.findings.model import Severity
from tokenscan.ruleset.custom.bands import band_usd
from tokenscan.ruleset.effective import EffectiveParam, EffectiveRule
from tokenscan.ruleset.model import FilterPart, ParamValue

_WEIGHT_NONE = "none: context only"


def rule_page(effective: EffectiveRule) -> str:
    """Return the page of a rule as Markdown."""
    rule = effective.rule
    sections = [
        f"# {rule.id}: {rule.title}",
        _table(("Property", "Value"), _facts(effective)),
        _section("What it detects", rule.description),
        _section("Why it matters", rule.rationale),
        _section("Message", f"    {rule.message}"),
        _section("Parameters", _parameters(effective.params)),
        _section("Query", f"```sql\n{rule.sql.query.strip()}\n```") if rule.sql else "",
        _section("Filter", _filter(rule.filter)) if rule.filter else "",
        _section("Needs", ", ".join(f"`{name}`" for name in rule.requires) or "Nothing but calls."),
        _section("Known false positives", _bullets(rule.false_positives)),
        _section("Innocent explanations that remain", _bullets(rule.open_questions)),
        _section("What to do", rule.remediation),
        _section("References", _bullets(rule.references)) if rule.references else "",
    ]
    return "\n\n".join(section.strip("\n") for section in sections if section) + "\n"


def _facts(effective: EffectiveRule) -> list[tuple[str, str]]:
    rule = effective.rule
    severity = str(effective.severity)
    if effective.severity_origin != "rule":
        severity += f" ({effective.severity_origin}; the rule says {rule.severity})"
    own = [
        ("Confidence", str(rule.confidence)),
        ("Graver", _bands(rule.severity_bands) if effective.severity_origin == "rule" else "not: the config decides"),
    ]
    return [
        ("Family", str(rule.family)),
        ("Status", f"{rule.status}, since {rule.since}, version {rule.version}"),
        ("Runs", f"no: {effective.disabled}" if effective.disabled else "yes"),
        ("Severity", severity),
        *(own if rule.custom else []),
        ("Weight in a person's risk", f"{rule.weight:g}" if rule.weight else _WEIGHT_NONE),
        ("Unit", rule.unit),
        ("Waste", rule.waste_basis),
        ("A finding is identified by", ", ".join(rule.fingerprint) or "the rule: it has one finding"),
        ("Tags", ", ".join(rule.tags) or "none"),
    ]


def _bands(bands: Mapping[Severity, float | str]) -> str:
    told = [f"{severity} from {band_usd(limit):,g} usd of waste in 30 days" for severity, limit in bands.items()]
    return "; ".join(told) or "never"


def _filter(part: FilterPart) -> str:
    facts = [
        ("Table", part.table),
        ("Rows that count", part.where),
        ("Their calls are grouped by", ", ".join(part.group_by) or "nothing: one finding for all"),
        ("Groups that count", part.having or "all"),
        ("Value", part.value),
    ]
    return _table(("Part", "Meaning"), [(name, f"`{text}`") for name, text in facts])


def _parameters(params: Sequence[EffectiveParam]) -> str:
    if not params:
        return "None."
    return _table(
        ("Parameter", "Value", "From", "Default", "Limits", "Meaning"),
        [
            (
                f"`{item.name}`",
                _shown(item.value),
                item.origin,
                _shown(item.spec.default),
                _limits(item),
                item.spec.doc,
            )
            for item in params
        ],
    )


def _limits(item: EffectiveParam) -> str:
    match item.spec.min, item.spec.max:
        case None, None:
            return item.spec.type
        case low, None:
            return f"{item.spec.type}, at least {low}"
        case None, high:
            return f"{item.spec.type}, at most {high}"
        case low, high:
            return f"{item.spec.type}, {low} to {high}"


def _shown(value: ParamValue | tuple[str | int, ...]) -> str:
    match value:
        case bool():
            return str(value).lower()
        case tuple():
            return ", ".join(str(item) for item in value) or "empty"
        case "":
            return "empty"
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return str(value)


def _section(title: str, body: str) -> str:
    return f"## {title}\n\n{body.strip(chr(10))}"


def _bullets(items: Iterable[str]) -> str:
    return "\n".join(f"* {' '.join(item.split())}" for item in items)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(text) for text in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|")
