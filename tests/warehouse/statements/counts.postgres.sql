SELECT
  *
FROM (
  SELECT
    "t6"."code",
    "t6"."y",
    COUNT(*) AS "n"
  FROM (
    SELECT
      "t5"."y",
      UNNEST(ARRAY["t5"."x0", "t5"."x1"]) AS "code"
    FROM (
      SELECT
        "t4"."y",
        CASE
          WHEN "t4"."x0" IS NULL
          THEN 4
          ELSE CASE
            WHEN "t4"."x0" = -9.0
            THEN 3
            ELSE CASE
              WHEN "t4"."x0" = -CAST('Inf' AS DOUBLE PRECISION)
              THEN 6
              ELSE CASE
                WHEN "t4"."x0" = CAST('Inf' AS DOUBLE PRECISION)
                THEN 5
                ELSE "t4"."cell0" + 0
              END
            END
          END
        END AS "x0",
        CASE
          WHEN "t4"."x1" IS NULL
          THEN 10
          ELSE CASE
            WHEN "t4"."x1" = -CAST('Inf' AS DOUBLE PRECISION)
            THEN 12
            ELSE CASE
              WHEN "t4"."x1" = CAST('Inf' AS DOUBLE PRECISION)
              THEN 11
              ELSE "t4"."cell1" + 7
            END
          END
        END AS "x1"
      FROM (
        SELECT
          "t3"."y",
          "t3"."x0",
          "t3"."x1",
          WIDTH_BUCKET("t3"."x0", (
            SELECT
              CAST('{336,3223.5}' AS DOUBLE PRECISION[]) AS "edges"
          )) AS "cell0",
          WIDTH_BUCKET("t3"."x1", (
            SELECT
              CAST('{44,51}' AS DOUBLE PRECISION[]) AS "edges"
          )) AS "cell1"
        FROM (
          SELECT
            CAST("t0"."bad" = 1 AS INT) AS "y",
            CASE
              WHEN NOT (
                CASE
                  WHEN "t0"."amount" IS NULL
                  THEN NULL
                  ELSE "t0"."amount" = CAST('NaN' AS DOUBLE PRECISION)
                END
              )
              THEN "t0"."amount"
              ELSE NULL
            END AS "x0",
            CAST("t0"."age" AS DOUBLE PRECISION) AS "x1"
          FROM "loans" AS "t0"
        ) AS "t3"
      ) AS "t4"
    ) AS "t5"
  ) AS "t6"
  GROUP BY
    1,
    2
) AS "t7"
