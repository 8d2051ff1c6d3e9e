// A slider over budgets that answers while it is dragged. The page works without: the form asks the same.
"use strict";
const form = document.querySelector("[data-budget]");
if (form) {
  const slider = form.querySelector("input[type=range]");
  const field = form.querySelector("input[name=budget]");
  const sizes = slider.dataset.sizes.split(" ").map(Number);
  let busy = false;
  let wanted = null;

  const ask = async () => {
    if (busy || wanted === null) return;
    busy = true;
    const address = `/plan?budget=${wanted}`;
    wanted = null;
    try {
      const answer = await fetch(address);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const found = page.getElementById("answer");
      if (found) {
        document.getElementById("answer").replaceWith(found);
        history.replaceState(null, "", address);
      }
    } finally {
      busy = false;
      ask();
    }
  };
  slider.addEventListener("input", () => {
    wanted = sizes[Number(slider.value)];
    field.value = String(wanted);
    ask();
  });
  const now = sizes.findIndex((size) => size >= Number(slider.dataset.now));
  if (now >= 0) slider.value = String(now);
  slider.closest("label").hidden = false;
}
