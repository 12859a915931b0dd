// What a page of imports does better with a script: dropping files, seeing how far they are sent, watching a worker. Without it all works, too.
(function () {
  "use strict";

  const form = document.querySelector("form.drop");
  if (form) upload(form);
  const place = document.getElementById("progress");
  if (place && place.dataset.working === "1") watch(place);

  function upload(form) {
    const input = form.querySelector("input[type=file]");
    const trouble = form.querySelector("p.error");
    const list = form.querySelector(".chosen");

    function say(text) {
      trouble.textContent = text;
      trouble.hidden = !text;
    }

    function show() {
      const files = Array.from(input.files);
      list.replaceChildren(...files.map(function (file) {
        const line = document.createElement("li");
        line.textContent = file.name + " (" + (file.size / 1048576).toFixed(1) + " MB)";
        return line;
      }));
      const bytes = files.reduce(function (sum, file) { return sum + file.size; }, 0);
      const tooBig = bytes > Number(form.dataset.most);
      const tooMany = files.length > Number(form.dataset.mostFiles);
      say(tooBig ? form.dataset.tooBig : tooMany ? form.dataset.tooMany : "");
      return !tooBig && !tooMany && files.length > 0;
    }

    input.addEventListener("change", show);
    form.addEventListener("dragover", function (event) { event.preventDefault(); form.classList.add("over"); });
    form.addEventListener("dragleave", function () { form.classList.remove("over"); });
    form.addEventListener("drop", function (event) {
      event.preventDefault();
      form.classList.remove("over");
      const kept = new DataTransfer();
      for (const file of [...input.files, ...event.dataTransfer.files]) kept.items.add(file);
      input.files = kept.files;
      show();
    });
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      if (show()) send();
    });

    function send() {
      const line = form.querySelector(".sending");
      const bar = line.querySelector("progress");
      const text = line.querySelector("span");
      const button = form.querySelector("button");
      const request = new XMLHttpRequest();
      line.hidden = false;
      button.disabled = true;
      request.upload.addEventListener("progress", function (event) {
        bar.value = event.lengthComputable ? 100 * event.loaded / event.total : 0;
        text.textContent = form.dataset.sending + " " + Math.floor(bar.value) + " %";
      });
      function broken() {
        line.hidden = true;
        button.disabled = false;
        say(form.dataset.broken);
      }
      request.addEventListener("error", broken);
      request.addEventListener("abort", broken);
      request.addEventListener("load", function () {
        const answer = new DOMParser().parseFromString(request.responseText, "text/html");
        if (request.status < 400 && request.responseURL !== form.action) {
          location.assign(request.responseURL);
          return;
        }
        const told = Array.from(answer.querySelectorAll(".drop .error, main h1 + p")).map(function (part) { return part.textContent.trim(); });
        broken();
        say(told.filter(Boolean).join(" ") || form.dataset.broken);
      });
      request.open("POST", form.action);
      request.send(new FormData(form));
    }
  }

  function watch(place) {
    let pause = 1000;
    async function look() {
      try {
        const answer = await fetch(place.dataset.poll, { headers: { "X-Requested-With": "fetch" }, credentials: "same-origin" });
        if (answer.redirected || answer.status === 404) { location.reload(); return; }
        if (answer.ok) {
          const page = new DOMParser().parseFromString(await answer.text(), "text/html");
          const fresh = page.getElementById("progress");
          if (!fresh || fresh.dataset.working !== "1") { location.reload(); return; }
          place.replaceChildren(...fresh.childNodes);
        }
      } catch (error) {
        pause = 5000;
      }
      pause = Math.min(pause * 1.2, 5000);
      window.setTimeout(look, pause);
    }
    window.setTimeout(look, pause);
  }
})();
