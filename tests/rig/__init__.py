"""The rig: an adapter mounted on a project."""
