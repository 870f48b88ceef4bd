"""The learned decider: a packing graph as tensors, a network that scores candidate packs, plans from scores.

Only `model` and `train` need torch, and import it when they are imported; everything that decides runs on numpy.
"""
