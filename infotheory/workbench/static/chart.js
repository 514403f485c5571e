// The bins as a picture, with handles on the splits.
import { fixed, percent, count, rateOf, s, shorten } from "./dom.js";

const LEFT = 44;
const RIGHT = 12;
const TOP = 20;
// Rates, shares and evidence have an axis each: on one axis they would read as one another.
const RATES = 180;
const LOW = 56;
const GAP = 28;
const BELOW = 84;
const NARROWEST = 62;

function scaleOf(most, parts, low = 0) {
  const least = (most - low) / parts || 1;
  const unit = 10 ** Math.floor(Math.log10(least));
  const step = unit * [1, 2, 5, 10].find((one) => one * unit > 0.99 * least);
  // Digits that tell a tick from the next.
  const digits = { minimumFractionDigits: Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) };
  const show = (value) => value.toLocaleString("en", digits).replace("-", "−");
  return { step, show, low: Math.floor(low / step + 1e-9) * step, top: Math.ceil(most / step - 1e-9) * step };
}

// A name holds the text that is seen, as it is seen.
function binName(bin, seen, { meta }) {
  return `${seen} ${fixed(bin.woe, 3)} WoE, ${seen === bin.label ? "" : `${bin.label}, `}${count(bin.count)} rows, ${meta.rate} ${rateOf(meta)(bin.rate)}`;
}

function panel(top, size, scale, low = scale.low) {
  return { ...scale, low, y: (value) => top + (size * (scale.top - value)) / (scale.top - low) };
}

function grid(width, { low, top, step, y, show }, name, text) {
  const lines = [s("text.tick", { x: LEFT, y: y(top) - 7 }, name)];
  // Counted, not summed: a tick at 0 is 0.
  for (let k = Math.round(low / step); k * step < top + step / 2; k++) {
    const value = k * step;
    lines.push(
      s(k ? "path.grid" : "path.axis", { d: `M${LEFT} ${y(value)} H${width - RIGHT}` }),
      s("text.tick", { x: LEFT - 8, y: y(value) + 4, "text-anchor": "end" }, (text || show)(value)),
    );
  }
  return lines;
}

function marks(bin, middle, y) {
  const [low, high] = [y(bin.rate_low ?? bin.rate), y(bin.rate_high ?? bin.rate)];
  return [
    bin.rate !== null && [
      s("path.error", { d: `M${middle} ${low} V${high} M${middle - 4} ${low} h8 M${middle - 4} ${high} h8` }),
      s("circle.rate", { cx: middle, cy: y(bin.rate), r: 5 }),
    ],
    bin.holdout_rate != null && s("path.holdout", { d: `M${middle + 16} ${y(bin.holdout_rate) - 6} l6 11 h-12 z` }),
  ];
}

function woeLine(view, column, y) {
  const points = view.shown.map((bin, i) => ({ kind: bin.kind, x: LEFT + (i + 0.5) * column, y: bin.woe === null ? null : y(bin.woe) })).filter((point) => point.y !== null);
  const line = points.filter((point) => point.kind === "bin").map((point) => `${point.x},${point.y}`);
  return [
    view.has_order && s("polyline.woe", { points: line.join(" ") }),
    points.map((point) => s("rect.woe-mark", { x: point.x - 4, y: point.y - 4, width: 8, height: 8 })),
  ];
}

// Ends of pre-bins between two splits of now, or from a split to the end.
function placesBetween(view, before, after) {
  return view.prebin_splits.filter((value) => value > (view.splits[before] ?? -Infinity) && value < (view.splits[after] ?? Infinity));
}

// Places inside a bin where a pre-bin ends; the field "Split at" does the same.
function ticks(view, i, left, column, base, on) {
  const places = placesBetween(view, i - 1, i);
  if (!places.length) return null;
  const [start, width, y] = [left + 14, Math.max(1, column - 28), base + 1];
  const split = (event) => {
    const box = event.currentTarget.getBoundingClientRect();
    const at = Math.floor(((event.clientX - box.left) / box.width) * places.length);
    return { type: "split", at: places[Math.max(0, Math.min(places.length - 1, at))] };
  };
  return s("g.places",
    s("path", { d: places.map((_, k) => `M${start + ((k + 0.5) * width) / places.length} ${y} v6`).join("") }),
    s("rect.strip", {
      x: start, y: y - 2, width, height: 14, "data-strip": i,
      onclick: (event) => { event.stopPropagation(); on.act(split(event)); },
      onmousemove: (event) => on.preview(split(event)), onmouseleave: () => on.preview(null),
    }, s("title", `split at one of ${places.length} places between pre-bins`)));
}

function moved(view, i, to) {
  return { type: "set", bins: [...view.splits.filter((_, k) => k !== i), to].sort((a, b) => a - b) };
}

function handle(view, i, x, column, base, on) {
  const merge = { type: "merge", bins: [i, i + 1] };
  const numerical = view.kind === "numerical";
  const name = numerical ? `Split at ${view.splits[i]}` : `Border after ${view.shown[i].label}`;
  const places = numerical ? placesBetween(view, i - 1, i + 1) : [];
  const here = places.filter((value) => value < view.splits[i]).length;
  const step = (by) => {
    const to = places[by < 0 ? here - 1 : places[here] === view.splits[i] ? here + 1 : here];
    if (to !== undefined) on.act(moved(view, i, to));
  };
  let from = null;
  const isFar = (event) => from !== null && Math.abs(event.clientX - from) > 6;
  const target = (event) => {
    const by = Math.round(((event.clientX - from) / column) * (places.length / 2));
    return places[Math.max(0, Math.min(places.length - 1, here + by))];
  };
  const y = base + 22;
  const group = s("g.handle", {
    role: "button", tabindex: 0, key: `handle${i}`, "data-handle": i, "aria-label": `${name}: remove${places.length ? ", or move with the arrow keys" : ""}`,
    onclick: () => on.act(merge),
    onkeydown: (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1, Enter: 0, " ": 0 }[event.key];
      if (by === undefined || (by && !places.length)) return;
      event.preventDefault();
      if (by) step(by);
      else on.act(merge);
    },
    onmouseenter: () => on.preview(merge), onmouseleave: () => { if (from === null) on.preview(null); },
    onfocus: () => on.preview(merge), onblur: () => on.preview(null),
    onpointerdown: (event) => { if (places.length) { from = event.clientX; group.setPointerCapture(event.pointerId); } },
    onpointermove: (event) => { if (isFar(event)) on.preview(moved(view, i, target(event))); },
    onpointerup: (event) => {
      const to = isFar(event) ? target(event) : undefined;
      from = null;
      if (to === undefined) return;
      // A drag ends in a click on the handle, which would remove the split.
      group.addEventListener("click", (click) => click.stopImmediatePropagation(), { capture: true, once: true });
      if (to !== view.splits[i]) on.act(moved(view, i, to));
    },
  },
  s("path.cut", { d: `M${x} ${TOP} V${y - 12}` }),
  s("circle.grip", { cx: x, cy: y, r: 12 }),
  s("path.cross", { d: `M${x - 4} ${y - 4} l8 8 m0 -8 l-8 8` }));
  return group;
}

function binGroup(bin, left, column, base, rates, shares, ui, on) {
  const picked = ui.picked.includes(bin.number);
  const middle = left + column / 2;
  const seen = shorten(bin.label, Math.floor((column - 6) / 6.7));
  const top = shares.y(bin.share);
  const role = ui.readOnly ? { role: "img" } : { role: "button", tabindex: bin.number === ui.focused ? 0 : -1, "aria-pressed": String(picked), onclick: () => on.pick(bin.number) };
  return s("g", { ...role, class: picked ? "wb-bin wb-picked" : "wb-bin", "data-bin": bin.number, key: `bin${bin.number}`, "aria-label": binName(bin, seen, ui) },
    s("title", bin.label),
    s("rect.back", { x: left + 1, y: TOP, width: column - 2, height: base - TOP + BELOW - 6, rx: 3 }),
    s(bin.kind === "bin" ? "rect.share" : "rect.outside", { x: left + column * 0.16, y: top, width: column * 0.68, height: shares.y(0) - top }),
    marks(bin, middle, rates.y),
    s("text.label", { x: middle, y: base + 50 }, `${seen} `),
    s("text.sub", { x: middle, y: base + 67 }, fixed(bin.woe, 3)),
    picked && s("path.tickmark", { d: `M${left + 8} ${TOP + 12} l4 4 l8 -9` }));
}

export function drawChart(view, ui, on) {
  const most = (values) => Math.max(0.05, ...values);
  const { meta } = ui;
  const ends = view.shown.flatMap((bin) => [bin.rate, bin.rate_low, bin.rate_high, bin.holdout_rate]).filter((end) => end != null);
  const top = Math.max(...ends);
  const rates = panel(TOP, RATES, meta.share ? scaleOf(most([Math.min(1, top)]), 5) : scaleOf(top, 5, Math.min(...ends)));
  const evidence = scaleOf(most(view.shown.map((bin) => Math.abs(bin.woe ?? 0))), 1);
  // Ticks may be wider than the margin.
  const texts = [rates.show(rates.low), rates.show(rates.top), evidence.show(-evidence.top)];
  const more = Math.max(0, ...texts.map((text) => 7.4 * text.length + 8 - LEFT));
  const width = Math.max(ui.width - more, LEFT + RIGHT + view.shown.length * NARROWEST);
  const column = (width - LEFT - RIGHT) / view.shown.length;
  const shares = panel(TOP + RATES + GAP, LOW, scaleOf(most(view.shown.map((bin) => bin.share)), 2));
  const woe = panel(TOP + RATES + LOW + 2 * GAP, LOW, evidence, -evidence.top);
  const base = TOP + RATES + (ui.woe ? 2 : 1) * (GAP + LOW);
  const whole = (share) => percent(share, 0);
  const bins = view.shown.map((bin, i) => binGroup(bin, LEFT + i * column, column, base, rates, shares, ui, on));
  const regular = ui.readOnly ? [] : view.shown.filter((bin) => bin.kind === "bin");
  const handles = regular.map((_, i) => [
    view.kind === "numerical" && ticks(view, i, LEFT + i * column, column, base, on),
    i + 1 < regular.length && handle(view, i, LEFT + (i + 1) * column, column, base, on),
  ]);
  const height = base + BELOW;
  return s("svg.chart", { viewBox: `${-more} 0 ${width + more} ${height}`, width: width + more, height, role: "group", "aria-label": `Bins of ${view.name}: ${meta.rate} with its interval, share of the rows` },
    grid(width, rates, meta.rate, meta.share && whole), grid(width, shares, "share of the rows", whole),
    ui.woe && grid(width, woe, "WoE"),
    bins, ui.woe && woeLine(view, column, woe.y), handles, s("text.tick", { x: LEFT - 8, y: base + 67, "text-anchor": "end" }, "WoE"));
}
