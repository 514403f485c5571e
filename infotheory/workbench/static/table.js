// Every number of the picture as a table.
import { count, fixed, h, percent, rateOf } from "./dom.js";

const three = (value) => fixed(value, 3);

function cell(bin, show, first, last) {
  if (!last || bin[first] === null) return show(bin[first]);
  return bin[last] === null ? `${show(bin[first])}, no upper bound` : `${show(bin[first])} to ${show(bin[last])}`;
}

function table(key, name, caption, headings, rows) {
  return h("div.scroll", { tabindex: 0, role: "region", "aria-label": name, key },
    h("table.table",
      h("caption", caption),
      h("thead", h("tr", headings.map((text) => h("th", { scope: "col" }, text)))),
      h("tbody", rows)));
}

export function binTable(view, ui) {
  // A heading, how it is shown, and what: a number of the bin, or the ends of an interval.
  const shows = { count, percent, three, fixed, rate: rateOf(ui.meta) };
  const columns = ui.meta.columns.filter(([, , key]) => key in view.shown[0]).map(([name, show, ...keys]) => [name, shows[show], ...keys]);
  for (const key of view.per_class) columns.push([key, key[0] === "W" ? three : percent, key]);
  const rows = view.shown.map((bin) => h("tr", { class: ui.picked.includes(bin.number) && "wb-picked" },
    h("th", { scope: "row" }, h("bdi", bin.label), bin.adjusted && h("span.tag", "half added"), bin.by_hand && h("span.tag", "WoE by hand")),
    columns.map(([, ...column]) => h("td", cell(bin, ...column)))));
  return table("table", "Table of the bins", ui.meta.words.table, ["Bin", ...columns.map(([name]) => name)], rows);
}

export function periodTable(view, meta) {
  if (!view.periods.length) return null;
  const rows = view.periods.map((period) => h("tr",
    h("th", { scope: "row" }, h("bdi", period.label)), h("td", count(period.count)), h("td", fixed(period.psi.value, 3)),
    view.shown.map(({ number }) => h("td", `${percent(period.shares[number], 0)} · ${rateOf(meta)(period.rates[number], 0)}`))));
  return table("periods", "Table of the periods", `Periods: share of the rows · ${meta.rate}, by bin`, ["Period", "Rows", "PSI", ...view.shown.map((bin) => bin.label)], rows);
}
