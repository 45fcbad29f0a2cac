"""Turn the named fields of any log into RAW frames: values converted, unusable rows set aside, the rest unknown.

A source says which of its values is which field; everything that all formats share happens here, once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import reduce

import polars as pl

from tokenscan.events.schema import LINKS, RAW
from tokenscan.sources import convert
from tokenscan.sources.answers import answers
from tokenscan.sources.base import Probe, ReadOptions
from tokenscan.sources.messages import last_user_turns
from tokenscan.sources.quarantine import Quarantine
from tokenscan.sources.usage import usage_tokens

ROW = "_row"
EARLIEST = datetime(2015, 1, 1, tzinfo=UTC)  # no LLM API is older; 1970 means a missing clock

COUNTS = ("input_tokens", "cache_read_tokens", "cache_write_tokens", "cache_write_1h_tokens", "output_tokens",
          "reasoning_tokens")  # fmt: skip
Converter = Callable[[pl.Series], pl.Series]


def _scaled(divisor: int) -> Converter:
    return lambda values: convert.nanousd(convert.number(values) / divisor)


# Fields beyond those of RAW:
#   request     a chat request of any vendor's shape, or plain text: the last user turn becomes the prompt
#   answer      a response body of any vendor's shape: gives response, tool_name and usage
#   usage       a vendor's usage object: gives the token counts that no field of their own holds
#   total_tokens, ended (time), latency_s, cost_usd, cost_cents: what their names say
_CONVERT: Mapping[str, Converter] = {
    "timestamp": convert.timestamp,
    "ended": convert.timestamp,
    **dict.fromkeys((*COUNTS, "total_tokens", "response_chars", "n_requests"), convert.tokens),
    "cost_usd": convert.nanousd,
    "cost_cents": _scaled(100),
    "latency_ms": convert.milliseconds,
    "latency_s": lambda values: convert.milliseconds(convert.number(values) * 1000),
    "status": convert.status,
    **dict.fromkeys(("is_agent", "used", "is_cache_hit", "prompt_truncated", "cache_inside_input"), convert.boolean),
}
# A value that is there but cannot be read makes a row unusable for counting; elsewhere it becomes unknown.
_STRICT = (*COUNTS, "total_tokens", "n_requests", "cost_usd", "cost_cents")
# How exporters write that there is no value. A person of that name would be a fiction, and a number a broken row.
_NOTHING = ["null", "none", "nan", "nat", "undefined", "(null)", "<null>", "\\n"]
_NO_NUMBER = [*_NOTHING, "na", "n/a", "-"]
_FREE_TEXT = {"prompt", "response", "request", "answer"}
_COSTS = ("cost_usd", "cost_cents")


def raw_frame(
    logged: pl.DataFrame, source: str, probe: Probe, options: ReadOptions, quarantine: Quarantine
) -> pl.DataFrame:
    """Return the RAW frame of the rows in ``logged`` that can be used; the others go to the quarantine.

    ``logged`` has ``_row`` and columns named as RAW or as the comment above says, of any type; null = not told.
    """
    given = logged.select(ROW, *(_given(logged[name]) for name in logged.columns if name != ROW))
    columns = {name: _CONVERT.get(name, convert.text)(given[name]) for name in given.columns if name != ROW}
    bad = _bad_reason(given, columns, options)
    for reason in bad.drop_nulls().unique().sort():
        quarantine.add(probe.file.name, given[ROW].filter(bad == reason), reason)
    keep = bad.is_null()
    good = {name: column.filter(keep) for name, column in columns.items()}
    rows = given[ROW].filter(keep)
    told = _settled(good) | {"source_row": rows}
    place = {"source_format": pl.lit(source), "source_file": pl.lit(probe.file.name)}
    frame = convert.canonical({**told, **place}, len(rows))
    return frame.with_columns(pl.col("grain").fill_null("call"), pl.col("n_requests").fill_null(1), *_qualities())


def links_frame(links: pl.DataFrame, source: str) -> pl.DataFrame:
    """Return a LINKS frame of the columns given; rows without ``link_id`` are left out."""
    told = {name: convert.text(_given(links[name])) for name in links.columns if name != ROW}
    frame = pl.DataFrame(told).with_columns(source_format=pl.lit(source))
    frame = frame.with_columns(pl.lit(None, pl.String).alias(name) for name in LINKS if name not in frame.columns)
    who, session = pl.col("user"), pl.col("session_id")
    frame = frame.with_columns(
        user_kind=pl.coalesce("user_kind", _kind_of_user(who)),
        session_quality=pl.coalesce("session_quality", pl.when(session.is_not_null()).then(pl.lit("client"))),
    )
    return frame.filter(pl.col("link_id").is_not_null()).select(pl.col(n).cast(t) for n, t in LINKS.items())


def _given(values: pl.Series) -> pl.Series:
    """Return a column with null for what only stands for it."""
    if values.dtype.is_float():
        return values.fill_nan(None)
    if values.name in _FREE_TEXT or values.dtype not in (pl.String, pl.Categorical, pl.Enum):
        return values
    words = pl.col(values.name).cast(pl.String)
    nothing = words.str.strip_chars().str.to_lowercase().is_in(_NO_NUMBER if values.name in _CONVERT else _NOTHING)
    return values.to_frame().select(pl.when(~nothing).then(words)).to_series()


def _bad_reason(logged: pl.DataFrame, columns: Mapping[str, pl.Series], options: ReadOptions) -> pl.Series:
    """Return per row the first reason to leave it out, null for a good row."""
    time = pl.col("timestamp")
    tests: dict[str, pl.Expr] = {
        "timestamp missing or not readable": time.is_null(),
        "timestamp before 2015": time < EARLIEST,
    }
    if options.latest is not None:
        tests["timestamp in the future"] = time > options.latest
    marks = {}
    for field in (name for name in _STRICT if name in columns):
        marks[field] = columns[field].is_null() & convert.text(logged[field]).is_not_null()
        tests[f"{field} is not a usable number"] = pl.col(field)
    reasons = [pl.when(test).then(pl.lit(reason)) for reason, test in tests.items()]
    frame = pl.DataFrame({"timestamp": columns["timestamp"], **marks})
    return frame.select(pl.coalesce(reasons).alias("reason")).to_series()


def _settled(columns: dict[str, pl.Series]) -> dict[str, pl.Series]:
    """Return columns of RAW: what fields tell in a roundabout way is made plain."""
    steps = (_with_answer, _with_turns, _with_counts, _with_cost, _with_latency)
    return reduce(lambda told, step: step(told), steps, columns)


def _with_answer(columns: dict[str, pl.Series]) -> dict[str, pl.Series]:
    if "answer" not in columns:
        return columns
    found = answers(columns["answer"])
    rest = {name: column for name, column in columns.items() if name != "answer"}
    return rest | {name: _first(columns, name, found[name]) for name in found.columns}


def _with_turns(columns: dict[str, pl.Series]) -> dict[str, pl.Series]:
    if "request" not in columns:
        return columns
    turns = last_user_turns(columns["request"])
    rest = {name: column for name, column in columns.items() if name != "request"}
    return rest | {name: _first(columns, name, turns[name]) for name in turns.columns}


def _with_counts(columns: dict[str, pl.Series]) -> dict[str, pl.Series]:
    rest = {name: column for name, column in columns.items() if name not in {"usage", "total_tokens"}}
    if "usage" in columns:
        rest |= usage_tokens(columns["usage"], rest)
    return rest | (_from_total({**rest, "total_tokens": columns["total_tokens"]}) if "total_tokens" in columns else {})


def _with_cost(columns: dict[str, pl.Series]) -> dict[str, pl.Series]:
    told = [columns[name] for name in ("cost_nanousd", *_COSTS) if name in columns]
    rest = {name: column for name, column in columns.items() if name not in _COSTS}
    return rest | ({"cost_nanousd": _first_of(told).cast(pl.Int64)} if told else {})


def _with_latency(columns: dict[str, pl.Series]) -> dict[str, pl.Series]:
    told = [columns[name] for name in ("latency_ms", "latency_s") if name in columns]
    if "ended" in columns:
        took = (columns["ended"] - columns["timestamp"]).dt.total_milliseconds()
        told.append(convert.milliseconds(took))
    rest = {name: column for name, column in columns.items() if name not in {"latency_s", "ended"}}
    return rest | ({"latency_ms": _first_of(told)} if told else {})


def _first(columns: Mapping[str, pl.Series], name: str, other: pl.Series) -> pl.Series:
    """Return a column, what it leaves open taken from another one."""
    return columns[name].cast(other.dtype).fill_null(other) if name in columns else other


def _first_of(columns: Iterable[pl.Series]) -> pl.Series:
    return reduce(lambda told, other: told.fill_null(other), columns)


def _qualities() -> list[pl.Expr]:
    """Return the columns that say how good others are, where the source has not said it."""
    counted = pl.col("input_tokens").is_not_null() | pl.col("output_tokens").is_not_null()
    made: dict[str, pl.Expr] = {
        "response_chars": pl.col("response").str.len_chars(),
        "user_kind": _kind_of_user(pl.col("user")),
        "session_quality": _mark(pl.col("session_id").is_not_null(), "client"),
        "prompt_scope": _mark(pl.col("prompt").is_not_null(), "last_user"),
        "tokens_quality": _mark(counted, "logged"),
        "cost_kind": pl.when(pl.col("cost_nanousd").is_not_null()).then(pl.lit("logged")),
    }
    return [pl.coalesce(pl.col(name), value.cast(RAW[name])) for name, value in made.items()]


def _mark(known: pl.Expr, word: str) -> pl.Expr:
    return pl.when(known).then(pl.lit(word)).otherwise(pl.lit("none"))


def _kind_of_user(user: pl.Expr) -> pl.Expr:
    address = user.str.contains("@", literal=True)
    return pl.when(user.is_null()).then(pl.lit("none")).when(address).then(pl.lit("email")).otherwise(pl.lit("login"))


def _from_total(columns: Mapping[str, pl.Series]) -> dict[str, pl.Series]:
    """Return input and output tokens, what is missing of them taken from the total."""
    given = pl.DataFrame([columns["total_tokens"].alias("total_tokens")]).with_columns(
        columns.get(name, pl.lit(None, pl.Int64)).alias(name) for name in ("input_tokens", "output_tokens")
    )
    total, told, said = (pl.col(name) for name in ("total_tokens", "input_tokens", "output_tokens"))
    # Input that leaves cache tokens out does not tell what is left for the output.
    alone = not {"cache_read_tokens", "cache_write_tokens"} & columns.keys()
    rest_in, rest_out = total - said.fill_null(0), total - told
    return given.select(
        input_tokens=pl.coalesce(told, pl.when(rest_in >= 0).then(rest_in)),
        output_tokens=pl.coalesce(said, pl.when((rest_out >= 0) & alone).then(rest_out)),
    ).to_dict()
