SELECT
  "t0"."amount",
  "t0"."region",
  "t0"."owner",
  "t0"."age",
  "t0"."my key",
  CAST('0' AS DOUBLE PRECISION) + CASE
    WHEN CASE
      WHEN NOT (
        CASE
          WHEN "t0"."amount" IS NULL
          THEN NULL
          ELSE "t0"."amount" = CAST('NaN' AS DOUBLE PRECISION)
        END
      )
      THEN "t0"."amount"
      ELSE NULL
    END IS NULL
    THEN CAST('135' AS DOUBLE PRECISION)
    ELSE CASE
      WHEN CASE
        WHEN NOT (
          CASE
            WHEN "t0"."amount" IS NULL
            THEN NULL
            ELSE "t0"."amount" = CAST('NaN' AS DOUBLE PRECISION)
          END
        )
        THEN "t0"."amount"
        ELSE NULL
      END = -9.0
      THEN CAST('108' AS DOUBLE PRECISION)
      ELSE CASE
        WHEN CASE
          WHEN NOT (
            CASE
              WHEN "t0"."amount" IS NULL
              THEN NULL
              ELSE "t0"."amount" = CAST('NaN' AS DOUBLE PRECISION)
            END
          )
          THEN "t0"."amount"
          ELSE NULL
        END = -CAST('Inf' AS DOUBLE PRECISION)
        THEN NULL
        ELSE CASE
          WHEN CASE
            WHEN NOT (
              CASE
                WHEN "t0"."amount" IS NULL
                THEN NULL
                ELSE "t0"."amount" = CAST('NaN' AS DOUBLE PRECISION)
              END
            )
            THEN "t0"."amount"
            ELSE NULL
          END = CAST('Inf' AS DOUBLE PRECISION)
          THEN NULL
          ELSE CASE
            WHEN CASE
              WHEN NOT (
                CASE
                  WHEN "t0"."amount" IS NULL
                  THEN NULL
                  ELSE "t0"."amount" = CAST('NaN' AS DOUBLE PRECISION)
                END
              )
              THEN "t0"."amount"
              ELSE NULL
            END < 3223.5
            THEN CASE
              WHEN CASE
                WHEN NOT (
                  CASE
                    WHEN "t0"."amount" IS NULL
                    THEN NULL
                    ELSE "t0"."amount" = CAST('NaN' AS DOUBLE PRECISION)
                  END
                )
                THEN "t0"."amount"
                ELSE NULL
              END < 336.0
              THEN CAST('137' AS DOUBLE PRECISION)
              ELSE CAST('131' AS DOUBLE PRECISION)
            END
            ELSE CAST('127' AS DOUBLE PRECISION)
          END
        END
      END
    END
  END + CASE
    WHEN "t0"."region" IS NULL
    THEN CAST('130' AS DOUBLE PRECISION)
    ELSE CASE
      WHEN CASE WHEN "t0"."region" IS NULL THEN NULL ELSE "t0"."region" IN ('North') END
      THEN CAST('91' AS DOUBLE PRECISION)
      ELSE CASE
        WHEN CASE
          WHEN "t0"."region" IS NULL
          THEN NULL
          ELSE "t0"."region" IN ('West', 'o''Brien')
        END
        THEN CAST('165' AS DOUBLE PRECISION)
        ELSE CAST('130' AS DOUBLE PRECISION)
      END
    END
  END + CASE
    WHEN (
      CASE
        WHEN NOT (
          "t0"."owner" IS NULL
        )
        THEN CASE WHEN "t0"."owner" THEN 'True' ELSE 'False' END
        ELSE NULL
      END IS NULL
    )
    OR (
      LOWER(
        CASE
          WHEN NOT (
            "t0"."owner" IS NULL
          )
          THEN CASE WHEN "t0"."owner" THEN 'True' ELSE 'False' END
          ELSE NULL
        END
      ) = 'nan'
    )
    THEN CAST('130' AS DOUBLE PRECISION)
    ELSE CASE
      WHEN CASE
        WHEN LOWER(
          CASE
            WHEN NOT (
              "t0"."owner" IS NULL
            )
            THEN CASE WHEN "t0"."owner" THEN 'True' ELSE 'False' END
            ELSE NULL
          END
        ) IS NULL
        THEN NULL
        ELSE LOWER(
          CASE
            WHEN NOT (
              "t0"."owner" IS NULL
            )
            THEN CASE WHEN "t0"."owner" THEN 'True' ELSE 'False' END
            ELSE NULL
          END
        ) IN ('true', '1')
      END
      THEN CAST('127' AS DOUBLE PRECISION)
      ELSE CASE
        WHEN CASE
          WHEN LOWER(
            CASE
              WHEN NOT (
                "t0"."owner" IS NULL
              )
              THEN CASE WHEN "t0"."owner" THEN 'True' ELSE 'False' END
              ELSE NULL
            END
          ) IS NULL
          THEN NULL
          ELSE LOWER(
            CASE
              WHEN NOT (
                "t0"."owner" IS NULL
              )
              THEN CASE WHEN "t0"."owner" THEN 'True' ELSE 'False' END
              ELSE NULL
            END
          ) IN ('false', '0', '-0')
        END
        THEN CAST('132' AS DOUBLE PRECISION)
        ELSE CAST('130' AS DOUBLE PRECISION)
      END
    END
  END + CASE
    WHEN CAST("t0"."age" AS DOUBLE PRECISION) IS NULL
    THEN CAST('130' AS DOUBLE PRECISION)
    ELSE CASE
      WHEN CAST("t0"."age" AS DOUBLE PRECISION) = -CAST('Inf' AS DOUBLE PRECISION)
      THEN NULL
      ELSE CASE
        WHEN CAST("t0"."age" AS DOUBLE PRECISION) = CAST('Inf' AS DOUBLE PRECISION)
        THEN NULL
        ELSE CASE
          WHEN CAST("t0"."age" AS DOUBLE PRECISION) < 51.0
          THEN CASE
            WHEN CAST("t0"."age" AS DOUBLE PRECISION) < 44.0
            THEN CAST('125' AS DOUBLE PRECISION)
            ELSE CAST('180' AS DOUBLE PRECISION)
          END
          ELSE CAST('127' AS DOUBLE PRECISION)
        END
      END
    END
  END AS "points"
FROM "loans" AS "t0"
