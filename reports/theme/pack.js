"use strict";
(() => {
  const proofs = JSON.parse(document.getElementById("proofs").textContent);
  const figures = JSON.parse(document.getElementById("figures").textContent);
  const panel = document.getElementById("proof");
  const words = ["Exact", "Unit", "Table", "Row", "Column", "Rule", "Contract", "As a query"];
  let opener = null;

  function line(list, name, text) {
    if (text === null || text === "") return;
    const term = document.createElement("dt");
    const detail = document.createElement("dd");
    const code = document.createElement("code");
    term.textContent = name;
    code.textContent = text;
    detail.append(code);
    list.append(term, detail);
  }

  function show(id, from) {
    const proof = proofs[id];
    if (!proof) return false;
    const list = document.getElementById("proof-lines");
    document.getElementById("proof-label").textContent = proof[0];
    document.getElementById("proof-printed").textContent = proof[1];
    list.replaceChildren();
    line(list, "Figure", id);
    words.forEach((word, number) => line(list, word, proof[number + 2]));
    line(list, "Explain", "sla explain " + id);
    panel.hidden = false;
    opener = from;
    panel.focus();
    history.replaceState(null, "", "#" + id);
    return true;
  }

  function close() {
    panel.hidden = true;
    if (opener && opener.focus) opener.focus();
    history.replaceState(null, "", location.pathname + location.search);
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.figure, [data-figure]");
    if (!link) return;
    if (show(link.dataset.figure || link.getAttribute("href").slice(1), link)) event.preventDefault();
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && !panel.hidden) close(); });
  document.getElementById("proof-close").addEventListener("click", close);

  const asked = location.hash.slice(1);
  if (proofs[asked]) {
    const link = document.querySelector('a.figure[href="#' + CSS.escape(asked) + '"]');
    if (link) link.scrollIntoView({ block: "center" });
    show(asked, link);
  }

  function draw(chart) {
    const live = chart.querySelector(".live");
    const figure = figures[chart.id];
    live.hidden = false;
    chart.querySelector(".still").hidden = true;
    Plotly.newPlot(live, figure.data, figure.layout, figure.config);
  }

  if (typeof Plotly === "undefined" || !matchMedia("(min-width: 721px)").matches) return;
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      seen.unobserve(entry.target);
      draw(entry.target);
    }
  }, { rootMargin: "400px" });
  for (const chart of document.querySelectorAll("figure.chart")) if (figures[chart.id]) seen.observe(chart);
})();
