SELECT
  *
FROM (
  SELECT
    "t4"."code",
    "t4"."y",
    COUNT(*) AS "n"
  FROM (
    SELECT
      "t3"."y",
      CAST(GET("t3"."__pivoted__", 'feature') AS VARCHAR) AS "feature",
      CAST(GET("t3"."__pivoted__", 'code') AS BIGINT) AS "code"
    FROM (
      SELECT
        "t2"."y",
        CAST(NULLIF(IFF(_u.pos = _u_2.pos_2, _u_2."__pivoted__", NULL), '') AS OBJECT) AS "__pivoted__"
      FROM (
        SELECT
          "t1"."y",
          CASE
            WHEN "t1"."x0" IS NULL
            THEN 4
            ELSE CASE
              WHEN "t1"."x0" = -9.0
              THEN 3
              ELSE CASE
                WHEN "t1"."x0" = CAST('-Inf' AS DOUBLE)
                THEN 6
                ELSE CASE
                  WHEN "t1"."x0" = CAST('Inf' AS DOUBLE)
                  THEN 5
                  ELSE CASE
                    WHEN "t1"."x0" < 3223.5
                    THEN CASE WHEN "t1"."x0" < 336.0 THEN 0 ELSE 1 END
                    ELSE 2
                  END + 0
                END
              END
            END
          END AS "x0",
          CASE
            WHEN "t1"."x1" IS NULL
            THEN 10
            ELSE CASE
              WHEN "t1"."x1" = CAST('-Inf' AS DOUBLE)
              THEN 12
              ELSE CASE
                WHEN "t1"."x1" = CAST('Inf' AS DOUBLE)
                THEN 11
                ELSE CASE
                  WHEN "t1"."x1" < 51.0
                  THEN CASE WHEN "t1"."x1" < 44.0 THEN 0 ELSE 1 END
                  ELSE 2
                END + 7
              END
            END
          END AS "x1"
        FROM (
          SELECT
            CAST("t0"."bad" = 1 AS INT) AS "y",
            CASE
              WHEN NOT (
                IFF("t0"."amount" IS NULL, NULL, "t0"."amount" = CAST('NaN' AS DOUBLE))
              )
              THEN "t0"."amount"
              ELSE NULL
            END AS "x0",
            CAST("t0"."age" AS DOUBLE) AS "x1"
          FROM "loans" AS "t0"
        ) AS "t1"
      ) AS "t2"
      CROSS JOIN TABLE(FLATTEN(INPUT => ARRAY_GENERATE_RANGE(
        0,
        (
          GREATEST(
            ARRAY_SIZE(
              SPLIT(
                ARRAY_TO_STRING(
                  NULLIF(
                    [
                      OBJECT_CONSTRUCT_KEEP_NULL('feature', 'x0', 'code', "t2"."x0"),
                      OBJECT_CONSTRUCT_KEEP_NULL('feature', 'x1', 'code', "t2"."x1")
                    ],
                    []
                  ),
                  'drawn'
                ),
                'drawn'
              )
            )
          ) - 1
        ) + 1
      ))) AS _u(seq, key, path, index, pos, this)
      CROSS JOIN TABLE(FLATTEN(INPUT => SPLIT(
        ARRAY_TO_STRING(
          NULLIF(
            [
              OBJECT_CONSTRUCT_KEEP_NULL('feature', 'x0', 'code', "t2"."x0"),
              OBJECT_CONSTRUCT_KEEP_NULL('feature', 'x1', 'code', "t2"."x1")
            ],
            []
          ),
          'drawn'
        ),
        'drawn'
      ))) AS _u_2(seq, key, path, pos_2, "__pivoted__", this)
      WHERE
        _u.pos = _u_2.pos_2
        OR (
          _u.pos > (
            ARRAY_SIZE(
              SPLIT(
                ARRAY_TO_STRING(
                  NULLIF(
                    [
                      OBJECT_CONSTRUCT_KEEP_NULL('feature', 'x0', 'code', "t2"."x0"),
                      OBJECT_CONSTRUCT_KEEP_NULL('feature', 'x1', 'code', "t2"."x1")
                    ],
                    []
                  ),
                  'drawn'
                ),
                'drawn'
              )
            ) - 1
          )
          AND _u_2.pos_2 = (
            ARRAY_SIZE(
              SPLIT(
                ARRAY_TO_STRING(
                  NULLIF(
                    [
                      OBJECT_CONSTRUCT_KEEP_NULL('feature', 'x0', 'code', "t2"."x0"),
                      OBJECT_CONSTRUCT_KEEP_NULL('feature', 'x1', 'code', "t2"."x1")
                    ],
                    []
                  ),
                  'drawn'
                ),
                'drawn'
              )
            ) - 1
          )
        )
    ) AS "t3"
  ) AS "t4"
  GROUP BY
    1,
    2
) AS "t5"
