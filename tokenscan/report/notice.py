"""What every report says of itself: what it is for, what it is not for, and how to answer it."""

NOTICE = "Findings are evidence, not verdicts, and must not be the only ground for a decision about a person."
PURPOSE = (
    "This report is for finding wasted AI spend and what rewards it, and for asking people about it. It is not for "
    "rating, paying or dismissing anybody, nor for any decision that a program takes alone (compare GDPR Art. 22). "
    "Whoever is named here has a right to see their record (tokenscan explain PERSON) and to reply: the reply stands "
    "with the finding (--replies)."
)
FULL = f"{NOTICE} {PURPOSE}"
