"""Sheets for many clients at once (一括作成), joined into a ZIP and one PDF when all are done or failed."""
