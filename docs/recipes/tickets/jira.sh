#!/usr/bin/env bash
# One Jira issue a finding: made when it is new, told when it is worse, done when it is gone, reopened when it is back.
#   jq -c 'select(.state != "unchanged")' findings.jsonl |
#     JIRA_URL=https://jira.example.com JIRA_PROJECT=USAGE JIRA_TOKEN=… ./jira.sh
# Data Center: a personal access token. Cloud: an API token, JIRA_USER=me@example.com, JIRA_SEARCH=/rest/api/2/search/jql.
# An issue belongs to a finding by its label, the fingerprint.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
need JIRA_URL JIRA_PROJECT JIRA_TOKEN
[[ $JIRA_PROJECT =~ ^[A-Z][A-Z0-9_]+$ ]] || die "JIRA_PROJECT is no project key"
issue=$JIRA_URL/rest/api/2/issue

authorization() {
  if [[ -n ${JIRA_USER:-} ]]; then
    printf 'Authorization: Basic %s\n' "$(printf '%s:%s' "$JIRA_USER" "$JIRA_TOKEN" | base64 | tr -d '\n')"
  else
    printf 'Authorization: Bearer %s\n' "$JIRA_TOKEN"
  fi
}

# find_issue FINGERPRINT: "KEY CATEGORY" of the newest issue; categories are new, indeterminate and done
find_issue() {
  local answer
  answer=$(jq --null-input --arg project "$JIRA_PROJECT" --arg id "$1" '{
    jql: "project = \"\($project)\" AND labels = \"\($id)\" ORDER BY created DESC", fields: ["status"], maxResults: 1
  }' | request POST "$JIRA_URL${JIRA_SEARCH:-/rest/api/2/search}")
  jq --raw-output '.issues[0] // empty | "\(.key) \(.fields.status.statusCategory.key)"' <<<"$answer"
}

# comment KEY TICKET: once, however often a night is run again
comment() {
  local answer
  answer=$(request GET "$issue/$1/comment" --data-urlencode maxResults=100 --data-urlencode orderBy=-created)
  answer=$(jq --arg mark "$(field mark <<<"$2")" 'any(.comments[].body; contains($mark))' <<<"$answer")
  [[ $answer == false ]] || return 0
  jq '{body: "{noformat}\n\(.news)\n\n\(.mark)\n{noformat}"}' <<<"$2" | request POST "$issue/$1/comment" >/dev/null
}

# become KEY CATEGORY…: by the first transition into the first category that the workflow allows
become() {
  local key=$1 answer id
  shift
  answer=$(request GET "$issue/$key/transitions")
  id=$(jq --raw-output '[$ARGS.positional[] as $to | .transitions[] | select(.to.statusCategory.key == $to)][0].id // empty' \
    --args "$@" <<<"$answer")
  [[ -n $id ]] || die "$key: the workflow has no way to: $*"
  jq --null-input --arg id "$id" '{transition: {id: $id}}' | request POST "$issue/$key/transitions" >/dev/null
}

all=$(tickets)
while IFS= read -r ticket; do
  [[ -n $ticket ]] || continue
  found=$(find_issue "$(field fingerprint <<<"$ticket")")
  read -r key category <<<"${found:-none missing}"
  case "$(field wanted <<<"$ticket") $(field state <<<"$ticket") $category" in
    "open "*" missing")
      body=$(jq --arg project "$JIRA_PROJECT" --arg type "${JIRA_ISSUE_TYPE:-Task}" '{fields: {
        project: {key: $project}, issuetype: {name: $type}, labels: ["tokenscan", .fingerprint],
        summary: .title, description: "{noformat}\n\(.about)\n{noformat}"
      }}' <<<"$ticket")
      made=$(request POST "$issue" <<<"$body" | jq --raw-output .key)
      told opened "$made" "$ticket"
      ;;
    "open worse "*)
      comment "$key" "$ticket"
      told worse "$key" "$ticket"
      ;;
    "open new done")
      comment "$key" "$ticket"
      become "$key" new indeterminate
      told reopened "$key" "$ticket"
      ;;
    "closed "*" new" | "closed "*" indeterminate")
      comment "$key" "$ticket"
      become "$key" "done"
      told closed "$key" "$ticket"
      ;;
    *) ;; # as it should be
  esac
done <<<"$all"
