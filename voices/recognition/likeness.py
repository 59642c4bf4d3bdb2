"""How alike spoken phrases are: their vectors, centred and pooled into slices, aligned in time.

The plain cosine of pooled slices, which the first trial used, is high for any two short words: all speech of one
line shares most of its vector. So the mean of much speech is taken off each vector; slices are aligned (dynamic time
warping) instead of compared one to one; and a phrase that lasts much longer is another one."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

SLICES = 16
"""In one phrase."""
BAND = 4
"""Slices by which the alignment may leave the diagonal: people are uneven, but not at will."""
STEP_COST = 0.03
"""Of holding one side while the other goes on."""
LENGTH_COST = 0.08
"""Of a phrase that lasts e times as long."""

Floats = NDArray[np.float32]


def pooled(vectors: Floats, mean: Floats) -> Floats:
    """Vectors (steps, size) → centred unit vectors, shape (SLICES, size)."""
    edges = np.linspace(0, len(vectors), SLICES + 1)
    rows = [vectors[int(a) : max(int(a) + 1, math.ceil(b))].mean(axis=0) for a, b in pairwise(edges)]
    centred = np.stack(rows) - mean
    return np.asarray(centred / np.maximum(1e-6, np.linalg.norm(centred, axis=1, keepdims=True)), dtype=np.float32)


def likeness(one: Floats, bank: Floats, steps: int, bank_steps: Floats) -> Floats:
    """-1 to 1 for each phrase of `bank` (count, SLICES, size): mean cosine along the best alignment, less its costs.

    `steps` and `bank_steps` (count,) are lengths before pooling."""
    cosine = np.einsum("is,njs->nij", one, bank, optimize=True)
    count = len(bank)
    best = np.full((count, SLICES + 1, SLICES + 1), -np.inf, dtype=np.float32)
    best[:, 0, 0] = 0.0
    for i in range(1, SLICES + 1):
        for j in range(max(1, i - BAND), min(SLICES, i + BAND) + 1):
            here = cosine[:, i - 1, j - 1]
            straight = best[:, i - 1, j - 1] + 2.0 * here
            held = np.maximum(best[:, i - 1, j], best[:, i, j - 1]) + here - np.float32(STEP_COST)
            best[:, i, j] = np.maximum(straight, held)
    aligned = best[:, SLICES, SLICES] / (2.0 * SLICES)
    uneven = np.abs(np.log(np.maximum(1.0, bank_steps) / max(1, steps)))
    return np.asarray(aligned - LENGTH_COST * uneven, dtype=np.float32)
