"""Bins as text that other programs run: SQL and Python source; cards add up what stands here."""
