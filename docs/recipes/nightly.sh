#!/usr/bin/env bash
# A night: take in what is new, report, hand over what has changed, and only then remember it.
#   nightly.sh LOGS STATE [COMMAND…]
# LOGS may be read only. STATE keeps the store, the last report and the baseline. COMMAND reads the findings that have
# changed, one JSON object a line, such as tickets/github.sh. Options of tokenscan come as variables: TOKENSCAN_CONFIG,
# TOKENSCAN_SINCE, TOKENSCAN_FAIL_ON … Prints nothing when all is well, save for what COMMAND prints.
set -euo pipefail
(($# >= 2)) || { echo "usage: ${0##*/} LOGS STATE [COMMAND…]" >&2; exit 2; }
logs=$1 state=$2
shift 2
mkdir -p "$state"
exec 9>"$state/lock"
flock --nonblock 9 || { echo "${0##*/}: another run is at work in $state" >&2; exit 75; }

tokenscan ingest "$logs" --store "$state/usage" --keep "${NIGHTLY_KEEP:-400d}" --quiet
known=()
[[ ! -e $state/known.json ]] || known=(--baseline "$state/known.json")
code=0
tokenscan analyze --store "$state/usage" "${known[@]}" --quiet --format json --output "$state/report.json" \
  --also jsonl="$state/findings.jsonl" || code=$?
((code <= 1)) || exit "$code" # the reason is on stderr; the baseline stays, and tonight's changes come tomorrow

if (($#)); then
  jq --compact-output 'select(.state != "unchanged")' "$state/findings.jsonl" | "$@"
fi
tokenscan baseline write "$state/report.json" --output "$state/known.json"
((code == 0)) || echo "${0##*/}: --fail-on was met, see $state/report.json" >&2
exit "$code"
