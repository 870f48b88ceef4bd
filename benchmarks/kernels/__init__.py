"""Kernels: small hot functions as people write them, their harness, and what each decider makes of them."""
