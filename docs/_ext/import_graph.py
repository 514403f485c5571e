"""The import graph of the rooms, read from the code and drawn as SVG."""

from html import escape
from pathlib import Path

import grimp
from sphinx.application import Sphinx

WIDTH, HEIGHT, GAP_X, GAP_Y = 108, 30, 34, 50


def imports_of_rooms() -> dict[str, set[str]]:
    """Find which rooms (modules and packages of the first level) each room imports from."""
    graph = grimp.build_graph("infotheory", exclude_type_checking_imports=True)
    rooms = sorted(
        name for name in graph.modules if name.count(".") == 1 and not name.endswith("_version")
    )
    for room in filter(graph.find_children, rooms):
        graph.squash_module(room)
    return {
        room: graph.find_modules_directly_imported_by(room) & (set(rooms) - {room})
        for room in rooms
    }


def levels(imports: dict[str, set[str]]) -> dict[str, int]:
    """Measure the longest path below each room: rooms of one level do not import each other."""
    found: dict[str, int] = {}
    while len(found) < len(imports):
        ready = [room for room in imports if room not in found and imports[room] <= set(found)]
        if not ready:
            message = (
                f"the rooms import each other in a circle: {sorted(set(imports) - set(found))}"
            )
            raise ValueError(message)
        found |= {
            room: 1 + max((found[other] for other in imports[room]), default=-1) for room in ready
        }
    return found


def without_detours(imports: dict[str, set[str]]) -> dict[str, set[str]]:
    """Drop an import that a chain of others implies.

    What is left draws the same order with fewer lines.
    """
    level = levels(imports)
    below: dict[str, set[str]] = {}
    for room in sorted(imports, key=level.__getitem__):
        below[room] = imports[room].union(*(below[other] for other in imports[room]))
    return {
        room: {o for o in others if not any(o in below[x] for x in others)}
        for room, others in imports.items()
    }


def positions(level: dict[str, int], edges: dict[str, set[str]]) -> dict[str, tuple[float, float]]:
    """Rows by level, the highest on top.

    Within a row by the mean place of the rooms that import from it.
    """
    rows = [
        [room for room in level if level[room] == row] for row in range(max(level.values()), -1, -1)
    ]
    widest = max(map(len, rows)) * (WIDTH + GAP_X)
    place: dict[str, tuple[float, float]] = {}
    for number, row in enumerate(rows):
        centre = {room: [place[up][0] for up in place if room in edges[up]] for room in row}
        row.sort(
            key=lambda room: sum(centre[room]) / len(centre[room]) if centre[room] else widest / 2
        )
        step, shift = (
            widest / len(row),
            GAP_X * (-1) ** number,
        )  # rows are set off, so that boxes hide fewer lines
        place |= {
            room: (step * (i + 0.5) + shift, number * (HEIGHT + GAP_Y) + HEIGHT)
            for i, room in enumerate(row)
        }
    return place


def drawing() -> str:
    """Draw the graph as SVG."""
    imports = imports_of_rooms()
    edges = without_detours(imports)
    place = positions(levels(imports), edges)
    lines, boxes = [], []
    for room, (x, y) in place.items():
        for other in sorted(edges[room]):
            to_x, to_y = place[other]
            start, end, middle = y + HEIGHT / 2, to_y - HEIGHT / 2, (y + to_y) / 2
            lines.append(
                f'<path d="M{x:.0f},{start:.0f} C{x:.0f},{middle:.0f} '
                f'{to_x:.0f},{middle:.0f} {to_x:.0f},{end:.0f}"/>'
            )
        name = escape(room.removeprefix("infotheory."))
        corner = f'x="{x - WIDTH / 2:.0f}" y="{y - HEIGHT / 2:.0f}"'
        box = f'<rect {corner} width="{WIDTH}" height="{HEIGHT}" rx="6"/>'
        boxes.append(f'{box}<text x="{x:.0f}" y="{y + 4:.0f}">{name}</text>')
    left, right = (
        end(x for x, _ in place.values()) + side for end, side in ((min, -WIDTH), (max, WIDTH))
    )
    bottom = max(y for _, y in place.values()) + HEIGHT
    style = (
        "path{fill:none;stroke:#7a8ba3;stroke-opacity:.6}rect{fill:#f3f6fa;stroke:#41597a}"
        "text{font:13px sans-serif;text-anchor:middle;fill:#1b2a3d}"
    )
    title = (
        "<title>Import graph of the rooms: a line leads from a room down to one that it imports "
        "from</title>"
    )
    size = f'viewBox="{left:.0f} 0 {right - left:.0f} {bottom:.0f}" width="{right - left:.0f}"'
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img"><style>{style}</style>{title}'
    )
    return "\n".join([head, *lines, *boxes, "</svg>"]) + "\n"


def write_graph(app: Sphinx) -> None:
    """Write the drawing into the source folder, where git ignores it."""
    folder = Path(app.srcdir) / "_generated"
    folder.mkdir(exist_ok=True)
    path = folder / "import_graph.svg"
    text = drawing()
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def setup(app: Sphinx) -> dict[str, bool]:
    """Draw before the sources are read."""
    app.connect("builder-inited", write_graph)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
