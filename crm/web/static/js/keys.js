/* Single keys: data-key presses an element, g and data-go go somewhere, j and k walk through lists, ? lists them all. */
const singleKeysOn = () => document.body.dataset.singleKeys !== "off";
let goUntil = 0; // after g, the next letter names a place

function press(element) {
  element.scrollIntoView({ block: "nearest" });
  element.focus();
  if (element.matches("details[open] > summary")) focusInside(element.parentElement);
  else if (!isTyping(element)) element.click();
}

/* A composer that was closed: whoever opens it wants to write. */
const focusInside = (details) => one("textarea", details)?.focus();

document.addEventListener("toggle", ({ target }) => {
  if (target.matches("details.composer-more[open]") && document.activeElement === one("summary", target)) focusInside(target);
}, true);

/* Escape leaves a field that is being changed where it stands, as Cancel does. */
document.addEventListener("keydown", (event) => {
  const cancel = event.key === "Escape" && event.target.closest?.(".inline-field.editing")?.querySelector("[data-escape]");
  if (cancel) { event.preventDefault(); cancel.click(); }
});

/* What lies behind "More" on a phone is pressed by its key all the same. */
const canPress = (element) => isSeen(element) || Boolean(element.closest("[popover]"));

function walk(step) {
  const rows = all("[data-list] [data-row]").filter(isSeen);
  if (!rows.length) return;
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const row = rows[at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + step, 0), rows.length - 1)];
  (one(".row-link", row) || row).focus();
  row.scrollIntoView({ block: "nearest" });
}

function listKeys(section, selector, keysOf) {
  const found = all(selector).filter((element) => !element.closest("dialog"));
  const said = (element) => keysOf(element).join(" ");
  const isHidden = (element) => !element.closest("main") && found.some((other) => other !== element && said(other) === said(element));
  const rows = found.filter((element) => !isHidden(element)).map((element) => {
    const row = document.createElement("div");
    const term = document.createElement("dt");
    const what = document.createElement("dd");
    for (const key of keysOf(element)) term.append(Object.assign(document.createElement("kbd"), { textContent: key }), " ");
    what.textContent = element.dataset.keyLabel || (one("span:not(.avatar)", element) || element).textContent.trim();
    row.append(term, what);
    return row;
  });
  section.hidden = rows.length === 0;
  one("dl", section).replaceChildren(...rows);
}

/* The keys of the rows of a list: each once, with all that it does here. */
function listRowKeys(section) {
  const words = new Map();
  for (const element of all("[data-row-key]").filter((each) => !each.closest("dialog"))) {
    const key = element.dataset.rowKey;
    words.set(key, (words.get(key) ?? new Set()).add(one("span", element).textContent.trim()));
  }
  const rows = [...words].map(([key, texts]) => {
    const row = document.createElement("div");
    const term = document.createElement("dt");
    term.append(Object.assign(document.createElement("kbd"), { textContent: key }));
    row.append(term, Object.assign(document.createElement("dd"), { textContent: [...texts].join(", ") }));
    return row;
  });
  section.hidden = rows.length === 0;
  one("dl", section).replaceChildren(...rows);
}

function openKeysSheet() {
  const sheet = one("#keys");
  if (!sheet || sheet.open) return;
  closeDialogs();
  listKeys(one("[data-keys-here]", sheet), "[data-key]", (element) => [element.dataset.key]);
  listRowKeys(one("[data-keys-row]", sheet));
  listKeys(one("[data-keys-go]", sheet), "[data-go]", (element) => ["g", element.dataset.go]);
  show(sheet);
}

function onSingleKey(event) {
  const byData = (name) => { // what the page itself offers comes before what stands around every page
    const found = all(`[data-${name}="${CSS.escape(event.key)}"]`).filter(canPress);
    return found.find((each) => each.closest("main")) || found[0];
  };
  const going = Date.now() < goUntil;
  goUntil = 0;
  const ofRow = () => one(`[data-row-key="${CSS.escape(event.key)}"]`, document.activeElement.closest("[data-row]") ?? document.createElement("i"));
  const target = going ? one(`[data-go="${CSS.escape(event.key)}"]`) : ofRow() || byData("key");
  const builtIn = { "/": openPalette, "?": openKeysSheet, j: () => walk(1), k: () => walk(-1), x: tickRow, g: () => { goUntil = Date.now() + 1500; } };
  const act = target ? () => press(target) : !going && builtIn[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") {
    event.preventDefault();
    openPalette();
  } else if ((event.ctrlKey || event.metaKey) && event.key === "Enter" && one("textarea", event.target.closest("form") ?? document.createElement("form"))) {
    event.preventDefault();
    event.target.closest("form").requestSubmit();
  } else if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) {
    return;
  } else if (event.key === "Enter") {
    if (event.target.matches("[data-row]")) one("a[href]", event.target)?.click();
  } else if (event.key === "Escape") {
    toggleMore(false);
    if (isTyping(event.target) && !event.target.closest("dialog")) event.target.blur();
  } else if (singleKeysOn() && !isTyping(event.target) && !one("dialog[open]")) {
    onSingleKey(event);
  }
});
