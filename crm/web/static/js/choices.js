/* Lists to choose from while the focus stays in the field above: the palette, and the customers found for a form. */
const STEPS = { ArrowDown: 1, ArrowUp: -1 };
const optionsIn = (list) => all("[role=option]:not([aria-disabled])", list);
const chosenIn = (list) => one("[role=option][aria-selected=true]", list);

function choose(field, list, option) {
  chosenIn(list)?.setAttribute("aria-selected", "false");
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  field.setAttribute("aria-activedescendant", option?.id || "");
  field.setAttribute("aria-expanded", String(!list.hidden && optionsIn(list).length > 0));
}

/* The next option, or the one before; round at the ends. */
function step(field, list, key) {
  const found = optionsIn(list);
  const at = found.indexOf(chosenIn(list));
  choose(field, list, found[at < 0 && STEPS[key] < 0 ? found.length - 1 : (at + STEPS[key] + found.length) % found.length]);
}

/* What was found below a field with data-picks: customers, or what a contact belongs to. */
const PICKING = "#contact-customer, #belonging-search";
const PICKED = "#contact-picked, #belonging-picked";
const picksOf = (field) => one(PICKED, field.closest(PICKING));
const pickerOf = (list) => one("[data-picks]", list.closest(PICKING));

function openPicks(list) {
  list.hidden = false;
  list.scrollIntoView({ block: "nearest" });
  choose(pickerOf(list), list, optionsIn(list)[0]);
}

function closePicks(field, list) {
  list.hidden = true;
  choose(field, list, null);
}

/* Enter never sends the form from here, and Escape closes the list before it closes the dialog. */
function steerPicks(event) {
  const field = event.target;
  if (!field.matches("[data-picks]") || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  const list = picksOf(field);
  if (event.key === "Escape" && !list.hidden && list.hasChildNodes()) closePicks(field, list);
  else if (event.key in STEPS && optionsIn(list).length) {
    list.hidden = false;
    step(field, list, event.key);
  } else if (event.key === "Enter" && field.value.trim()) chosenIn(list)?.click();
  else return;
  event.preventDefault();
  event.stopPropagation();
}

document.addEventListener("keydown", steerPicks, true);
document.addEventListener("input", ({ target }) => { // what is listed belongs to the words before
  if (target.matches("[data-picks]")) choose(target, picksOf(target), null);
});

/* What a search has found becomes an option of the select beside it. */
function offerOption(select, value, words) {
  if (select && ![...select.options].some((option) => option.value === value)) select.add(new Option(words, value));
}

/* The focus stays in the field, which is empty again: Tab leads on. */
function pickBelonging(found) {
  const list = found.closest(PICKED);
  const field = pickerOf(list);
  const select = one("[data-keeps-words]", list.closest(PICKING));
  offerOption(select, found.dataset.belongs, one(".option-title", found).textContent);
  select.value = found.dataset.belongs;
  select.dataset.byHand = "yes";
  field.value = "";
  field.focus();
  closePicks(field, list);
  list.replaceChildren();
  announce(found.dataset.chosen);
  select.dispatchEvent(new Event("change", { bubbles: true }));
}
