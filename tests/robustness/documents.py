"""The parts of a JSON document, and copies of it in which one part is another."""

import copy


def places(value, path=(), *, every=True):
    """Paths of all parts, the whole first; of lists the first two and the last unless ``every``."""
    yield path
    inside = list(value.items()) if isinstance(value, dict) else []
    if isinstance(value, list):
        inside = list(enumerate(value))
        inside = inside if every else inside[:2] + inside[2:][-1:]
    for key, entry in inside:
        yield from places(entry, (*path, key), every=every)


def parent(document, path):
    """Dict or list that holds a part."""
    for key in path[:-1]:
        document = document[key]
    return document


def changed(document, path, value):
    """Copy in which a part is another value, or absent where the value is an ellipsis."""
    if not path:
        return value
    changed_copy = copy.deepcopy(document)
    if value is ...:
        del parent(changed_copy, path)[path[-1]]
    else:
        parent(changed_copy, path)[path[-1]] = value
    return changed_copy
