"""Names and types of the tables that travel through the program.

``RAW`` is what a source yields: one row a call, text still attached, nothing judged yet.
``LINKS`` is what else a source may yield: who or what stands behind calls that other rows or files tell of.
``ROWS`` is RAW with text replaced by hashes, before any call is counted.
``EVENTS`` is the event table: one row a call (or bucket), no text.
``PROMPTS`` has one row a distinct normalised prompt; it is the only table that may hold text.
"""

from __future__ import annotations

import polars as pl

TIMESTAMP = pl.Datetime("us", "UTC")

GRAIN = pl.Enum(["call", "bucket", "day"])
USER_KIND = pl.Enum(["email", "login", "key", "arn", "host", "none"])
SESSION_QUALITY = pl.Enum(["client", "synthetic", "none"])
PROMPT_SCOPE = pl.Enum(["last_user", "conversation", "none"])
TOKENS_QUALITY = pl.Enum(["logged", "estimated", "none"])
COST_KIND = pl.Enum(["charged", "logged", "priced", "unknown"])
STATUS = pl.Enum(["ok", "error"])

# What a prompt's text is: typed by a person, or put there by a program that speaks in the user's place.
PROMPT_KIND = pl.Enum(["human", "command", "harness", "tool_result"])

ColumnTypes = dict[str, pl.DataType | type[pl.DataType]]

_CALL: ColumnTypes = {
    "event_id": pl.String,  # the provider's response id where there is one; null = the log has none
    "timestamp": TIMESTAMP,  # start of the call
    "grain": GRAIN,
    "n_requests": pl.Int64,  # 1 for a call
    "user": pl.String,  # null = unattributed
    "user_kind": USER_KIND,
    "team": pl.String,
    "org": pl.String,
    "session_id": pl.String,
    "session_quality": SESSION_QUALITY,
    "task_id": pl.String,
    "app": pl.String,
    "model": pl.String,  # as the vendor names it
    "provider": pl.String,
    "prompt_scope": PROMPT_SCOPE,
    "prompt_truncated": pl.Boolean,
    "context_id": pl.UInt64,  # hash of what was sent before the last user turn; null = unknown
    "input_tokens": pl.Int64,  # cache reads and writes included
    "cache_read_tokens": pl.Int64,  # part of input_tokens
    "cache_write_tokens": pl.Int64,  # part of input_tokens
    "cache_write_1h_tokens": pl.Int64,  # part of cache_write_tokens, dearer at some vendors
    "output_tokens": pl.Int64,  # reasoning included
    "reasoning_tokens": pl.Int64,  # part of output_tokens
    "cache_inside_input": pl.Boolean,  # how the log counted; null = to be decided from the numbers
    "tokens_quality": TOKENS_QUALITY,
    "cost_nanousd": pl.Int64,  # 10^-9 dollars; null = the log has none
    "cost_kind": COST_KIND,
    "latency_ms": pl.Int64,
    "status": STATUS,
    "is_cache_hit": pl.Boolean,  # answered from a gateway's cache: no tokens were bought
    "is_agent": pl.Boolean,  # an agent's step, not typed by a person; null = the log does not say
    "tool_name": pl.String,
    "used": pl.Boolean,  # the answer was acted on; null = unknown
    "source_format": pl.String,
    "source_file": pl.String,
    "source_row": pl.Int64,  # 1-based line (or row) in that file
}

# What leads from a call to others that tell of it; not part of the event table.
_LINK: ColumnTypes = {
    "link_id": pl.String,  # of the LINKS row that tells more, such as a trace id
    "other_id": pl.String,  # under which another system may log the call, such as a request's id beside the answer's
}

RAW = pl.Schema(
    _CALL
    | _LINK
    | {
        "prompt": pl.String,  # text of the last user turn
        "prompt_kind": PROMPT_KIND,  # null = to be decided from the text
        "response": pl.String,
        "response_chars": pl.Int64,  # known even where the text is not
    }
)

_EVENT: ColumnTypes = _CALL | {
    "prompt_id": pl.UInt64,  # stable hash of the normalised prompt; null = no text
    "prompt_chars": pl.Int64,
    "prompt_kind": PROMPT_KIND,
    "response_id_hash": pl.UInt64,
    "response_chars": pl.Int64,
    "is_retry": pl.Boolean,  # the same prompt again within two minutes of an error
    "is_human_turn": pl.Boolean,  # a person typed this one
}
EVENTS = pl.Schema(_EVENT)

_FLAGS = {"is_retry", "is_human_turn"}  # known only when all calls are
_ROW: ColumnTypes = {name: dtype for name, dtype in (_EVENT | _LINK).items() if name not in _FLAGS}
ROWS = pl.Schema(_ROW)

_LINKS: ColumnTypes = {
    "link_id": pl.String,
    "source_format": pl.String,  # of the calls it belongs to
    "user": pl.String,
    "user_kind": USER_KIND,
    "team": pl.String,
    "org": pl.String,
    "session_id": pl.String,
    "session_quality": SESSION_QUALITY,
    "task_id": pl.String,
    "app": pl.String,
}
LINKS = pl.Schema(_LINKS)

# Distinct prompts as read; and what is left of them where text is not kept, see ``tokenscan.prompts.imprint``. Imprints
# made before a column of LATER was thought of do not have it: null says that nobody looked.
TEXTS = pl.Schema({"prompt_id": pl.UInt64, "text": pl.String})
IMPRINTS = pl.Schema(
    {
        "prompt_id": pl.UInt64,
        "chars": pl.Int64,
        "words": pl.Int64,
        "template_id": pl.UInt64,
        "prefix_id": pl.UInt64,
        "opening_id": pl.UInt64,
        "size": pl.Int64,  # bytes of the normalised prompt
        "same_id": pl.UInt64,  # what it is compared by where it is too short for anything else
        "signature": pl.Binary,  # sketch of its shingles
        "trivial": pl.String,
        "secrets": pl.String,
    }
)

LATER = frozenset({"trivial", "secrets"})

_PROMPT: ColumnTypes = {
    "prompt_id": pl.UInt64,
    "text": pl.String,  # null where text is not kept
    "chars": pl.Int64,
    "words": pl.Int64,
    "template_id": pl.UInt64,  # hash of the prompt with numbers, paths, ids and mined slots masked
    "wording_id": pl.UInt64,  # hash of the fixed wording of any mined template, however little; null = none
    "fixed_share": pl.Float64,  # part of the prompt that is such wording
    "prefix_id": pl.UInt64,  # hash of the first 10 masked words
    "opening_id": pl.UInt64,  # hash of the first 8 masked words
    "cluster_id": pl.UInt64,  # prompt_id of the near-duplicate cluster's representative
    "similarity": pl.Float64,  # to that representative, 1.0 = the same
    "core_id": pl.UInt64,  # cluster whose prompt that representative contains nearly whole; null = none
    "filler": pl.Float64,  # part of the representative that is not that prompt
    "passages": pl.List(pl.UInt64),  # hashes of runs of text that few other prompts have; null = none
    "trivial": pl.String,  # its pattern among prompts that need no assistant; "" = none, null = nobody looked
    "secrets": pl.String,  # kinds of secrets in it, joined by commas, never the secrets; "" = none, null = as above
}
PROMPTS = pl.Schema(_PROMPT)
