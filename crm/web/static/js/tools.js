/* Shared by the other parts. crm/web/assets.py joins all parts into one script, in one strict function. */
const one = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const isMac = /Mac|iPhone|iPad/.test(navigator.platform);
const isTyping = (element) =>
  element.matches("textarea, select, [contenteditable], input:not([type=checkbox], [type=radio], [type=button], [type=submit])");
const isSeen = (element) => element.checkVisibility();
