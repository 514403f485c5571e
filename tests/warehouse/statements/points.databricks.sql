SELECT
  `t0`.`amount`,
  `t0`.`region`,
  `t0`.`owner`,
  `t0`.`age`,
  `t0`.`my key`,
  CAST('0' AS DOUBLE) + CASE
    WHEN CASE
      WHEN NOT (
        IF(`t0`.`amount` IS NULL OR ISNAN(`t0`.`amount`), NULL, ISNAN(`t0`.`amount`))
      )
      THEN `t0`.`amount`
      ELSE NULL
    END IS NULL
    OR ISNAN(
      CASE
        WHEN NOT (
          IF(`t0`.`amount` IS NULL OR ISNAN(`t0`.`amount`), NULL, ISNAN(`t0`.`amount`))
        )
        THEN `t0`.`amount`
        ELSE NULL
      END
    )
    THEN CAST('135' AS DOUBLE)
    ELSE CASE
      WHEN CASE
        WHEN NOT (
          IF(`t0`.`amount` IS NULL OR ISNAN(`t0`.`amount`), NULL, ISNAN(`t0`.`amount`))
        )
        THEN `t0`.`amount`
        ELSE NULL
      END = -9.0
      THEN CAST('108' AS DOUBLE)
      ELSE CASE
        WHEN CASE
          WHEN NOT (
            IF(`t0`.`amount` IS NULL OR ISNAN(`t0`.`amount`), NULL, ISNAN(`t0`.`amount`))
          )
          THEN `t0`.`amount`
          ELSE NULL
        END = CAST('-Inf' AS DOUBLE)
        THEN NULL
        ELSE CASE
          WHEN CASE
            WHEN NOT (
              IF(`t0`.`amount` IS NULL OR ISNAN(`t0`.`amount`), NULL, ISNAN(`t0`.`amount`))
            )
            THEN `t0`.`amount`
            ELSE NULL
          END = CAST('Inf' AS DOUBLE)
          THEN NULL
          ELSE CASE
            WHEN CASE
              WHEN NOT (
                IF(`t0`.`amount` IS NULL OR ISNAN(`t0`.`amount`), NULL, ISNAN(`t0`.`amount`))
              )
              THEN `t0`.`amount`
              ELSE NULL
            END < 3223.5
            THEN CASE
              WHEN CASE
                WHEN NOT (
                  IF(`t0`.`amount` IS NULL OR ISNAN(`t0`.`amount`), NULL, ISNAN(`t0`.`amount`))
                )
                THEN `t0`.`amount`
                ELSE NULL
              END < 336.0
              THEN CAST('137' AS DOUBLE)
              ELSE CAST('131' AS DOUBLE)
            END
            ELSE CAST('127' AS DOUBLE)
          END
        END
      END
    END
  END + CASE
    WHEN `t0`.`region` IS NULL
    THEN CAST('130' AS DOUBLE)
    ELSE CASE
      WHEN IF(`t0`.`region` IS NULL, NULL, `t0`.`region` IN ('North'))
      THEN CAST('91' AS DOUBLE)
      ELSE CASE
        WHEN IF(`t0`.`region` IS NULL, NULL, `t0`.`region` IN ('West', 'o\'Brien'))
        THEN CAST('165' AS DOUBLE)
        ELSE CAST('130' AS DOUBLE)
      END
    END
  END + CASE
    WHEN (
      CASE
        WHEN NOT (
          `t0`.`owner` IS NULL
        )
        THEN CASE WHEN `t0`.`owner` THEN 'True' ELSE 'False' END
        ELSE NULL
      END IS NULL
    )
    OR (
      LOWER(
        CASE
          WHEN NOT (
            `t0`.`owner` IS NULL
          )
          THEN CASE WHEN `t0`.`owner` THEN 'True' ELSE 'False' END
          ELSE NULL
        END
      ) = 'nan'
    )
    THEN CAST('130' AS DOUBLE)
    ELSE CASE
      WHEN IF(
        LOWER(
          CASE
            WHEN NOT (
              `t0`.`owner` IS NULL
            )
            THEN CASE WHEN `t0`.`owner` THEN 'True' ELSE 'False' END
            ELSE NULL
          END
        ) IS NULL,
        NULL,
        LOWER(
          CASE
            WHEN NOT (
              `t0`.`owner` IS NULL
            )
            THEN CASE WHEN `t0`.`owner` THEN 'True' ELSE 'False' END
            ELSE NULL
          END
        ) IN ('true', '1')
      )
      THEN CAST('127' AS DOUBLE)
      ELSE CASE
        WHEN IF(
          LOWER(
            CASE
              WHEN NOT (
                `t0`.`owner` IS NULL
              )
              THEN CASE WHEN `t0`.`owner` THEN 'True' ELSE 'False' END
              ELSE NULL
            END
          ) IS NULL,
          NULL,
          LOWER(
            CASE
              WHEN NOT (
                `t0`.`owner` IS NULL
              )
              THEN CASE WHEN `t0`.`owner` THEN 'True' ELSE 'False' END
              ELSE NULL
            END
          ) IN ('false', '0', '-0')
        )
        THEN CAST('132' AS DOUBLE)
        ELSE CAST('130' AS DOUBLE)
      END
    END
  END + CASE
    WHEN CAST(`t0`.`age` AS DOUBLE) IS NULL OR ISNAN(CAST(`t0`.`age` AS DOUBLE))
    THEN CAST('130' AS DOUBLE)
    ELSE CASE
      WHEN CAST(`t0`.`age` AS DOUBLE) = CAST('-Inf' AS DOUBLE)
      THEN NULL
      ELSE CASE
        WHEN CAST(`t0`.`age` AS DOUBLE) = CAST('Inf' AS DOUBLE)
        THEN NULL
        ELSE CASE
          WHEN CAST(`t0`.`age` AS DOUBLE) < 51.0
          THEN CASE
            WHEN CAST(`t0`.`age` AS DOUBLE) < 44.0
            THEN CAST('125' AS DOUBLE)
            ELSE CAST('180' AS DOUBLE)
          END
          ELSE CAST('127' AS DOUBLE)
        END
      END
    END
  END AS `points`
FROM `loans` AS `t0`
