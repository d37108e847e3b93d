"use strict";

// Sorting: a click on a header sorts by its column, the next one turns the order round. Cells without a value stay last.
for (const table of document.querySelectorAll("table.sortable")) {
  const headers = [...table.tHead.rows[0].cells];
  const body = table.tBodies[0];
  const key = (row, column) => {
    const cell = row.cells[column];
    if (cell.dataset.value !== undefined) return Number(cell.dataset.value);
    const text = cell.textContent.trim();
    return text === "" ? null : text;
  };
  headers.forEach((header, column) => {
    header.querySelector("button").addEventListener("click", () => {
      const numeric = [...body.rows].some((row) => row.cells[column].dataset.value !== undefined);
      const before = header.getAttribute("aria-sort");
      const order = (before ?? (numeric ? "ascending" : "descending")) === "ascending" ? "descending" : "ascending";
      const sign = order === "ascending" ? 1 : -1;
      const rows = [...body.rows].map((row) => [key(row, column), row]);
      rows.sort(([a], [b]) => {
        if (a === null || b === null) return (a === null) - (b === null);
        return sign * (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en"));
      });
      body.append(...rows.map(([, row]) => row));
      for (const other of headers) other.removeAttribute("aria-sort");
      header.setAttribute("aria-sort", order);
    });
  });
}

// A table that is wider than its place can be scrolled by keyboard.
const scrollable = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) {
      target.tabIndex = 0;
      target.setAttribute("role", "region");
      target.setAttribute("aria-label", target.querySelector("caption").textContent);
    } else {
      for (const name of ["tabindex", "role", "aria-label"]) target.removeAttribute(name);
    }
  }
});
for (const place of document.querySelectorAll(".scroll")) scrollable.observe(place);

// The theme: the system's until the button says otherwise.
const theme = document.getElementById("theme");
const dark = () =>
  (document.documentElement.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
const label = () => {
  theme.textContent = dark() ? "Light theme" : "Dark theme";
};
theme.addEventListener("click", () => {
  document.documentElement.dataset.theme = dark() ? "light" : "dark";
  label();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", label);
label();
theme.hidden = false;

// Examples: only those in which a tagger differs from the gold, a few on a page.
const filter = document.getElementById("differs");
if (filter) {
  const size = 10;
  const examples = [...document.querySelectorAll(".example")];
  const differing = new Map(examples.map((example) => [example, JSON.parse(example.dataset.differing)]));
  const turners = [...document.querySelectorAll("nav.pages")];
  let page = 0;
  for (const name of [...new Set([...differing.values()].flat())].sort()) {
    filter.add(new Option(`of ${name}`, name));
  }
  const show = () => {
    const chosen = examples.filter((example) => filter.value === "" || differing.get(example).includes(filter.value));
    const last = Math.max(0, Math.ceil(chosen.length / size) - 1);
    page = Math.min(Math.max(page, 0), last);
    for (const example of examples) example.hidden = true;
    for (const example of chosen.slice(page * size, (page + 1) * size)) example.hidden = false;
    document.getElementById("shown").textContent = `${chosen.length} of ${examples.length} documents`;
    for (const turner of turners) {
      turner.hidden = last === 0;
      turner.querySelector("span").textContent = `Page ${page + 1} of ${last + 1}`;
      turner.querySelector("[data-step='-1']").disabled = page === 0;
      turner.querySelector("[data-step='1']").disabled = page === last;
    }
  };
  filter.addEventListener("change", () => {
    page = 0;
    show();
  });
  for (const turner of turners) {
    turner.addEventListener("click", ({ target }) => {
      if (target.dataset.step === undefined) return;
      page += Number(target.dataset.step);
      show();
      document.getElementById("examples").scrollIntoView();
    });
  }
  show();
  filter.closest(".filter").hidden = false;
}
