// What was clicked on bins that an edit on its way has changed since, in terms of the bins of now.
function numberNow(number, seen, now) {
  const bin = seen.shown.find((one) => one.number === number);
  const same = now.shown.find((one) => one.label === bin.label);
  if (same) return same.number;
  const joined = now.shown.find((one) => one.joined.includes(bin.label));
  if (joined) return joined.number;
  if (bin.kind !== "bin") return -1;
  if (now.kind === "categorical") return now.levels.findIndex((levels) => levels.includes(seen.levels[number][0]));
  return number ? now.splits.filter((split) => split <= seen.splits[number - 1]).length : 0;
}

// null where nothing is left to do: bins that are one already cannot be merged.
export function restated(action, seen, now) {
  if (seen === now) return action;
  const at = (number) => numberNow(number, seen, now);
  if (action.type === "woe") return { ...action, bin: at(action.bin) };
  if (action.type === "move") return { ...action, to: at(action.to) };
  if (action.type === "merge") {
    const bins = [...new Set(action.bins.map(at))].sort((a, b) => a - b);
    return bins.length > 1 ? { ...action, bins } : null;
  }
  if (action.type === "set") {
    const more = action.bins.filter((split) => !seen.splits.includes(split));
    const fewer = seen.splits.filter((split) => !action.bins.includes(split));
    const bins = now.splits.filter((split) => !fewer.includes(split));
    return { ...action, bins: [...new Set([...bins, ...more])].sort((a, b) => a - b) };
  }
  return action;
}
