"""Collecting LLVM IR of real programs: fetch, compile, cut into functions, deduplicate, split, store."""
