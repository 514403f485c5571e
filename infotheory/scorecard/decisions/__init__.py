"""What to do with scores: cut-offs, costs, and the applicants nobody observed."""
