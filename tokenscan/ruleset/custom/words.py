"""The words of SQL that rules may use, and those that they may not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Known to read nothing but their arguments, to need no clock and no dice, and to make nothing much larger.
FUNCTIONS: Final = _words(
    """
    abs ceil ceiling floor round sign sqrt cbrt exp ln log log10 log1p log2 mod pow power div greatest least
    coalesce ifnull nullif if
    lower upper left right length char_length character_length octet_length ltrim rtrim trim substr substring strpos
    starts_with ends_with regexp_like initcap
    date_part date_trunc strftime day dayofmonth dayofweek dayofyear month quarter year hour minute second week
    count sum avg min max median quantile_cont quantile_disc stddev stddev_samp stdev variance var var_samp first last
    corr covar covar_pop covar_samp
    array_agg array_contains array_length array_sum array_mean array_unique
    row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value
    """
)

# They make text longer than what they are given, and so may fill the memory.
BUILDERS: Final = _words("concat concat_ws replace regexp_replace string_agg array_to_string")

# Keywords that a bracket may follow.
BEFORE_BRACKETS: Final = _words(
    """
    select distinct all as from join on using where and or not in any some exists between like ilike is having by over
    partition case when then else union intersect except values limit offset filter cast try_cast extract position
    interval exclude rename replace qualify date timestamp varchar char decimal numeric float order materialized
    """
)

# Keywords that no rule may use, with the reason.
REFUSED: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        _words(
            """insert update delete drop create alter truncate merge copy attach set show explain describe call grant
            into"""
        ),
        "it only reads",
    ),
    **dict.fromkeys(
        _words("now random current_date current_time current_timestamp localtime localtimestamp"),
        "the same log must give the same result every day",
    ),
    "recursive": "nobody knows where it ends",
    "natural": "name the columns with USING or ON",
}
