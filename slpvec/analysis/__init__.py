"""What a function's instructions may be reordered to: addresses, aliasing, dependences, liveness, block frequency."""
