"""One settings module per environment: local, test, production; all start from base."""
