"""Proof that a rewrite means the same: symbolic validation, differential execution, generated inputs."""
