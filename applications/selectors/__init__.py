"""Reads: of a self-check's summaries by its link, of an organisation's desk by the acting member."""
