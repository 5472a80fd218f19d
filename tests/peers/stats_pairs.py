"""stats: every aggregate over every sort of key, with and without conditions."""

from peers.pairs import Pair

PAIRS = (
    Pair(
        "every aggregate of bytes over the whole log",
        """* | stats count(), count(bytes), sum(bytes), avg(bytes), min(bytes), max(bytes), dc(bytes), p50(bytes),
        p90(bytes), p95(bytes), p99(bytes)""",
        """SELECT count(*) AS count, count(bytes) AS count_bytes, sum(bytes) AS sum_bytes, avg(bytes) AS avg_bytes,
            min(bytes) AS min_bytes, max(bytes) AS max_bytes, count(DISTINCT bytes) AS dc_bytes,
            nearest_rank(bytes, 50) AS p50_bytes, nearest_rank(bytes, 90) AS p90_bytes,
            nearest_rank(bytes, 95) AS p95_bytes, nearest_rank(bytes, 99) AS p99_bytes
        FROM log""",
    ),
    Pair(
        "every aggregate of packets by interface",
        """* | stats count(), count(packets), sum(packets), avg(packets), min(packets), max(packets), dc(packets),
        p50(packets), p90(packets), p95(packets), p99(packets), first(packets), last(packets) by interface-id""",
        """SELECT "interface-id", count(*) AS count, count(packets) AS count_packets, sum(packets) AS sum_packets,
            avg(packets) AS avg_packets, min(packets) AS min_packets, max(packets) AS max_packets,
            count(DISTINCT packets) AS dc_packets, nearest_rank(packets, 50) AS p50_packets,
            nearest_rank(packets, 90) AS p90_packets, nearest_rank(packets, 95) AS p95_packets,
            nearest_rank(packets, 99) AS p99_packets,
            first(packets ORDER BY start, place) FILTER (start IS NOT NULL AND packets IS NOT NULL) AS first_packets,
            last(packets ORDER BY start, place) FILTER (start IS NOT NULL AND packets IS NOT NULL) AS last_packets
        FROM log GROUP BY 1 ORDER BY lower("interface-id"), "interface-id" """,
    ),
    Pair(
        "percentiles are those of DuckDB's discrete quantiles",
        "* | stats p50(bytes) as a, p90(bytes) as b, p99(packets) as c, p50(duration) as d by protocol",
        """SELECT protocol, quantile_disc(bytes, 0.5) AS a, quantile_disc(bytes, 0.9) AS b,
            quantile_disc(packets, 0.99) AS c, quantile_disc(duration, 0.5) AS d
        FROM log GROUP BY 1 ORDER BY 1""",
    ),
    Pair(
        "percentiles whose rank falls on a whole number, or nearly",
        "interface-id:(eni-gaps OR eni-ties OR eni-odd) | stats count(bytes) as n, p50(bytes), p55(bytes), p57(bytes), "
        "p70(bytes), p75(bytes), p83(bytes), p98(bytes) by interface-id",
        """SELECT "interface-id", count(bytes) AS n, nearest_rank(bytes, 50) AS p50_bytes,
            nearest_rank(bytes, 55) AS p55_bytes, nearest_rank(bytes, 57) AS p57_bytes,
            nearest_rank(bytes, 70) AS p70_bytes, nearest_rank(bytes, 75) AS p75_bytes,
            nearest_rank(bytes, 83) AS p83_bytes, nearest_rank(bytes, 98) AS p98_bytes
        FROM log WHERE "interface-id" IN ('eni-gaps', 'eni-ties', 'eni-odd') GROUP BY 1 ORDER BY 1""",
    ),
    Pair(
        "keys that are missing, and texts that differ in letter case",
        "* | stats count() as n, sum(bytes) as b by action, protocol",
        """SELECT action, protocol, count(*) AS n, sum(bytes) AS b FROM log GROUP BY 1, 2
        ORDER BY lower(action), action, protocol""",
    ),
    Pair(
        "four keys",
        "dstport<1024 | stats count(), max(bytes) by srcaddr, dstaddr, dstport, protocol",
        """SELECT srcaddr, dstaddr, dstport, protocol, count(*) AS count, max(bytes) AS max_bytes
        FROM log WHERE dstport < 1024
        GROUP BY srcaddr, src.rank, dstaddr, dst.rank, dstport, protocol
        ORDER BY src.rank, dst.rank, dstport, protocol""",
    ),
    Pair(
        "first and last of several kinds",
        """* | stats first(srcaddr) as a, last(srcaddr) as b, first(dstport) as c, last(action) as d, first(end) as e
        by interface-id""",
        """SELECT "interface-id",
            first(srcaddr ORDER BY start, place) FILTER (start IS NOT NULL AND srcaddr IS NOT NULL) AS a,
            last(srcaddr ORDER BY start, place) FILTER (start IS NOT NULL AND srcaddr IS NOT NULL) AS b,
            first(dstport ORDER BY start, place) FILTER (start IS NOT NULL AND dstport IS NOT NULL) AS c,
            last(action ORDER BY start, place) FILTER (start IS NOT NULL AND action IS NOT NULL) AS d,
            first("end" ORDER BY start, place) FILTER (start IS NOT NULL AND "end" IS NOT NULL) AS e
        FROM log GROUP BY 1 ORDER BY lower("interface-id"), "interface-id" """,
    ),
    Pair(
        "first and last among records of one start",
        "interface-id:eni-ties | stats first(end) as f, last(end) as l, last(srcport) as p by dstport",
        """SELECT dstport, first("end" ORDER BY start, place) AS f, last("end" ORDER BY start, place) AS l,
            last(srcport ORDER BY start, place) AS p
        FROM log WHERE "interface-id" = 'eni-ties' GROUP BY 1 ORDER BY 1""",
    ),
    Pair(
        "conditions on one measure each",
        """* | stats count() if (action:REJECT) as rejects, sum(bytes) if (dstport:22 OR dstport:443) as b,
        dc(srcaddr) if (bytes>1k) as sources, avg(packets) if (NOT srcaddr:*) as a, count() as n by interface-id""",
        """SELECT "interface-id", count(*) FILTER (upper(action) = 'REJECT') AS rejects,
            sum(bytes) FILTER (dstport IN (22, 443)) AS b,
            count(DISTINCT srcaddr) FILTER (bytes > 1000) AS sources,
            avg(packets) FILTER (srcaddr IS NULL) AS a, count(*) AS n
        FROM log GROUP BY 1 ORDER BY lower("interface-id"), "interface-id" """,
    ),
    Pair(
        "percentiles, first and last under conditions",
        """* | stats p95(bytes) if (action:ACCEPT) as p, first(bytes) if (dst:10.20.0.0/16) as f,
        last(bytes) as l if (NOT action:ACCEPT), max(packets) if (protocol:udp) as m by protocol""",
        """SELECT protocol, nearest_rank(CASE WHEN upper(action) = 'ACCEPT' THEN bytes END, 95) AS p,
            first(bytes ORDER BY start, place)
                FILTER (start IS NOT NULL AND bytes IS NOT NULL AND dst.wide = '10.20.0.0/16') AS f,
            last(bytes ORDER BY start, place) FILTER (
                start IS NOT NULL AND bytes IS NOT NULL AND upper(action) IS DISTINCT FROM 'ACCEPT') AS l,
            max(packets) FILTER (protocol = 17) AS m
        FROM log GROUP BY 1 ORDER BY 1""",
    ),
    Pair(
        "sums and means beyond what a double holds",
        "interface-id:eni-great | stats sum(bytes), avg(bytes), max(bytes), sum(packets), p50(bytes) by dstaddr",
        """SELECT dstaddr, sum(bytes) AS sum_bytes, avg(bytes) AS avg_bytes, max(bytes) AS max_bytes,
            sum(packets) AS sum_packets, quantile_disc(bytes, 0.5) AS p50_bytes
        FROM log WHERE "interface-id" = 'eni-great' GROUP BY dstaddr, dst.rank ORDER BY dst.rank""",
    ),
    Pair(
        "addresses by network",
        "* | stats count(), sum(bytes) by srcaddr/24",
        """SELECT src.net AS srcaddr, count(*) AS count, sum(bytes) AS sum_bytes FROM log
        GROUP BY src.net, src.net_rank ORDER BY src.net_rank""",
    ),
    Pair(
        "networks of two lengths, both sides",
        "* | stats count() as n, dc(dstport) as ports, min(bytes) as least by srcaddr/16/48, dstaddr/24",
        """SELECT src.wide AS srcaddr, dst.net AS dstaddr, count(*) AS n, count(DISTINCT dstport) AS ports,
            min(bytes) AS least
        FROM log GROUP BY src.wide, src.wide_rank, dst.net, dst.net_rank
        ORDER BY src.wide_rank, dst.net_rank""",
    ),
    Pair(
        "IPv6 networks only",
        "src:::/0 | stats count() as n, dc(srcaddr) as hosts by srcaddr/24",
        """SELECT src.net AS srcaddr, count(*) AS n, count(DISTINCT srcaddr) AS hosts
        FROM log WHERE src.version = 6 GROUP BY src.net, src.net_rank ORDER BY src.net_rank""",
    ),
    Pair(
        "either address as key",
        "* | stats count(), sum(bytes), dc(dstport) by ip",
        """SELECT side.text AS ip, count(*) AS count, sum(bytes) AS sum_bytes, count(DISTINCT dstport) AS dc_dstport
        FROM (
            SELECT src AS side, * FROM log WHERE src IS NOT NULL
            UNION ALL SELECT dst, * FROM log WHERE dst IS NOT NULL AND dstaddr IS DISTINCT FROM srcaddr
            UNION ALL SELECT NULL, * FROM log WHERE src IS NULL AND dst IS NULL
        ) GROUP BY side.text, side.rank ORDER BY side.rank""",
    ),
    Pair(
        "either port as key, beside another",
        "action:REJECT | stats count() as n by port, protocol",
        """SELECT port, protocol, count(*) AS n
        FROM (
            SELECT srcport AS port, * FROM log WHERE srcport IS NOT NULL
            UNION ALL SELECT dstport, * FROM log WHERE dstport IS NOT NULL AND dstport IS DISTINCT FROM srcport
            UNION ALL SELECT NULL, * FROM log WHERE srcport IS NULL AND dstport IS NULL
        ) WHERE upper(action) = 'REJECT' GROUP BY 1, 2 ORDER BY 1, 2""",
    ),
    Pair(
        "the network of either address as key",
        "bytes>100k | stats count() as n, sum(packets) as p by ip/24",
        """SELECT net AS ip, count(*) AS n, sum(packets) AS p
        FROM (
            SELECT src.net AS net, src.net_rank AS rank, * FROM log WHERE src IS NOT NULL
            UNION ALL SELECT dst.net, dst.net_rank, * FROM log
                WHERE dst IS NOT NULL AND dst.net IS DISTINCT FROM src.net
            UNION ALL SELECT NULL, NULL, * FROM log WHERE src IS NULL AND dst IS NULL
        ) WHERE bytes > 100000 GROUP BY net, rank ORDER BY rank""",
    ),
    Pair(
        "distinct values of either side",
        "* | stats dc(ip), dc(port), dc(action), dc(srcaddr) as sources by protocol",
        """SELECT protocol, count(DISTINCT ip) AS dc_ip, count(DISTINCT port) AS dc_port,
            count(DISTINCT action) AS dc_action, count(DISTINCT source) AS sources
        FROM (
            SELECT protocol, srcaddr AS ip, srcport AS port, action, srcaddr AS source FROM log
            UNION ALL SELECT protocol, dstaddr, dstport, action, NULL FROM log
        ) GROUP BY 1 ORDER BY 1""",
    ),
    Pair(
        "the distinct values themselves",
        "* | stats values(protocol) as protocols, values(action) as actions by dstaddr/16/48",
        """SELECT dst.wide AS dstaddr,
            array_to_string(list_sort(list(DISTINCT protocol)), ', ') AS protocols,
            array_to_string([pair[2] FOR pair IN
                list_sort(list(DISTINCT [lower(action), action]) FILTER (action IS NOT NULL))], ', ') AS actions
        FROM log GROUP BY dst.wide, dst.wide_rank ORDER BY dst.wide_rank""",
    ),
    Pair(
        "extremes of addresses, ports and times",
        "* | stats min(srcaddr), max(srcaddr), min(dstport), max(srcport), min(start), max(end) by action",
        """SELECT action, min_by(srcaddr, src.rank) AS min_srcaddr, max_by(srcaddr, src.rank) AS max_srcaddr,
            min(dstport) AS min_dstport, max(srcport) AS max_srcport, min(start) AS min_start, max("end") AS max_end
        FROM log GROUP BY 1 ORDER BY lower(action), action""",
    ),
    Pair(
        "durations: sums, extremes, percentiles",
        "* | stats sum(duration) as s, min(duration) as a, max(duration) as b, p90(duration) as p by protocol",
        """SELECT protocol, sum(duration) AS s, min(duration) AS a, max(duration) AS b, nearest_rank(duration, 90) AS p
        FROM log GROUP BY 1 ORDER BY 1""",
    ),
    Pair(
        "quotients: bits a second, bytes a packet",
        "* | stats max(bps) as fastest, p50(bpp) as usual, count(bps) as n, avg(bpp) as mean by protocol",
        """SELECT protocol, max(8.0::DOUBLE * bytes / nullif(duration, 0)) AS fastest,
            nearest_rank(bytes / nullif(packets, 0), 50) AS usual,
            count(bytes / nullif(duration, 0)) AS n, avg(bytes / nullif(packets, 0)) AS mean
        FROM log GROUP BY 1 ORDER BY 1""",
    ),
    Pair(
        "groups of groups",
        "* | stats sum(bytes) as b, dc(dstaddr) as d by srcaddr | stats count(), max(b), p50(b), avg(d), sum(d)",
        """SELECT count(*) AS count, max(b) AS max_b, nearest_rank(b, 50) AS p50_b, avg(d) AS avg_d, sum(d) AS sum_d
        FROM (SELECT srcaddr, sum(bytes) AS b, count(DISTINCT dstaddr) AS d FROM log GROUP BY 1)""",
    ),
    Pair(
        "where on groups, then sorted",
        "* | stats count() as n, sum(bytes) as b by srcaddr | where n>20 b>=10k | sort -n, srcaddr",
        """SELECT srcaddr, count(*) AS n, sum(bytes) AS b FROM log GROUP BY srcaddr, src.rank
        HAVING n > 20 AND b >= 10000 ORDER BY n DESC, src.rank""",
    ),
    Pair(
        "sorting groups keeps the order of their keys",
        "* | stats max(packets) as m by dstport | sort -m | head 40",
        """SELECT dstport, max(packets) AS m FROM log GROUP BY 1 ORDER BY m DESC, dstport LIMIT 40""",
    ),
    Pair(
        "a computed key",
        "* | eval is_large = bytes > 10k, third = dstport % 3 | stats count(), sum(packets) by is_large, third",
        """SELECT CAST(bytes > 10000 AS INTEGER) AS is_large, dstport % 3 AS third, count(*) AS count,
            sum(packets) AS sum_packets
        FROM log GROUP BY 1, 2 ORDER BY 1, 2""",
    ),
    Pair(
        "zones of addresses",
        "* | stats count() if (src:private dst:private) as inside, count() if (src:public) as from_outside, "
        "sum(bytes) if (src:private dst:public) as sent by protocol",
        """SELECT protocol, count(*) FILTER (src.private AND dst.private) AS inside,
            count(*) FILTER (src.public) AS from_outside,
            sum(bytes) FILTER (src.private AND dst.public) AS sent
        FROM log GROUP BY 1 ORDER BY 1""",
    ),
)
