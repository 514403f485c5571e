"""The collector of garbage rests while modules load and kernels are made, and goes on after."""

import gc

import pytest

from infotheory import _compiled
from infotheory._collector import collector_at_rest


def test_the_collector_goes_on_afterwards_whatever_happens():
    assert gc.isenabled()
    with collector_at_rest():
        assert not gc.isenabled()
        with collector_at_rest():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()

    with pytest.raises(KeyboardInterrupt), collector_at_rest():
        raise KeyboardInterrupt
    assert gc.isenabled()


def test_ctrl_c_heard_as_soon_as_the_collector_rests_leaves_it_on(monkeypatch):
    disable = gc.disable

    def interrupted():
        disable()
        raise KeyboardInterrupt

    monkeypatch.setattr(gc, "disable", interrupted)
    with pytest.raises(KeyboardInterrupt), collector_at_rest():
        raise AssertionError
    assert gc.isenabled()


def test_a_collector_that_was_switched_off_stays_so():
    gc.disable()
    try:
        with collector_at_rest():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_the_collector_rests_while_a_kernel_is_compiled():
    kernel, passes = _compiled.compiled(lambda x: x + 1.0), []
    kernel(1)
    gc.collect()
    gc.callbacks.append(lambda phase, _: passes.append(phase))
    try:
        assert kernel(1.5) == 2.5
    finally:
        gc.callbacks.pop()
    # What was made meanwhile is gone over once at the end: start and stop. Compiling makes some
    # thousand objects, and the collector would go over the youngest at each 700.
    assert len(passes) <= 4
    assert gc.isenabled()
