"""Deciders that need neither a solver nor a model."""
