"""What a supporter sees at a glance: a client's results and what changed in them, the organisation in figures."""
