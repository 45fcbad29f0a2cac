# A finding (one line of `tokenscan analyze -f jsonl`) as a ticket: what the three scripts share.

# Text from a log as a ticket may show it: one line, nothing invisible, no markup of any tracker, no more than fits.
def plain($most):
  tostring
  | .[0:2 * $most]  # first: jq takes minutes to replace in a long text
  | gsub("[\\p{Cc}\\p{Cf}\\p{Co}\\p{Zl}\\p{Zp}]+"; " ")
  | gsub("`"; "'")
  | gsub("[{\\[]"; "(") | gsub("[}\\]]"; ")")
  | .[0:$most];

def who: .subject | .user // .team // .kind;

def mark: "tokenscan \(.fingerprint) \(.state | plain(20)) \(.window.last_seen | plain(40))";

def about:
  [
    "Rule: \(.rule_id | plain(100))   Severity: \(.severity | plain(20))   Confidence: \(.confidence | plain(20))",
    "About: \(who | plain(200))",
    "From \(.window.first_seen | plain(10)) to \(.window.last_seen | plain(10))",
    "Waste: \(.impact.waste_tokens) tokens, \(if .impact.waste_usd == null then "price unknown" else "$\(.impact.waste_usd)" end)",
    "",
    (.message | plain(2000)),
    "",
    "What to do: \(.remediation | plain(2000))",
    "A finding is evidence, not a verdict: hear the person first. Everything about it: tokenscan explain \(.fingerprint)"
  ] | join("\n");

def news:
  if .suppression != null then
    "Suppressed until \(.suppression.expires | plain(20)): \(.suppression.reason | plain(500))"
  elif .state == "resolved" then "Not found any more."
  elif .state == "worse" then
    "Worse: now \(.impact.waste_tokens) tokens of waste.\n\(.message | plain(2000))"
  else "Found again.\n\(.message | plain(2000))"
  end;

def ticket:
  if (.fingerprint | type == "string" and test("^ts1:[0-9a-f]{32}$")) | not then
    error("this is no finding: use tokenscan analyze -f jsonl, without --summary-line")
  else
    {
      fingerprint,
      state,
      severity,
      wanted: (if .state == "resolved" or .suppression != null then "closed" else "open" end),
      title: "\(.title | plain(120)): \(who | plain(80)) (\(.rule_id | plain(40)))",
      about: about,
      news: news,
      mark: mark
    }
  end;
