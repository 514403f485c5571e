// Keys of the widget: without a modifier none works inside a field.
const FIELDS = ["INPUT", "SELECT", "TEXTAREA"];

function actionOf(event, ui, on) {
  const bin = event.target.closest("[data-bin]");
  const number = bin && Number(bin.getAttribute("data-bin"));
  const numbers = ui.view.shown.map((one) => one.number);
  const over = (by) => on.focusBin(numbers[(numbers.indexOf(ui.focused) + by + numbers.length) % numbers.length]);
  const pick = () => on.pick(number);
  const actions = {
    s: () => on.focus("at"), "/": () => on.focus("filter"), n: () => on.next(1), p: () => on.next(-1), "?": on.help, Escape: on.clear,
    ...(bin && { ArrowRight: () => over(1), ArrowLeft: () => over(-1), " ": pick, Enter: pick }),
    ...((bin || ui.picked.length > 1) && { m: () => on.merge(number) }),
  };
  return actions[event.key];
}

export function bindKeys(root, stateOf, on) {
  root.addEventListener("keydown", (event) => {
    const ui = stateOf();
    if (!ui.view) return;
    const inField = FIELDS.includes(event.target.tagName);
    const letter = event.key.toLowerCase();
    let run;
    if (event.ctrlKey || event.metaKey) {
      if (inField || !["z", "y"].includes(letter)) return;
      run = letter === "y" || event.shiftKey ? on.redo : () => on.undo();
    }
    // Notebooks take letters for themselves: "b" adds a cell.
    if (!event.altKey) event.stopPropagation();
    if (inField || event.altKey || event.defaultPrevented) return;
    run ??= actionOf(event, ui, on);
    if (!run) return;
    event.preventDefault();
    run();
  });
}
