"""An application of Django with one tracked model."""
