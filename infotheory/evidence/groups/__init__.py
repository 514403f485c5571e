"""Measures of groups: protected attributes, differences between groups, group metrics."""
