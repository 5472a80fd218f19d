"""Every stage over next to nothing: no record, one, and those in which nearly everything is missing."""

from collections.abc import Iterator

from peers.pairs import Pair

_SCOPES = (
    ("no record", "srcport:1 dstport:1", "srcport = 1 AND dstport = 1"),
    ("one record", "interface-id:eni-one", "\"interface-id\" = 'eni-one'"),
    ("records without traffic", "interface-id:eni-silent", "\"interface-id\" = 'eni-silent'"),
    (
        "records full of gaps",
        "interface-id:eni-gaps (dstport:- OR dstport:>55) bytes:-",
        "\"interface-id\" = 'eni-gaps' AND (dstport IS NULL OR dstport > 55) AND bytes IS NULL",
    ),
)

_STAGES = (
    (
        "every aggregate",
        """stats count(), count(bytes), sum(bytes), avg(bytes), min(bytes), max(bytes), dc(srcaddr), p50(bytes),
        p99(bytes), first(bytes), last(bytes), values(action)""",
        """SELECT count(*) AS count, count(bytes) AS count_bytes, sum(bytes) AS sum_bytes, avg(bytes) AS avg_bytes,
            min(bytes) AS min_bytes, max(bytes) AS max_bytes, count(DISTINCT srcaddr) AS dc_srcaddr,
            nearest_rank(bytes, 50) AS p50_bytes, nearest_rank(bytes, 99) AS p99_bytes,
            min_by(bytes, (start, place)) FILTER (start IS NOT NULL AND bytes IS NOT NULL) AS first_bytes,
            max_by(bytes, (start, place)) FILTER (start IS NOT NULL AND bytes IS NOT NULL) AS last_bytes,
            string_agg(DISTINCT action, ', ' ORDER BY action) AS values_action
        FROM chosen""",
    ),
    (
        "groups",
        "stats count(), sum(packets) as p, p95(duration) as d by srcaddr/24, action",
        """SELECT src.net AS srcaddr, action, count(*) AS count, sum(packets) AS p, nearest_rank(duration, 95) AS d
        FROM chosen GROUP BY src.net, src.net_rank, action ORDER BY src.net_rank, action""",
    ),
    (
        "buckets",
        "stats count(), dc(dstaddr) as d by start 1m",
        """SELECT start - start % 60 AS start, count(*) AS count, count(DISTINCT dstaddr) AS d
        FROM chosen GROUP BY 1 ORDER BY 1""",
    ),
    (
        "top",
        "top 3 dstport",
        """SELECT dstport, count(*) AS count, count(*) / sum(count(*)) OVER () AS share
        FROM chosen GROUP BY 1 ORDER BY count DESC, dstport LIMIT 3""",
    ),
    (
        "top by a sum",
        "top 3 srcaddr by bytes",
        """SELECT srcaddr, sum(bytes) AS sum_bytes, sum(bytes)::DOUBLE / sum(sum(bytes)) OVER () AS share
        FROM chosen GROUP BY srcaddr, src.rank ORDER BY sum_bytes DESC, src.rank LIMIT 3""",
    ),
    (
        "rare",
        "rare 5 action",
        """SELECT action, count(*) AS count, count(*) / sum(count(*)) OVER () AS share
        FROM chosen GROUP BY 1 ORDER BY count, action LIMIT 5""",
    ),
    (
        "chart",
        "timechart 1m count(), max(end) as m",
        """WITH edges AS (
            SELECT unnest(range((SELECT min(start) // 60 * 60 FROM chosen), (SELECT max(start) + 1 FROM chosen), 60)) AS edge
        ) SELECT edge AS start, count(place) AS count, max("end") AS m
        FROM edges LEFT JOIN chosen ON start // 60 * 60 = edge GROUP BY 1 ORDER BY 1""",
    ),
    (
        "dedup",
        "dedup srcaddr, action | fields srcaddr, action, start",
        """SELECT srcaddr, action, start FROM chosen
        QUALIFY row_number() OVER (PARTITION BY srcaddr, action ORDER BY start DESC, place DESC) = 1
        ORDER BY start DESC, place DESC""",
    ),
    (
        "tail",
        "tail 2 | fields start, dstport",
        """SELECT start, dstport FROM (FROM chosen ORDER BY start NULLS FIRST, place LIMIT 2)
        ORDER BY start DESC, place DESC""",
    ),
    (
        "sort",
        "sort -dstport, srcaddr | head 7 | fields dstport, srcaddr, packets",
        """SELECT dstport, srcaddr, packets FROM chosen
        ORDER BY dstport DESC, src.rank, start DESC, place DESC LIMIT 7""",
    ),
    (
        "eval and where",
        "eval x = packets * 2, y = coalesce(dstport, 0), z = end - start | where x>1 OR y=0 | fields x, y, z",
        """SELECT packets * 2 AS x, coalesce(dstport, 0) AS y, "end" - start AS z FROM chosen
        WHERE coalesce(packets * 2 > 1, false) OR coalesce(dstport, 0) = 0 ORDER BY start DESC, place DESC""",
    ),
    (
        "facets",
        "fields dstport, packets | facets 3",
        """SELECT * EXCLUDE (n, number) FROM (
            SELECT n, number, field, number::VARCHAR AS value, count(*) AS count,
                count(*) / (SELECT count(*) FROM chosen) AS share
            FROM (SELECT 1 AS n, 'dstport' AS field, dstport AS number FROM chosen
                UNION ALL SELECT 2, 'packets', packets FROM chosen) GROUP BY n, field, number
        ) QUALIFY row_number() OVER (PARTITION BY n ORDER BY count DESC, number) <= 3
        ORDER BY n, count DESC, number""",
    ),
    (
        "lookup",
        "lookup @assets on srcaddr | stats count() by owner",
        """SELECT owner, count(*) AS count
        FROM (SELECT place, max_by(owner, length) AS owner
            FROM chosen LEFT JOIN assets ON src.rank BETWEEN first AND last GROUP BY place)
        GROUP BY 1 ORDER BY 1""",
    ),
    (
        "subquery",
        "where dstaddr in (interface-id:eni-one | fields dstaddr) | count",
        """SELECT count(*) AS count FROM chosen
        WHERE dstaddr IN (SELECT dstaddr FROM log WHERE "interface-id" = 'eni-one')""",
    ),
    (
        "select",
        "select action, count(*) as n, sum(packets) as p group by action order by n desc, action",
        """SELECT action, count(*) AS n, sum(packets) AS p FROM chosen GROUP BY 1 ORDER BY n DESC, action""",
    ),
    (
        "select without groups",
        "select count(*) as n, min(start) as a, max(dstport) as p, count(distinct srcaddr) as d",
        """SELECT count(*) AS n, min(start)::DOUBLE AS a, max(dstport) AS p, count(DISTINCT srcaddr) AS d FROM chosen""",
    ),
)


def _pairs() -> Iterator[Pair]:
    for scope, query, condition in _SCOPES:
        for stage, text, sql in _STAGES:
            chosen = f"WITH chosen AS (SELECT * FROM log WHERE {condition}) "  # noqa: S608 - conditions of this file
            yield Pair(f"{stage} over {scope}", f"{query} | {text}", _joined(chosen, sql))


def _joined(chosen: str, sql: str) -> str:
    """The statement with one more common table."""
    return chosen.rstrip() + ", " + sql.removeprefix("WITH ") if sql.startswith("WITH ") else chosen + sql


PAIRS = tuple(_pairs())
