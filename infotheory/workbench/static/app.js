// The workbench of a page and of a notebook: what is asked, and what is drawn.
import { drawChart } from "./chart.js";
import { fixed, h, softly, whileStill } from "./dom.js";
import { restated } from "./edits.js";
import { bindKeys } from "./keys.js";
import { featureList, sorted } from "./list.js";
import { cardPanel, effectPanel, helpPanel, levelsPanel, noticeBar, previewLine, reasonBar, reviewBar, tools, topBar, trailPanel } from "./panels.js";
import { binTable, periodTable } from "./table.js";

const PREVIEW_AFTER = 120;
const STAYING = { preventScroll: true };
let rendered = 0;

// What is typed and chosen for one characteristic.
function untouched() {
  return { focused: 0, levelFilter: "", to: "own", at: "", "woe value": "", note: null, rebin: { trend: "auto", most: "", keep: "" } };
}

function beginning() {
  rendered += 1;
  return {
    id: rendered, features: [], meta: null, view: null, version: 0, pending: 0, step: 0, saved: "", canUndo: false, canRedo: false, picked: [],
    levels: new Set(), reason: "", error: "", preview: null, filter: "", order: "iv", woe: false, help: false, gone: false, readOnly: false, width: 700,
    card: null, notice: "", exported: "", replay: null, narrow: false, redrawing: false, ...untouched(),
  };
}

function typedNumber(text) {
  return text.trim() ? Number(text.trim().replace(",", ".").replace("−", "-")) : NaN;
}

function connection(model, still) {
  const waiting = new Map();
  let last = 0;
  model.on("msg:custom", (reply) => {
    const resolve = waiting.get(reply.id);
    waiting.delete(reply.id);
    if (resolve) still(() => resolve(reply));
  });
  return (message) => new Promise((resolve) => {
    last += 1;
    waiting.set(last, resolve);
    model.send({ ...message, id: last });
  });
}

function render({ model, el: host }) {
  const ui = beginning();
  const [head, help, list] = [h("div"), h("div"), h("nav.list", { "aria-label": "Characteristics" })];
  const main = h("main.main", { "aria-label": "Bins" });
  const side = h("aside.side", { "aria-label": "Effect and audit trail" });
  const live = h("div.hidden", { role: "status", "aria-live": "polite" });
  const root = h("div", { class: "wb" }, head, help, h("div.columns", list, main, side), live);
  host.classList.add("wb-host");
  host.replaceChildren(root);
  const ended = new AbortController();
  const still = whileStill(root, ended.signal);
  const ask = connection(model, still);

  const active = () => root.getRootNode().activeElement;
  const find = (key) => root.querySelector(`[data-key="${CSS.escape(key)}"]`);
  const say = (text) => { live.textContent = text; };
  const focusBin = () => find(`bin${ui.focused}`)?.focus(STAYING);

  // The keyboard keeps its place in a redraw, and a field its caret.
  function keeping(redraw) {
    const field = active();
    const inside = field && root.contains(field) ? field.closest("[data-key]") : null;
    const key = inside ? inside.getAttribute("data-key") : null;
    const caret = key && ["text", "search"].includes(field.type) ? [field.selectionStart, field.selectionEnd] : null;
    ui.redrawing = true;
    redraw();
    ui.redrawing = false;
    if (!key || (inside.isConnected && active() === field)) return;
    const again = key.startsWith("bin") ? null : find(key);
    again?.focus(STAYING);
    if (caret) again?.setSelectionRange(...caret);
    // What is gone, or can do nothing more, takes no focus.
    if (!again || active() !== again) focusBin();
  }

  const fill = (element, ...parts) => element.replaceChildren(...parts.flat(2).filter(Boolean));
  function drawHead() {
    if (!ui.meta) return;
    fill(head, topBar(ui, on));
    fill(help, helpPanel(ui), noticeBar(ui));
  }
  const drawSide = () => { if (ui.view) fill(side, effectPanel(ui), cardPanel(ui), trailPanel(ui)); };
  const drawPreview = () => main.querySelector(".wb-preview")?.replaceWith(previewLine(ui));
  function drawMain() {
    const { view } = ui;
    if (!view) return;
    const woe = h("input", { type: "checkbox", key: "woe", checked: ui.woe, onchange: () => { ui.woe = woe.checked; draw(); } });
    fill(main,
      h("div.title", h("h1", h("bdi", softly(view.name))), h("p.note", `${view.kind} · ${view.status} · ${view.n_bins} bins`)),
      reviewBar(ui, on), h("div.picture", drawChart(view, ui, on)),
      h("p.legend", h("span.of-share", "share of the rows"), h("span.of-rate", `${ui.meta.rate}, 95 %`), view.holdout_iv && h("span.of-holdout", "hold-out"),
        h("label.level", woe, "show WoE")),
      ui.readOnly ? [] : [previewLine(ui), tools(ui, on), reasonBar(ui, on)],
      h("p.alert", { role: "alert" }, ui.error), levelsPanel(ui, on), binTable(view, ui), periodTable(view, ui.meta));
  }
  const draw = () => keeping(() => { drawHead(); listed.draw(); drawMain(); drawSide(); });

  function failed(error, code) {
    Object.assign(ui, { error, gone: code === "gone" });
    draw();
  }
  // Bins are renumbered by each edit: what is picked is known by its label.
  const labels = () => (ui.view ? ui.view.shown.filter((bin) => ui.picked.includes(bin.number)).map((bin) => bin.label) : []);
  function learn(view) {
    view.shown = view.bins.filter((bin) => bin.kind === "bin" || !bin.empty);
    known.set(view.name, view);
  }
  function take(reply, view, used = { labels: [], levels: [] }) {
    Object.assign(ui, { version: reply.version, step: reply.step, canUndo: reply.can_undo, canRedo: reply.can_redo, gone: false, error: "" });
    if (!view) return;
    const same = ui.view && ui.view.name === view.name;
    const stay = same ? labels().filter((label) => !used.labels.includes(label)) : [];
    learn(view);
    ui.view = view;
    ui.wanted = view.name;
    ui.picked = view.shown.filter((bin) => stay.includes(bin.label)).map((bin) => bin.number);
    ui.preview = null;
    ui.levels = new Set(same ? [...ui.levels].filter((level) => !used.levels.includes(level)) : []);
    if (!same) Object.assign(ui, untouched());
    ui.focused = Math.min(ui.focused, view.shown[view.shown.length - 1].number);
  }
  // The card is fitted after a pause; its panel says of which step it is.
  let pause;
  function askCard(after = 600) {
    clearTimeout(pause);
    if (ui.readOnly || !ui.meta.has_rows) return;
    if (ui.card) ui.card = { ...ui.card, updating: true };
    pause = setTimeout(async () => {
      const reply = await ask({ type: "card", step: ui.step });
      if (reply.type !== "card") return;
      ui.card = reply;
      keeping(drawSide);
      if (reply.updating) askCard(400);
    }, after);
  }
  const at = () => (ui.replay === null ? {} : { step: ui.replay });
  // What is refused is shown, and answered by nothing.
  async function granted(message) {
    const reply = await ask(message);
    if (reply.type !== "error") return reply;
    failed(reply.message, reply.code);
    return null;
  }
  async function reload() {
    const reply = await granted({ type: "open", ...at() });
    if (!reply) return;
    Object.assign(ui, { features: reply.features, meta: reply.meta, readOnly: reply.meta.read_only });
    take(reply, null);
    await open(ui.wanted ?? ui.features[0].name);
    askCard(50);
  }
  async function open(name) {
    ui.wanted = name;
    const reply = await ask({ type: "feature", feature: name, ...at() });
    if (ui.wanted !== name) return;
    if (reply.type === "error") failed(reply.message, reply.code);
    // It left before an edit that was answered since.
    else if (reply.version < ui.version) await open(name);
    else { take(reply, reply.feature); draw(); }
  }
  function saved(reply, rows, view, used) {
    ui.features = ui.features.map((row) => rows.find((other) => other.name === row.name) ?? row);
    ui.saved = new Date().toLocaleTimeString("en-GB");
    take(reply, view, used);
    askCard();
    draw();
  }

  // Edits go one after another, so that a quick second click is not stale; where one is refused,
  // what was clicked after it is not done, as it was meant for bins that are not there.
  const known = new Map();
  let [queue, refusals, hover] = [Promise.resolve(), 0, 0];
  function act(action) {
    if (ui.readOnly || !ui.view) return queue;
    const clicked = {
      seen: ui.view, wanted: ui.wanted, reason: ui.reason.trim(), refusals, used: { labels: labels(), levels: [...ui.levels] },
    };
    // Another characteristic may be open by the time the edit's turn comes.
    const meant = { feature: ui.view.name, ...action };
    clearTimeout(hover);
    ui.pending += 1;
    if (ui.pending === 1) keeping(drawHead);
    queue = queue.then(() => edit(meant, clicked)).finally(() => { ui.pending -= 1; keeping(drawHead); });
    return queue;
  }
  function refused(error, code) {
    refusals += 1;
    failed(error, code);
  }
  async function edit({ feature, ...action }, clicked) {
    if (clicked.refusals !== refusals) return;
    if (!clicked.reason && !["undo", "redo"].includes(action.type)) {
      refused(ui.meta.words.reason);
      find("reason")?.focus();
      return;
    }
    const now = feature === null ? action : restated(action, clicked.seen, known.get(feature));
    if (now === null) return;
    const signed = { ...now, reason: clicked.reason || `${action.type} in the workbench` };
    if (feature !== null) signed.feature = feature;
    const reply = await ask({ type: "edit", version: ui.version, action: signed });
    if (reply.type === "error") {
      const stale = reply.code === "stale";
      if (stale) await reload();
      refused(stale ? ui.meta.words.stale : reply.message, reply.code);
      return;
    }
    if (action.type === "woe") ui["woe value"] = "";
    // Another characteristic may have been opened in the meantime; what waits is still of this one.
    learn(reply.feature);
    const away = ui.wanted !== clicked.wanted && ui.wanted !== reply.feature.name;
    saved(reply, reply.rows, away ? null : reply.feature, clicked.used);
    say(`${ui.meta.worth} ${fixed(ui.view.iv.value)}, 95 % interval ${fixed(ui.view.iv.low)} to ${fixed(ui.view.iv.high)}, ${ui.view.n_bins} bins.`);
  }
  async function look(action) {
    const [name, version] = [ui.view.name, ui.version];
    const reply = await ask({ type: "preview", version, action: { ...action, feature: name } });
    if (reply.type !== "preview" || reply.stale || ui.version !== version || ui.view.name !== name) return;
    if (hover === null) return;
    ui.preview = reply.feature;
    drawPreview();
  }

  function tell(notice, exported = "") {
    Object.assign(ui, { notice, exported });
    keeping(drawHead);
    say(notice);
  }
  function numbered(what, texts, then) {
    const numbers = texts.map(typedNumber);
    if (numbers.every(Number.isFinite)) then(numbers);
    else failed(`${what} must be a number, got "${texts.join(", ")}".`);
  }

  const on = {
    act, open,
    undo: (feature = null) => act({ type: "undo", feature }),
    redo: () => act({ type: "redo", feature: null }),
    preview(action) {
      clearTimeout(hover);
      hover = action && setTimeout(() => look(action), PREVIEW_AFTER);
      if (action || !ui.preview) return;
      ui.preview = null;
      drawPreview();
    },
    pick(number) {
      if (ui.readOnly) return;
      ui.focused = number;
      ui.picked = ui.picked.includes(number) ? ui.picked.filter((one) => one !== number) : [...ui.picked, number].sort((a, b) => a - b);
      draw();
      focusBin();
    },
    focusBin(number) { ui.focused = number; drawMain(); find(`bin${number}`)?.focus(); },
    merge(number = null) {
      const next = ui.view.shown.find((bin) => bin.number > number && bin.kind === "bin");
      const bins = ui.picked.length > 1 ? ui.picked : number !== null && next ? [number, next.number] : null;
      if (bins) { ui.focused = bins[0]; act({ type: "merge", bins }); }
    },
    split: () => numbered("A split", [ui.at], ([place]) => act({ type: "split", at: place })),
    move: () => act(ui.to === "own" ? { type: "split", at: [...ui.levels] } : { type: "move", levels: [...ui.levels], to: Number(ui.to) }),
    rebin() {
      const { trend, most, keep } = ui.rebin;
      const rebinned = (splits) => act({ type: "rebin", trend, ...(most && { max_n_bins: Number(most) }), ...(splits.length && { keep: splits }) });
      numbered("A split to keep", keep.split(",").filter((text) => text.trim()), rebinned);
    },
    setWoe: (bin) => numbered("WoE", [ui["woe value"]], ([value]) => act({ type: "woe", bin, value })),
    async export(what) {
      tell(`Writing the ${what} …`);
      const reply = await granted({ type: "export", what });
      if (reply) tell(reply.path ? `Written: ${reply.path}` : `The ${what}:`, reply.text);
      else tell("");
    },
    replay(step) { ui.replay = step; reload(); },
    clear() { ui.picked = []; draw(); },
    reason(text, redraw = false) { ui.reason = text; if (ui.error) { ui.error = ""; redraw = true; } if (redraw) draw(); },
    level(level, chosen) { if (chosen) ui.levels.add(level); else ui.levels.delete(level); draw(); },
    levelFilter(text) { ui.levelFilter = text; keeping(drawMain); },
    help() { ui.help = !ui.help; keeping(drawHead); },
    focus(key) { find(key)?.focus(); },
    next(by) {
      const names = sorted(ui).map((row) => row.name);
      const at = names.indexOf(ui.view.name) + by;
      if (names[at] !== undefined) open(names[at]).then(() => listed.reveal(names[at]));
    },
    async review(status, note) {
      const { name } = ui.view;
      const reply = await granted({ type: "review", feature: name, status, note });
      if (!reply) return;
      if (ui.note === note) ui.note = null;
      saved(reply, [reply.row], null);
      say(`${name}: ${status}`);
    },
  };
  bindKeys(root, () => ui, on);

  const listed = featureList(ui, on);
  list.replaceChildren(...listed.parts);
  const sizes = new ResizeObserver(() => still(() => {
    const width = Math.floor(main.clientWidth);
    const narrow = root.clientWidth < 732; // 700 px of the container and its padding
    if (narrow !== ui.narrow) { ui.narrow = narrow; listed.draw(); }
    if (width > 0 && Math.abs(width - ui.width) > 1) { ui.width = width; if (ui.view) keeping(drawMain); }
    listed.place();
  }));
  sizes.observe(main);
  model.on("again", () => { reload(); });
  reload();
  return () => { sizes.disconnect(); ended.abort(); host.replaceChildren(); };
}

export default { render };
