// Everything around the picture.
import { button, choice, count, difference, fixed, h, interval, labelled, percent, shorten, textField } from "./dom.js";

const MOST_LISTED = 300;

export function topBar(ui, on) {
  const { meta } = ui;
  const holdout = meta.samples.holdout ? ` · ${count(meta.samples.holdout)} hold-out rows` : "";
  const saved = ui.gone ? "not connected" : ui.pending ? "saving …" : `${ui.saved && `saved ${ui.saved} · `}step ${ui.step}`;
  return h("header.top",
    h("p.data", h("strong", `${count(meta.rows)} training rows`), `${holdout} · ${meta.target}`),
    h("p", { class: ui.gone ? "wb-saved wb-gone" : "wb-saved" }, meta.read_only ? `read-only · ${saved}` : saved),
    meta.read_only ? replay(ui, on) : [
      h("div.tool",
        button("Undo", "undo", () => on.undo(), { disabled: !ui.canUndo && !ui.pending }),
        button("Redo", "redo", on.redo, { disabled: !ui.canRedo && !ui.pending })),
      choice("export", meta.exports, "", on.export, { "aria-label": "Export" }),
    ],
    button("Keys ?", "help", on.help, { "aria-expanded": String(ui.help) }));
}

// A session that is only looked at is replayed step by step.
function replay(ui, on) {
  const at = ui.replay ?? ui.meta.steps;
  return h("div.tool",
    button("◀", "earlier", () => on.replay(at - 1), { "aria-label": "One step back", disabled: at <= 0 }),
    h("span.note", `step ${at} of ${ui.meta.steps}`),
    button("▶", "later", () => on.replay(at + 1), { "aria-label": "One step on", disabled: at >= ui.meta.steps }));
}

export function helpPanel(ui) {
  return ui.help && h("section.help", { "aria-label": "Keys" }, h("dl", ui.meta.keys.map(([key, text]) => h("div", h("dt", key), h("dd", text)))));
}

export function noticeBar(ui) {
  return ui.notice && h("div.notice", h("p", ui.notice), ui.exported && h("textarea", { readonly: true, rows: 8, "aria-label": "Exported text" }, ui.exported));
}

export function reviewBar(ui, on) {
  const { review } = ui.features.find((row) => row.name === ui.view.name);
  if (ui.readOnly) return h("p.note", `review: ${review.status}${review.note && `, ${review.note}`}`);
  const note = textField(ui, "note", {
    maxlength: 2000, value: ui.note ?? review.note, onblur: () => { if (!ui.redrawing && note.value !== review.note) on.review(review.status, note.value); },
    onkeydown: (event) => { if (event.key === "Enter") note.blur(); },
  });
  return h("div.tool", labelled("Review", choice("status", ui.meta.statuses, review.status, (status) => on.review(status, note.value))), labelled("Note", note, "grow"));
}

function runOf(ui) {
  const regular = ui.picked.filter((number) => number < ui.view.n_bins);
  const neighbours = regular.every((number, i) => !i || number === regular[i - 1] + 1);
  return ui.picked.length > 1 && (neighbours || !ui.view.has_order);
}

function numberField(ui, key, enter) {
  return textField(ui, key, { inputmode: "decimal", class: "wb-number", onkeydown: (event) => { if (event.key === "Enter") enter(); } });
}

function splitTool(ui, on) {
  const at = numberField(ui, "at", on.split);
  const id = `wb-places-${ui.id}`;
  at.setAttribute("list", id);
  return h("div.tool", labelled("Split at", at),
    h("datalist", { id }, ui.view.prebin_splits.map((value) => h("option", { value }))),
    button("Split", "split", on.split));
}

function woeTool(ui, on, bin) {
  const set = () => on.setWoe(bin.number);
  return h("div.tool", labelled(`WoE of ${shorten(bin.label, 24)}`, numberField(ui, "woe value", set)), button("Set WoE", "set woe", set),
    bin.by_hand && button("Estimated again", "estimated", () => on.act({ type: "woe", bin: bin.number, value: null })));
}

function rebinTool({ meta, rebin, view }, on) {
  return h("div.tool", labelled("Trend", choice("trend", meta.trends, rebin.trend, (trend) => { rebin.trend = trend; })),
    labelled("Most bins", textField(rebin, "most", { type: "number", min: 1, class: "wb-number" })),
    view.kind === "numerical" && labelled("Keep splits", textField(rebin, "keep", { class: "wb-number", placeholder: "12, 36" })),
    button("Re-bin", "rebin", on.rebin));
}

export function tools(ui, on) {
  const { view } = ui;
  const picked = view.shown.filter((bin) => ui.picked.includes(bin.number));
  const joined = picked.length === 1 ? picked[0].joined : [];
  const unchanged = { disabled: !view.can_undo && !ui.pending };
  return h("div.tools",
    h("div.tool",
      button(picked.length > 1 ? `Merge ${picked.length} bins` : "Merge", "merge", () => on.merge(), {
        disabled: !runOf(ui), onmouseenter: () => runOf(ui) && on.preview({ type: "merge", bins: ui.picked }), onmouseleave: () => on.preview(null),
      }),
      joined.length > 0 && button(`Take out ${joined.join(", ")}`, "out", () => on.act({ type: "split", at: joined })),
      picked.length > 0 && button("Clear", "clear", on.clear)),
    picked.length === 1 && woeTool(ui, on, picked[0]), view.kind === "numerical" && splitTool(ui, on), rebinTool(ui, on),
    h("div.tool", button("Undo here", "undo here", () => on.undo(view.name), unchanged), button("Reset", "reset", () => on.act({ type: "reset" }), unchanged)));
}

export function reasonBar(ui, on) {
  const field = textField(ui, "reason", { maxlength: 2000, required: true, oninput: (event) => on.reason(event.target.value) });
  return h("div.tool", labelled("Reason for the audit trail", field, "grow"),
    h("div.chips", { role: "group", "aria-label": "Usual reasons" },
      ui.meta.reasons.map((text) => button(text, `reason ${text}`, () => on.reason(text, true), { class: "wb-chip", "aria-pressed": String(ui.reason === text) }))));
}

export function levelsPanel(ui, on) {
  const { view } = ui;
  if (view.kind !== "categorical") return null;
  const bins = view.shown.filter((bin) => bin.kind === "bin");
  const wanted = ui.levelFilter.trim().toLowerCase();
  let left = MOST_LISTED;
  const lists = bins.map((bin) => {
    const levels = view.levels[bin.number].filter((level) => level.toLowerCase().includes(wanted)).slice(0, Math.max(0, left));
    left -= levels.length;
    return levels.length > 0 && h("fieldset.levels", h("legend", h("bdi", shorten(bin.label, 60))),
      levels.map((level) => h("label.level", h("input", {
        type: "checkbox", disabled: ui.readOnly, key: `level ${level}`, checked: ui.levels.has(level), onchange: (event) => on.level(level, event.target.checked),
      }), h("bdi", level))));
  });
  const search = h("input", { type: "search", key: "levels", value: ui.levelFilter, oninput: (event) => on.levelFilter(event.target.value) });
  const places = [["own", "a bin of their own"], ...bins.map((bin) => [bin.number, shorten(bin.label, 60)])];
  return h("section", { "aria-label": "Levels" }, h("h2", "Levels"),
    h("div.tool", labelled("Find", search), !ui.readOnly && [
      labelled("Move to", choice("to", places, ui.to, (to) => { ui.to = to; })),
      button(ui.levels.size ? `Move ${ui.levels.size}` : "Move", "move", on.move, { disabled: !ui.levels.size }),
    ]),
    h("div.bins", lists), left <= 0 && h("p.note", "more levels: search for them"));
}

function estimateTable(...rows) {
  return h("table.estimates", h("tbody", rows.filter(([, estimate]) => estimate).map(([name, estimate]) => h("tr",
    h("th", { scope: "row" }, name), h("td", fixed(estimate.value)), h("td", interval(estimate))))));
}

export function previewLine({ preview, meta }) {
  if (!preview) return h("p.preview", meta.words.preview);
  const moved = preview.change ? ` (${difference(preview.change)})` : "";
  return h("p", { class: "wb-preview wb-shown" }, `would be ${fixed(preview.iv.value)}${moved}, ${preview.n_bins} bins`);
}

function budgetPanel({ protected: rows }) {
  return rows.length > 0 && [
    h("h2", "About protected groups"),
    h("ul", rows.map((row) => h("li", { "data-flag": row.over ? "budget" : null }, `${row.groups}, ${row.of}: `, h("strong", difference(row)), row.note))),
  ];
}

export function effectPanel({ view, meta }) {
  const { psi } = view;
  return [
    h("h2", meta.worth),
    h("p.big", fixed(view.iv.value), h("small", interval(view.iv))),
    h("p.change", view.change ? ["last step ", h("strong", difference(view.change))] : "as it was found"),
    estimateTable(["at the start", view.start_iv], ["hold-out", view.holdout_iv], ["PSI to hold-out", psi]),
    psi?.note && h("p.note", psi.note),
    view.flags.length > 0 && h("ul", view.flags.map((flag) => h("li", { "data-flag": flag.name }, flag.text))),
    h("p.note", `smallest bin ${percent(view.smallest)} of the rows`), budgetPanel(view),
  ];
}

function ofCard(card, name, measure) {
  const wrong = card.characteristics.filter((row) => row.sign_ok === false).map((row) => row.feature);
  const own = card.characteristics.find((row) => row.feature === name);
  const points = card.points.filter((row) => row.feature === name && row.points !== null).map((row) => `${shorten(row.bin, 24)} ${fixed(row.points, 0)}`);
  return [
    estimateTable([`${measure}, training`, card.auc], ["at the start", card.auc_start], [`${measure}, hold-out`, card.holdout_auc]),
    h("p", "change ", h("strong", difference(card.change)), card.holdout_change && `, hold-out ${difference(card.holdout_change)}`),
    card.holdout_reason && h("p.note", card.holdout_reason),
    own && h("p.note", own.note),
    points.length > 0 && h("p.note", `points ${points.join(" · ")}`),
    wrong.length > 0 && h("ul", h("li", { "data-flag": "sign" }, `wrong sign: ${wrong.join(", ")}`)),
  ];
}

export function cardPanel({ card, meta, readOnly, view }) {
  if (readOnly || !meta.has_rows) return null;
  return h("section.card", { "aria-label": "Card" },
    h("h2", "Card ", h("span.note", !card || card.updating ? "updating …" : `at step ${card.step}`)),
    card?.reason ? h("p.note", card.reason) : card?.auc && ofCard(card, view.name, meta.card));
}

export function trailPanel({ view }) {
  const lines = view.audit.map((line) => h("li",
    h("strong", `${line.step} · ${line.action} `), h("bdi", line.detail),
    h("span", `${fixed(line.iv_before)} → ${fixed(line.iv_after)} (${difference({ value: line.iv_difference, error: line.iv_difference_standard_error })})`),
    h("span", h("bdi", line.reason)),
    h("span.note", line.signed)));
  return [h("h2", "Audit trail"), lines.length ? h("ol.trail", lines) : h("p.note", "No step yet.")];
}
