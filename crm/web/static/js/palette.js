/* Search and commands (Ctrl/Cmd-K). */
const palette = one("#palette");
const paletteInput = one("#palette-input");
const options = () => all("[role=option]:not([aria-disabled])", palette);
const chosen = () => one("[role=option][aria-selected=true]", palette);

function openPalette() {
  if (!palette || palette.open) return;
  closeDialogs();
  remember(document.activeElement);
  show(palette);
  paletteInput.select();
  htmx.trigger(paletteInput, "palette-open");
}

function choose(option) {
  chosen()?.setAttribute("aria-selected", "false");
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  paletteInput.setAttribute("aria-activedescendant", option?.id || "");
  paletteInput.setAttribute("aria-expanded", String(options().length > 0));
}

function steerPalette(event) {
  const list = options();
  const at = list.indexOf(chosen());
  const steps = { ArrowDown: 1, ArrowUp: -1 };
  if (event.key === "Escape") { // a search field would only empty itself
    event.preventDefault();
    palette.close();
  } else if (event.key in steps && list.length) {
    event.preventDefault();
    choose(list[(at + steps[event.key] + list.length) % list.length]);
  } else if (event.key === "Enter" && at >= 0) {
    event.preventDefault();
    list[at].click();
  }
}
paletteInput?.addEventListener("keydown", steerPalette);
