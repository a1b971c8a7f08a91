"""The organisation's JSON API (/api/v1/): clients, evaluations, consultations, sheets, batches."""
