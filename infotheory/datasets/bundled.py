"""The two data sets that come with the package."""

from importlib import resources

import pandas as pd

__all__ = ["load_german_credit", "load_simu_credit"]


def load_german_credit() -> "tuple[pd.DataFrame, pd.Series]":
    """German credit: 1000 loans of a bank in southern Germany, 1973 to 1975.

    Statlog (German Credit Data), UCI Machine Learning Repository, given by Hans Hofmann, licence CC
    BY 4.0. The coded levels are spelled out here, nothing else was changed; rows stand in the order
    of that file.

    Returns
    -------
    X : DataFrame of shape (1000, 20)
        Seven columns of integers (``duration_in_month``, ``credit_amount`` in Deutsche Mark,
        ``installment_rate_in_percentage_of_disposable_income`` in four classes,
        ``present_residence_since`` in four classes, ``age_in_years``,
        ``number_of_existing_credits_at_this_bank``,
        ``number_of_people_being_liable_to_provide_maintenance_for``) and thirteen of text. No value
        is missing; ``"none"`` is a level of its own.
    y : Series of shape (1000,)
        Named ``bad``: 1 for a bad loan (the event, 300 rows), 0 for a good one.

    Notes
    -----
    What to know before a conclusion is drawn from these data:

    - Bad loans were over-sampled. They are 30 % here and were about 5 % in the bank's portfolio
      (Grömping 2019), so probabilities and points do not carry over to a portfolio.
    - ``personal_status_and_sex`` cannot tell all women from men: one of its codes holds women who
      are not single together with single men, and the level names contradict the first publication
      of the data (Grömping 2019). It must not be used as "sex".
    - The level names of ``foreign_worker`` are probably the wrong way round: ``"yes"`` holds 963 of
      1000 rows. Either way the smaller group has 37 rows, and every number about it is uncertain.
    - Several other columns were also found to be mislabelled; the South German Credit data of the
      same repository correct them.

    References
    ----------
    .. [1] Hofmann, H. (1994). Statlog (German Credit Data). UCI Machine Learning Repository.
       doi:10.24432/C5NC77
    .. [2] Grömping, U. (2019). South German Credit Data: Correcting a Widely Used Data Set. Report
       4/2019, Reports in Mathematics, Physics and Chemistry, Beuth University of Applied Sciences
       Berlin.

    Examples
    --------
    >>> X, y = load_german_credit()
    >>> X.shape, int(y.sum())
    ((1000, 20), 300)
    """
    frame = _read("german_credit.csv.gz")
    y = (frame["creditability"] == "bad").astype("int64").rename("bad")
    return frame.drop(columns="creditability"), y


def load_simu_credit() -> "tuple[pd.DataFrame, pd.Series]":
    """SimuCredit: a simulated credit portfolio with seven predictors and two demographic columns.

    From the PiML toolbox, licence Apache 2.0; unchanged but for the target, which is turned so that
    1 is the event. Sudjianto and Burakov (arXiv 2509.09855) describe a data set of this size and
    these columns; the share of events differs (44.8 % here, about 15 % in their text).

    Returns
    -------
    X : DataFrame of shape (20000, 9)
        ``Mortgage``, ``Balance``, ``Amount Past Due`` (amounts), ``Delinquency``, ``Inquiry``,
        ``Open Trade`` (counts), ``Utilization`` (between 0 and 1), and the demographic ``Gender``
        and ``Race`` (0 or 1, the meaning of the codes is not documented). No value is missing.
    y : Series of shape (20000,)
        Named ``default``: 1 for the event, 0 otherwise; one less the column ``Status`` of the
        source.

    References
    ----------
    .. [1] PiML toolbox, https://github.com/SelfExplainML/PiML-Toolbox

    Examples
    --------
    >>> X, y = load_simu_credit()
    >>> X.shape, int(y.sum())
    ((20000, 9), 8969)
    """
    frame = _read("simu_credit.csv.gz")
    return frame.drop(columns="Status"), (1 - frame["Status"]).astype("int64").rename("default")


def _read(name: str) -> pd.DataFrame:
    """Read a bundled file; an empty field would be missing, the word "none" is not."""
    with (resources.files("infotheory.datasets") / "files" / name).open("rb") as file:
        return pd.read_csv(file, compression="gzip", keep_default_na=False, na_values=[""])
