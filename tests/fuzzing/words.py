"""What may stand for each terminal of the grammar in a text that is made from its rules.

Owns the samples only. Every terminal has some, which `made` sees to; what a rule puts together of them need not
mean anything, nor even be read as that rule: the lexer may see other terminals in it.
"""

ADDRESSES = ("10.0.0.5", "172.31.16.0/24", "0.0.0.0/0", "10.0.0.0/33", "10.0.0.256", "203.0.113", "172.31.*")
ADDRESSES_6 = ("2001:db8::1", "2001:db8::/32", "::", "::/0", "::ffff:10.0.0.5", "fe80::1/64", "::1/129")
NUMBERS = ("0", "22", "443", "65535", "65536", "1_000", "10MB", "1.5Ki", "0x16", "007", "99999999999999999999")
NAMES = (
    *("srcaddr", "dst", "src-port", "dstport", "sport", "protocol", "proto", "bytes", "packets", "tcp_flags"),
    *("interface-id", "eni", "action", "log.status", "start", "end", "duration", "bps", "pps", "bpp", "raw"),
    *("src-zone", "dst-zone", "service", "protocol-name", "topic", "_source", "_id", "conversation", "ip", "net"),
    *("port", "vpc-id", "pkt-srcaddr", "flow-direction", "dsport", "nosuch", "_exists_", "x", "n", "é"),
)
PLAIN = (
    *("REJECT", "accept", "eni-lq6mkcis", "eni-lq6*", "*kcis", "e?i", "tcp", "icmp", "ssh", "https", "private"),
    *("public", "any", "OK", "NODATA", "to", "as", "by", "2018-12-13", "1544708400", "10m", "1h30m", "8000-8100"),
    *(r"a\:b", r"a\ b", "ＡＢ", "e\u0301", "Straße", "a.b", "ipaddr", "syn", "now", "-1", "null", "tcp;udp"),  # noqa: RUF001
)
DURATIONS = ("24h", "7d", "1h30m", "90s", "500ms", "0s", "99999999w")
TIMES = (
    *("2018-12-13", "2018-12", "2018-12-13T13:40Z", "2018-12-13 13:40:01.5+08:00", "2024-02-30", "1544708400"),
    *("1544708400000", "now", "-6h", "-1d@d", "@mon", "now@h", "9999-12-31", "0000-01-01"),
)
SIGNS = {
    "STAR": "*",
    "MISSING": "-",
    "BANG": "!",
    "MINUS": "-",
    "NEGATIVE": "-",
    "EXCLUDED": "-",
    "DESCENDING": "-",
    "PLUS": "+",
    "LEFT_PARENTHESIS": "(",
    "RIGHT_PARENTHESIS": ")",
    "LEFT_BRACKET": "[",
    "RIGHT_BRACKET": "]",
    "LEFT_BRACE": "{",
    "RIGHT_BRACE": "}",
    "SUBQUERY": "(",
    "COMMA": ",",
    "PIPE": "|",
    "MATCH": ":",
    "RANGE": "..",
    "RANGE_UP": "..",
    "RANGE_DOWN": "..",
    "FORTH": "->",
    "BOTH_WAYS": "<->",
    "BACK": "<-",
}
KEYWORDS = {
    "EXPLAIN": ("explain",),
    "PROFILE": ("profile",),
    "FROM": ("from",),
    "LAST": ("last",),
    "OF_DATA": ("of data",),
    "SINCE": ("since",),
    "UNTIL": ("until",),
    "BETWEEN": ("between",),
    "ON": ("on",),
    "DAILY": ("daily",),
    "TZ": ("tz",),
    "MATCHING": ("match",),
    "WHOLE": ("start", "overlap"),
    "AND": ("AND", "and", "&&"),
    "OR": ("OR", "or", "||"),
    "NOT": ("NOT", "not"),
    "TO": ("TO", "to"),
    "MEMBERSHIP": ("in", "not in", "NOT  IN"),
    "COUNT": ("count",),
    "HEAD": ("head",),
    "LIMIT": ("limit", "take"),
    "SORT": ("sort",),
    "FIELDS": ("fields",),
    "TOP": ("top",),
    "STATS": ("stats",),
    "BY": ("by",),
    "AS": ("as",),
    "ASC": ("asc", "ascending"),
    "DESC": ("desc",),
    "LATER_WHERE": ("where", "filter"),
    "LATER_STAGE": ("eval", "rename", "tail", "dedup", "rare", "timechart", "facets", "lookup", "select"),
    "LATER_IF": ("if",),
    "OTHER_OPERATOR": ("like", "contains", "unlike", "not startswith"),
    "OTHER_NULL": ("is null", "is not missing"),
}
SAMPLES: dict[str, tuple[str, ...]] = {
    **{name: (sign,) for name, sign in SIGNS.items()},
    **KEYWORDS,
    "WORD": (*PLAIN, *ADDRESSES, *NUMBERS),
    "COLON_WORD": ("a:b", "10:30", "fe80:1", "10.0.0.5:22:", "private:22"),
    "IPV6": ADDRESSES_6,
    "AGO": ("-6h", "-1d@d", "now@h", "@mon"),
    "QUOTED": ('"ACCEPT OK"', "'a'", '""', '"10.0.0.0/8"', r'"a\"b"', '"2018-12-13"', '" "', '"-"', '"22"'),
    "RAW": ("`a b`", "``", r"`C:\logs`"),
    "REGEX": ("/^eni-[0-9a-z]{8}$/", "/a|b/", r"/\d+\.0/", "/(/", "/a{2000}/", "/(?-i)OK/", "/x/i", r"/a\/b/"),
    "LIST": ("@threats", "@corp", "@ports", "@empty", "@nosuch", "@THREATS"),
    "PARAMETER": ("$host", "$ports", "$nothing", "$many", "$nosuch", "$when", "$word"),
    "RECORD": (
        "2 123456789010 eni-a 10.0.0.1 10.0.0.2 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK",
        "2 123456789010 eni-a - - - - - - - 1431280876 1431280934 - NODATA",
    ),
    "FIELD": (*NAMES, "src port", "dst ip"),
    "EQUALITY": ("=", "==", "!="),
    "ORDER": (">", ">=", "<", "<="),
    "REGEX_MATCH": ("~", "!~"),
    "QUALIFIER": ("src ip", "dst port", "port", "host", "net", "src", "dst", "proto"),
    "HOST": ("10.0.0.5", "10.0.0.0/8", "[2001:db8::1]", "[fe80::/10]", "@corp"),
    "ORIGIN": ("10.0.0.5", "private", "any", "@corp", "$host", "[2001:db8::1]", "::1", "nosuch", "22"),
    "GOAL": ("10.0.0.9", "public", "any", "@corp", "$host", "[2001:db8::1]", "::1", "nosuch"),
    "TOPIC": ("vpc-prod", "vpc-*", "*", "archive/vpc-2018", "*/vpc-prod", "nosuch", "flow", "?low*"),
    "DURATION": DURATIONS,
    "TIME": TIMES,
    "DAY": ("2018-12-13", "2018-12", "today", "yesterday", "2024-02-30"),
    "HOURS": ("22:00..06:00", "00:00..24:00", "9:30..17:00:30", "25:00..26:00", "10:00..10:00"),
    "ZONE": ("UTC", "Asia/Shanghai", "+08:00", "Z", "Nowhere/City", "-23:59"),
    "INTEGER": ("10", "0", "1_000", "999999999999999999"),
    "NAME": (*NAMES, "count", "sum", "avg", "min", "max", "dc", "p95", "first"),
    "LATER_KEY": ("/24", "/24/48", "5m"),
    "CALL": ("cidr", "re", "count"),
    "OTHER_SIGN": ("<>", "=>", "===", ":=", "<<"),
    "OTHER_REGEX_MATCH": ("=~", ":~"),
    "OTHER_STAGE": ("join", "dedupe", "x", "extend"),
}

PIECES = (
    *"\"'`()[]{}|,\\<>=!~@&#:*?.-+/$%_;^“”é0aZ \t\n\r",
    *("\x00", "\x1b[31m", "\x07", "\x7f", "\x85", "\u00a0", "\u200b", "\u2028", "\u202e", "\ufeff", "\ud800", "😀"),
    *("ǅ", "İ", "ß", "٣", "²", "：", "（", "→", "..", "::", "||", "&&", "->", "<->", "<-", "!=", "!~", "=="),  # noqa: RUF001
    *(" AND ", " OR ", " NOT ", " in ", " not in ", " TO ", " last ", " from ", " on ", " daily ", " tz ", " by "),
    *(" match ", " since ", " until ", " between ", " is null ", " like ", " as ", " limit ", " count ", " top "),
    *("/a/", "@threats", "$host", " | fields srcaddr)", " | count", "src:", "dstport:", "ip:", " in (", "10.0.0.1"),
    *("2001:db8::1", "22..80", ":-", ":*", '""', "''", "``", "//", "(*)", "{,}", "\\\\", "\\:", " # ", "\n| "),
)
"""What mutations put into a text: signs, words that mean something, control characters, other alphabets."""
