"""Every known path by which evidence could be changed or removed, tried on a live database and undone."""
