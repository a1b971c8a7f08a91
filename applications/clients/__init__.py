"""Client companies (支援先企業): saved with history, searched, read from lists and written to them."""
