"""What a draft would change for companies (影響の試算): whom it is counted over, what moves, what may be shown."""
