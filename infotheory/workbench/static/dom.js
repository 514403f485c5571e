// Elements, numbers and texts: what comes from data becomes a text node or an attribute.
const SVG = "http://www.w3.org/2000/svg";

// "p.note" is a paragraph of the class wb-note; properties may be left out before the children.
function filled(create, name, parts) {
  const [tag, kind] = name.split(".");
  const element = create(tag);
  if (kind) element.setAttribute("class", `wb-${kind}`);
  const properties = parts[0]?.constructor === Object ? parts.shift() : {};
  for (const [key, value] of Object.entries(properties)) {
    if (value == null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "value" || key === "checked") element[key] = value;
    else element.setAttribute(key === "key" ? "data-key" : key, value === true ? "" : value);
  }
  element.append(...parts.flat(3).filter((part) => part != null && part !== false));
  return element;
}

export function h(name, ...parts) {
  return filled((tag) => document.createElement(tag), name, parts);
}

export function s(name, ...parts) {
  return filled((tag) => document.createElementNS(SVG, tag), name, parts);
}

export function fixed(number, digits = 4) {
  return number == null ? "–" : number.toFixed(Math.abs(number) < 1e4 ? digits : 0).replace("-", "−");
}

export function signed(number) {
  return number >= 0 && number !== null ? `+${fixed(number)}` : fixed(number);
}

export function percent(share, digits = 1) {
  return share == null ? "–" : `${fixed(100 * share, digits)} %`;
}

export function rateOf({ share }) {
  return share ? percent : (mean) => mean?.toLocaleString("en", { maximumSignificantDigits: 4 }) ?? "–";
}

export function count(number) {
  return number == null ? "–" : number.toLocaleString("en", { maximumFractionDigits: 1 });
}

export function interval({ low, high }) {
  if (low === null && high === null) return "interval withheld";
  return `[${fixed(low)}, ${high === null ? "∞" : fixed(high)}]`;
}

export function difference({ value, error }) {
  return `${signed(value)} ± ${fixed(error)}`;
}

export function shorten(text, most) {
  const letters = Array.from(text);
  return letters.length <= most ? text : `${letters.slice(0, Math.max(1, most - 1)).join("")}…`;
}

// Long names break after their underscores and points, not inside a word.
export function softly(text) {
  return text.split(/(?<=[_.\-/])/).flatMap((part, i) => (i ? [h("wbr"), part] : [part]));
}

export function labelled(text, control, kind = "") {
  return h(`label.${kind}`, h("span", text), control);
}

export function button(text, key, onclick, properties) {
  return h("button", { type: "button", key, onclick, ...properties }, text);
}

// What is typed is held under the name of the field.
export function textField(held, key, properties) {
  return h("input", { type: "text", key, value: held[key], oninput: (event) => { held[key] = event.target.value; }, ...properties });
}

// Options are texts, or pairs of a value and its text.
export function choice(key, options, chosen, onchange, properties) {
  return h("select", { key, onchange: (event) => onchange(event.target.value), ...properties },
    options.map((option) => [option].flat()).map(([value, text = value]) => h("option", { value, selected: String(value) === chosen }, text)));
}

// Children that stay are not touched, so that focus and place stay with them.
export function arrange(parent, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...parent.childNodes]) if (!wanted.has(child)) child.remove();
  nodes.forEach((node, i) => { if (parent.childNodes[i] !== node) parent.insertBefore(node, parent.childNodes[i] ?? null); });
}

// Between press and release nothing may change under the pointer, or the click finds no target:
// what is given to the function that is returned waits for the release.
export function whileStill(root, signal) {
  let pressed = false;
  let waiting = [];
  const press = (event) => { pressed = event.type === "keydown" ? event.key === " " : event.button === 0 && event.target.tagName !== "SELECT"; };
  // The click comes after the release.
  const release = (event) => setTimeout(() => {
    if (event.type === "blur" && event.target !== window) return;
    pressed = false;
    for (const run of waiting.splice(0)) run();
  });
  const hear = (target, names, call) => { for (const name of names) target.addEventListener(name, call, { capture: true, signal }); };
  hear(root, ["pointerdown", "keydown"], press);
  hear(window, ["pointerup", "pointercancel", "keyup", "blur"], release);
  // A release outside of the window is not heard.
  hear(window, ["pointermove"], (event) => { if (pressed && !event.buttons) release(event); });
  return (run) => { if (pressed) waiting.push(run); else run(); };
}
