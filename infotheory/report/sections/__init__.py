"""The sections of a report: each a function of the subject that returns its part."""
