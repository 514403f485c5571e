# %% [markdown]
# # Who drives whom?
#
# Transfer entropy asks what one series says of the next step of another that the other's own past
# does not. Here it meets series whose links are known: linear ones, squared ones, a common driver,
# and trials with an evoked response. Some tests hold and some do not.

# %%
# %matplotlib inline

import warnings

import matplotlib.pyplot as plt
import numpy as np

from infotheory.estimation import (
    active_information_storage,
    choose_history,
    estimate_entropy_rate,
    lagged_mutual_information,
    stack_trials,
    transfer_entropy,
    transfer_network,
)
from infotheory.exceptions import ApproximationWarning

rng = np.random.default_rng(0)


def autoregression(memory, n_steps):
    """A series that keeps a share of the step before."""
    x = rng.normal(size=n_steps + 200)
    for t in range(1, len(x)):
        x[t] += memory * x[t - 1]
    return x[200:]


# %% [markdown]
# ## A link whose strength is known
# The source keeps .5 of itself and adds .4 of itself to the target, which keeps .5: the transfer is
# .0921 nats, and back it is 0. Three estimates of it, each with its error.

# %%
source, target = autoregression(0.5, 2001), np.zeros(2001)
noise = rng.normal(size=2001)
for t in range(1, 2001):
    target[t] = 0.5 * target[t - 1] + 0.4 * source[t - 1] + noise[t]

for method in ("gaussian", "gaussian_copula", "ksg"):
    there = transfer_entropy(source, target, method=method)
    back = transfer_entropy(target, source, method=method)
    print(f"{method:>16}: {there}   back {back}")

# %% [markdown]
# Each step has a value of its own. Their mean is the transfer; a negative one says that the source
# misled there.

# %%
local = transfer_entropy(source, target, method="gaussian")
figure, axes = plt.subplots(figsize=(8, 2.6), layout="constrained")
axes.plot(local.steps[:200], local.local[:200], linewidth=1)
axes.axhline(local.value, color="tab:red", linewidth=1)
axes.set(xlabel="step", ylabel="nats", title="What each step says, and its mean")
plt.show()

# %% [markdown]
# ## How far behind?
# A scan of all lags has one test of the largest, which knows how many were looked at and how long
# both series remember.

# %%
late = np.roll(source, 4) + rng.normal(size=2001)
scan = lagged_mutual_information(source, late, max_lag=10, rng=0)
figure, axes = plt.subplots(figsize=(8, 2.6), layout="constrained")
axes.bar(scan.lags, scan.to_frame()["value"], color="tab:blue")
axes.set(
    xlabel="steps that the second lies behind",
    ylabel="nats",
    title=f"Largest at lag {scan.best_lag}, p = {scan.p_value:.1g}",
)
plt.show()

# %% [markdown]
# ## How much past?
# Too short a history leaves memory of the target that the source seems to explain. The history is
# chosen by tests of one more lag; what the past says of the next step is the storage, what it
# leaves open the entropy rate.

# %%
waves = np.zeros(1200)
for t in range(2, 1200):
    waves[t] = 0.95 * 2**0.5 * waves[t - 1] - 0.9025 * waves[t - 2] + rng.normal()
waves = waves[200:]
choice = choose_history(waves, method="gaussian")
print("history", choice.history)
print("storage", active_information_storage(waves, history="auto", method="gaussian"))
print("entropy rate", estimate_entropy_rate(waves, history="auto", method="gaussian"))

# %% [markdown]
# ## Which test holds?
# Two slow series beneath measurement noise have nothing to do with each other. The F test takes the
# history for the target's whole memory, which it is not, and would reject a fifth of such pairs:
# where series remember so long the analytic p-value is no less than that of pairs drawn from
# autoregressions without transfer, and where the memory is near that of random walks, which such
# models forget, a warning says so. Blocks of the source in another order keep what both remember,
# but no cycle of both: a few pairs that remember for as long as here look like one, and are warned
# of.

# %%
analytic, warned, shifted, cycles = [], [], [], []
for _ in range(200):
    x, y = (autoregression(0.95, 300) for _ in range(2))
    x, y = (s + 0.5 * s.std() * rng.normal(size=300) for s in (x, y))
    with warnings.catch_warnings(record=True) as doubts:
        warnings.simplefilter("always", ApproximationWarning)
        analytic.append(transfer_entropy(x, y, method="gaussian").p_value)
    warned.append(bool(doubts))
    with warnings.catch_warnings(record=True) as doubts:
        warnings.simplefilter("always", ApproximationWarning)
        drawn = transfer_entropy(
            x, y, method="gaussian", n_permutations=39, surrogates="block", rng=rng
        )
    shifted.append(drawn.p_value)
    cycles.append(bool(doubts))
for name, p_values in (("analytic", analytic), ("blocks", shifted)):
    print(f"{name}: {np.mean(np.array(p_values) <= 0.05):.3f} rejected at 5 %")
for name, told in (("analytic", warned), ("blocks", cycles)):
    print(f"{name}: the p-values of {np.mean(told):.3f} of the pairs came with a warning")

# %% [markdown]
# ## Trials with an evoked response
# Two channels answer the same stimulus, one step apart, and nothing passes between them. Only a
# permutation of whole trials asks the right question: does the source of *this* trial say more of
# the target than the source of another one?

# %%
response = 2.0 * np.sin(np.arange(40) / 3.0)
parts = [
    np.column_stack([response, np.roll(response, 1)]) + rng.normal(size=(40, 2)) for _ in range(30)
]
rows, trials = stack_trials(parts)
options = {"trials": trials, "method": "gaussian", "rng": 0}
print("analytic     ", f"{transfer_entropy(*rows.T, **options).p_value:.3g}")
for surrogates in ("shift", "trials"):
    drawn = transfer_entropy(*rows.T, n_permutations=199, surrogates=surrogates, **options)
    print(f"{surrogates:<13}", f"{drawn.p_value:.3g}")

# %% [markdown]
# ## A common driver
# The first series drives the second one step later and the third two steps later; nothing passes
# from the second to the third. Pair by pair the second seems to drive the third, since it knows the
# driver earlier. Given the driver, nothing is left, and a network asks that of every pair.

# %%
driver, early, late = np.random.default_rng(1).normal(size=(3, 2000))
for t in range(2, 2000):
    driver[t] += 0.5 * driver[t - 1]
    early[t] += 0.6 * driver[t - 1]
    late[t] += 0.6 * driver[t - 2]
pair = transfer_entropy(early, late, method="gaussian")
given = transfer_entropy(early, late, conditions=driver, condition_lags=[1, 2], method="gaussian")
print(f"pair {pair.value:.3f} (p = {pair.p_value:.1g}), given the driver {given.value:.4f} "
      f"(p = {given.p_value:.2f})")  # fmt: skip
three = transfer_network(np.column_stack([driver, early, late]), max_lag=3, rng=0)
print(three.adjacency().astype(int).to_string())

# %% [markdown]
# ## A network
# Twenty series, thirty links of .15 to .30 at lags of one to three steps. The search adds lags
# while they say something, drops what others explain, and then tests every link with the false
# discovery rate under control.

# %%
links, matrices = set(), np.zeros((3, 20, 20))
matrices[0][np.diag_indices(20)] = rng.uniform(0.3, 0.7, 20)
while len(links) < 30:
    source_, target_ = rng.choice(20, 2, replace=False)
    if source_ < target_ and (source_, target_) not in links:
        links.add((source_, target_))
        matrices[rng.integers(3)][target_, source_] = rng.choice([-1, 1]) * rng.uniform(0.15, 0.3)
x = rng.normal(size=(3000, 20))
for t in range(3, 3000):
    x[t] += sum(matrices[lag] @ x[t - 1 - lag] for lag in range(3))

network = transfer_network(x, max_lag=5, rng=0)
found, true = network.adjacency().to_numpy(), matrices.any(axis=0).T & ~np.eye(20, dtype=bool)
figure, axes = plt.subplots(1, 2, figsize=(8, 3.8), layout="constrained", sharey=True)
for panel, table, title in zip(axes, (true, found), ("links", "found"), strict=True):
    panel.imshow(table, cmap="Blues")
    panel.set(
        xlabel="target", title=f"{title}: {int(table.sum())}",
        xticks=range(0, 20, 5), yticks=range(0, 20, 5),
    )  # fmt: skip
axes[0].set_ylabel("source")
plt.show()
print(f"found {(found & true).sum()} of {true.sum()}, wrongly {(found & ~true).sum()}")

# %% [markdown]
# ## What correlations do not see
# The second series follows the *square* of the first, and the third does too. The Gaussian method
# has nothing to hold on to, and neighbours find both links. Two series that share a driver through
# squares stay hard for every method with few steps.

# %%
x = np.zeros((900, 3))
x[:, 0] = autoregression(0.5, 900)
e = rng.normal(size=(900, 2))
for t in range(2, 900):
    x[t, 1] = 0.5 * x[t - 2, 0] ** 2 + e[t, 0]
    x[t, 2] = -0.5 * x[t - 1, 0] ** 2 + e[t, 1]
for method in ("gaussian", "ksg"):
    network = transfer_network(x, max_lag=2, method=method, rng=0)
    print(method)
    print(network.adjacency().astype(int).to_string())
