// The list of characteristics: of a long one only the rows in sight are in the page.
import { arrange, choice, fixed, h, labelled, s, shorten, softly, textField } from "./dom.js";

const LONG = 300;
const ROW = 31;
const SPARE = 8;
const byText = new Intl.Collator().compare;
const ORDERS = {
  iv: ["", (a, b) => (b.iv.value ?? -1) - (a.iv.value ?? -1)],
  name: ["Name", (a, b) => byText(a.name, b.name)],
  psi: ["Instability (PSI)", (a, b) => (b.psi ?? -1) - (a.psi ?? -1)],
  flags: ["Flags", (a, b) => b.flags.length - a.flags.length],
  review: ["Review", (a, b) => byText(a.review.status, b.review.status)],
};

export function sorted(ui) {
  const wanted = ui.filter.trim().toLowerCase();
  return ui.features.filter((row) => row.name.toLowerCase().includes(wanted)).sort(ORDERS[ui.order][1]);
}

function rowItem(row, on) {
  const { name, note } = row;
  const marks = [row.status === "set by hand" && "✎", row.flags.length > 0 && "!", { accepted: "✓", rejected: "✗", excluded: "⌀" }[row.review.status]];
  return h("li", h("button.row", {
    type: "button", key: `feature ${name}`, "data-feature": name, title: `${name} ${note}`, onclick: () => on.open(name),
  },
  h("span.name", h("bdi", softly(shorten(name, 120)))), h("span.marks", { "aria-hidden": "true" }, marks),
  h("span.iv", fixed(row.iv.value, 3)), note && h("span.hidden", note)));
}

// Its fields stay where they are; a row is made once, and again when what it says changes.
export function featureList(ui, on) {
  const rows = h("ul");
  const [above, below] = [s("svg.gap", { width: 1 }), s("svg.gap", { width: 1 })];
  const box = h("div.rows", { onscroll: () => place() }, above, rows, below);
  const told = h("p.note");
  const filter = textField(ui, "filter", { type: "search", oninput: () => { ui.filter = filter.value; box.scrollTop = 0; draw(); } });
  const order = choice("order", Object.entries(ORDERS).map(([key, [name]]) => [key, name]), ui.order, (key) => { ui.order = key; draw(); });
  const choose = choice("choose", [], "", on.open);
  const items = new WeakMap();
  let [drawn, marked, shown] = ["", null, []];

  function itemOf(row) {
    if (!items.has(row)) items.set(row, rowItem(row, on));
    return items.get(row);
  }
  function place() {
    const long = shown.length > LONG;
    const first = long ? Math.max(0, Math.floor(box.scrollTop / ROW) - SPARE) : 0;
    const last = long ? Math.min(shown.length, first + Math.ceil(box.clientHeight / ROW) + 2 * SPARE) : shown.length;
    above.setAttribute("height", first * ROW);
    below.setAttribute("height", (shown.length - last) * ROW);
    arrange(rows, shown.slice(first, last).map((row, i) => {
      const item = itemOf(row);
      if (long) for (const [name, place] of [["aria-setsize", shown.length], ["aria-posinset", first + i + 1]]) item.setAttribute(name, place);
      return item;
    }));
    mark();
  }
  function mark() {
    marked?.removeAttribute("aria-current");
    const row = shown.find((one) => one.name === ui.view?.name);
    marked = row && items.has(row) ? items.get(row).firstChild : null;
    marked?.setAttribute("aria-current", "true");
  }
  function draw() {
    if (ui.meta) order.options[0].text = ui.meta.worth;
    const now = [ui.filter, ui.order, ui.narrow].join("\n");
    if (drawn !== now || draw.of !== ui.features) {
      [drawn, draw.of, shown] = [now, ui.features, sorted(ui)];
      box.classList.toggle("wb-long", shown.length > LONG);
      const open = ui.features.filter((row) => row.review.status === "open").length;
      told.textContent = `${open} of ${ui.features.length} open${shown.length < ui.features.length ? `, ${shown.length} shown` : ""}`;
      if (ui.narrow) choose.replaceChildren(...shown.map((row) => h("option", { value: row.name }, `${shorten(row.name, 60)} · ${fixed(row.iv.value, 3)}`)));
      place();
    }
    mark();
    if (ui.view) choose.value = ui.view.name;
  }
  // The row of a characteristic that was opened by a key comes into sight.
  function reveal(name) {
    const at = shown.findIndex((row) => row.name === name);
    if (shown.length > LONG && at >= 0) { box.scrollTop = Math.max(0, at * ROW - box.clientHeight / 2); place(); }
    else if (at >= 0) rows.children[at]?.scrollIntoView({ block: "nearest" });
  }
  const parts = [
    h("h2", "Characteristics"), h("div.tool", labelled("Filter", filter, "grow"), labelled("Sort by", order, "grow")),
    told, labelled("Characteristic", choose, "small"), box,
  ];
  return { parts, draw, place, reveal };
}
