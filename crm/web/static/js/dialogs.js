/* The dialog that fragments open in, and questions before something is done. */
const dialog = one("#dialog");
let opener = null; // where the focus returns to: the element, and how to find its like if it was swapped

/* Whatever lies outside an open dialog is inert: the messages move into it, and back when it closes. */
const houseMessages = () => (all("dialog[open]").pop() || document.body).append(one("#flash"), one("#announcer"));

function show(box) {
  if (!box.open) {
    all("#flash .toast.good:not(:has(form))").forEach((toast) => toast.remove()); // on a phone it would lie over the fields
    box.showModal();
  }
  houseMessages();
}

function remember(element) {
  const href = element.getAttribute("href");
  opener = { element, like: element.id ? `#${CSS.escape(element.id)}` : href && `a[href="${CSS.escape(href)}"]` };
}

function returnFocus() {
  const { element, like } = opener || {};
  const target = element?.isConnected && element !== document.body ? element : like && one(like);
  const menu = target && !isSeen(target) && target.closest("[popover]"); // closed meanwhile: its button opens it again
  ((menu ? one(`[popovertarget="${CSS.escape(menu.id)}"]`) : target) || one("main [data-focus]") || one("#content")).focus();
}

/* Who types quicker than the dialog comes loses no letter, and sets off no single key meanwhile. */
let typedAhead = null; // the letters, while a dialog is on its way

function keepTyped(event) {
  if (typedAhead === null || isTyping(event.target) || one("dialog[open]")) return;
  if (event.key.length !== 1 || event.ctrlKey || event.metaKey || event.altKey) return;
  typedAhead += event.key;
  event.preventDefault();
  event.stopImmediatePropagation();
}

function handOverTyped(field) {
  const letters = typedAhead;
  typedAhead = null;
  if (!letters || !field?.matches("textarea, input:is([type=text], [type=search])")) return;
  field.setRangeText(letters, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

document.addEventListener("keydown", keepTyped, true);
document.addEventListener("htmx:afterRequest", ({ detail }) => { if (!detail.successful) typedAhead = null; });

function openInDialog(link) {
  if (!link.closest("dialog")) remember(link);
  one("#palette")?.close();
  typedAhead = "";
  const where = { target: "#dialog-body", swap: "innerHTML", source: link };
  htmx.ajax("GET", link.getAttribute("href"), where).catch(() => { typedAhead = null; }); // htmx:sendError has told
}

function openDialog(body) {
  show(dialog);
  const fields = all("input:not([type=hidden]), select, textarea", body).filter(isSeen);
  (one("[data-focus], [autofocus]", body) || fields[0] || one("button, a[href]", body))?.focus();
  handOverTyped(document.activeElement);
}

const closeDialogs = () => all("dialog[open]").forEach((open) => open.close());

all("dialog").forEach((box) => {
  box.addEventListener("close", houseMessages);
  box.addEventListener("mousedown", (event) => {
    const isHalfFilled = box === dialog && one("form", box);
    if (event.target === box && !isHalfFilled) box.close(); // a press on what lies behind
  });
});
dialog.addEventListener("close", () => {
  one("#dialog-body").replaceChildren();
  returnFocus();
});

function ask(element) {
  const box = one("#confirm");
  const yes = one("[data-confirm-yes]", box);
  one("#confirm-question").textContent = element.dataset.confirm;
  yes.textContent = element.dataset.confirmLabel || element.textContent.trim();
  yes.classList.toggle("danger", element.matches(".danger"));
  yes.classList.toggle("primary", !element.matches(".danger"));
  yes.onclick = () => {
    box.close();
    element.dataset.confirmed = "yes";
    element.click();
  };
  show(box);
}
