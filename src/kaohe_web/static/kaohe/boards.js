// What boards do better with a script: the wall renews itself and fills the screen; the first day is asked for only where it matters.
(function () {
  "use strict";

  const wall = document.querySelector("[data-refresh]");
  if (wall) {
    window.setTimeout(function () { window.location.reload(); }, Number(wall.dataset.refresh) * 1000);
    const button = document.querySelector("[data-fullscreen]");
    if (button && document.documentElement.requestFullscreen) {
      button.hidden = false;
      button.addEventListener("click", function () { document.documentElement.requestFullscreen(); });
    }
  }

  const period = document.getElementById("period");
  const first = document.querySelector("[data-only=days]");
  if (period && first) {
    const show = function () { first.hidden = period.value !== "days"; };
    period.addEventListener("change", show);
    show();
  }
})();
