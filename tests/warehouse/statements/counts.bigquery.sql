SELECT
  *
FROM (
  SELECT
    `t4`.`code`,
    `t4`.`y`,
    COUNT(*) AS `n`
  FROM (
    SELECT
      `t3`.`y`,
      `t3`.`__pivoted__`.`feature` AS `feature`,
      `t3`.`__pivoted__`.`code` AS `code`
    FROM (
      SELECT
        `t2`.`y`,
        IF(pos = pos_2, `__pivoted__`, NULL) AS `__pivoted__`
      FROM (
        SELECT
          `t1`.`y`,
          CASE
            WHEN `t1`.`x0` IS NULL
            THEN 4
            ELSE CASE
              WHEN `t1`.`x0` = -9.0
              THEN 3
              ELSE CASE
                WHEN `t1`.`x0` = CAST('-Infinity' AS FLOAT64)
                THEN 6
                ELSE CASE
                  WHEN `t1`.`x0` = CAST('Infinity' AS FLOAT64)
                  THEN 5
                  ELSE CASE
                    WHEN `t1`.`x0` < 3223.5
                    THEN CASE WHEN `t1`.`x0` < 336.0 THEN 0 ELSE 1 END
                    ELSE 2
                  END + 0
                END
              END
            END
          END AS `x0`,
          CASE
            WHEN `t1`.`x1` IS NULL
            THEN 10
            ELSE CASE
              WHEN `t1`.`x1` = CAST('-Infinity' AS FLOAT64)
              THEN 12
              ELSE CASE
                WHEN `t1`.`x1` = CAST('Infinity' AS FLOAT64)
                THEN 11
                ELSE CASE
                  WHEN `t1`.`x1` < 51.0
                  THEN CASE WHEN `t1`.`x1` < 44.0 THEN 0 ELSE 1 END
                  ELSE 2
                END + 7
              END
            END
          END AS `x1`
        FROM (
          SELECT
            CAST(`t0`.`bad` = 1 AS INT64) AS `y`,
            CASE
              WHEN NOT (
                IF(`t0`.`amount` IS NULL, NULL, IS_NAN(`t0`.`amount`))
              )
              THEN `t0`.`amount`
              ELSE NULL
            END AS `x0`,
            CAST(`t0`.`age` AS FLOAT64) AS `x1`
          FROM `loans` AS `t0`
        ) AS `t1`
      ) AS `t2`
      CROSS JOIN UNNEST(GENERATE_ARRAY(
        0,
        GREATEST(
          ARRAY_LENGTH(
            [
              STRUCT('x0' AS `feature`, `t2`.`x0` AS `code`),
              STRUCT('x1' AS `feature`, `t2`.`x1` AS `code`)
            ]
          )
        ) - 1
      )) AS pos
      CROSS JOIN UNNEST([
        STRUCT('x0' AS `feature`, `t2`.`x0` AS `code`),
        STRUCT('x1' AS `feature`, `t2`.`x1` AS `code`)
      ]) AS `__pivoted__` WITH OFFSET AS pos_2
      WHERE
        pos = pos_2
        OR (
          pos > (
            ARRAY_LENGTH(
              [
                STRUCT('x0' AS `feature`, `t2`.`x0` AS `code`),
                STRUCT('x1' AS `feature`, `t2`.`x1` AS `code`)
              ]
            ) - 1
          )
          AND pos_2 = (
            ARRAY_LENGTH(
              [
                STRUCT('x0' AS `feature`, `t2`.`x0` AS `code`),
                STRUCT('x1' AS `feature`, `t2`.`x1` AS `code`)
              ]
            ) - 1
          )
        )
    ) AS `t3`
  ) AS `t4`
  GROUP BY
    1,
    2
) AS `t5`
