// Everything around the picture.
import { button, count, fixed, h, interval, labelled, percent, shorten, signed } from "./dom.js";

const MOST_LISTED = 300;
const REASONS = ["monotone", "too few rows", "rounded", "business rule", "stability"];
const TRENDS = ["auto", "none", "ascending", "descending", "peak", "valley", "concave", "convex"];
export function topBar(ui, on) {
  const { meta } = ui;
  const rows = `${count(meta.rows)} training rows`;
  const holdout = meta.samples.holdout ? ` · ${count(meta.samples.holdout)} hold-out rows` : "";
  const saved = ui.gone ? "not connected" : ui.saved ? `saved ${ui.saved} · step ${ui.step}` : `step ${ui.step}`;
  return h("header", { class: "wb-top" },
    h("p", { class: "wb-data" }, h("strong", {}, rows), `${holdout} · event = ${meta.event} · WoE > 0 is ${meta.sign}`),
    h("p", { class: ui.gone ? "wb-saved wb-gone" : "wb-saved" }, meta.read_only ? `read-only · ${saved}` : saved),
    meta.read_only ? null : h("div", { class: "wb-buttons" },
      button("Undo", { class: "wb-undo", "data-key": "undo", disabled: !ui.canUndo && !ui.pending, onclick: () => on.undo() }),
      button("Redo", { class: "wb-redo", "data-key": "redo", disabled: !ui.canRedo && !ui.pending, onclick: () => on.redo() })),
    meta.read_only ? replay(ui, on) : exporting(on),
    button("Keys ?", { "data-key": "help", "aria-expanded": String(ui.help), onclick: () => on.help() }));
}

function exporting(on) {
  const names = { report: "Report", card: "Card (JSON)", audit: "Audit trail (CSV)", python: "Card in Python" };
  return h("select", { "data-key": "export", "aria-label": "Export", onchange: (event) => { on.export(event.target.value); event.target.value = ""; } },
    h("option", { value: "" }, "Export …"), Object.entries(names).map(([what, name]) => h("option", { value: what }, name)));
}

// A session that is only looked at is replayed step by step.
function replay(ui, on) {
  const at = ui.replay ?? ui.meta.steps;
  return h("div", { class: "wb-buttons" },
    button("◀", { "data-key": "earlier", "aria-label": "One step back", disabled: at <= 0, onclick: () => on.replay(at - 1) }),
    h("span", { class: "wb-note" }, `step ${at} of ${ui.meta.steps}`),
    button("▶", { "data-key": "later", "aria-label": "One step on", disabled: at >= ui.meta.steps, onclick: () => on.replay(at + 1) }));
}

export function noticeBar(ui) {
  if (!ui.notice) return null;
  return h("div", { class: "wb-notice" }, h("p", {}, ui.notice), ui.exported ? h("textarea", { readonly: true, rows: 8, "aria-label": "Exported text" }, ui.exported) : null);
}

export function reviewBar(ui, on) {
  const { review } = ui.features.find((row) => row.name === ui.view.name);
  if (ui.readOnly) {
    return h("p", { class: "wb-note" }, `review: ${review.status}${review.note ? `, ${review.note}` : ""}`);
  }
  const note = h("input", {
    type: "text", maxlength: 2000, "data-key": "note", value: ui.note ?? review.note,
    oninput: () => { ui.note = note.value; }, onblur: () => { if (!ui.redrawing && note.value !== review.note) on.review(review.status, note.value); },
    onkeydown: (event) => { if (event.key === "Enter") note.blur(); },
  });
  const status = h("select", { "data-key": "status", onchange: (event) => on.review(event.target.value, note.value) },
    ui.meta.statuses.map((name) => h("option", { value: name, selected: name === review.status }, name)));
  return h("div", { class: "wb-review" }, labelled("Review", status), labelled("Note", note, "wb-field wb-grow"));
}

function runOf(ui) {
  const regular = ui.picked.filter((number) => number < ui.view.n_bins);
  const neighbours = regular.every((number, i) => !i || number === regular[i - 1] + 1);
  return ui.picked.length > 1 && (neighbours || !ui.view.has_order);
}

function splitTool(ui, on) {
  const { view } = ui;
  if (view.kind !== "numerical") return null;
  const at = h("input", {
    type: "text", inputmode: "decimal", class: "wb-number", list: `wb-places-${ui.id}`, "data-key": "at", value: ui.at,
    oninput: (event) => on.at(event.target.value), onkeydown: (event) => { if (event.key === "Enter") on.split(); },
  });
  return h("div", { class: "wb-tool" }, labelled("Split at", at),
    h("datalist", { id: `wb-places-${ui.id}` }, view.prebin_splits.map((value) => h("option", { value }))),
    button("Split", { class: "wb-split", "data-key": "split", onclick: () => on.split() }));
}

function woeTool(ui, on, bin) {
  const value = h("input", {
    type: "text", inputmode: "decimal", class: "wb-few", "data-key": "woe value", value: ui.evidence, oninput: (event) => on.evidence(event.target.value),
    onkeydown: (event) => { if (event.key === "Enter") on.setWoe(bin.number); },
  });
  return h("div", { class: "wb-tool" }, labelled(`WoE of ${shorten(bin.label, 24)}`, value),
    button("Set WoE", { "data-key": "set woe", onclick: () => on.setWoe(bin.number) }),
    bin.by_hand ? button("Estimated again", { "data-key": "estimated", onclick: () => on.act({ type: "woe", bin: bin.number, value: null }) }) : null);
}

function rebinTool(ui, on) {
  const trend = h("select", { "data-key": "trend", onchange: (event) => on.rebinning({ trend: event.target.value }) },
    TRENDS.map((name) => h("option", { value: name, selected: name === ui.rebin.trend }, name)));
  const most = h("input", {
    type: "number", min: 1, step: 1, class: "wb-few", "data-key": "most", value: ui.rebin.most,
    oninput: (event) => on.rebinning({ most: event.target.value }),
  });
  const keep = h("input", {
    type: "text", class: "wb-number", "data-key": "keep", value: ui.rebin.keep, placeholder: "12, 36",
    oninput: (event) => on.rebinning({ keep: event.target.value }),
  });
  return h("div", { class: "wb-tool" }, labelled("Trend", trend), labelled("Most bins", most),
    ui.view.kind === "numerical" ? labelled("Keep splits", keep) : null,
    button("Re-bin", { "data-key": "rebin", onclick: () => on.rebin() }));
}

export function tools(ui, on) {
  if (ui.readOnly) return null;
  const picked = ui.view.shown.filter((bin) => ui.picked.includes(bin.number));
  const joined = picked.length === 1 ? picked[0].joined : [];
  return h("div", { class: "wb-tools" },
    h("div", { class: "wb-tool" },
      button(picked.length > 1 ? `Merge ${picked.length} bins` : "Merge", {
        class: "wb-merge", "data-key": "merge", disabled: !runOf(ui), onclick: () => on.merge(),
        onmouseenter: () => runOf(ui) && on.preview({ type: "merge", bins: ui.picked }), onmouseleave: () => on.preview(null),
      }),
      joined.length ? button(`Take out ${joined.join(", ")}`, { "data-key": "out", onclick: () => on.act({ type: "split", at: joined }) }) : null,
      picked.length ? button("Clear", { "data-key": "clear", onclick: () => on.clear() }) : null),
    picked.length === 1 ? woeTool(ui, on, picked[0]) : null, splitTool(ui, on), rebinTool(ui, on),
    h("div", { class: "wb-tool" },
      button("Undo here", { "data-key": "undo here", disabled: !ui.view.can_undo && !ui.pending, onclick: () => on.undo(ui.view.name) }),
      button("Reset", { "data-key": "reset", disabled: !ui.view.can_undo && !ui.pending, onclick: () => on.act({ type: "reset" }) })));
}

export function reasonBar(ui, on) {
  if (ui.readOnly) return null;
  const reason = h("input", {
    type: "text", maxlength: 2000, class: "wb-reason", "data-key": "reason", value: ui.reason, required: true,
    oninput: (event) => on.reason(event.target.value),
  });
  return h("div", { class: "wb-why" }, labelled("Reason for the audit trail", reason, "wb-field wb-grow"),
    h("div", { class: "wb-chips", role: "group", "aria-label": "Usual reasons" },
      REASONS.map((text) => button(text, { class: "wb-chip", "data-key": `reason ${text}`, "aria-pressed": String(ui.reason === text), onclick: () => on.reason(text, true) }))));
}

export function levelsPanel(ui, on) {
  const { view } = ui;
  if (view.kind !== "categorical") return null;
  const wanted = ui.levelFilter.trim().toLowerCase();
  let left = MOST_LISTED;
  const lists = view.shown.filter((bin) => bin.kind === "bin").map((bin) => {
    const levels = view.levels[bin.number].filter((level) => level.toLowerCase().includes(wanted)).slice(0, Math.max(0, left));
    left -= levels.length;
    return levels.length ? h("fieldset", { class: "wb-levels" }, h("legend", {}, h("bdi", {}, shorten(bin.label, 60))),
      levels.map((level) => h("label", { class: "wb-level" }, h("input", {
        type: "checkbox", disabled: ui.readOnly, "data-key": `level ${level}`, checked: ui.levels.has(level),
        onchange: (event) => on.level(level, event.target.checked),
      }), h("bdi", {}, level)))) : null;
  });
  const search = h("input", { type: "search", "data-key": "levels", value: ui.levelFilter, oninput: (event) => on.levelFilter(event.target.value) });
  const to = h("select", { "data-key": "to", onchange: (event) => on.to(event.target.value) },
    h("option", { value: "own", selected: ui.to === "own" }, "a bin of their own"),
    view.shown.filter((bin) => bin.kind === "bin").map((bin) => h("option", { value: bin.number, selected: String(bin.number) === ui.to }, shorten(bin.label, 60))));
  return h("section", { "aria-label": "Levels" }, h("h2", {}, "Levels"),
    h("div", { class: "wb-tool wb-moving" }, labelled("Find", search),
      ui.readOnly ? null : [labelled("Move to", to), button(ui.levels.size ? `Move ${ui.levels.size}` : "Move", {
        class: "wb-move", "data-key": "move", disabled: !ui.levels.size, onclick: () => on.move(),
      })]),
    h("div", { class: "wb-bins" }, lists), left <= 0 ? h("p", { class: "wb-note" }, "more levels: search for them") : null);
}

function estimateRow(name, estimate, digits = 4) {
  return h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, fixed(estimate.value, digits)), h("td", {}, interval(estimate, digits)));
}

export function previewLine(ui) {
  const after = ui.preview;
  if (!after) return h("p", { class: "wb-preview wb-note" }, "Point at a split to see what removing it does.");
  const change = after.change ? ` (${signed(after.change.value)} ± ${fixed(after.change.error)})` : "";
  return h("p", { class: "wb-preview wb-shown" }, `would be ${fixed(after.iv.value)}${change}, ${after.n_bins} bins`);
}

export function effectPanel(ui) {
  const { view } = ui;
  const { change } = view;
  return [
    h("h2", {}, "Information value"),
    h("p", { class: "wb-big", "data-iv": view.iv.value }, fixed(view.iv.value), h("small", {}, interval(view.iv))),
    change ? h("p", { class: "wb-change" }, "last step ", h("strong", {}, `${signed(change.value)} ± ${fixed(change.error)}`)) : h("p", { class: "wb-change" }, "as it was found"),
    h("table", { class: "wb-estimates" }, h("tbody", {},
      estimateRow("at the start", view.start_iv),
      view.holdout_iv ? estimateRow("hold-out", view.holdout_iv) : null,
      view.psi ? estimateRow("PSI to hold-out", view.psi) : null)),
    view.psi && view.psi.p_value !== null ? h("p", { class: "wb-note" }, `p = ${view.psi.p_value.toFixed(2)} that the shares are the same`) : null,
    view.flags.length ? h("ul", { class: "wb-flags" }, view.flags.map((flag) => h("li", { "data-flag": flag.name }, flag.text))) : null,
    h("p", { class: "wb-note" }, `smallest bin ${percent(view.smallest)} of the rows`),
  ];
}

export function cardPanel(ui) {
  const { card } = ui;
  if (ui.readOnly || !ui.meta.has_rows) return null;
  const state = !card || card.updating ? "updating …" : `at step ${card.step}`;
  const parts = [h("h2", {}, "Card ", h("span", { class: "wb-note" }, state))];
  if (card && card.reason) parts.push(h("p", { class: "wb-note" }, card.reason));
  else if (card && card.auc) {
    const wrong = card.characteristics.filter((row) => row.sign_ok === false).map((row) => row.feature);
    const own = card.characteristics.find((row) => row.feature === ui.view.name);
    const points = card.points.filter((row) => row.feature === ui.view.name && row.points !== null);
    parts.push(
      h("table", { class: "wb-estimates" }, h("tbody", {},
        estimateRow("AUC, training", card.auc), estimateRow("at the start", card.auc_start),
        card.holdout_auc ? estimateRow("AUC, hold-out", card.holdout_auc) : null)),
      h("p", {}, "change ", h("strong", {}, `${signed(card.change.value)} ± ${fixed(card.change.error)}`),
        card.holdout_change ? `, hold-out ${signed(card.holdout_change.value)} ± ${fixed(card.holdout_change.error)}` : ""),
      own ? h("p", { class: "wb-note" }, `this one: coefficient ${fixed(own.coefficient, 3)}, variance inflation ${fixed(own.vif, 2)}`) : null,
      points.length ? h("p", { class: "wb-note" }, `points ${points.map((row) => `${shorten(row.bin, 24)} ${fixed(row.points, 0)}`).join(" · ")}`) : null,
      wrong.length ? h("ul", { class: "wb-flags" }, h("li", { "data-flag": "sign" }, `wrong sign: ${wrong.join(", ")}`)) : null);
  }
  return h("section", { class: "wb-card", "aria-label": "Card" }, parts);
}

export function trailPanel(ui) {
  const lines = ui.view.audit.map((line) => h("li", {},
    h("strong", {}, `${line.step} · ${line.action} `), h("bdi", {}, line.detail),
    h("span", { class: "wb-trail-change" }, `${fixed(line.iv_before)} → ${fixed(line.iv_after)} (${signed(line.iv_difference)} ± ${fixed(line.iv_difference_standard_error)})`),
    h("span", { class: "wb-trail-why" }, h("bdi", {}, line.reason)),
    h("span", { class: "wb-note" }, `${line.who || "unnamed"}, ${line.when.replace("T", " ").replace("+00:00", " UTC")}`)));
  return [h("h2", {}, "Audit trail"), lines.length ? h("ol", { class: "wb-trail" }, lines) : h("p", { class: "wb-note" }, "No step yet.")];
}

const KEYS = [
  ["← →", "next bin; on a handle, move the split"], ["Space", "pick a bin"], ["Enter", "remove a split"], ["m", "merge picked bins, or a bin and the next"],
  ["s", "type a split"], ["/", "filter the list"], ["n p", "next, previous characteristic"],
  ["Ctrl+Z", "undo"], ["Ctrl+Y", "redo"], ["Esc", "clear the picked bins"], ["?", "this list"],
];

export function helpPanel(ui) {
  if (!ui.help) return null;
  return h("section", { class: "wb-help", "aria-label": "Keys" }, h("dl", {}, KEYS.map(([key, text]) => h("div", {}, h("dt", {}, key), h("dd", {}, text)))));
}
