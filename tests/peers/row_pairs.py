"""Stages that give rows: eval, where, sort, dedup, head and tail, top and rare, facets, lookup, subqueries, select."""

from peers.pairs import Pair

_WHOSE = """
SELECT place, max_by(owner, length) AS owner, max_by(coalesce(site, '-'), length) AS site
FROM log JOIN assets ON {side}.rank BETWEEN first AND last GROUP BY place
"""
"""The most specific entry that holds each record's address, by looking at every entry."""

_FIELDS = {
    "version": ("{}", "lower({})"),
    "account-id": ("{}", "lower({})"),
    "interface-id": ("{}", "lower({})"),
    "srcaddr": ("{}", "src.rank"),
    "dstaddr": ("{}", "dst.rank"),
    **dict.fromkeys(
        ("srcport", "dstport", "protocol", "packets", "bytes"), ("{}::VARCHAR", "printf('%020d', {}::BIGINT)")
    ),
    **dict.fromkeys(
        ("start", "end"), ("strftime(to_timestamp({}), '%Y-%m-%dT%H:%M:%SZ')", "printf('%020d', {})")
    ),
    "action": ("{}", "lower({})"),
    "log-status": ("{}", "lower({})"),
}
"""How a field's values are printed, and by what they sort."""

_CELLS = " UNION ALL ".join(
    f"""SELECT {number} AS n, '{name}' AS field, {printed.format(f'"{name}"')} AS value,
    {rank.format(f'"{name}"')} AS rank FROM chosen"""  # noqa: S608 - fields of this file
    for number, (name, (printed, rank)) in enumerate(_FIELDS.items())
)

PAIRS = (
    Pair(
        "fields of the newest records, of which many begin together",
        "* | fields start, interface-id, srcaddr, dstport, bytes | head 3000",
        """SELECT start, "interface-id", srcaddr, dstport, bytes FROM log ORDER BY start DESC, place DESC LIMIT 3000""",
    ),
    Pair(
        "the last rows, among them those without a start",
        "* | tail 500 | fields start, end, srcaddr, action",
        """SELECT start, "end", srcaddr, action FROM (
            SELECT *, row_number() OVER (ORDER BY start DESC, place DESC) AS n FROM log
        ) QUALIFY n > count(*) OVER () - 500 ORDER BY n""",
    ),
    Pair(
        "head of tail of head",
        "* | head 700 | tail 300 | head 20 | fields srcaddr, srcport, bytes",
        """SELECT srcaddr, srcport, bytes FROM log ORDER BY start DESC, place DESC LIMIT 20 OFFSET 400""",
    ),
    Pair(
        "sorted by addresses, missing last",
        "action:REJECT | sort srcaddr, -dstport | fields srcaddr, dstport, bytes | tail 300",
        """SELECT srcaddr, dstport, bytes FROM (
            SELECT *, row_number() OVER (ORDER BY src.rank, dstport DESC, start DESC, place DESC) AS n
            FROM log WHERE upper(action) = 'REJECT' QUALIFY n > count(*) OVER () - 300
        ) ORDER BY n""",
    ),
    Pair(
        "sorted downwards, missing last",
        "interface-id:(eni-gaps OR eni-odd) | sort -srcaddr, action, -bytes | fields srcaddr, action, bytes, start",
        """SELECT srcaddr, action, bytes, start FROM log WHERE "interface-id" IN ('eni-gaps', 'eni-odd')
        ORDER BY src.rank DESC, lower(action), action, bytes DESC, start DESC, place DESC""",
    ),
    Pair(
        "the largest flows",
        "* | sort -bytes | head 100 | fields srcaddr, dstaddr, bytes, packets",
        """SELECT srcaddr, dstaddr, bytes, packets FROM log ORDER BY bytes DESC, start DESC, place DESC LIMIT 100""",
    ),
    Pair(
        "dedup keeps the newest of each",
        "* | dedup dstport, protocol | fields dstport, protocol, start, srcaddr",
        """SELECT dstport, protocol, start, srcaddr FROM log
        QUALIFY row_number() OVER (PARTITION BY dstport, protocol ORDER BY start DESC, place DESC) = 1
        ORDER BY start DESC, place DESC""",
    ),
    Pair(
        "dedup of sorted rows keeps the first of each",
        "bytes:* | sort -bytes | dedup srcaddr | head 200 | fields srcaddr, bytes, dstaddr",
        """SELECT srcaddr, bytes, dstaddr FROM log WHERE bytes IS NOT NULL
        QUALIFY row_number() OVER (PARTITION BY srcaddr ORDER BY bytes DESC, start DESC, place DESC) = 1
        ORDER BY bytes DESC, start DESC, place DESC LIMIT 200""",
    ),
    Pair(
        "arithmetic",
        """interface-id!=eni-great | eval sum = bytes + packets, rest = bytes % 7, rate = bytes / packets,
        mixed = (bytes - 40) * 2 + dstport, half = packets * 0.5, minus = -packets
        | fields sum, rest, rate, mixed, half, minus | head 4000""",
        """SELECT bytes + packets AS sum, bytes % 7 AS rest, bytes / nullif(packets, 0) AS rate,
            (bytes - 40) * 2 + dstport AS mixed, packets * 0.5::DOUBLE AS half, -packets AS minus
        FROM log WHERE "interface-id" <> 'eni-great' ORDER BY start DESC, place DESC LIMIT 4000""",
    ),
    Pair(
        "choices, comparisons and the first that is present",
        """interface-id:(eni-gaps OR eni-odd OR eni-ties) | eval size = if(bytes>1500, "large", "small"),
        some_port = coalesce(dstport, srcport, 0), is_equal = srcport == dstport, is_low = dstport < 1024,
        n = if(action:REJECT dstport:22, 1, 0)
        | fields bytes, size, some_port, is_equal, is_low, n""",
        """SELECT bytes, CASE WHEN bytes > 1500 THEN 'large' ELSE 'small' END AS size,
            coalesce(dstport, srcport, 0) AS some_port, CAST(srcport = dstport AS INTEGER) AS is_equal,
            CAST(dstport < 1024 AS INTEGER) AS is_low,
            CASE WHEN upper(action) = 'REJECT' AND dstport = 22 THEN 1 ELSE 0 END AS n
        FROM log WHERE "interface-id" IN ('eni-gaps', 'eni-odd', 'eni-ties') ORDER BY start DESC, place DESC""",
    ),
    Pair(
        "texts, networks and buckets",
        """* | eval flow = concat(srcaddr, ":", srcport, ">", dstaddr), what = lower(action)
        | eval block = prefix(srcaddr, 24), minute = bucket(start, 1m)
        | fields flow, what, block, minute | head 3000""",
        """SELECT srcaddr || ':' || srcport || '>' || dstaddr AS flow, lower(action) AS what, src.net AS block,
            start - start % 60 AS minute
        FROM log ORDER BY start DESC, place DESC LIMIT 3000""",
    ),
    Pair(
        "rounding",
        "interface-id!=eni-great | eval r = round(bytes / 3, 2), k = round(bytes / 1000) | fields bytes, r, k | head 3000",
        """SELECT bytes, round(bytes / 3::DOUBLE, 2) AS r, round(bytes / 1000::DOUBLE)::BIGINT AS k
        FROM log WHERE "interface-id" <> 'eni-great' ORDER BY start DESC, place DESC LIMIT 3000""",
    ),
    Pair(
        "times and durations",
        "* | eval took = end - start, later = start + 5m, rate = bytes / duration | fields took, later, rate | head 3000",
        """SELECT "end" - start AS took, start + 300 AS later, bytes / nullif("end" - start, 0) AS rate
        FROM log ORDER BY start DESC, place DESC LIMIT 3000""",
    ),
    Pair(
        "where on computed columns",
        "* | eval rate = bytes / packets, is_odd = bytes % 2 | where rate>900 is_odd=1 NOT dstport:443 | fields rate, dstport",
        """SELECT bytes / nullif(packets, 0) AS rate, dstport FROM log
        WHERE bytes / nullif(packets, 0) > 900 AND bytes % 2 = 1 AND dstport IS DISTINCT FROM 443
        ORDER BY start DESC, place DESC""",
    ),
    Pair(
        "where on networks that are keys",
        "* | stats count() as n by dstaddr/24 | where dstaddr:10.20.0.0/15 n>3",
        """SELECT dst.net AS dstaddr, count(*) AS n FROM log
        WHERE dst.rank BETWEEN '00000000000000000000ffff0a140000' AND '00000000000000000000ffff0a15ffff'
        GROUP BY dst.net, dst.net_rank HAVING n > 3 ORDER BY dst.net_rank""",
    ),
    Pair(
        "present and different, and the complement",
        "* | stats count() if (dstport!=443) as different, count() if (NOT dstport:443) as others, "
        "count() if (action:-) as missing, count() if (srcport < dstport) as upwards by log-status",
        """SELECT "log-status", count(*) FILTER (dstport <> 443) AS different,
            count(*) FILTER (dstport IS DISTINCT FROM 443) AS others, count(*) FILTER (action IS NULL) AS missing,
            count(*) FILTER (srcport < dstport) AS upwards
        FROM log GROUP BY 1 ORDER BY 1""",
    ),
    Pair(
        "renamed columns",
        "dstport:53 | rename srcaddr as client, bytes as size | stats sum(size) as total by client | sort -total, client",
        """SELECT srcaddr AS client, sum(bytes) AS total FROM log WHERE dstport = 53
        GROUP BY srcaddr, src.rank ORDER BY total DESC, src.rank""",
    ),
    Pair(
        "top by count",
        "* | top 30 dstport",
        """SELECT dstport, count(*) AS count, count(*) / sum(count(*)) OVER () AS share
        FROM log GROUP BY 1 ORDER BY count DESC, dstport LIMIT 30""",
    ),
    Pair(
        "top by a sum, which some keys do not have",
        "interface-id:(eni-gaps OR eni-silent OR eni-odd) | top 100 srcaddr by sum(bytes)",
        """SELECT srcaddr, sum(bytes) AS sum_bytes, sum(bytes)::DOUBLE / sum(sum(bytes)) OVER () AS share
        FROM log WHERE "interface-id" IN ('eni-gaps', 'eni-silent', 'eni-odd')
        GROUP BY srcaddr, src.rank ORDER BY sum_bytes DESC, src.rank LIMIT 100""",
    ),
    Pair(
        "top networks of either side",
        "interface-id!=eni-great | top 15 ip/24 by bytes",
        """WITH whole AS (SELECT sum(bytes) AS bytes FROM log WHERE "interface-id" <> 'eni-great')
        SELECT net AS ip, sum(bytes) AS sum_bytes, sum(bytes)::DOUBLE / (SELECT bytes FROM whole) AS share
        FROM (
            SELECT src.net AS net, src.net_rank AS rank, * FROM log WHERE src IS NOT NULL
            UNION ALL SELECT dst.net, dst.net_rank, * FROM log
                WHERE dst IS NOT NULL AND dst.net IS DISTINCT FROM src.net
            UNION ALL SELECT NULL, NULL, * FROM log WHERE src IS NULL AND dst IS NULL
        ) WHERE "interface-id" <> 'eni-great' GROUP BY net, rank ORDER BY sum_bytes DESC, rank LIMIT 15""",
    ),
    Pair(
        "top of either port",
        "* | top 12 port",
        """SELECT port, count(*) AS count, count(*) / (SELECT count(*) FROM log) AS share
        FROM (
            SELECT srcport AS port FROM log WHERE srcport IS NOT NULL
            UNION ALL SELECT dstport FROM log WHERE dstport IS NOT NULL AND dstport IS DISTINCT FROM srcport
            UNION ALL SELECT NULL FROM log WHERE srcport IS NULL AND dstport IS NULL
        ) GROUP BY 1 ORDER BY count DESC, port LIMIT 12""",
    ),
    Pair(
        "the rarest, of which hundreds are equally rare",
        "* | rare 150 srcaddr",
        """SELECT srcaddr, count(*) AS count, count(*) / (SELECT count(*) FROM log) AS share
        FROM log GROUP BY srcaddr, src.rank ORDER BY count, src.rank LIMIT 150""",
    ),
    Pair(
        "the rarest by a sum",
        "* | rare 60 dstport by sum(packets)",
        """SELECT dstport, sum(packets) AS sum_packets, sum(packets)::DOUBLE / sum(sum(packets)) OVER () AS share
        FROM log GROUP BY 1 ORDER BY sum_packets, dstport LIMIT 60""",
    ),
    Pair(
        "top of equal sums",
        "interface-id:eni-ties | top 17 srcaddr by bytes",
        """SELECT srcaddr, sum(bytes) AS sum_bytes, sum(bytes)::DOUBLE / sum(sum(bytes)) OVER () AS share
        FROM log WHERE "interface-id" = 'eni-ties' GROUP BY srcaddr, src.rank ORDER BY sum_bytes DESC, src.rank LIMIT 17""",
    ),
    Pair(
        "facets",
        "* | fields action, dstport, srcaddr, bytes | facets 7",
        """WITH cells AS (
            SELECT 1 AS n, 'action' AS field, action AS value, lower(action) AS rank, 0 AS number FROM log
            UNION ALL SELECT 2, 'dstport', dstport::VARCHAR, NULL, dstport FROM log
            UNION ALL SELECT 3, 'srcaddr', srcaddr, src.rank, 0 FROM log
            UNION ALL SELECT 4, 'bytes', bytes::VARCHAR, NULL, bytes FROM log
        )
        SELECT field, value, count(*) AS count, count(*) / (SELECT count(*) FROM log) AS share
        FROM cells GROUP BY n, field, value, rank, number
        QUALIFY row_number() OVER (PARTITION BY n ORDER BY count DESC, value IS NULL, number, rank, value) <= 7
        ORDER BY n, count DESC, value IS NULL, number, rank, value""",
    ),
    Pair(
        "facets of every field",
        "dstport:22 | facets 4",
        f"""WITH chosen AS (SELECT * FROM log WHERE dstport = 22), cells AS ({_CELLS})
        SELECT field, value, count(*) AS count, count(*) / (SELECT count(*) FROM chosen) AS share
        FROM cells GROUP BY n, field, value, rank
        QUALIFY row_number() OVER (PARTITION BY n ORDER BY count DESC, value IS NULL, rank, value) <= 4
        ORDER BY n, count DESC, value IS NULL, rank, value""",  # noqa: S608 - fields of this file
    ),
    Pair(
        "the rarest of either port",
        "action:REJECT | rare 40 port by sum(packets)",
        """WITH chosen AS (SELECT * FROM log WHERE upper(action) = 'REJECT')
        SELECT port, sum(packets) AS sum_packets, sum(packets)::DOUBLE / (SELECT sum(packets) FROM chosen) AS share
        FROM (
            SELECT srcport AS port, * FROM chosen WHERE srcport IS NOT NULL
            UNION ALL SELECT dstport, * FROM chosen WHERE dstport IS NOT NULL AND dstport IS DISTINCT FROM srcport
            UNION ALL SELECT NULL, * FROM chosen WHERE srcport IS NULL AND dstport IS NULL
        ) GROUP BY 1 ORDER BY sum_packets, port LIMIT 40""",
    ),
    Pair(
        "the most specific entry of a list",
        "* | lookup @assets on srcaddr | fields srcaddr, owner, site | head 5000",
        f"""SELECT srcaddr, owner, nullif(site, '-') AS site
        FROM log LEFT JOIN ({_WHOSE.format(side="src")}) AS whose USING (place)
        ORDER BY start DESC, place DESC LIMIT 5000""",  # noqa: S608 - sides of this file
    ),
    Pair(
        "groups by what a list says of both sides",
        "* | lookup @assets on srcaddr as sender | lookup @assets on dstaddr as target "
        "| stats count(), sum(bytes) by sender-owner, target-owner",
        f"""SELECT sender.owner AS "sender-owner", target.owner AS "target-owner", count(*) AS count,
            sum(bytes) AS sum_bytes
        FROM log LEFT JOIN ({_WHOSE.format(side="src")}) AS sender USING (place)
        LEFT JOIN ({_WHOSE.format(side="dst")}) AS target USING (place)
        GROUP BY 1, 2 ORDER BY 1, 2""",  # noqa: S608 - sides of this file
    ),
    Pair(
        "members of a list",
        "ip:@assets NOT src:@assets | stats count() by protocol",
        """SELECT protocol, count(*) AS count FROM log
        WHERE EXISTS (FROM assets WHERE dst.rank BETWEEN first AND last)
            AND NOT EXISTS (FROM assets WHERE src.rank BETWEEN first AND last)
        GROUP BY 1 ORDER BY 1""",
    ),
    Pair(
        "what a subquery finds",
        "srcaddr in (action:REJECT | stats count() as n by srcaddr | where n > 8 | fields srcaddr) action:ACCEPT "
        "| stats count(), sum(bytes) by srcaddr",
        """SELECT srcaddr, count(*) AS count, sum(bytes) AS sum_bytes FROM log
        WHERE upper(action) = 'ACCEPT' AND srcaddr IN (
            SELECT srcaddr FROM log WHERE upper(action) = 'REJECT' GROUP BY 1 HAVING count(*) > 8)
        GROUP BY srcaddr, src.rank ORDER BY src.rank""",
    ),
    Pair(
        "what a subquery in a subquery does not find",
        "dstaddr not in (bytes>50k srcaddr in (dstport:53 | dedup srcaddr | fields srcaddr) | fields dstaddr) "
        "| stats count() as n, dc(dstaddr) as d by protocol",
        """SELECT protocol, count(*) AS n, count(DISTINCT dstaddr) AS d FROM log
        WHERE dstaddr IS NOT NULL AND NOT EXISTS (
            FROM log AS other WHERE other.dstaddr = log.dstaddr AND other.bytes > 50000
                AND other.srcaddr IN (SELECT srcaddr FROM log WHERE dstport = 53))
        GROUP BY 1 ORDER BY 1""",
    ),
    Pair(
        "SQL behind the bar",
        "action:REJECT | select srcaddr, count(*) as n, sum(bytes) as b group by srcaddr having n > 3 "
        "order by b desc, srcaddr limit 50",
        """SELECT srcaddr, count(*) AS n, sum(bytes) AS b FROM log WHERE upper(action) = 'REJECT'
        GROUP BY srcaddr HAVING n > 3 ORDER BY b DESC, srcaddr LIMIT 50""",
    ),
    Pair(
        "SQL over groups, and a stage behind it",
        "* | stats sum(bytes) as b, count() as n by protocol, dstport | select protocol, max(b) as m, sum(n) as n "
        "where dstport < 1024 group by protocol | sort -m",
        """SELECT protocol, max(b) AS m, sum(n) AS n
        FROM (SELECT protocol, dstport, sum(bytes) AS b, count(*) AS n FROM log GROUP BY 1, 2)
        WHERE dstport < 1024 GROUP BY 1 ORDER BY m DESC, protocol""",
    ),
    Pair(
        "SQL with CASE, of plain rows",
        "dstport:22 | select srcaddr, case when bytes > 1000 then 'large' else 'small' end as size, bytes / 1000 as k "
        "where bytes is not null order by bytes desc limit 100",
        """SELECT srcaddr, CASE WHEN bytes > 1000 THEN 'large' ELSE 'small' END AS size, bytes / 1000 AS k
        FROM log WHERE dstport = 22 AND bytes IS NOT NULL ORDER BY bytes DESC, start DESC, place DESC LIMIT 100""",
    ),
    Pair(
        "how many are left",
        "dstport:(22 OR 3389) | where bytes>100 | count",
        """SELECT count(*) AS count FROM log WHERE dstport IN (22, 3389) AND bytes > 100""",
    ),
)
