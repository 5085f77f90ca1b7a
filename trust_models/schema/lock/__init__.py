"""The lock of the schema: engaging and releasing it, its state, and the overrides that open it once."""
