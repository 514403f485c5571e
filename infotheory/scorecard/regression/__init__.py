"""The regressions behind a card, their errors, and the tests of characteristics."""
