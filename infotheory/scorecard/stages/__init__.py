"""Stages of a selection: each sets characteristics aside, and says by what number."""
