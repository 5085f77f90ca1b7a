"""What the schema of a live database is, and how it differs from what it should be."""
