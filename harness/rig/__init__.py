"""The rig: an adapter mounted on a project, for whichever face asks."""
