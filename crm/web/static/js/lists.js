/* Lists: filters without empty fields in the address, the order of columns, rows that are ticked. */
document.addEventListener("submit", ({ target }) => {
  if (!target.matches("form[data-tidy]")) return;
  const empty = all("input, select", target).filter((field) => field.name && !field.disabled && field.value.trim() === "");
  for (const field of empty) field.disabled = true;
  setTimeout(() => { for (const field of empty) field.disabled = false; }, 0);
});

/* The same for what is fetched while somebody chooses and types. */
document.addEventListener("htmx:configRequest", ({ target, detail }) => {
  if (!target.closest?.("#history-filter")) return;
  for (const [name, value] of [...detail.parameters.entries()]) if (String(value).trim() === "") detail.parameters.delete(name);
});

function moveRow(button) {
  const row = button.closest("li");
  const other = button.dataset.move === "-1" ? row.previousElementSibling : row.nextElementSibling;
  if (!other) return;
  if (button.dataset.move === "-1") other.before(row);
  else other.after(row);
  button.focus();
  row.scrollIntoView({ block: "nearest" });
}

const ticks = () => all("input.tick").filter((tick) => tick.form?.id === "bulk");

/* How many are ticked, and what can be done with them. */
function countTicks() {
  const bar = one("#bulk");
  if (!bar) return;
  const ticked = ticks().filter((tick) => tick.checked).length;
  one("[data-ticked]", bar).textContent = bar.dataset.words.replace("0", String(ticked));
  all("[data-needs-ticks]", bar).forEach((button) => { button.disabled = ticked === 0; });
  const every = one("[data-tick-all]", bar);
  every.checked = ticked > 0 && ticked === ticks().length;
  every.indeterminate = ticked > 0 && !every.checked;
}

/* x ticks the row that j and k have come to. */
function tickRow() {
  const tick = document.activeElement.closest("[data-row]") && one("input.tick", document.activeElement.closest("[data-row]"));
  if (!tick) return false;
  tick.click();
  return true;
}

document.addEventListener("change", ({ target }) => {
  if (target.matches("[data-tick-all]")) ticks().forEach((tick) => { tick.checked = target.checked; });
  if (target.matches("[data-tick-all], .tick")) countTicks();
});
