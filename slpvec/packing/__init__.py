"""The vocabulary of packing: packs, candidates, legality, plans and the packing graph."""
