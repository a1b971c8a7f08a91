"""Consultation sheets for many clients at once (一括作成): one job a sheet, and one delivery of all that were made."""
