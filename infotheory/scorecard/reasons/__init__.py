"""Why an applicant got the score: explanations, reason codes and how sure they are."""
