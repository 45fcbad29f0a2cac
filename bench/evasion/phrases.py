"""Parts of sentences from which prompts and filler are put together. `{}` takes a made-up name."""

from __future__ import annotations


def _parts(text: str) -> tuple[str, ...]:
    return tuple(" ".join(part.split()) for part in text.split("|"))


SYLLABLES = _parts("""
    ba|be|bri|co|cra|da|del|do|dra|el|fa|fen|fi|ga|gor|ha|hel|in|ja|ka|kel|ko|la|lin|lo|ma|mir|mo|na|nel|no|or
    |pa|pel|po|ra|ren|ri|ro|sa|sel|so|ta|tel|tir|to|va|vel|vo|wa|win|yo|za|zen
""")

ASK = _parts("""
    explain|summarise|review|rewrite|simplify|check|test|compare|describe|document|improve|shorten|translate
    |list the risks of|find the bug in|write tests for|draft a mail about|plan the rollout of|estimate the cost of
    |give three examples of|name the owner of|speed up|clean up|outline
""")
KIND = _parts("""
    nightly|monthly|broken|old|new|shared|hidden|public|manual|weekly|partial|signed|failed|late|cached|draft|urgent
    |remote|local|frozen|final|empty|internal|daily
""")
THING = _parts("""
    import job|price list|contract|login page|report|data model|invoice run|build script|search index|mail template
    |access rule|backup plan|user survey|test suite|sales deck|job advert|parser|dashboard|release note|refund policy
    |holiday calendar|sensor feed|press text|error log|queue worker|tax form|shift plan|training course|booking flow
    |supplier audit
""")

SUBJECT = _parts("""
    the team in {}|our customer {}|the auditor from {}|a colleague called {}|the {} service|everyone at {}
    |the first version of {}|management|the vendor behind {}|a new starter in {}|the night shift|the {} department
    |the old {} system|one of our partners|the person on call|the project lead of {}|half of the users
    |the support desk|the contract with {}|the draft that {} sent|the law firm {}|the warehouse near {}
    |whoever maintains {}|the second supplier|the group around {}|finance|the plant in {}|the youngest analyst
    |the {} board|the tool we bought from {}
""")
VERB = _parts("""
    has asked for|still waits for|cannot open|wants to replace|keeps changing|does not understand|has lost
    |is about to publish|refuses to sign|needs a copy of|has measured|would like to merge|found two mistakes in
    |depends on|pays too much for|has never seen|is proud of|will present|wrongly deleted|is testing|asked {} about
    |must approve|compared {} with|blames {} for|has written down|wants fewer steps in|is responsible for
    |reported a fault in|plans to sell|forgot
""")
OBJECT = _parts("""
    the list of open orders|the figures from {}|a summary of the workshop|the keys for {}|the way refunds are booked
    |both drafts of the agreement|the slow page on {}|the timetable for spring|all messages about {}|the export to {}
    |the wording of clause {n}|the measured temperatures|the budget of {n} euros|every ticket older than {n} days
    |the photographs of the roof|the rule for discounts|the answer that {} gave|the table with {n} rows
    |the minutes of the meeting|the password policy|the parts numbered {n}|the comments by {}|our terms of delivery
    |the notes on {}|the plan for the move|the certificate from {}|the missing pages|a screenshot of {}
    |the script called {}|the forecast for {}
""")
TAIL = _parts("""
    since the change in {}|because {} left the company|before the quarter ends|although nobody agreed
    |and {} is not to know|as far as we can tell|which costs about {n} a week|so the deadline slipped
    |after the outage in {}|unless {} objects|for the third time|without telling {}|while the office was closed
    |despite the warning from {}|as the attached note says|until the lawyers have answered|if the weather allows
    |and the reason is unclear|at the request of {}|on the day of the launch|for {n} of our branches
    |in the version of last year|when traffic is high|instead of calling {}|together with the team of {}
    |but only in the test system|to save some {n} hours|with help from {}|because the form is too long
    |as agreed in {}
""")
WISH = _parts("""
    please keep it under {n} words|use plain language|write for readers in {}|put the main point first
    |add a table with three columns|do not mention {}|say what is missing|answer in the form of a letter
    |give a source for each claim|list the next steps with an owner|point out contradictions|keep the tone friendly
    |use the style of our handbook|state what {} has to decide|leave out the history|mark what you are unsure about
    |end with one question for {}|show the calculation|name two alternatives|number the paragraphs
    |suggest a subject line|explain every abbreviation|start with the risks|mention clause {n} once
""")
IDENTIFIER = ("the ticket is {id}", "see run {id} for the log", "the trace is {id}", "our reference is {id}")

FILL_OPEN = _parts("""
    by the way|on a lighter note|as you may imagine|between us|for what it is worth|looking out of the window
    |thinking back|as my grandmother used to say|on some mornings|in the mountains|at the seaside|in a quiet hour
    |whenever it rains|during the long winter|on the train home|with a cup of tea
""")
FILL_MIDDLE = _parts("""
    the birds near {} sing louder|I remember a walk through {}|the bakery in {} smells wonderful
    |somebody played the piano|the river looked almost silver|a dog called {} ran after the bicycle
    |the old cinema showed a film|children built a castle of sand|the moon hung low over {}
    |my neighbour painted the fence|the orchestra from {} tuned its instruments|a ladder leaned against the barn
    |fresh snow covered the path|the lighthouse of {} blinked twice|we counted {n} sheep
    |the market sold honey and cheese
""")
FILL_END = _parts("""
    and nobody minded at all|which made us laugh for an hour|as it does every year|and then the bell rang
    |so we stayed until dark|but that is another story|and {} brought a blanket|with a touch of cinnamon
    |much to the surprise of {}|and the soup got cold|like in a painting|until the last bus had gone
    |and everyone hummed along|for no reason whatever|as slowly as the clouds|and so the summer passed
""")
