
// Mentions of one label: texts without it are hidden, other mentions are plain. The choice goes along to other pages.
const chosen = document.getElementById("label");
const texts = [...document.querySelectorAll(".tagged")];
const marked = [...document.querySelectorAll("[data-labels]")].filter((one) => !one.matches(".tagged"));
const has = (element) => chosen.value === "" || JSON.parse(element.dataset.labels).includes(chosen.value);
const filterTexts = () => {
  for (const text of texts) text.hidden = !has(text);
  for (const mark of marked) mark.classList.toggle("off", !has(mark));
  const count = texts.filter((text) => !text.hidden).length;
  document.getElementById("shown").textContent = `${count} of ${texts.length} texts on this page`;
  const hash = chosen.value === "" ? "" : `#label=${encodeURIComponent(chosen.value)}`;
  for (const link of document.querySelectorAll(".pages a")) link.href = link.getAttribute("href").split("#")[0] + hash;
};
const fromHash = () => {
  const value = decodeURIComponent((/^#label=(.*)$/.exec(location.hash) ?? ["", ""])[1]);
  if ([...chosen.options].some((option) => option.value === value)) chosen.value = value;
  filterTexts();
};
chosen.addEventListener("change", () => {
  history.replaceState(null, "", chosen.value === "" ? location.pathname : `#label=${encodeURIComponent(chosen.value)}`);
  filterTexts();
});
fromHash();
chosen.closest(".filter").hidden = false;
