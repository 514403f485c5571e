// Every number of the picture as a table.
import { count, fixed, h, percent } from "./dom.js";

function headings(view) {
  const holdout = view.holdout_iv !== null;
  return [
    "Bin", "Rows", "Share", "Events", "Event rate", "95 % interval",
    ...(holdout ? ["Hold-out share", "Hold-out rate"] : []), "WoE", "95 % interval", "IV", "95 % interval",
  ];
}

function cells(bin, holdout) {
  const range = (low, high, show) => (low === null || low === undefined ? "–" : high === null ? `${show(low)}, no upper bound` : `${show(low)} to ${show(high)}`);
  return [
    count(bin.count), percent(bin.share), count(bin.events), percent(bin.rate), range(bin.rate_low, bin.rate_high, percent),
    ...(holdout ? [percent(bin.holdout_share), percent(bin.holdout_rate)] : []),
    fixed(bin.woe, 3), range(bin.woe_low, bin.woe_high, (value) => fixed(value, 3)), fixed(bin.iv), range(bin.iv_low, bin.iv_high, fixed),
  ];
}

export function binTable(view, ui) {
  const holdout = view.holdout_iv !== null;
  const rows = view.shown.map((bin) => h("tr", { class: ui.picked.includes(bin.number) ? "wb-picked" : null },
    h("th", { scope: "row" }, h("bdi", {}, bin.label), bin.adjusted ? h("span", { class: "wb-tag" }, "half added") : null,
      bin.by_hand ? h("span", { class: "wb-tag" }, "WoE by hand") : null),
    cells(bin, holdout).map((text) => h("td", {}, text))));
  return h("div", { class: "wb-scroll", tabindex: 0, role: "region", "aria-label": "Table of the bins", "data-key": "table" },
    h("table", { class: "wb-table" },
      h("caption", {}, "Training rows, which were looked at: optimistic"),
      h("thead", {}, h("tr", {}, headings(view).map((text) => h("th", { scope: "col" }, text)))),
      h("tbody", {}, rows)));
}

export function periodTable(view) {
  if (!view.periods.length) return null;
  const head = ["Period", "Rows", "PSI", ...view.shown.map((bin) => bin.label)];
  const rows = view.periods.map((period) => h("tr", {},
    h("th", { scope: "row" }, h("bdi", {}, period.label)), h("td", {}, count(period.count)), h("td", {}, fixed(period.psi.value, 3)),
    view.shown.map((bin) => h("td", {}, `${percent(period.shares[bin.number], 0)} · ${percent(period.rates[bin.number], 0)}`))));
  return h("div", { class: "wb-scroll", tabindex: 0, role: "region", "aria-label": "Table of the periods", "data-key": "periods" },
    h("table", { class: "wb-table" },
      h("caption", {}, "Periods: share of the rows · event rate, by bin"),
      h("thead", {}, h("tr", {}, head.map((text) => h("th", { scope: "col" }, text)))),
      h("tbody", {}, rows)));
}
