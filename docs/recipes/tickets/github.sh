#!/usr/bin/env bash
# One GitHub issue a finding: opened when it is new, told when it is worse, closed when it is gone, reopened when it is back.
#   jq -c 'select(.state != "unchanged")' findings.jsonl | GITHUB_REPOSITORY=acme/usage GITHUB_TOKEN=… ./github.sh
# The token needs "issues: write". An issue belongs to a finding by the label "tokenscan" and a hidden line in its text.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
need GITHUB_REPOSITORY GITHUB_TOKEN
[[ $GITHUB_REPOSITORY =~ ^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$ ]] || die "GITHUB_REPOSITORY is no owner/name"
issues=${GITHUB_API_URL:-https://api.github.com}/repos/$GITHUB_REPOSITORY/issues

authorization() { printf 'Authorization: Bearer %s\n' "$GITHUB_TOKEN"; }

# every URL FILTER: what a jq filter says of each page of a list
every() {
  local page=1 answer
  while answer=$(request GET "$1" --data-urlencode per_page=100 --data-urlencode "page=$page"); do
    jq --raw-output "$2" <<<"$answer"
    (($(jq length <<<"$answer") == 100)) || return 0
    page=$((page + 1))
  done
  return 1
}

# comment NUMBER TICKET: once, however often a night is run again
comment() {
  local said
  said=$(every "$issues/$1/comments" '.[].body')
  grep --quiet --fixed-strings "<!-- $(field mark <<<"$2") -->" <<<"$said" && return
  jq '{body: "<!-- \(.mark) -->\n```\n\(.news)\n```"}' <<<"$2" | request POST "$issues/$1/comments" >/dev/null
}

# become NUMBER STATE REASON
become() {
  jq --null-input --arg state "$2" --arg reason "$3" '{state: $state, state_reason: $reason}' |
    request PATCH "$issues/$1" >/dev/null
}

# GitHub's search lags behind by minutes, the list does not.
declare -A number=() state=()
# shellcheck disable=SC2016 # $id is jq's
listed=$(every "$issues?labels=tokenscan&state=all" '.[]
  | (.body // "" | capture("<!-- tokenscan (?<id>ts1:[0-9a-f]{32}) -->")) as {$id}
  | "\($id) \(.number) \(.state)"')
while read -r id found is; do
  [[ -n $id ]] || continue
  if [[ -z ${number[$id]:-} || $is == open ]]; then
    number[$id]=$found state[$id]=$is
  fi
done <<<"$listed"

all=$(tickets)
while IFS= read -r ticket; do
  [[ -n $ticket ]] || continue
  id=$(field fingerprint <<<"$ticket")
  case "$(field wanted <<<"$ticket") $(field state <<<"$ticket") ${state[$id]:-missing}" in
    "open "*" missing")
      body=$(jq '{title, labels: ["tokenscan"], body: "<!-- tokenscan \(.fingerprint) -->\n```\n\(.about)\n```"}' <<<"$ticket")
      made=$(request POST "$issues" <<<"$body" | jq .number)
      told opened "#$made" "$ticket"
      sleep "${TICKETS_PAUSE:-1}" # GitHub allows 80 issues and comments a minute
      ;;
    "open worse "*)
      comment "${number[$id]}" "$ticket"
      told worse "#${number[$id]}" "$ticket"
      ;;
    "open new closed")
      comment "${number[$id]}" "$ticket"
      become "${number[$id]}" open reopened
      told reopened "#${number[$id]}" "$ticket"
      ;;
    "closed "*" open")
      comment "${number[$id]}" "$ticket"
      become "${number[$id]}" closed completed
      told closed "#${number[$id]}" "$ticket"
      ;;
    *) ;; # as it should be
  esac
done <<<"$all"
