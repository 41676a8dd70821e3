/** The HTML of the page. Nothing of the collector stands in it: the script fills it in as text. */
export function markup(style: string, script: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>tracecore</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<a class="skip" href="#pipelines">To the pipelines</a>
<header id="service">
  <h1>tracecore <span id="version"></span></h1>
  <p id="overall" class="badge" role="status">…</p>
  <p id="uptime" class="quiet"></p>
  <button id="pause" type="button" aria-pressed="false">Pause</button>
</header>
<p id="offline" class="banner" role="alert" hidden></p>
<nav aria-label="Sections">
  <a href="#pipelines">Pipelines</a>
  <a href="#components">Components</a>
  <a href="#log">Log</a>
  <a href="#config">Config</a>
</nav>
<main>
  <noscript><p class="banner">This page needs JavaScript. The data is at /api/v1/status, /api/v1/config and /api/v1/logs.</p></noscript>
  <section id="pipelines" aria-labelledby="pipelines-title">
    <h2 id="pipelines-title">Pipelines</h2>
    <p class="quiet">Items a second over the last 30 seconds. Every table has the sums since the start.</p>
    <div class="tools"><label><input id="trouble" type="checkbox"> Only what is in trouble</label></div>
    <div id="pipeline-list"></div>
    <p id="calm" class="quiet">Nothing is in trouble.</p>
  </section>
  <section id="components" aria-labelledby="components-title">
    <h2 id="components-title">Components</h2>
    <table class="stack">
      <thead><tr><th scope="col">Component</th><th scope="col">Status</th><th scope="col">Since</th><th scope="col">Restarts</th><th scope="col">Queue</th><th scope="col">Last error</th></tr></thead>
      <tbody id="component-rows"></tbody>
    </table>
  </section>
  <section id="log" aria-labelledby="log-title">
    <h2 id="log-title">Log</h2>
    <div class="tools">
      <label>Level <select id="log-level"><option value="debug">debug and above</option><option value="info" selected>info and above</option><option value="warn">warn and above</option><option value="error">error</option></select></label>
      <label>Text <input id="log-filter" type="search" autocomplete="off" spellcheck="false"></label>
      <span id="log-count" class="quiet" role="status"></span>
    </div>
    <div class="scroll" tabindex="0" role="region" aria-label="Lines of the log, newest first">
      <ol id="log-lines"></ol>
      <p id="log-empty" class="quiet" hidden>No lines.</p>
    </div>
  </section>
  <section id="config" aria-labelledby="config-title">
    <h2 id="config-title">Config in force</h2>
    <p class="quiet">Secrets are not shown.</p>
    <div class="tools">
      <label>Text <input id="config-filter" type="search" autocomplete="off" spellcheck="false"></label>
      <label><input id="config-set" type="checkbox" checked> Only what was set</label>
      <span id="config-count" class="quiet" role="status"></span>
    </div>
    <table class="stack">
      <thead><tr><th scope="col">Option</th><th scope="col">Value</th><th scope="col">From</th></tr></thead>
      <tbody id="config-rows"></tbody>
    </table>
  </section>
</main>
<script>${script}</script>
</body>
</html>
`;
}
