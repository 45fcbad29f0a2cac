# shellcheck shell=bash
# What the ticket scripts share. They read findings (tokenscan analyze -f jsonl) from standard input and need jq and curl.
shopt -s inherit_errexit
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)

die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# need NAME…: variables that must be set
need() {
  local name
  for name in "$@"; do
    [[ -n ${!name:-} ]] || die "set $name"
  done
}

# request METHOD URL [CURL OPTION…]: the answer on stdout; what is sent comes from stdin, save for GET.
# Only GET is tried again: a POST that failed may have been carried out. The next run looks before it writes.
# The secret is a header from the function `authorization`, by file descriptor: a command line can be read by anybody.
request() {
  local method=$1 url=$2 answer status=0
  shift 2
  if [[ $method == GET ]]; then
    set -- "$@" --get --retry "${TICKETS_RETRIES:-2}"
  else
    set -- "$@" --data-binary @- --header 'Content-Type: application/json'
  fi
  answer=$(curl --silent --show-error --fail-with-body --max-time 60 --request "$method" \
    --header @<(authorization) --header 'Accept: application/json' "$@" -- "$url") || status=$?
  if ((status)); then
    printf '%s: %s %s failed: %.300s\n' "${0##*/}" "$method" "$url" "${answer//[[:cntrl:]]/ }" >&2
    return 1
  fi
  printf '%s\n' "$answer"
}

# tickets: the findings on stdin as tickets, one a line; more than TICKETS_MAX are refused before anything is written
tickets() {
  local all most=${TICKETS_MAX:-50}
  all=$(jq --compact-output -L "$here" 'include "finding"; ticket')
  [[ -n $all ]] || return 0
  (($(wc -l <<<"$all") <= most)) || die "more than $most findings; raise --min-severity, or TICKETS_MAX"
  printf '%s\n' "$all"
}

# field NAME <<<"$ticket"
field() {
  jq --raw-output --arg name "$1" '.[$name]'
}

# told WHAT TICKET: one line for people
told() {
  printf '%-10s %s  %s\n' "$1" "$2" "$(field title <<<"$3")"
}
