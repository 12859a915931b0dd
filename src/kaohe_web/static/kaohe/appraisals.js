// While something is computed the page looks again by itself; not while somebody types, whose words would be lost.
(() => {
  const waiting = document.querySelector("[data-again]");
  if (!waiting) return;
  let touched = false;
  document.addEventListener("input", () => { touched = true; });
  setInterval(() => {
    if (!touched && !document.hidden) location.reload();
  }, Number(waiting.dataset.again) * 1000);
})();
