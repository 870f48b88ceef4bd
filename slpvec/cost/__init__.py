"""TTI costs of instructions, sources and plans."""
