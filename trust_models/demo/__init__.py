"""The product at its main job, on a real repository, and then under attack."""
