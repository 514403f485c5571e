/* Scorecard, more points are safer, the event is 1 of the labels 0 and 1 */ SELECT
  "t"."my key",
  CASE
    WHEN CAST("t"."amount" AS DOUBLE PRECISION) IS NULL
    OR CAST("t"."amount" AS DOUBLE PRECISION) <> CAST("t"."amount" AS DOUBLE PRECISION)
    OR (
      CAST("t"."amount" AS DOUBLE PRECISION) > 0
      AND -CAST("t"."amount" AS DOUBLE PRECISION) > 0
    )
    THEN 135
    WHEN CAST("t"."amount" AS DOUBLE PRECISION) IN (-9.0e0)
    THEN 108
    WHEN (
      CAST("t"."amount" AS DOUBLE PRECISION) > 1
      OR CAST("t"."amount" AS DOUBLE PRECISION) < -1
    )
    AND CAST("t"."amount" AS DOUBLE PRECISION) = CAST("t"."amount" AS DOUBLE PRECISION) / 2.0e0
    THEN NULL
    WHEN CAST("t"."amount" AS DOUBLE PRECISION) < 336.0e0
    THEN 137
    WHEN CAST("t"."amount" AS DOUBLE PRECISION) < 3223.5e0
    THEN 131
    ELSE 127
  END + CASE
    WHEN "t"."region" IS NULL
    THEN 130
    WHEN "t"."region" IN ('West', 'o Brien')
    THEN 165
    WHEN "t"."region" IN ('North')
    THEN 91
    ELSE 130
  END + CASE
    WHEN "t"."owner" IS NULL OR LOWER(CAST("t"."owner" AS VARCHAR)) = 'nan'
    THEN 130
    WHEN CASE
      WHEN LOWER(CAST("t"."owner" AS VARCHAR)) LIKE '%.%'
      AND NOT LOWER(CAST("t"."owner" AS VARCHAR)) LIKE '%e%'
      THEN TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM LOWER(CAST("t"."owner" AS VARCHAR))))
      ELSE LOWER(CAST("t"."owner" AS VARCHAR))
    END IN ('false', '0', '-0')
    THEN 132
    WHEN CASE
      WHEN LOWER(CAST("t"."owner" AS VARCHAR)) LIKE '%.%'
      AND NOT LOWER(CAST("t"."owner" AS VARCHAR)) LIKE '%e%'
      THEN TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM LOWER(CAST("t"."owner" AS VARCHAR))))
      ELSE LOWER(CAST("t"."owner" AS VARCHAR))
    END IN ('true', '1')
    THEN 127
    ELSE 130
  END + CASE
    WHEN CAST("t"."age" AS DOUBLE PRECISION) IS NULL
    OR CAST("t"."age" AS DOUBLE PRECISION) <> CAST("t"."age" AS DOUBLE PRECISION)
    OR (
      CAST("t"."age" AS DOUBLE PRECISION) > 0
      AND -CAST("t"."age" AS DOUBLE PRECISION) > 0
    )
    THEN 130
    WHEN (
      CAST("t"."age" AS DOUBLE PRECISION) > 1
      OR CAST("t"."age" AS DOUBLE PRECISION) < -1
    )
    AND CAST("t"."age" AS DOUBLE PRECISION) = CAST("t"."age" AS DOUBLE PRECISION) / 2.0e0
    THEN NULL
    WHEN CAST("t"."age" AS DOUBLE PRECISION) < 44.0e0
    THEN 125
    WHEN CAST("t"."age" AS DOUBLE PRECISION) < 51.0e0
    THEN 180
    ELSE 127
  END AS "points"
FROM "loans" AS "t"
