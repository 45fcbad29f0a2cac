"""The files that ``tokenscan rules new`` writes: sound as they are, with two tests, and comments on what to decide."""

from __future__ import annotations

from typing import Final

from tokenscan.ruleset.model import CUSTOM_KINDS

_HEAD: Final = """\
# A rule of your own. Try it:   tokenscan rules check {id}.toml
# Use it:                       tokenscan analyze logs.parquet --rules {id}.toml
# All keys: tokenscan schema rule. The tables and their columns: tokenscan schema events.

schema = 1                  # format of this file
id = "{id}"                 # name of this file, never changed again; a prefix of yours keeps it apart
version = 1                 # raise it when what the rule finds changes
kind = "{kind}"
title = "Dear model for short answers"
status = "stable"           # experimental: runs with --experimental only; deprecated: never, with a reason
since = "0.1.0"             # your own version
severity = "medium"         # what should happen: info, low, medium, high, critical
confidence = "medium"       # how sure a finding is: low, medium, high. Waste of low confidence is in no expected total
weight = 0                  # what it may add to a person's risk, 0 to 1. 0: context, nobody ranks higher for it
tags = ["model-choice"]
description = "Calls of a dear model that were answered with hardly anything."
rationale = "A small model answers in one word as well. Waste is the whole call, whatever the small one costs."
remediation = "Send classifications to a small model."
false_positives = [
  "A classification for which the dear model was measured to be needed.",
]
message = "{{user}} sent {{requests}} calls to a dear model for answers of at most {{max_output_tokens}} tokens."
unit = "calls"              # of the value that is held against the threshold
value_param = "min_calls"   # the parameter that is this threshold
fingerprint = ["user"]      # what makes a finding the same finding, and the same ticket, in the next run

# Parameters may be changed in tokenscan.toml ([rules.{id}] params = {{ min_calls = 50 }}) and with --set.
[params.models]
type = "list[str]"          # int, float, bool, str, list[str], list[int]
default = ["gpt-5.5", "claude-opus-4-1"]
doc = "Models that count as dear."
origin = "our price list"

[params.max_output_tokens]
type = "int"
default = 8
min = 1
doc = "An answer this short or shorter counts."
origin = "our own measurement"

[params.min_calls]
type = "int"
default = 2
min = 1
doc = "So many such calls are a finding."
origin = "our own measurement"
"""

_SQL: Final = """
# One SELECT (or WITH) over events, prompts, user_days and sessions. Parameters are the one-row table params.
# A column "user" makes the finding one about that person, else "team" about the team, else it is the organisation's.
# ARRAY_AGG(row_id) AS calls claims these calls as waste, each counted once in all totals; or state a number:
# waste_tokens, waste_usd. Every column can be named in the message.
[sql]
query = \'\'\'
SELECT e.user, COUNT(*) AS requests, ARRAY_AGG(e.row_id) AS calls
FROM events AS e CROSS JOIN params AS p
WHERE e.ok AND e.output_tokens <= p.max_output_tokens AND array_contains(p.models, e.model)
GROUP BY e.user, p.min_calls
HAVING COUNT(*) >= p.min_calls\'\'\'
"""

_FILTER: Final = """
# where: a condition on rows of a table (events, prompts, user_days, sessions); parameters are named like columns.
# group_by: columns of events; "user" makes a finding about each person, "team" about each team.
# having: a condition on the group: requests, users, days, tokens. waste: the share of the matched calls that is wasted.
[filter]
table = "events"
where = "ok AND output_tokens <= max_output_tokens AND array_contains(models, model)"
group_by = ["user"]
having = "requests >= min_calls"
value = "requests"
waste = 1.0
"""

_TESTS: Final = """
# Tests run with `tokenscan rules check`. A call has 1000 input and 300 output tokens unless it says otherwise.
[[tests]]
name = "fires on two one-token answers of a dear model"
events = [
  {{ user = "ann", model = "gpt-5.5", input_tokens = 1000, output_tokens = 1 }},
  {{ user = "ann", model = "gpt-5.5", input_tokens = 1000, output_tokens = 1 }},
  {{ user = "bob", model = "gpt-5.5", input_tokens = 1000, output_tokens = 300 }},
]
expect = [{{ user = "ann", value = 2, waste_tokens = 2002, metrics = {{ requests = 2 }} }}]

[[tests]]
name = "silent for a cheap model"
events = [
  {{ user = "ann", model = "gpt-5-mini", output_tokens = 1 }},
  {{ user = "ann", model = "gpt-5-mini", output_tokens = 1 }},
]
"""

_PARTS: Final = dict(zip(CUSTOM_KINDS, (_SQL, _FILTER), strict=True))


def rule_template(rule_id: str, kind: str) -> str:
    """Return a rule file of kind "sql" or "filter" that passes its own tests."""
    return (_HEAD + _PARTS[kind] + _TESTS).format(id=rule_id, kind=kind)
