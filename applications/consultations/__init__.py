"""Consultations (相談): what was talked about, what is open, what was agreed."""
