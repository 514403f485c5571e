# %% [markdown]
# # The information lattice, and reconstruction from parts
#
# Shannon (1953) asked what the *information* in a variable is, as opposed to how much of it there
# is. Two variables that are functions of each other carry the same information; so an information
# is a partition of the outcomes. These partitions form a lattice, and entropy turns it into a
# metric space. Delsol, Rioul, Béguinot, Rabiet and Souloumiac (Entropy 26(1):86, 2024,
# arXiv:2306.15540) use the geometry to ask when a variable can be put together again from its
# parts. Their question is the one answered at the end: *can distances alone tell whether the parts
# suffice?*

# %%
# %matplotlib inline
from itertools import permutations, product

import numpy as np
import pandas as pd

from infotheory.decomposition import partial_information_decomposition
from infotheory.lattice import (
    Information,
    common_information,
    generated_lattice,
    geodesic,
    minimal_sufficient_subset,
    rajski_distance,
    reconstruction,
    shannon_distance,
    triangle_defect,
    wyner_bounds,
)
from infotheory.plots import plot_lattice

# %% [markdown]
# ## Four outcomes, two questions
# A number in $\{-2,-1,1,2\}$ with probabilities .3, .2, .2, .3. Its sign and its size are functions
# of it.

# %%
values, weights = np.array([-2, -1, 1, 2]), [0.3, 0.2, 0.2, 0.3]
x = Information.from_labels(values, weights)
sign, size = (
    Information.from_labels(np.sign(values), weights),
    Information.from_labels(abs(values), weights),
)
print("sign <= x:", sign <= x, "   x <= sign:", x <= sign)
print(
    "sign | size == x:", (sign | size) == x, "   their classes in common:", (sign & size).n_classes
)

# %% [markdown]
# - $X \le Y$: X is a function of Y.
# - The **join** $X \vee Y$ (`|`) is what one knows who knows both: the common refinement.
# - The **meet** $X \wedge Y$ (`&`) is what both know for certain: the finest partition that is
#   coarser than each. Its entropy is Gács and Körner's common information.
#
# All three are decided on integers. An entropy that is almost 0 proves nothing; a partition does.

# %%
plot_lattice(sign, size, names=["sign", "size"]).figure

# %% [markdown]
# ## Three questions make a bigger lattice
# A die: is it even, is it at least 4, is it a multiple of 3? Joins go up, meets go down, and what
# is in colour was given.

# %%
die = np.arange(1, 7)
even, high, third = (
    Information.from_labels(label) for label in (die % 2 == 0, die >= 4, die % 3 == 0)
)
plot_lattice(even, high, third, names=["even", "high", "3 | n"]).figure

# %% [markdown]
# The lattice is not distributive, so Venn diagrams lie. With two fair bits and their sum modulo 2,
# any two determine the third, and yet any two have nothing in common:

# %%
a, b = Information.from_labels([0, 0, 1, 1]), Information.from_labels([0, 1, 0, 1])
c = Information.from_labels([0, 1, 1, 0])
print(
    "a ∧ (b ∨ c) == a:",
    a & (b | c) == a,
    "   (a ∧ b) ∨ (a ∧ c) is constant:",
    ((a & b) | (a & c)).n_classes == 1,
)
plot_lattice(a, b, c, names=["a", "b", "a ⊕ b"]).figure

# %% [markdown]
# ## Complements
# A complement of X is a Z with $X \vee Z$ everything and $X \wedge Z$ nothing: what X leaves to be
# told, and no more. One always exists; it is not unique, and need not be independent of X. It is
# exactly when the law within a class of X is the same for all classes, up to a permutation.

# %%
labels, weights = [0, 0, 0, 1, 1, 2], [0.3, 0.1, 0.1, 0.2, 0.2, 0.1]
uneven = Information.from_labels(labels, weights)
rest = uneven.complement()
print(
    "complement:",
    rest.labels.tolist(),
    f"  shares {uneven.mutual_information(rest, base=2):.4f} bits with X",
)
print(
    "an independent one exists:",
    uneven.has_independent_complement(),
    "(X),",
    sign.has_independent_complement(),
    "(sign)",
)

# %% [markdown]
# ## Distances
# $$D(X,Y) = H(X\mid Y) + H(Y\mid X), \qquad
# d(X,Y) = \frac{D(X,Y)}{H(X \vee Y)} = 1 - \frac{I(X;Y)}{H(X \vee Y)} .$$
#
# Shannon's D and Rajski's d are metrics on informations. D is in bits and grows with the variables;
# d lies between 0 (the same) and 1 (independent).

# %%
names = {
    "even": even,
    "high": high,
    "3 | n": third,
    "even ∨ high": even | high,
    "the die": even.top(),
}
pd.DataFrame(
    {n: [rajski_distance(u, v) for v in names.values()] for n, u in names.items()},
    index=list(names),
).round(3)

# %% [markdown]
# A detour through Y costs $D(X,Y) + D(Y,Z) - D(X,Z) = 2\,[I(X;Z \mid Y) + H(Y \mid X, Z)]$. It is
# free exactly when $X - Y - Z$ is a Markov chain and Y is a function of X and Z. So the join always
# lies between; the meet hardly ever, because it may hold less than what X and Z share.

# %%
for name, middle in (("join", even | high), ("meet", even & high), ("3 | n", third)):
    print(
        f"{name:6} defect {triangle_defect(even, middle, high, base=2):.4f} bits, "
        f"between: {triangle_defect(even, middle, high) < 1e-9}"
    )
steps = geodesic(even, high)
legs = [shannon_distance(steps[i], steps[i + 1], base=2) for i in range(2)]
print(
    f"even to high: {shannon_distance(even, high, base=2):.4f} = {legs[0]:.4f} + {legs[1]:.4f} "
    "through the join"
)

# %% [markdown]
# Two bits that differ once in ten tosses share .531 bits, but nothing *for certain*. Gács and
# Körner's number is 0, Wyner's, what a helper must send so that the rest is independent, is .873:
# $K \le I \le C_\mathrm{Wyner}$.

# %%
source = np.array([[0.45, 0.05], [0.05, 0.45]])
first, second = Information.from_joint(source, 0), Information.from_joint(source, 1)
print(
    f"K = {common_information(first, second, base=2):.4f}, I = "
    f"{first.mutual_information(second, base=2):.4f}, "
    f"C = {wyner_bounds(first, second, base=2).upper:.4f} bits"
)

# %% [markdown]
# ## Perfect reconstruction
# Parts $X_1, \dots, X_n$, functions of X, give X back if and only if $X \le X_1 \vee \dots \vee
# X_n$. The paper's condition needs only distances. With parts below X (total correlation $TC = \sum
# H(X_i) - H(X_1,\dots,X_n)$),
#
# $$\sum_i D(X, X_i) = (n-1)\,H(X) + H(X \mid X_1,\dots,X_n) - TC(X_1,\dots,X_n),$$
#
# so reconstruction needs $\sum_i D(X,X_i) \le (n-1) H(X)$. The five examples of the paper, each
# with parts that suffice and parts that do not:

# %%
I = Information.from_labels  # noqa: E741
words = np.array(list(product([0, 1], repeat=3)))
orders = np.array(list(permutations(range(3))))
twelve, thirty = np.arange(1, 13), np.arange(30)


def valuation(n, prime):
    return sum((n % prime**k == 0).astype(int) for k in range(1, 5))


def compared(i, j):
    return I(orders[:, i] < orders[:, j])


four, five = [0.3, 0.2, 0.2, 0.3], [0.1, 0.2, 0.4, 0.2, 0.1]
w4, w5 = np.array([-2, -1, 1, 2]), np.arange(-2, 3)
b1, b2, b3 = words.T
cases = {
    "{-2,-1,1,2}: sign, size": (I(w4, four), [I(np.sign(w4), four), I(abs(w4), four)]),
    "{-2..2}: sign, size": (I(w5, five), [I(np.sign(w5), five), I(abs(w5), five)]),
    "words: b1, b2, b1+b2+b3": (I(words), [I(b1), I(b2), I((b1 + b2 + b3) % 2)]),
    "words: b1, b2, b1+b2": (I(words), [I(b1), I(b2), I((b1 + b2) % 2)]),
    "words: b1, b2": (I(words), [I(b1), I(b2)]),
    "1..12: valuations at 2, 3, 5, 7, 11": (
        I(twelve),
        [I(valuation(twelve, p)) for p in (2, 3, 5, 7, 11)],
    ),
    "1..12: valuations at 2, 3, 5, 7": (I(twelve), [I(valuation(twelve, p)) for p in (2, 3, 5, 7)]),
    "0..29: mod 2, 3, 5": (I(thirty), [I(thirty % m) for m in (2, 3, 5)]),
    "0..11: mod 2, 6": (I(twelve - 1), [I((twelve - 1) % m) for m in (2, 6)]),
    "orders of 3: all comparisons": (I(orders), [compared(0, 1), compared(0, 2), compared(1, 2)]),
    "orders of 3: two comparisons": (I(orders), [compared(0, 1), compared(0, 2)]),
}
results = {name: reconstruction(whole, parts, base=2) for name, (whole, parts) in cases.items()}
pd.DataFrame(
    {
        "sum of D": [r.distance_sum for r in results.values()],
        "(n-1) H(X)": [r.bound for r in results.values()],
        "bound holds": [r.necessary_condition for r in results.values()],
        "sharper bound": [r.spanning_tree_condition for r in results.values()],
        "proves it": [r.sufficient_condition for r in results.values()],
        "reconstructible": [r.exact for r in results.values()],
        "H(X | parts)": [r.remaining_entropy for r in results.values()],
    },
    index=list(results),
).round(4)

# %% [markdown]
# Read it by rows. Where the bound fails, reconstruction is impossible. Where it holds, it may be
# possible or not: three sums modulo 2 of rank 2 meet it with equality and still lose a bit.
# Independent parts are the exception: there it is sufficient (the column "proves it"), which is the
# Chinese remainder theorem in the row mod 2, 3, 5. The sharper bound takes the heaviest tree of the
# mutual informations of the parts off the right side, and unmasks one more.
#
# The same, drawn. Numbers from 0 to 11 by their remainders: mod 6 already knows mod 2, so the join
# stays below X.

# %%
clock = np.arange(12)
parts = [I(clock % m) for m in (2, 3, 4, 6)]
plot_lattice(*parts, names=["mod 2", "mod 3", "mod 4", "mod 6"]).figure

# %%
print(
    "which remainders determine 0..11?",
    [(2, 3, 4, 6)[i] for i in minimal_sufficient_subset(I(clock), parts)],
)
comparisons = {"1<2": compared(0, 1), "1<3": compared(0, 2), "2<3": compared(1, 2)}
chosen = minimal_sufficient_subset(I(orders), list(comparisons.values()))
print("which comparisons sort three items in every case?", [list(comparisons)[i] for i in chosen])

# %% [markdown]
# The lattice of three comparisons. An order of three items has $\log_2 6 = 2.585$ bits, so two
# yes-or-no questions can never do; two comparisons do not even tell 2 bits, because 1 before 2
# makes 1 before 3 more likely.

# %%
lattice = generated_lattice(*comparisons.values(), names=list(comparisons))
print(len(lattice.elements), "elements, the longest chain has", max(lattice.ranks), "steps")
plot_lattice(*comparisons.values(), names=list(comparisons)).figure

# %% [markdown]
# ## Where distances must not be asked
# The bound presumes parts that are functions of X. The sum of two bits can be rebuilt from the
# bits, though they know more than it; here the bound would forbid it. So the library withholds the
# condition and gives the exact answer.

# %%
outside = reconstruction(c, [a, b], base=2)
print(
    f"sum of D {outside.distance_sum}, (n-1) H {outside.bound}, condition "
    f"{outside.necessary_condition}, "
    f"exact {outside.exact}"
)

# %% [markdown]
# ## From the lattice to partial information
# What do two sources say of a target *alike*, *alone*, and only *together*? The lattice offers one
# answer to the first: the information of the target and the meet of the sources. It counts only
# what both know for certain, and is 0 as soon as noise links every value with every other. Partial
# information decomposition asks for softer redundancies; `"broja"` takes the least synergistic law
# with the same pair laws. For the logical *and* of two bits they differ; for the sum modulo 2
# everything is synergy, and all agree.

# %%
gates = {
    "and": np.zeros((2, 2, 2)),
    "sum mod 2": np.zeros((2, 2, 2)),
    "copy of a shared bit": np.zeros((2, 2, 2)),
}
for u, v in product([0, 1], repeat=2):
    gates["and"][u, v, u & v] += 0.25
    gates["sum mod 2"][u, v, u ^ v] += 0.25
    gates["copy of a shared bit"][u, u, u] += 0.25
rows = []
for gate, table in gates.items():
    for kind in ("meet", "williams_beer", "broja"):
        part = partial_information_decomposition(table, kind=kind, base=2)
        rows.append((gate, kind, part.redundancy, *part.unique, part.synergy))
pd.DataFrame(
    rows, columns=["target", "redundancy by", "alike", "only a", "only b", "only together"]
).round(4)

# %% [markdown]
# **Can distances alone tell whether the parts suffice?** They can say no: if $\sum D > (n-1) H(X)$
# the parts cannot. They can say yes only for independent parts. In between they are silent, as the
# sums of rank 2 show, and the integers of the lattice decide.
