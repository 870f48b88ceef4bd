"""Plans to SIMD IR."""
