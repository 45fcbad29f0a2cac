#!/usr/bin/env bash
# One ServiceNow incident a finding: made when it is new, told when it is worse, resolved when it is gone, reopened when
# it is back; where it was closed for good by then, another is made.
#   jq -c 'select(.state != "unchanged")' findings.jsonl |
#     SERVICENOW_URL=https://acme.service-now.com SERVICENOW_USER=tokenscan SERVICENOW_PASSWORD=… ./servicenow.sh
# An incident belongs to a finding by its correlation_id, the fingerprint. Further fields: SERVICENOW_FIELDS, an object.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
need SERVICENOW_URL SERVICENOW_USER SERVICENOW_PASSWORD
table=$SERVICENOW_URL/api/now/table
more=${SERVICENOW_FIELDS:-"{}"}

authorization() {
  printf 'Authorization: Basic %s\n' "$(printf '%s:%s' "$SERVICENOW_USER" "$SERVICENOW_PASSWORD" | base64 | tr -d '\n')"
}

# find_incident FINGERPRINT: "SYS_ID NUMBER STATE" of the newest incident; 6 is resolved, 7 closed, 8 cancelled
find_incident() {
  local answer
  answer=$(request GET "$table/incident" --data-urlencode "sysparm_query=correlation_id=$1^ORDERBYDESCsys_created_on" \
    --data-urlencode sysparm_fields=sys_id,number,state --data-urlencode sysparm_limit=1)
  jq --raw-output '.result[0] // empty | "\(.sys_id) \(.number) \(.state)"' <<<"$answer"
}

# note SYS_ID TICKET: once, however often a night is run again
note() {
  local answer
  answer=$(request GET "$table/sys_journal_field" --data-urlencode sysparm_limit=1 --data-urlencode sysparm_fields=sys_id \
    --data-urlencode "sysparm_query=element_id=$1^element=work_notes^valueLIKE$(field mark <<<"$2")")
  answer=$(jq '.result | length' <<<"$answer")
  [[ $answer == 0 ]] || return 0
  change "$1" "$2" '{}'
}

# change SYS_ID TICKET FILTER: the fields that a jq filter gives, with this night's note, in one step
change() {
  jq --arg code "${SERVICENOW_CLOSE_CODE:-Solution provided}" "{work_notes: \"\\(.news)\\n\\(.mark)\"} + ($3)" <<<"$2" |
    request PATCH "$table/incident/$1" >/dev/null
}

all=$(tickets)
while IFS= read -r ticket; do
  [[ -n $ticket ]] || continue
  id=$(field fingerprint <<<"$ticket")
  found=$(find_incident "$id")
  read -r key number state <<<"${found:-none none missing}"
  case "$(field wanted <<<"$ticket") $(field state <<<"$ticket") $state" in
    "open "*" missing" | "open new 7" | "open new 8")
      body=$(jq --argjson more "$more" '{
        correlation_id: .fingerprint, correlation_display: "tokenscan", short_description: .title[0:160],
        description: .about, impact: "3", urgency: ({critical: "1", high: "1", medium: "2"}[.severity] // "3")
      } + $more' <<<"$ticket")
      made=$(request POST "$table/incident" <<<"$body" | jq --raw-output .result.number)
      told opened "$made" "$ticket"
      ;;
    "open worse "*)
      note "$key" "$ticket"
      told worse "$number" "$ticket"
      ;;
    "open new 6")
      change "$key" "$ticket" '{state: "2"}'
      told reopened "$number" "$ticket"
      ;;
    "closed "*" "[678] | "closed "*" missing") ;;
    "closed "*)
      # shellcheck disable=SC2016 # $code is jq's
      change "$key" "$ticket" '{state: "6", close_code: $code, close_notes: .news}'
      told closed "$number" "$ticket"
      ;;
    *) ;; # as it should be
  esac
done <<<"$all"
