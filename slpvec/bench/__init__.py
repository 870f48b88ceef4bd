"""Timing programs built by every arm from the same IR, and what the times say."""
