# %% [markdown]
# # Minimum entropy coupling and the bottleneck
#
# Two variables with given pmfs can be joined in many ways. The joint pmf of least entropy makes
# them tell the most about each other. With a bottleneck, X may reach Y only through a description T
# of limited entropy.

# %%
# %matplotlib inline
import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import binom, geom

from infotheory.coupling import (
    FactoredCoupling,
    GridWorld,
    bottleneck_coupling,
    entropy_bounded_information,
    expected_reward,
    markov_coding_game,
    minimum_entropy_coupling,
    rate_curve,
    soft_policy,
)
from infotheory.plots import plot_coupling, plot_rate_curve

# %% [markdown]
# ## A coupling carries its certificate
# No coupling can have less entropy than `lower_bound`; `gap` is how far this one can be from the
# optimum, in bits.

# %%
p, q = [0.5535, 0.4465], [0.3436, 0.3156, 0.1729, 0.1679]
for method in ("majorization", "greedy", "exact"):
    coupling = minimum_entropy_coupling(p, q, method=method, base=2)
    print(
        f"{method:13} entropy {coupling.entropy:.6f}  lower bound {coupling.lower_bound:.6f}  gap "
        f"{coupling.gap:.6f}"
    )

# %% [markdown]
# Two greedy rules: take the largest masses left of either side, or the two masses left that are
# closest (zero-seeking). `greedy` keeps the better of both for each pair. "Printed" is Table 1 of
# Ebrahimi, Chen and Khisti (2024): masses proportional to |N(0, 1)|, n = 20, in nats, means of 100
# pairs; ours are means of 400 other pairs.

# %%
rng = np.random.default_rng(0)
pairs = np.abs(rng.normal(size=(400, 2, 20)))
pairs /= pairs.sum(axis=2, keepdims=True)
means = {"independent": [-(pair * np.log(pair)).sum() for pair in pairs]}
for method in ("max_seeking", "zero_seeking", "greedy"):
    means[method] = [minimum_entropy_coupling(*pair, method=method).entropy for pair in pairs]
printed = {"independent": 5.443, "max_seeking": 2.946, "zero_seeking": 2.937}
print("rule           printed   ours")
for method, values in means.items():
    error = np.std(values, ddof=1) / np.sqrt(len(values))
    print(f"{method:13}  {printed.get(method, ''):7}   {np.mean(values):.3f} +- {error:.3f}")

# %% [markdown]
# ## A description within a rate
# Algorithm 1 of Ebrahimi, Chen and Khisti (2024) merges symbols; `best` also divides one symbol, so
# that the rate is met.

# %%
for method in ("algorithm1", "search", "best"):
    encoder = entropy_bounded_information([0.7, 0.2, 0.1], 1.0, method=method, base=2)
    print(
        f"{method:10} H(T) {encoder.entropy:.6f}  I(X;T) {encoder.information:.6f}  split "
        f"{encoder.split}"
    )

# %% [markdown]
# The setting of the paper's figure 9, information against the largest entropy, with laws of our
# own choice (the caption names the families and not the numbers): Algorithm 1 and the two codes of
# fixed length. `balanced` stands for the encoder of Shkel, Raginsky and Verdú (2017), whose text
# could not be read: blocks as equal as can be, filled greedily. The paper says that its algorithm
# finds more maps at low rates, and so it is: a code of fixed length changes at whole numbers of
# blocks only.

# %%
laws = {
    "Binomial(20, 0.3)": binom.pmf(np.arange(21), 20, 0.3),
    "geometric (0.2), cut at 21": geom.pmf(np.arange(1, 22), 0.2) / geom.cdf(21, 0.2),
}
figure, axes = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained", sharey=True)
for (name, law), ax in zip(laws.items(), axes, strict=True):
    rates = np.linspace(0.0, 3.6, 73)
    for method, dash in (("algorithm1", "-"), ("balanced", "--"), ("uniform", ":")):
        information = [
            entropy_bounded_information(law, rate, method=method, base=2).information
            for rate in rates
        ]
        ax.plot(rates, information, dash, label=method)
    ax.plot(rates, rates, color="0.8", zorder=0, label="bound")
    ax.set(title=name, xlabel="largest H(T), bits")
axes[0].set_ylabel("I(X;T), bits")
axes[0].legend(frameon=False)

# %% [markdown]
# ## Information against rate

# %%
rng = np.random.default_rng(0)
p_x, p_y = rng.dirichlet(np.ones(30)), rng.dirichlet(np.ones(20))
curve = rate_curve(p_x, p_y, np.linspace(0.0, 5.0, 41), base=2)
print("within the bound:", bool((curve.information["best"] <= curve.bound + 1e-9).all()))
plot_rate_curve(curve).figure

# %%
coupling = bottleneck_coupling(p_x, p_y, 2.0, base=2)
print(
    f"I(X;Y) {coupling.information:.4f} of at most {coupling.bound:.4f} bits, "
    f"{coupling.decoder.mass.size} cells"
)

# %% [markdown]
# The couplings of the paper's figure 10: uniform X and Y (16 symbols here), at several compression
# rates H(X) / R. The larger the rate of compression, the more stochastic the coupling.

# %%
uniform = np.full(16, 1 / 16)
figure, axes = plt.subplots(1, 5, figsize=(11, 2.6), layout="constrained")
for compression, ax in zip((1.0, 1.3, 2.0, 4.0, 8.0), axes, strict=True):
    coupling = bottleneck_coupling(uniform, uniform, 4.0 / compression, method="algorithm1", base=2)
    plot_coupling(coupling, ax).set(
        title=f"H(X) / R = {compression:g}\nI = {coupling.information:.2f} bits"
    )

# %% [markdown]
# ## The Markov coding game
# A player sends a message through its moves on a grid, within a rate. The law of its moves stays
# the policy's, so the expected reward does not depend on the rate, and can be computed exactly.
# Two conventions: the authors' code discounts the reward of the first step, and pays a state when
# it is left; ours pays when a state is entered, the first step in full. This notebook plays by the
# authors' convention. Both columns are our computations.

# %%
world = GridWorld.build()
print("log beta   authors' convention   ours")
for log_beta in (-6, -5, -4):
    authors, entering = (
        expected_reward(
            world, soft_policy(world, log_beta, convention=convention), convention=convention
        )
        for convention in ("authors", "entering")
    )
    print(f"{log_beta:8}   {authors:19.4f}   {entering:.4f}")

# %% [markdown]
# One of 64 messages, 100 episodes (the standard error of the accuracy is about 0.05). At half the
# entropy of the message the uniform quantiser sends next to nothing. `moves` describes the move
# instead of the message; 3 bits hold each of four moves, so that nothing is lost.

# %%
games = {}
print("rate      encoder     of       reward              accuracy")
for rate, method, compress in (
    (np.inf, "best", "message"),
    (0.5, "best", "message"),
    (0.5, "algorithm1", "message"),
    (0.5, "uniform", "message"),
    (0.5, "algorithm1", "moves"),
    (0.25, "best", "message"),
    (0.25, "algorithm1", "message"),
    (0.25, "uniform", "message"),
):
    game = markov_coding_game(
        64,
        rate=rate,
        method=method,
        compress=compress,
        convention="authors",
        episodes=100,
        rng=0,
    )
    games[rate, method, compress] = game
    reward, accuracy = game.reward, game.accuracy
    print(
        f"{rate:4} H(M)  {method:10}  {compress:7}  {reward.value:.3f} +- "
        f"{reward.standard_error:.3f}      {accuracy.value:.2f} +- {accuracy.standard_error:.2f}"
    )

# %% [markdown]
# Beliefs over time, the subject of the paper's figure 5: the receiver's mean belief in the message
# that was sent, after each move. With the uniform quantiser it stays where the first blocks end.

# %%
figure, ax = plt.subplots(figsize=(6, 3.4), layout="constrained")
steps = np.arange(41)
for (rate, method, compress), game in games.items():
    if compress == "message":
        belief = [game.belief_after(step).value for step in steps]
        label = "no limit" if rate == np.inf else f"{method}, {rate:g} H(M)"
        ax.plot(steps, belief, "--" if method == "uniform" else "-", label=label)
ax.set(xlabel="moves", ylabel="belief in the message sent", ylim=(0, 1))
ax.legend(frameon=False, fontsize=8, loc="center right")

# %% [markdown]
# The worlds of figures 7 and 8: the policies at two temperatures (an arrow of the length of its
# probability), obstacles in grey, and the path of an episode of each. At log beta = -3 the policy
# is nearly at random.

# %%
figure, axes = plt.subplots(1, 2, figsize=(8, 4), layout="constrained")
for log_beta, ax in zip((-6.0, -3.0), axes, strict=True):
    game = markov_coding_game(64, log_beta=log_beta, convention="authors", episodes=1, rng=4)
    grid = world.reward.reshape(8, 8) * 0.6
    grid[range(1, 8), range(1, 8)] = np.nan
    ax.imshow(np.ma.masked_invalid(grid), cmap="PiYG", vmin=-1, vmax=1)
    ax.set_facecolor("0.7")
    rows, columns = np.divmod(np.arange(64), 8)
    open_cells = ~world.terminal & np.isfinite(grid).ravel()
    for move, (down, right) in enumerate(((-1, 0), (0, 1), (1, 0), (0, -1))):
        length = 0.45 * game.policy[open_cells, move]
        ax.quiver(
            columns[open_cells], rows[open_cells], right * length, -down * length,
            angles="uv", scale_units="x", scale=1, width=0.004, color="0.4",
        )  # fmt: skip
    path_rows, path_columns = np.divmod(game.states[0], 8)
    ax.plot(path_columns, path_rows, color="C0", linewidth=2, alpha=0.7)
    ax.plot(path_columns[0], path_rows[0], "o", color="C3")
    ax.set(title=f"log beta = {log_beta:g}", xticks=[], yticks=[])

# %% [markdown]
# A message in blocks: each step speaks of the block whose belief has the largest entropy.

# %%
game = markov_coding_game(
    8, n_blocks=3, rate=0.5, convention="authors", episodes=60, rng=0, log_beta=-4.0
)
print("blocks read:", game.decoded_blocks.mean(axis=0).round(2), "whole messages:", game.accuracy)

# %% [markdown]
# ## A message in a carrier
# Ten encrypted bytes in a hundred tokens of fifty. The law of the tokens stays the model's.

# %%
model = rng.dirichlet(np.ones(50), size=100)
channel = FactoredCoupling(
    [np.full(256, 1 / 256)] * 10, lambda prefix: model[len(prefix)], n_tokens=100
)
message = rng.integers(256, size=10)
decoded = channel.decode(channel.encode(message, rng=rng))
print("message recovered:", bool((decoded.message == message).all()))
print(decoded.message.tolist(), decoded.probability)
