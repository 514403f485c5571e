// Stands in for the notebook's model: the same messages to the local server.
import workbench from "./app.js";

const KEY = "infotheory workbench";
const heard = { "msg:custom": [], again: [] };

// The token comes in the fragment, which no request carries, and leaves the address bar at once.
function takeToken() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (!token) return false;
  sessionStorage.setItem(KEY, token);
  history.replaceState(null, "", location.pathname);
  return true;
}

async function answer(message) {
  try {
    const response = await fetch("/api", {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${sessionStorage.getItem(KEY) ?? ""}` },
      body: JSON.stringify(message),
    });
    if (response.ok) return await response.json();
    const words = response.status === 401
      ? "The workbench was started again: open the address that it printed. What you typed stays."
      : `The workbench refused this (${response.status}): ${(await response.text()).slice(0, 200)}`;
    return { type: "error", code: "gone", message: words, id: message.id };
  } catch {
    return { type: "error", code: "gone", message: "The workbench does not answer. What you typed stays; start it again.", id: message.id };
  }
}

const model = {
  on: (name, call) => heard[name].push(call),
  send: async (message) => { const reply = await answer(message); for (const call of heard["msg:custom"]) call(reply); },
};

takeToken();
addEventListener("hashchange", () => { if (takeToken()) for (const call of heard.again) call(); });
workbench.render({ model, el: document.getElementById("workbench") });
