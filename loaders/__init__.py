"""What comes in: files, rows, rejects, loads."""
