/* The guide beside the form of a contact: open where there is room for it, folded away as one left it. */
const GUIDE_FOLDED = "nahbar:guide-folded";
const guideHasRoom = () => matchMedia("(min-width: 1080px)").matches;

function foldGuide(details) {
  details.open = guideHasRoom() ? localStorage.getItem(GUIDE_FOLDED) !== "1" : sessionStorage.getItem(GUIDE_FOLDED) === "0";
}

document.addEventListener("click", (event) => {
  const summary = event.target.closest("details[data-guide] > summary");
  if (!summary) return;
  const folds = summary.parentElement.open; // it is about to change
  if (guideHasRoom()) localStorage.setItem(GUIDE_FOLDED, folds ? "1" : "0");
  else sessionStorage.setItem(GUIDE_FOLDED, folds ? "1" : "0");
});
