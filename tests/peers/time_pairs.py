"""Buckets and timecharts: in UTC, in zones whose clocks change, with nothing in them."""

from peers.pairs import Pair

PAIRS = (
    Pair(
        "by minute",
        "* | stats count(), sum(bytes) by start 1m",
        """SELECT start - start % 60 AS start, count(*) AS count, sum(bytes) AS sum_bytes
        FROM log GROUP BY 1 ORDER BY 1""",
    ),
    Pair(
        "by five minutes and action",
        "* | stats count() as n, p95(bytes) as p, dc(srcaddr) as d by start 5m, action",
        """SELECT start - start % 300 AS start, action, count(*) AS n, nearest_rank(bytes, 95) AS p,
            count(DISTINCT srcaddr) AS d
        FROM log GROUP BY 1, 2 ORDER BY 1, lower(action), action""",
    ),
    Pair(
        "by the hour in which they end",
        "* | stats count(), avg(packets) by end 1h",
        """SELECT "end" - "end" % 3600 AS "end", count(*) AS count, avg(packets) AS avg_packets
        FROM log GROUP BY ALL ORDER BY 1""",
    ),
    Pair(
        "by day",
        "* | stats count(), sum(packets), first(bytes) as f, last(bytes) as l by start 1d",
        """SELECT start // 86400 * 86400 AS start, count(*) AS count, sum(packets) AS sum_packets,
            first(bytes ORDER BY log.start, place) FILTER (log.start IS NOT NULL AND bytes IS NOT NULL) AS f,
            last(bytes ORDER BY log.start, place) FILTER (log.start IS NOT NULL AND bytes IS NOT NULL) AS l
        FROM log GROUP BY 1 ORDER BY 1""",
    ),
    Pair(
        "by day in New York, one of 23 hours and one of 25",
        "* tz America/New_York | stats count(), sum(bytes) by start 1d",
        """SELECT epoch(date_trunc('day', to_timestamp(start) AT TIME ZONE 'America/New_York')
                AT TIME ZONE 'America/New_York')::BIGINT AS start,
            count(*) AS count, sum(bytes) AS sum_bytes
        FROM log GROUP BY 1 ORDER BY 1""",
    ),
    Pair(
        "by week in Berlin",
        "* tz Europe/Berlin | stats count(), dc(interface-id) as d by start 1w",
        """SELECT epoch(date_trunc('week', to_timestamp(start) AT TIME ZONE 'Europe/Berlin')
                AT TIME ZONE 'Europe/Berlin')::BIGINT AS start,
            count(*) AS count, count(DISTINCT "interface-id") AS d
        FROM log GROUP BY 1 ORDER BY 1""",
    ),
    Pair(
        "by hour in Kolkata, where hours begin at half past",
        "* tz Asia/Kolkata | stats count(), max(bytes) by start 1h",
        """SELECT epoch(time_bucket(INTERVAL 1 HOUR, to_timestamp(start) AT TIME ZONE 'Asia/Kolkata')
                AT TIME ZONE 'Asia/Kolkata')::BIGINT AS start,
            count(*) AS count, max(bytes) AS max_bytes
        FROM log GROUP BY 1 ORDER BY 1""",
    ),
    *(
        Pair(
            f"by {width} in {zone}, whose clock changes",
            f"start:* tz {zone} | stats count(), sum(bytes), min(start) as first_start by start {width}, action",
            f"""SELECT edge AS start, action, count(*) AS count, sum(bytes) AS sum_bytes, min(start) AS first_start
            FROM log ASOF JOIN edges('{zone}', {minutes}) AS clock ON log.start >= clock.edge
            GROUP BY 1, 2 ORDER BY 1, lower(action), action""",  # noqa: S608 - zones of this file
        )
        for zone, width, minutes in (
            ("America/New_York", "1h", 60),
            ("America/New_York", "6h", 360),
            ("Europe/Berlin", "2h", 120),
            ("Australia/Lord_Howe", "1h", 60),
            ("Australia/Lord_Howe", "5m", 5),
            ("Australia/Lord_Howe", "7m", 7),
        )
    ),
    Pair(
        "a range on the clock of a zone",
        "since 2025-03-09T01:30 until 2025-03-09T03:30 tz America/New_York | stats count(), sum(packets) by protocol",
        """SELECT protocol, count(*) AS count, sum(packets) AS sum_packets FROM log
        WHERE to_timestamp(start) >= TIMESTAMP '2025-03-09 01:30' AT TIME ZONE 'America/New_York'
            AND to_timestamp(start) < TIMESTAMP '2025-03-09 03:30' AT TIME ZONE 'America/New_York'
        GROUP BY 1 ORDER BY 1""",
    ),
    Pair(
        "the last hours of the data",
        "last 6h of data | stats count(), min(start), max(start) by action",
        """SELECT action, count(*) AS count, min(start) AS min_start, max(start) AS max_start FROM log
        WHERE start >= (SELECT max(start) + 1 - 6 * 3600 FROM log)
        GROUP BY 1 ORDER BY lower(action), action""",
    ),
    Pair(
        "a chart over a stated range, most of it empty",
        "between 2025-03-10T10:00Z and 2025-03-11T02:00Z action:REJECT "
        "| timechart 5m count(), sum(bytes), dc(srcaddr), p95(bytes)",
        """SELECT edge AS start, count(place) AS count, sum(bytes) AS sum_bytes, count(DISTINCT srcaddr) AS dc_srcaddr,
            nearest_rank(bytes, 95) AS p95_bytes
        FROM range(epoch(TIMESTAMPTZ '2025-03-10 10:00Z')::BIGINT, epoch(TIMESTAMPTZ '2025-03-11 02:00Z')::BIGINT, 300)
            AS each_edge (edge)
        LEFT JOIN log ON start - start % 300 = edge AND upper(action) = 'REJECT'
        GROUP BY edge ORDER BY edge""",
    ),
    Pair(
        "a chart from the first record to the last, with keys",
        "interface-id:(eni-gaps OR eni-great OR eni-odd OR eni-ties) | timechart 5m sum(bytes), count() by interface-id",
        """WITH chosen AS (
            SELECT *, start - start % 300 AS bucket FROM log
            WHERE "interface-id" IN ('eni-gaps', 'eni-great', 'eni-odd', 'eni-ties') AND start IS NOT NULL
        ), edges AS (
            SELECT unnest(range((SELECT min(bucket) FROM chosen), (SELECT max(bucket) + 1 FROM chosen), 300)) AS edge
        ), keys AS (SELECT DISTINCT "interface-id" AS id FROM chosen)
        SELECT edge AS start, id AS "interface-id", sum(bytes) AS sum_bytes, count(place) AS count
        FROM edges CROSS JOIN keys LEFT JOIN chosen ON bucket = edge AND "interface-id" = id
        GROUP BY 1, 2 ORDER BY 1, 2""",
    ),
    Pair(
        "a chart of eight months by hour",
        "* | timechart 1h count() as n, max(packets) as m, count() if (action:REJECT) as rejects",
        """WITH edges AS (SELECT unnest(range(
            (SELECT min(start) // 3600 * 3600 FROM log), (SELECT max(start) + 1 FROM log), 3600)) AS edge)
        SELECT edge AS start, count(place) AS n, max(packets) AS m,
            count(place) FILTER (upper(action) = 'REJECT') AS rejects
        FROM edges LEFT JOIN log ON start // 3600 * 3600 = edge GROUP BY 1 ORDER BY 1""",
    ),
    *(
        Pair(
            f"a chart by {width} in {zone} from {low}, across a change of the clock",
            f"since {low} until {high} tz {zone} bytes>5k | timechart {width} count(), sum(bytes), first(bytes) by action",
            f"""WITH chosen AS (
                SELECT * FROM log ASOF JOIN edges('{zone}', {minutes}) AS clock ON log.start >= clock.edge
                WHERE bytes > 5000 AND to_timestamp(start) >= TIMESTAMP '{low}' AT TIME ZONE '{zone}'
                    AND to_timestamp(start) < TIMESTAMP '{high}' AT TIME ZONE '{zone}'
            ), wanted AS (
                SELECT edge FROM edges('{zone}', {minutes})
                WHERE to_timestamp(edge) >= TIMESTAMP '{low}' AT TIME ZONE '{zone}'
                    AND to_timestamp(edge) < TIMESTAMP '{high}' AT TIME ZONE '{zone}'
            )
            SELECT wanted.edge AS start, keys.action, count(place) AS count, sum(bytes) AS sum_bytes,
                first(bytes ORDER BY start, place) FILTER (place IS NOT NULL) AS first_bytes
            FROM wanted CROSS JOIN (SELECT DISTINCT action FROM chosen) AS keys
            LEFT JOIN chosen ON chosen.edge = wanted.edge AND chosen.action IS NOT DISTINCT FROM keys.action
            GROUP BY 1, 2 ORDER BY 1, lower(keys.action), 2""",  # noqa: S608 - zones of this file
        )
        for zone, width, minutes, low, high in (
            ("America/New_York", "1h", 60, "2025-03-08T00:00", "2025-03-11T00:00"),
            ("America/New_York", "1h", 60, "2025-11-01T00:00", "2025-11-03T00:00"),
            ("America/New_York", "1d", 1440, "2025-03-07T00:00", "2025-04-15T00:00"),
            ("Europe/Berlin", "3h", 180, "2025-03-29T00:00", "2025-03-31T00:00"),
            ("Australia/Lord_Howe", "1h", 60, "2025-04-05T00:00", "2025-04-07T00:00"),
        )
    ),
    Pair(
        "a chart whose range cuts its first and last bucket",
        "since 2025-03-08T10:20Z until 2025-03-08T15:40Z | timechart 1h count(), p50(bytes), dc(ip) as hosts",
        """SELECT edge AS start, count(place) AS count, nearest_rank(bytes, 50) AS p50_bytes,
            len(list_distinct(list(srcaddr) FILTER (srcaddr IS NOT NULL)
                || list(dstaddr) FILTER (dstaddr IS NOT NULL))) AS hosts
        FROM range(1741428000, 1741449600, 3600) AS each_edge (edge)
        LEFT JOIN log ON start // 3600 * 3600 = edge AND start >= 1741429200 AND start < 1741448400
        GROUP BY 1 ORDER BY 1""",
    ),
    Pair(
        "a chart by either address",
        "on 2025-03-08 interface-id:(eni-gaps OR eni-odd) | timechart 12h count(), sum(bytes) by ip",
        """WITH sides AS (
            SELECT srcaddr AS ip, src.rank AS rank, * FROM log WHERE srcaddr IS NOT NULL
            UNION ALL SELECT dstaddr, dst.rank, * FROM log
                WHERE dstaddr IS NOT NULL AND dstaddr IS DISTINCT FROM srcaddr
            UNION ALL SELECT NULL, NULL, * FROM log WHERE srcaddr IS NULL AND dstaddr IS NULL
        ), chosen AS (
            SELECT * FROM sides WHERE start >= 1741392000 AND start < 1741478400
                AND "interface-id" IN ('eni-gaps', 'eni-odd')
        ), edges AS (SELECT unnest([1741392000, 1741435200]) AS edge), keys AS (SELECT DISTINCT ip, rank FROM chosen)
        SELECT edge AS start, keys.ip, count(place) AS count, sum(bytes) AS sum_bytes
        FROM edges CROSS JOIN keys LEFT JOIN chosen
            ON start // 43200 * 43200 = edge AND chosen.ip IS NOT DISTINCT FROM keys.ip
        GROUP BY edge, keys.ip, keys.rank ORDER BY edge, keys.rank""",
    ),
    Pair(
        "whole flows that reach into a range",
        "between 2025-03-08T11:00Z and 2025-03-08T23:00Z match overlap | stats count(), sum(bytes) by protocol",
        """SELECT protocol, count(*) AS count, sum(bytes) AS sum_bytes FROM log
        WHERE start < 1741474800 AND "end" >= 1741431600 GROUP BY 1 ORDER BY 1""",
    ),
    Pair(
        "the hours of a night, in a zone",
        "tz America/New_York daily 22:00..06:00 | stats count(), dc(srcaddr) by start 1d",
        """WITH timed AS (SELECT *, to_timestamp(start) AT TIME ZONE 'America/New_York' AS reading FROM log)
        SELECT epoch(date_trunc('day', reading) AT TIME ZONE 'America/New_York')::BIGINT AS start, count(*) AS count,
            count(DISTINCT srcaddr) AS dc_srcaddr
        FROM timed WHERE hour(reading) >= 22 OR hour(reading) < 6 GROUP BY 1 ORDER BY 1""",
    ),
    Pair(
        "a chart of what nothing matches",
        "since 2025-03-09 until 2025-03-10 srcport:1 dstport:1 | timechart 1h count(), sum(bytes), dc(srcaddr), avg(packets)",
        """SELECT unnest(range(epoch(TIMESTAMPTZ '2025-03-09 00:00Z')::BIGINT, epoch(TIMESTAMPTZ '2025-03-10 00:00Z')::BIGINT, 3600))
            AS start, 0::BIGINT AS count, NULL AS sum_bytes, 0::BIGINT AS dc_srcaddr, NULL AS avg_packets
        ORDER BY 1""",
    ),
    Pair(
        "a chart of networks",
        "on 2025-03-09 dst:10.20.0.0/14 | timechart 6h count(), sum(packets) by dstaddr/16/48, protocol",
        """WITH chosen AS (
            SELECT start // 21600 * 21600 AS bucket, dst.wide AS net, dst.wide_rank AS rank, protocol, packets FROM log
            WHERE to_timestamp(start)::DATE = DATE '2025-03-09'
                AND dst.rank BETWEEN '00000000000000000000ffff0a140000' AND '00000000000000000000ffff0a17ffff'
        ), edges AS (SELECT unnest(range(1741478400, 1741564800, 21600)) AS edge),
        keys AS (SELECT DISTINCT net, rank, protocol FROM chosen)
        SELECT edge AS start, keys.net AS dstaddr, keys.protocol, count(bucket) AS count, sum(packets) AS sum_packets
        FROM edges CROSS JOIN keys LEFT JOIN chosen
            ON bucket = edge AND chosen.net = keys.net AND chosen.protocol IS NOT DISTINCT FROM keys.protocol
        GROUP BY edge, keys.net, keys.rank, keys.protocol ORDER BY edge, keys.rank, keys.protocol""",
    ),
    Pair(
        "a chart behind a computed column",
        "on 2025-03-08 | eval kib = bytes / 1Ki | where kib>10 | timechart 2h max(kib), count()",
        """WITH edges AS (SELECT unnest(range(1741392000, 1741478400, 7200)) AS edge)
        SELECT edge AS start, max(bytes / 1024) AS max_kib, count(place) AS count
        FROM edges LEFT JOIN log ON start // 7200 * 7200 = edge AND bytes / 1024 > 10
        GROUP BY 1 ORDER BY 1""",
    ),
)
