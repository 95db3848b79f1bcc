"use strict";
{
  const said = document.getElementById("said");
  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // Over plain http there is no clipboard.
      const area = document.createElement("textarea");
      area.value = text;
      area.setAttribute("aria-label", "text to copy");
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      return done;
    }
  };
  for (const lines of document.querySelectorAll("pre[data-copy]")) {
    const row = document.createElement("div");
    row.className = "copy";
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.setAttribute("aria-label", "Copy the lines for " + lines.dataset.copy);
    button.addEventListener("click", async () => {
      const done = await copy(lines.textContent);
      said.textContent = done ? "Copied the lines for " + lines.dataset.copy + "." : "This browser does not copy; select the lines.";
      button.focus();
    });
    lines.replaceWith(row);
    row.append(lines, button);
  }

  const form = document.getElementById("search");
  if (form) {
    const box = document.getElementById("q");
    const shown = document.getElementById("shown");
    const lists = Array.from(document.getElementById("modules").children, (list) => [
      list,
      Array.from(list.children, (row) => [row, row.firstChild.textContent.toLowerCase()]),
    ]);
    const all = lists.reduce((sum, [, rows]) => sum + rows.length, 0);
    const filter = () => {
      const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
      let count = 0;
      for (const [list, rows] of lists) {
        let here = 0;
        for (const [row, path] of rows) {
          const fits = words.every((word) => path.includes(word));
          here += fits;
          if (row.hidden === fits) row.hidden = !fits;
        }
        // How high it is until it is looked at.
        list.style.containIntrinsicHeight = here * 2.35 + "rem";
        list.hidden = here === 0;
        count += here;
      }
      shown.textContent = (words.length ? count + " of " : "") + all + (all === 1 ? " module" : " modules");
    };
    let waiting = 0;
    box.addEventListener("input", () => {
      cancelAnimationFrame(waiting);
      waiting = requestAnimationFrame(filter);
    });
    form.addEventListener("submit", (event) => event.preventDefault());
    document.addEventListener("keydown", (event) => {
      if (event.key === "/" && document.activeElement !== box && !event.ctrlKey && !event.metaKey && !event.altKey) {
        event.preventDefault();
        box.focus();
      }
    });
    form.hidden = false;
    box.value = new URLSearchParams(location.search).get("q") ?? box.value;
    filter();
  }
}
