/* Scorecard, more points are safer, the event is 1 of the labels 0 and 1 */ SELECT
  [t].[my key],
  CASE
    WHEN CAST([t].[amount] AS FLOAT) IS NULL
    OR CAST([t].[amount] AS FLOAT) <> CAST([t].[amount] AS FLOAT)
    OR (
      CAST([t].[amount] AS FLOAT) > 0 AND -CAST([t].[amount] AS FLOAT) > 0
    )
    THEN 135
    WHEN CAST([t].[amount] AS FLOAT) IN (-9.0e0)
    THEN 108
    WHEN (
      CAST([t].[amount] AS FLOAT) > 1 OR CAST([t].[amount] AS FLOAT) < -1
    )
    AND CAST([t].[amount] AS FLOAT) = CAST([t].[amount] AS FLOAT) / 2.0e0
    THEN NULL
    WHEN CAST([t].[amount] AS FLOAT) < 336.0e0
    THEN 137
    WHEN CAST([t].[amount] AS FLOAT) < 3223.5e0
    THEN 131
    ELSE 127
  END + CASE
    WHEN [t].[region] IS NULL
    THEN 130
    WHEN [t].[region] IN ('West', 'o Brien')
    THEN 165
    WHEN [t].[region] IN ('North')
    THEN 91
    ELSE 130
  END + CASE
    WHEN [t].[owner] IS NULL OR LOWER(CAST([t].[owner] AS VARCHAR)) = 'nan'
    THEN 130
    WHEN LOWER(CAST([t].[owner] AS VARCHAR)) IN ('false', '0', '0.0', '0.00', '0.000', '0.0000', '0.00000', '0.000000', '-0')
    THEN 132
    WHEN LOWER(CAST([t].[owner] AS VARCHAR)) IN ('true', '1', '1.0', '1.00', '1.000', '1.0000', '1.00000', '1.000000')
    THEN 127
    ELSE 130
  END + CASE
    WHEN CAST([t].[age] AS FLOAT) IS NULL
    OR CAST([t].[age] AS FLOAT) <> CAST([t].[age] AS FLOAT)
    OR (
      CAST([t].[age] AS FLOAT) > 0 AND -CAST([t].[age] AS FLOAT) > 0
    )
    THEN 130
    WHEN (
      CAST([t].[age] AS FLOAT) > 1 OR CAST([t].[age] AS FLOAT) < -1
    )
    AND CAST([t].[age] AS FLOAT) = CAST([t].[age] AS FLOAT) / 2.0e0
    THEN NULL
    WHEN CAST([t].[age] AS FLOAT) < 44.0e0
    THEN 125
    WHEN CAST([t].[age] AS FLOAT) < 51.0e0
    THEN 180
    ELSE 127
  END AS [points]
FROM [loans] AS [t]
