/* The start page is worked from: whatever was done from one of its rows, the row goes, the focus comes to the next one, and list, counts
   and sentence are asked for anew. */
let worked = null; // the row that a dialog was opened from: its id, and its place among the rows
let dayAsked = 0;
let dayOwed = null; // the list was to be swapped while a row waited for an answer: htmx would not tell of a row that is gone
const dayWaits = new Set();

const dayRows = () => all("#day [data-row]");
const rowAt = (row) => ({ id: row.id, place: dayRows().indexOf(row), title: one(".row-link, strong", row)?.textContent.trim() });

document.addEventListener("click", ({ target }) => {
  const link = target.closest("[data-dialog]");
  if (link && one("#day") && !link.closest("dialog")) worked = link.closest("#day [data-row]") ? rowAt(link.closest("[data-row]")) : null;
}, true);

document.addEventListener("htmx:beforeRequest", ({ detail }) => { if (detail.elt.closest("#day")) dayWaits.add(detail.xhr); });
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  dayWaits.delete(detail.xhr);
  if (!dayOwed || dayWaits.size) return;
  const done = dayOwed;
  dayOwed = null;
  askForDay(done);
});

/* The row that a request was about, if it was one that ends work on it. */
function workOf({ requestConfig, xhr }) {
  const source = requestConfig.elt;
  if (!one("#day") || requestConfig.verb === "get" || xhr.status < 200 || xhr.status >= 400) return null;
  const row = source.closest("#day [data-row]");
  if (row) return rowAt(row);
  if (source.closest("#flash")) return { id: "", place: 0, isUndo: true };
  const isOver = xhr.getResponseHeader("HX-Redirect") || xhr.getResponseHeader("HX-Trigger")?.includes("close-dialog");
  return worked && isOver ? worked : null;
}

document.addEventListener("htmx:beforeOnLoad", (event) => {
  const done = workOf(event.detail);
  if (!done) return;
  event.preventDefault(); // nothing of it is swapped in, and no other page follows
  const toast = toastOf(event.detail.xhr.responseText, done);
  event.detail.requestConfig.elt.closest("[data-toast]")?.remove();
  worked = dayOwed = null;
  const row = done.id && document.getElementById(done.id);
  if (row) row.remove();
  focusPlace(done.place);
  closeDialogs();
  tellOfDay(toast);
  askForDay(done);
});

/* What the answer says, as a message: its own, or the line that stands for a row, or the title of the row. */
function toastOf(html, done) {
  const answer = new DOMParser().parseFromString(html, "text/html").body;
  const own = one("[data-toast]", answer);
  if (own) return own;
  const line = one("[data-announce]", answer);
  const words = one("#day-told").dataset;
  const toast = one("#day-told").content.cloneNode(true).firstElementChild;
  one("p", toast).textContent = line ? line.dataset.announce : done.isUndo ? words.undone : words.done.replace("%s", () => done.title);
  const undo = line && one("form", line);
  if (undo) { one("p", toast).after(undo); toast.dataset.stays = "yes"; }
  return toast;
}

function tellOfDay(toast) {
  if (!toast) return;
  const undo = one("form", toast);
  if (undo && !undo.hasAttribute("hx-post")) {
    undo.setAttribute("hx-post", undo.getAttribute("action"));
    undo.setAttribute("hx-swap", "none");
  }
  all("#flash [data-toast] form").forEach((form) => form.closest("[data-toast]").remove()); // only the last step can be taken back here
  one("#flash").append(toast);
  htmx.process(toast);
  tendToast(toast);
}

function focusPlace(place) {
  const rows = dayRows();
  const row = rows[Math.min(place, rows.length - 1)];
  const target = row ? one(".row-link", row) || row : one("#day-sentence");
  if (row && target === row) row.tabIndex = -1;
  opener = { element: target, like: row ? `#${CSS.escape(row.id)} .row-link` : "#day-sentence" }; // where a dialog returns to that closes now
  target.focus();
  target.scrollIntoView({ block: "nearest" });
}

async function askForDay(done) {
  const asked = ++dayAsked;
  let page;
  try {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    page = answer.ok && new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch { return showOffline(); }
  if (asked !== dayAsked) return; // a later one is on its way
  if (!page || !one("#day", page)) return location.reload();
  if (dayWaits.size) { dayOwed = done; return; }
  const held = document.activeElement.closest("#day [data-row]");
  const kept = held ? { id: held.id, place: dayRows().indexOf(held) } : done;
  for (const part of ["#day-sentence", "#day", ".nav-first"]) {
    const [old, fresh] = [one(part), one(part, page)];
    if (old && fresh) old.replaceWith(document.adoptNode(fresh));
  }
  htmx.process(one("#day"));
  prepare(one("#day"));
  if (one("dialog[open]") || document.activeElement !== document.body) return;
  const row = kept.id && document.getElementById(kept.id);
  focusPlace(row ? dayRows().indexOf(row) : kept.place);
}
