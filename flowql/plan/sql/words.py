"""The words that may reach DuckDB in a user's SELECT: what is not here is refused.

Owns the lists. A function is here when it gives the same for the same rows, today and tomorrow, reads and
writes nothing beside them, and cannot make a long text of a short one. All in lower case.
"""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


RESERVED = _words(
    """
    all and any array as asc between both by case cast collate column cross desc distinct else except
    exists false filter for from full glob group having ilike in inner intersect interval into is isnull join
    lateral leading left like limit natural not notnull null nulls offset on or order outer over
    partition qualify right rows select similar some table then to trailing true try_cast union unique using
    values when where window with within
    """
)
"""Words that are never taken for a column unless they are quoted. `end` and `start` are not among them."""

OPERANDS = frozenset(("null", "true", "false"))
"""Reserved words that are values."""

SYNTAX = _words(
    """
    select from where group by having order limit offset as distinct all asc desc nulls first last and or not
    in is null true false between like ilike glob similar to escape case when then else end cast try_cast
    filter over partition rows range groups unbounded preceding following current row exclude ties others no
    qualify rollup cube grouping sets interval extract collate within ignore respect on
    """
)
"""What a SELECT of one table is written with."""

TYPES = _words(
    """
    bigint int integer smallint tinyint hugeint ubigint uinteger double float real decimal numeric varchar
    text char string boolean bool date timestamp timestamptz time precision with without zone bit
    """
)
"""What values may be cast to."""

_UNITS = _words(
    """
    microsecond millisecond second minute hour day week month quarter year decade century dow isodow doy
    isoyear yearweek epoch
    """
)

UNITS = frozenset(f"{unit}{plural}" for unit in _UNITS for plural in ("", "s"))
"""What dates and intervals are counted in."""

AGGREGATES = _words(
    """
    count count_if sum avg mean min max first last any_value arg_max arg_min max_by min_by bit_and bit_or
    bit_xor bool_and bool_or median mode quantile quantile_cont quantile_disc percentile_cont percentile_disc
    mad stddev stddev_pop stddev_samp variance var_pop var_samp skewness kurtosis corr covar_pop covar_samp
    regr_slope regr_intercept regr_r2 entropy product fsum kahan_sum favg string_agg group_concat listagg list
    array_agg grouping
    """
)
"""Functions of many rows that give one value."""

FUNCTIONS = AGGREGATES | _words(
    """
    row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value

    abs ceil ceiling floor round trunc sign sqrt cbrt exp ln log log2 log10 pow power mod divide fdiv fmod
    gcd lcm greatest least even degrees radians sin cos tan asin acos atan atan2 pi isnan isinf isfinite
    bit_count xor

    coalesce ifnull nullif if iff nvl

    lower upper lcase ucase length strlen len char_length character_length substr substring left right trim
    ltrim rtrim replace translate concat concat_ws split_part string_split str_split split contains
    starts_with ends_with prefix suffix position strpos instr reverse regexp_matches regexp_full_match
    regexp_extract regexp_replace regexp_like rlike ascii unicode chr hex to_hex md5 sha256 bin to_base
    levenshtein editdist3 hamming jaccard format_bytes array_length list_contains array_contains list_sort
    list_distinct list_count array_to_string

    to_timestamp make_timestamp epoch epoch_ms epoch_us epoch_ns date_trunc datetrunc date_part datepart
    date_diff datediff date_sub datesub date_add dateadd date_bin time_bucket strftime strptime try_strptime
    year quarter month week day hour minute second millisecond microsecond dayofweek dayofmonth dayofyear
    weekday weekofyear isodow isoyear yearweek dayname monthname last_day to_seconds to_minutes to_hours
    to_days to_weeks to_months to_years
    """
)
"""Functions and aggregates that a SELECT may call."""

ALLOWED = SYNTAX | TYPES | UNITS | FUNCTIONS
"""Every word that may stand outside quotes in what is given to DuckDB."""
