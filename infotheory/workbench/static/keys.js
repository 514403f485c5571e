// Keys of the widget: without a modifier none works inside a field.
const FIELDS = ["INPUT", "SELECT", "TEXTAREA"];

function overBins(ui, on, by) {
  const numbers = ui.view.shown.map((bin) => bin.number);
  const at = numbers.indexOf(ui.focused);
  on.focusBin(numbers[(at + by + numbers.length) % numbers.length]);
}

function plainKey(event, ui, on) {
  const bin = event.target.closest("[data-bin]");
  const number = bin ? Number(bin.getAttribute("data-bin")) : null;
  if (event.key === "m" && (number !== null || ui.picked.length > 1)) return () => on.merge(number);
  if (event.key === "s") return () => on.focus("at");
  if (event.key === "/") return () => on.focus("filter");
  if (event.key === "n") return () => on.next(1);
  if (event.key === "p") return () => on.next(-1);
  if (event.key === "?") return () => on.help();
  if (event.key === "Escape") return () => on.clear();
  if (number === null) return null;
  if (event.key === "ArrowRight") return () => overBins(ui, on, 1);
  if (event.key === "ArrowLeft") return () => overBins(ui, on, -1);
  if (event.key === " " || event.key === "Enter") return () => on.pick(number);
  return null;
}

export function bindKeys(root, stateOf, on) {
  root.addEventListener("keydown", (event) => {
    const ui = stateOf();
    const inField = FIELDS.includes(event.target.tagName);
    if (!ui.view) return;
    if ((event.ctrlKey || event.metaKey) && !inField && !ui.readOnly) {
      const key = event.key.toLowerCase();
      if (key === "z" || key === "y") {
        event.preventDefault();
        event.stopPropagation();
        if (key === "y" || event.shiftKey) on.redo();
        else on.undo();
      }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    // Notebooks take letters for themselves: "b" adds a cell.
    event.stopPropagation();
    if (inField || event.defaultPrevented) return;
    const run = plainKey(event, ui, on);
    if (run && !(ui.readOnly && ["m", " ", "Enter"].includes(event.key))) {
      event.preventDefault();
      run();
    }
  });
}
