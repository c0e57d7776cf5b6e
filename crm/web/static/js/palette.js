/* Search and commands (Ctrl/Cmd-K). */
const palette = one("#palette");
const paletteInput = one("#palette-input");

function openPalette() {
  if (!palette || palette.open) return;
  closeDialogs();
  remember(document.activeElement);
  show(palette);
  paletteInput.select();
  htmx.trigger(paletteInput, "palette-open");
}

function steerPalette(event) {
  if (event.key === "Escape") { // a search field would only empty itself
    event.preventDefault();
    palette.close();
  } else if (event.key in STEPS && optionsIn(palette).length) {
    event.preventDefault();
    step(paletteInput, palette, event.key);
  } else if (event.key === "Enter" && chosenIn(palette)) {
    event.preventDefault();
    chosenIn(palette).click();
  }
}
paletteInput?.addEventListener("keydown", steerPalette);
