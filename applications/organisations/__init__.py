"""Organisations (支援機関): their people, invitations, and the keys of their tools."""
