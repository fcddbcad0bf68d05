"use strict";
(() => {
  const proofs = JSON.parse(document.getElementById("proofs").textContent);
  const figures = JSON.parse(document.getElementById("figures").textContent);
  const panel = document.getElementById("proof");
  let opener = null;

  function line(list, name, text, isCode) {
    const term = document.createElement("dt");
    const detail = document.createElement("dd");
    const inner = document.createElement(text.startsWith("#") ? "a" : isCode ? "code" : "span");
    term.textContent = name;
    inner.textContent = text.startsWith("#") ? "in section 3, interval by interval" : text;
    if (text.startsWith("#")) inner.href = text;
    detail.append(inner);
    list.append(term, detail);
  }

  function show(id, from) {
    const proof = proofs.figures[id];
    if (!proof) return false;
    const list = document.getElementById("proof-lines");
    const query = document.getElementById("proof-query");
    document.getElementById("proof-label").textContent = proof.label;
    document.getElementById("proof-printed").textContent = proof.printed;
    list.replaceChildren();
    for (const [name, text] of proof.lines) line(list, name, text, name === "Made by");
    for (const [name, text] of proofs.results[proof.of] || []) line(list, name, text, false);
    line(list, "Explain", "sla explain " + id, true);
    query.open = false;
    query.querySelector("code").textContent = proof.query;
    panel.hidden = false;
    panel.scrollTop = 0;
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
  panel.addEventListener("click", (event) => { if (event.target.closest("dd a")) panel.hidden = true; });
  document.getElementById("proof-close").addEventListener("click", close);

  const asked = location.hash.slice(1);
  if (proofs.figures[asked]) {
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
