// The bins as a picture, with handles on the splits.
import { fixed, percent, count, s, shorten } from "./dom.js";

const LEFT = 44;
const RIGHT = 12;
const TOP = 20;
// Rates, shares and evidence have a panel and an axis each: on one axis they would read as one
// another.
const RATES = 180;
const LOW = 56;
const GAP = 28;
const BELOW = 84;
const NARROWEST = 62;

function scaleOf(most, parts) {
  const step = [0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1, 2, 5].find((one) => most / one <= parts) ?? most;
  return { step, top: Math.ceil(most / step - 1e-9) * step };
}

// A name holds the text that is seen, as it is seen.
function binName(bin, seen) {
  const rate = bin.rate === null ? "no event rate" : `event rate ${percent(bin.rate)}`;
  return `${seen} ${fixed(bin.woe, 3)} WoE, ${seen === bin.label ? "" : `${bin.label}, `}${count(bin.count)} rows, ${rate}`;
}

function panel(top, size, low, scale) {
  return { ...scale, low, y: (value) => top + (size * (scale.top - value)) / (scale.top - low) };
}

function grid(width, { low, top, step, y }, show) {
  const lines = [];
  for (let value = low; value <= top + 1e-9; value += step) {
    lines.push(
      s("line", { x1: LEFT, x2: width - RIGHT, y1: y(value), y2: y(value), class: Math.abs(value) > 1e-9 ? "wb-grid" : "wb-axis" }),
      s("text", { x: LEFT - 8, y: y(value) + 4, "text-anchor": "end", class: "wb-tick" }, show(value)),
    );
  }
  return lines;
}

function marks(bin, middle, height) {
  const parts = [];
  if (bin.rate !== null) {
    const [low, high] = [height(bin.rate_low ?? bin.rate), height(bin.rate_high ?? bin.rate)];
    parts.push(
      s("line", { x1: middle, x2: middle, y1: low, y2: high, class: "wb-error" }),
      s("line", { x1: middle - 4, x2: middle + 4, y1: low, y2: low, class: "wb-error" }),
      s("line", { x1: middle - 4, x2: middle + 4, y1: high, y2: high, class: "wb-error" }),
      s("circle", { cx: middle, cy: height(bin.rate), r: 5, class: "wb-rate" }),
    );
  }
  if (bin.holdout_rate !== null && bin.holdout_rate !== undefined) {
    const y = height(bin.holdout_rate);
    parts.push(s("path", { d: `M${middle + 16} ${y - 6} l6 11 h-12 z`, class: "wb-holdout" }));
  }
  return parts;
}

function woeLine(view, column, y) {
  const points = view.shown.map((bin, i) => (bin.woe === null ? null : [LEFT + (i + 0.5) * column, y(bin.woe)]));
  const line = points.filter((point, i) => point && view.shown[i].kind === "bin").map((point) => point.join(","));
  return [
    view.has_order ? s("polyline", { points: line.join(" "), class: "wb-woe" }) : null,
    points.filter(Boolean).map(([x, at]) => s("rect", { x: x - 4, y: at - 4, width: 8, height: 8, class: "wb-woe-mark" })),
  ];
}

// Places inside a bin where a pre-bin ends; the field "Split at" does the same.
function splitPlaces(view, i) {
  const low = i === 0 ? -Infinity : view.splits[i - 1];
  const high = i < view.splits.length ? view.splits[i] : Infinity;
  return view.prebin_splits.filter((value) => value > low && value < high);
}

function ticks(view, i, left, column, base, on) {
  const places = splitPlaces(view, i);
  if (!places.length) return null;
  const x = (k) => left + 14 + ((k + 0.5) * (column - 28)) / places.length;
  const nearest = (event) => {
    const box = event.currentTarget.getBoundingClientRect();
    const at = (event.clientX - box.left) / box.width;
    return places[Math.max(0, Math.min(places.length - 1, Math.floor(at * places.length)))];
  };
  const y = base + 1;
  return s("g", { class: "wb-places" },
    places.map((_, k) => s("line", { x1: x(k), x2: x(k), y1: y, y2: y + 6 })),
    s("rect", {
      x: left + 14, y: y - 2, width: Math.max(1, column - 28), height: 14, class: "wb-strip", "data-strip": i,
      onclick: (event) => { event.stopPropagation(); on.act({ type: "split", at: nearest(event) }); },
      onmousemove: (event) => on.preview({ type: "split", at: nearest(event) }),
      onmouseleave: () => on.preview(null),
    }, s("title", {}, `split at one of ${places.length} places between pre-bins`)),
  );
}

function moved(view, i, to) {
  const others = view.splits.filter((_, k) => k !== i);
  return { type: "set", bins: [...others, to].sort((a, b) => a - b) };
}

function neighbours(view, i) {
  const low = i === 0 ? -Infinity : view.splits[i - 1];
  const high = i + 1 < view.splits.length ? view.splits[i + 1] : Infinity;
  return view.prebin_splits.filter((value) => value > low && value < high);
}

function handle(view, i, x, column, base, on) {
  const merge = { type: "merge", bins: [i, i + 1] };
  const name = view.kind === "numerical" ? `Split at ${view.splits[i]}` : `Border after ${view.shown[i].label}`;
  const places = view.kind === "numerical" ? neighbours(view, i) : [];
  const step = (by) => {
    const there = places.filter((value) => (by > 0 ? value > view.splits[i] : value < view.splits[i]));
    const to = by > 0 ? there[0] : there[there.length - 1];
    if (to !== undefined) on.act(moved(view, i, to));
  };
  let from = null;
  const target = (event) => {
    const by = Math.round(((event.clientX - from) / column) * (places.length / 2));
    const at = places.findIndex((value) => value >= view.splits[i]);
    return places[Math.max(0, Math.min(places.length - 1, (at < 0 ? places.length : at) + by))];
  };
  const y = base + 22;
  const group = s("g", {
    role: "button", tabindex: 0, class: "wb-handle", "data-key": `handle${i}`, "data-handle": i,
    "aria-label": places.length ? `${name}: remove, or move with the arrow keys` : `${name}: remove`,
    onclick: () => on.act(merge),
    onkeydown: (event) => {
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); on.act(merge); }
      else if (places.length && (event.key === "ArrowLeft" || event.key === "ArrowRight")) {
        event.preventDefault();
        step(event.key === "ArrowRight" ? 1 : -1);
      }
    },
    onmouseenter: () => on.preview(merge), onmouseleave: () => { if (from === null) on.preview(null); },
    onfocus: () => on.preview(merge), onblur: () => on.preview(null),
    onpointerdown: (event) => { if (places.length) { from = event.clientX; group.setPointerCapture(event.pointerId); } },
    onpointermove: (event) => {
      if (from !== null && Math.abs(event.clientX - from) > 6) on.preview(moved(view, i, target(event)));
    },
    onpointerup: (event) => {
      const to = from !== null && Math.abs(event.clientX - from) > 6 ? target(event) : undefined;
      from = null;
      if (to === undefined) return;
      // A drag ends in a click on the handle, which would remove the split.
      group.addEventListener("click", (click) => click.stopImmediatePropagation(), { capture: true, once: true });
      if (to !== view.splits[i]) on.act(moved(view, i, to));
    },
  },
  s("line", { x1: x, x2: x, y1: TOP, y2: y - 12, class: "wb-cut" }),
  s("rect", { x: x - 12, y: y - 12, width: 24, height: 24, rx: 12, class: "wb-grip" }),
  s("path", { d: `M${x - 4} ${y - 4} l8 8 m0 -8 l-8 8`, class: "wb-cross" }));
  return group;
}

function binGroup(bin, left, column, base, rates, shares, ui, on) {
  const picked = ui.picked.includes(bin.number);
  const middle = left + column / 2;
  const seen = shorten(bin.label, Math.floor((column - 6) / 6.7));
  const top = shares.y(bin.share);
  const role = ui.readOnly ? { role: "img" } : {
    role: "button", tabindex: bin.number === ui.focused ? 0 : -1, "aria-pressed": String(picked),
    onclick: () => on.pick(bin.number),
  };
  return s("g", {
    ...role, class: picked ? "wb-bin wb-picked" : "wb-bin", "data-bin": bin.number, "data-key": `bin${bin.number}`,
    "aria-label": binName(bin, seen),
  },
  s("title", {}, bin.label),
  s("rect", { x: left + 1, y: TOP, width: column - 2, height: base - TOP + BELOW - 6, rx: 3, class: "wb-back" }),
  s("rect", { x: left + column * 0.16, y: top, width: column * 0.68, height: shares.y(0) - top, class: bin.kind === "bin" ? "wb-share" : "wb-share wb-outside" }),
  marks(bin, middle, rates.y),
  s("text", { x: middle, y: base + 50, "text-anchor": "middle", class: "wb-label" }, `${seen} `),
  s("text", { x: middle, y: base + 67, "text-anchor": "middle", class: "wb-sub" }, fixed(bin.woe, 3)),
  picked ? s("path", { d: `M${left + 8} ${TOP + 12} l4 4 l8 -9`, class: "wb-tickmark" }) : null);
}

export function drawChart(view, ui, on) {
  const width = Math.max(ui.width, LEFT + RIGHT + view.shown.length * NARROWEST);
  const column = (width - LEFT - RIGHT) / view.shown.length;
  const most = (...values) => Math.max(0.05, ...values.flat());
  const tops = view.shown.map((bin) => [bin.rate ?? 0, Math.min(bin.rate_high ?? 0, 1), bin.holdout_rate ?? 0]);
  const rates = panel(TOP, RATES, 0, scaleOf(most(...tops), 5));
  const shares = panel(TOP + RATES + GAP, LOW, 0, scaleOf(most(view.shown.map((bin) => bin.share)), 2));
  const evidence = scaleOf(most(view.shown.map((bin) => Math.abs(bin.woe ?? 0))), 1);
  const woe = panel(TOP + RATES + LOW + 2 * GAP, LOW, -evidence.top, evidence);
  const base = TOP + RATES + (ui.woe ? 2 : 1) * (GAP + LOW);
  const whole = (share) => `${Math.round(100 * share)} %`;

  const bins = view.shown.map((bin, i) => binGroup(bin, LEFT + i * column, column, base, rates, shares, ui, on));
  const regular = view.shown.filter((bin) => bin.kind === "bin").length;
  const handles = [];
  if (!ui.readOnly) {
    for (let i = 0; i < regular; i += 1) {
      if (view.kind === "numerical") handles.push(ticks(view, i, LEFT + i * column, column, base, on));
      if (i + 1 < regular) handles.push(handle(view, i, LEFT + (i + 1) * column, column, base, on));
    }
  }
  const height = base + BELOW;
  return s("svg", {
    viewBox: `0 0 ${width} ${height}`, width, height, class: "wb-chart", role: "group",
    "aria-label": `Bins of ${view.name}: event rate with its interval, share of the rows`,
  },
  grid(width, rates, whole), grid(width, shares, whole), ui.woe ? grid(width, woe, (value) => fixed(value, evidence.top < 0.1 ? 2 : 1)) : null,
  bins, ui.woe ? woeLine(view, column, woe.y) : null, handles.filter(Boolean),
  [["event rate", rates], ["share of the rows", shares], ...(ui.woe ? [["WoE", woe]] : [])].map(([name, { y, top }]) => s("text", { x: LEFT, y: y(top) - 7, class: "wb-tick" }, name)),
  s("text", { x: LEFT - 8, y: base + 67, "text-anchor": "end", class: "wb-tick" }, "WoE"));
}
