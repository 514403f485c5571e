// Elements, numbers and texts: what comes from data becomes a text node or an attribute.
const SVG = "http://www.w3.org/2000/svg";

function filled(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value") element.value = value;
    else if (name === "checked") element.checked = true;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export function h(tag, properties = {}, ...children) {
  return filled(document.createElement(tag), properties, children);
}

export function s(tag, properties = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), properties, children);
}

export function fixed(number, digits = 4) {
  if (number === null || number === undefined) return "–";
  return number.toFixed(digits).replace("-", "−");
}

export function signed(number, digits = 4) {
  if (number === null || number === undefined) return "–";
  return (number < 0 ? "−" : "+") + Math.abs(number).toFixed(digits);
}

export function percent(share, digits = 1) {
  return share === null || share === undefined ? "–" : `${(100 * share).toFixed(digits)} %`;
}

export function count(number) {
  if (number === null || number === undefined) return "–";
  return number.toLocaleString("en", { maximumFractionDigits: Number.isInteger(number) ? 0 : 1 });
}

export function interval(estimate, digits = 4) {
  if (estimate.low === null && estimate.high === null) return "interval withheld";
  const high = estimate.high === null ? "∞" : fixed(estimate.high, digits);
  return `[${fixed(estimate.low, digits)}, ${high}]`;
}

export function shorten(text, most) {
  const letters = Array.from(text);
  return letters.length <= most ? text : `${letters.slice(0, Math.max(1, most - 1)).join("")}…`;
}

// Long names break after their underscores and points, not inside a word.
export function softly(text) {
  return text.split(/(?<=[_.\-/])/).flatMap((part, i) => (i ? [h("wbr"), part] : [part]));
}

export function labelled(text, control, kind = "wb-field") {
  return h("label", { class: kind }, h("span", {}, text), control);
}

export function button(text, properties = {}) {
  return h("button", { type: "button", ...properties }, text);
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
  for (const name of ["pointerdown", "keydown"]) root.addEventListener(name, press, { capture: true, signal });
  for (const name of ["pointerup", "pointercancel", "keyup", "blur"]) addEventListener(name, release, { capture: true, signal });
  // A release outside of the window is not heard.
  addEventListener("pointermove", (event) => { if (pressed && !event.buttons) release(event); }, { capture: true, signal });
  return (run) => { if (pressed) waiting.push(run); else run(); };
}
