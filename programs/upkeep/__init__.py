"""Keeping true (鮮度の管理): sources and their checks, official links, reminders to owners."""
