# %% [markdown]
# # Synergy and redundancy in many variables
#
# Three variables may share one thing three times, or say something only together. The O-information
# tells which: positive where they repeat each other, negative where they need each other.

# %%
# %matplotlib inline
import matplotlib.pyplot as plt
import numpy as np

from infotheory.decomposition import estimate_partial_information, partial_information_lattice
from infotheory.estimation import (
    higher_order_information,
    local_o_information,
    o_information_gradient,
)

rng = np.random.default_rng(0)

# %% [markdown]
# ## Two causes, and three copies
# A sum of two independent causes is synergy, three noisy copies of one signal are redundancy.

# %%
x, y, signal = rng.normal(size=(3, 2000))
frame = np.column_stack([
    x, y, x + y + 0.5 * rng.normal(size=2000),
    *(signal + rng.normal(size=2000) for _ in range(3)),
])  # fmt: skip
result = higher_order_information(frame)
result.top(4)[["multiplet", "o_information", "o_information_standard_error", "adjusted"]]

# %% [markdown]
# ## All triplets and quadruplets of twenty variables
# 5985 sets, each with four measures and their errors, are made from one matrix of correlations.

# %%
columns = rng.normal(size=(5000, 20))
columns[:, 2] += columns[:, 0] + columns[:, 1]
columns[:, 5:9] += rng.normal(size=(5000, 1))
result = higher_order_information(columns, sizes=(3, 4))
o, errors = result.o_information, result.standard_errors[:, 2]
figure, axes = plt.subplots(figsize=(8, 3), layout="constrained")
shown = np.flatnonzero(result.adjusted < 0.05)
shown = shown[np.argsort(o[shown])]
axes.errorbar(np.arange(shown.size), o[shown], 1.96 * errors[shown], fmt=".", color="tab:blue")
axes.axhline(0.0, color="black", linewidth=0.8)
title = f"{shown.size} of {o.size} sets differ from 0 (false discovery rate of 5 %)"
axes.set(xlabel="set, in order", ylabel="O-information (nats)", title=title)
plt.show()
print("synergy beyond chance:", int(((o < 0) & (result.adjusted < 0.05)).sum()))
print("redundancy beyond chance:", int(((o > 0) & (result.adjusted < 0.05)).sum()))

# %% [markdown]
# What one variable adds is a gradient: without the sum the two causes have nothing in common.

# %%
print(o_information_gradient(columns, [0, 1, 2], 2))

# %% [markdown]
# ## About a target
# With a target the same measures say what it adds to each set: below 0 the set tells of it in
# synergy, above 0 in redundancy. Two columns are enough. All pairs of the others about the sum of
# the first two:

# %%
about = higher_order_information(columns, sizes=(2,), target=2)
about.top(3)[["multiplet", "total_correlation", "o_information", "o_information_standard_error"]]

# %% [markdown]
# ## Which rows?
# Each row has a value of its own. In rows where both causes are large the synergy shows most.

# %%
local = local_o_information(columns, [0, 1, 2])
size = np.hypot(columns[:, 0], columns[:, 1])
thirds = np.array_split(np.argsort(size), 3)
for name, rows in zip(("small", "middle", "large"), thirds, strict=True):
    print(f"{name:>6} causes: {local[rows].mean():+.3f}")

# %% [markdown]
# ## Atoms of measurements
# Of Gaussian variables the least information of the sources is what they share. Here are two
# correlated causes of one sum, with an error for every atom but that which is 0 by its form.

# %%
first, second, noise = rng.normal(size=(3, 3000))
second = 0.3 * first + np.sqrt(1 - 0.09) * second
target = 0.6 * first + 0.4 * second + noise
estimate_partial_information(
    first, second, target=target, kind="minimum", method="gaussian_copula"
).to_frame()[["node", "atom", "atom_low", "atom_high"]]

# %% [markdown]
# ## Atoms of information
# For labels a partial information decomposition says who carries what. The exclusive or of two bits
# is all synergy; of a sample every atom has an error.

# %%
xor = np.zeros((2, 2, 2))
for a, b in np.ndindex(2, 2):
    xor[a, b, a ^ b] = 0.25
partial_information_lattice(xor, kind="minimum", base=2).to_frame()

# %%
a, b = rng.integers(0, 2, size=(2, 1000))
noisy = np.where(rng.random(1000) < 0.9, a ^ b, rng.integers(0, 2, size=1000))
estimate_partial_information(a, b, target=noisy, kind="minimum", base=2).to_frame()
