// Forms of schemes work without this. With it rows come and go without a new page, and mistakes show while one types.
"use strict";

document.documentElement.classList.add("js");
const editor = () => document.getElementById("editor");
let waiting, asked = 0;

async function posted(form, action) {
  const data = new FormData(form);
  data.set("do", action);
  const turn = ++asked;
  const answer = await fetch(form.action || location.href, { method: "POST", body: data, redirect: "error" });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return turn === asked ? page : null;
}

function swap(page, id) {
  const now = document.getElementById(id), next = page && page.getElementById(id);
  if (now && next) now.replaceWith(document.importNode(next, true));
  return Boolean(now && next);
}

async function redraw(action) {
  const form = editor(), name = document.activeElement && document.activeElement.name;
  try {
    if (!swap(await posted(form, action), "editor")) return;
    const rows = document.querySelectorAll("#editor .row");
    const next = action === "row:add" && rows.length ? rows[rows.length - 1].querySelector("input:not([type=hidden])") : name && editor().elements.namedItem(name);
    if (next && next.focus) next.focus();
    check();
  } catch { /* offline: the button still sends the form */ }
}

function check() {
  clearTimeout(waiting);
  waiting = setTimeout(async () => {
    if (!editor()) return;
    try { swap(await posted(editor(), "check"), "check"); } catch { /* the next keystroke tries again */ }
  }, 700);
}

document.addEventListener("click", event => {
  const button = event.target.closest("#editor button[name=do]");
  if (button && (button.value.startsWith("row:") || button.value === "kind")) { event.preventDefault(); redraw(button.value); }
  const link = event.target.closest("a[data-line]"), area = document.querySelector("[data-text] textarea");
  if (link && area) { event.preventDefault(); show(area, Number(link.dataset.line)); }
});

document.addEventListener("input", event => {
  if (event.target.closest("[data-live]") && event.target.tagName !== "SELECT") check();
  if (event.target.name && event.target.name.startsWith("worth-")) sum();
});

document.addEventListener("change", event => {
  if (!event.target.closest("[data-live]") || event.target.tagName !== "SELECT") return;
  if (["kind", "pay_kind", "worth_kind", "on"].includes(event.target.name)) redraw("kind"); else check();
});

function show(area, line) {
  const start = area.value.split("\n").slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
  const end = area.value.indexOf("\n", start);
  area.focus();
  area.setSelectionRange(start, end < 0 ? area.value.length : end);
  area.scrollTop = Math.max(0, (line - 5) * (area.scrollHeight / area.value.split("\n").length));
}

function sum() {
  const place = document.querySelector("[data-sum]");
  if (!place) return;
  const weights = [...place.closest("form").querySelectorAll(".worth input")].map(one => Number(one.value.replace("%", "")));
  place.textContent = place.dataset.sum + " " + +weights.reduce((a, b) => a + b, 0).toFixed(6);
}

const line = /^#line-(\d+)$/.exec(location.hash), area = document.querySelector("[data-text] textarea");
if (line && area) show(area, Number(line[1]));
sum();
