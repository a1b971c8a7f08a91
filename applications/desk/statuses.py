"""Statuses of pages that did not do what they were asked to."""

UNPROCESSABLE = 422  # what was typed is shown again, with what is wrong with it
CONFLICT = 409  # somebody else was faster: shown beside what was typed
