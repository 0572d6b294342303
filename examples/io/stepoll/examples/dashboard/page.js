'use strict';
// Draws the events of /events: "hello" once for each connection, then "sample" for each moment, the kept ones first.

const RETRY_MILLIS = 1000;
const TABLE_ROWS = 10;
const at = id => document.getElementById(id);
const DASHES = [undefined, [8, 4], [2, 3], [10, 3, 2, 3], [4, 2], [12, 6], [1, 4], [6, 2, 1, 2]];

let hello = null;
let samples = [];
let chosen = 0;
let seconds = 60;
let frozen = null; // what is shown while it is paused
let plots = [];
let slow = null; // what has not been shown yet; null if nothing has changed
let waits = null;

const style = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const whole = value => Math.round(value).toLocaleString('en').replaceAll(',', ' ');
const percent = value => `${(100 * value).toFixed(value < 0.1 ? 1 : 0)} %`;

/** A time in microseconds. */
function time(micros) {
  if (micros === null || micros === undefined) return '–';
  if (micros >= 1e6) return `${(micros / 1e6).toPrecision(3)} s`;
  if (micros >= 1e3) return `${(micros / 1e3).toPrecision(3)} ms`;
  return `${micros.toPrecision(3)} µs`;
}

function bytes(value) {
  for (const [size, unit] of [[1e9, 'GB'], [1e6, 'MB'], [1e3, 'kB']]) {
    if (value >= size) return `${(value / size).toPrecision(3)} ${unit}`;
  }
  return `${Math.round(value)} B`;
}

function element(parent, name, text, attributes) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  Object.entries(attributes ?? {}).forEach(([key, value]) => made.setAttribute(key, value));
  parent.append(made);
  return made;
}

/** Fills the rows of a table, and changes only the cells that differ, so that a reader keeps its place. */
function fill(body, rows) {
  while (body.rows.length > rows.length) body.deleteRow(-1);
  rows.forEach((cells, r) => {
    const row = body.rows[r] ?? body.insertRow();
    cells.forEach((text, c) => {
      const cell = row.cells[c] ?? (c === 0 ? element(row, 'th', '', { scope: 'row' }) : row.insertCell());
      if (cell.textContent !== text) cell.textContent = text;
    });
  });
}

// What is plotted. A line has a label, and a value for each sample.

const ofLoop = value => sample => value(sample.loops[chosen]);

function kinds() {
  const single = hello.loops.map((loop, i) => ({ ...loop, i })).filter(loop => !loop.isSum);
  return [
    { title: 'Utilisation', about: 'the part of its time in which a loop was busy', format: percent,
      range: [0, 1], lines: single.map(({ name, i }) => ({ label: name, value: sample => sample.loops[i].busy })) },
    { title: 'Lag of timers', ofLoop: true, about: 'how late deadlines were when the loop saw them', format: time,
      log: true,
      lines: [['p50', 0], ['p99', 1], ['max', 2]].map(([label, i]) =>
        ({ label, value: ofLoop(loop => loop.lag[i] || null) })) },
    { title: 'Length of steps', ofLoop: true, about: 'without their sleep; the stronger the colour, the more steps',
      format: time, heat: true,
      lines: [{ label: 'p50', value: ofLoop(loop => loop.step[0] || null) },
        { label: 'p99', value: ofLoop(loop => loop.step[1] || null) },
        { label: 'max', value: ofLoop(loop => loop.step[2] || null) }] },
    { title: 'Rates', ofLoop: true, about: 'a second', format: whole,
      lines: [{ label: 'events', value: ofLoop(loop => loop.events) },
        { label: 'switches', value: ofLoop(loop => loop.switches) },
        { label: 'callbacks', value: ofLoop(loop => loop.callbacks) },
        { label: 'timers', value: ofLoop(loop => loop.timers) }] },
    { title: 'Bytes', ofLoop: true, about: 'a second', format: bytes,
      lines: [{ label: 'in', value: ofLoop(loop => loop.bytesIn) },
        { label: 'out', value: ofLoop(loop => loop.bytesOut) }] },
    { title: 'Connections and tasks', about: 'at the moment', format: whole,
      lines: [...hello.servers.map((name, i) => ({ label: name, value: sample => sample.servers[i].connections })),
        { label: 'tasks', value: ofLoop(loop => loop.tasks) }] },
  ];
}

/** One plot, with its caption, what a reader points at, and the same numbers as a table. */
class Plot {
  constructor(kind) {
    this.kind = kind;
    this.box = element(at('plots'), 'figure');
    const caption = element(this.box, 'figcaption');
    const id = `plot-${kind.title.toLowerCase().replaceAll(' ', '-')}`;
    element(caption, 'h2', kind.title);
    this.about = element(caption, 'p');
    this.target = element(this.box, 'div', undefined, { class: 'plot', tabindex: 0, role: 'group',
      'aria-describedby': `${id}-keys` });
    this.reading = element(this.box, 'output', 'Arrow keys read single moments.', { class: 'reading',
      id: `${id}-keys` });
    const details = element(this.box, 'details');
    element(details, 'summary', 'As a table');
    const table = element(element(details, 'div', undefined, { class: 'scroll', role: 'region', tabindex: 0,
      'aria-label': `${kind.title}, as a table` }), 'table');
    const head = element(element(table, 'thead'), 'tr');
    ['time', ...kind.lines.map(line => line.label)].forEach(text => element(head, 'th', text, { scope: 'col' }));
    this.rows = element(table, 'tbody');
    this.details = details;
    details.addEventListener('toggle', () => this.fillTable());
    this.target.addEventListener('keydown', event => this.key(event));
    this.make();
    this.resizes = new ResizeObserver(() => this.resize());
    this.resizes.observe(this.target);
  }

  /** Takes it off the page. */
  remove() {
    this.resizes.disconnect();
    this.chart.destroy();
    this.box.remove();
  }

  make() {
    this.chart?.destroy();
    const { kind } = this;
    const line = (one, i) => ({ label: one.label, stroke: style(kind.heat ? '--text' : `--c${i % 8}`), width: 1.5,
      dash: DASHES[i % DASHES.length], points: { show: false },
      value: (u, v, series, index) => this.told(one, index) });
    const axis = { stroke: style('--quiet'), grid: { stroke: style('--grid'), width: 1 },
      ticks: { stroke: style('--grid'), width: 1 }, font: '12px system-ui, sans-serif' };
    const logarithmic = kind.log || kind.heat;
    this.chart = new uPlot({
      width: this.width(), height: 190, padding: [10, 28, 0, 0],
      cursor: { sync: { key: 'time' }, drag: { x: false, y: false }, points: { size: 6 } },
      legend: { markers: { dash: (u, i) => ['solid', 'dashed', 'dotted', 'double'][(i - 1) % 4] } },
      scales: { x: { time: true }, y: logarithmic ? { distr: 3, range: (u, low, high) => this.decades(low, high) }
        : { range: (u, low, high) => kind.range ?? [0, Math.max(high ?? 0, 1) * 1.08] } },
      axes: [{ ...axis, size: 34, space: 70, incrs: [1, 2, 5, 10, 15, 30, 60, 120],
        values: (u, ticks) => ticks.map(tick => clock(tick)) },
        { ...axis, size: 62, space: 26, values: (u, ticks) => ticks.map(kind.format),
          ...logarithmic && { splits: (u, i, low, high) => powersOfTen(low, high) } }],
      series: [{ value: (u, v) => v === null ? 'now' : clock(v) }, ...kind.lines.map(line)],
      hooks: kind.heat ? { drawAxes: [u => heat(u, shown())] } : {},
    }, this.data(), this.target);
  }

  /** A line's value at a moment, or without one at the last. */
  told(line, index) {
    const all = shown();
    const sample = index === null || index === undefined ? all.at(-1) : all[index];
    const value = sample === undefined ? null : line.value(sample);
    return value === null ? '–' : this.kind.format(value);
  }

  /** Whole powers of ten, at least two of them apart. */
  decades(low, high) {
    const from = Math.floor(Math.log10(Math.max(low ?? 1, 0.1)));
    return [10 ** from, 10 ** Math.max(Math.ceil(Math.log10(Math.max(high ?? 1, 1))), from + 2)];
  }

  width() {
    return Math.max(this.target.clientWidth, 200);
  }

  resize() {
    if (this.chart.width !== this.width()) this.chart.setSize({ width: this.width(), height: 190 });
  }

  data() {
    const all = shown();
    return [all.map(sample => sample.at / 1000), ...this.kind.lines.map(line => all.map(line.value))];
  }

  update() {
    const { about, lines } = this.kind;
    this.chart.setData(this.data());
    if (this.chart.cursor.idx === null || this.chart.cursor.idx === undefined) this.chart.setLegend({ idx: null });
    const values = lines.map(line => `${line.label} ${this.told(line)}`).join(', ');
    const isEmpty = this.chart.data.slice(1).every(line => line.every(value => value === null));
    this.about.textContent = (this.kind.ofLoop ? `of ${hello.loops[chosen].name}: ${about}` : about)
      + (isEmpty ? '; there were none' : '');
    this.target.setAttribute('aria-label', `${this.kind.title}: ${values}`);
    this.fillTable();
  }

  fillTable() {
    if (this.details.open) {
      const all = shown();
      const rows = [];
      for (let i = all.length - 1; i >= 0 && rows.length < TABLE_ROWS; i--) {
        rows.push([clock(all[i].at / 1000), ...this.kind.lines.map(line => this.told(line, i))]);
      }
      fill(this.rows, rows);
    }
  }

  /** Left and right go from moment to moment, Home and End to the first and the last. */
  key(event) {
    const { chart } = this;
    const times = chart.data[0];
    const now = chart.cursor.idx ?? times.length;
    const next = { ArrowLeft: now - 1, ArrowRight: now + 1, Home: 0, End: times.length - 1 }[event.key];
    if (next === undefined || times.length === 0) return;
    event.preventDefault();
    const index = Math.min(Math.max(next, 0), times.length - 1);
    chart.setCursor({ left: chart.valToPos(times[index], 'x'), top: 10 });
    this.reading.textContent = `${clock(times[index])}: `
      + this.kind.lines.map(line => `${line.label} ${this.told(line, index)}`).join(', ');
  }
}

function powersOfTen(low, high) {
  const powers = [];
  for (let power = Math.ceil(Math.log10(low) - 1e-9); power <= Math.log10(high) + 1e-9; power++) {
    powers.push(10 ** power);
  }
  return powers;
}

const clock = unix => new Date(unix * 1000).toLocaleTimeString('en-GB');

/** Below the lines: for each sample a column, with a field for each power of two of a microsecond. */
function heat(u, all) {
  const context = u.ctx;
  const most = Math.max(1, ...all.flatMap(sample => sample.loops[chosen].steps));
  const width = u.bbox.width / Math.max(all.length - 1, 1) + 1;
  context.save();
  context.beginPath();
  context.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
  context.clip();
  context.fillStyle = style('--c0');
  for (const sample of all) {
    const right = u.valToPos(sample.at / 1000, 'x', true);
    sample.loops[chosen].steps.forEach((count, power) => {
      if (count > 0) {
        const bottom = u.valToPos(power === 0 ? 0.1 : 2 ** (power - 1), 'y', true);
        const top = u.valToPos(2 ** power, 'y', true);
        context.globalAlpha = 0.15 + 0.75 * Math.log(1 + count) / Math.log(1 + most);
        context.fillRect(right - width, top, width, bottom - top);
      }
    });
  }
  context.restore();
}

function shown() {
  const all = frozen ?? samples;
  const last = all.at(-1);
  return last === undefined ? [] : all.filter(sample => sample.at > last.at - seconds * 1000);
}

function tables(last) {
  fill(at('loop-rows'), last.loops.map((loop, i) => [hello.loops[i].name, percent(loop.busy), whole(loop.events),
    whole(loop.switches), whole(loop.callbacks), whole(loop.tasks), whole(loop.descriptors), whole(loop.inbox),
    time(loop.lag[1] || null), time(loop.step[1] || null), time(loop.step[2] || null)]));
  fill(at('server-rows'), last.servers.map((server, i) => [hello.servers[i], whole(server.connections),
    whole(server.accepted), whole(server.ended), whole(server.refused)]));
}

/** Shows the slow steps, if they have changed. What a reader has opened, or looks at, stays where it is. */
function showSlow() {
  if (slow === null) return;
  at('slow-none').hidden = slow.length > 0;
  const list = at('slow');
  const focused = document.activeElement;
  const former = new Map([...list.children].map(item => [item.dataset.key, item]));
  slow.forEach((step, i) => {
    const key = `${step.loop} ${step.at}`;
    const item = former.get(key) ?? slowStep(step, key);
    former.delete(key);
    const text = `${step.over ? '' : 'so far '}${step.millis} ms on ${step.loop}, ${clock(step.at / 1000)}: ${step.culprit}`;
    const summary = item.querySelector('summary');
    if (summary.textContent !== text) summary.textContent = text;
    if (list.children[i] !== item) list.insertBefore(item, list.children[i] ?? null);
  });
  former.forEach(item => item.remove());
  if (focused !== document.activeElement && list.contains(focused)) focused.focus(); // it was moved
  slow = null;
}

function slowStep(step, key) {
  const item = document.createElement('li');
  item.dataset.key = key;
  const details = element(item, 'details');
  element(details, 'summary');
  element(details, 'pre', step.stack.join('\n'), { tabindex: 0 });
  return item;
}

function showWaits() {
  if (waits === null) return;
  fill(at('wait-rows'), waits.map(wait => [wait.loop, wait.what, whole(wait.count)]));
  [...at('wait-rows').rows].forEach(row => { row.cells[1].className = 'text'; });
  waits = null;
}

let due = false;

/** Once for all samples that have come at once. */
function draw() {
  if (due) return;
  due = true;
  requestAnimationFrame(() => {
    due = false;
    const last = shown().at(-1);
    if (last === undefined) return;
    plots.forEach(plot => plot.update());
    if (frozen !== null) return;
    tables(last);
    showSlow();
    showWaits();
    document.documentElement.dataset.drawn = last.at; // for those who wait for it
  });
}

function status(text, kind) {
  if (at('status').textContent !== text) {
    at('status').textContent = text;
    at('status').className = kind;
  }
}

/** A server that was started again has loops and times of its own; a connection that was lost goes on. */
function greet(greeting) {
  const again = hello !== null && hello.start === greeting.start;
  hello = greeting;
  status(`Live: ${hello.loops.filter(loop => !loop.isSum).length} loops`, 'live');
  samples = [];
  if (again) return;
  chosen = Math.min(chosen, hello.loops.length - 1);
  at('threshold').textContent = hello.thresholdMillis;
  at('loop').replaceChildren();
  hello.loops.forEach(({ name }, i) => element(at('loop'), 'option', name, { value: i }));
  at('loop').value = chosen;
  if (frozen !== null) pause(false); // what was shown was of another server
  plots.forEach(plot => plot.remove());
  plots = kinds().map(kind => new Plot(kind));
}

function connect() {
  const source = new EventSource('events');
  source.addEventListener('hello', event => greet(JSON.parse(event.data)));
  source.addEventListener('sample', event => {
    const sample = JSON.parse(event.data);
    samples.push(sample);
    if (samples.length > hello.keep) samples.shift();
    slow = sample.slow ?? slow;
    waits = sample.waits ?? waits;
    if (frozen === null) draw();
  });
  source.addEventListener('lists', event => ({ slow, waits } = JSON.parse(event.data)));
  source.addEventListener('error', () => {
    status('The server does not answer. Trying again…', 'gone');
    if (source.readyState === EventSource.CLOSED) { // the browser has given up
      setTimeout(connect, RETRY_MILLIS);
    }
  });
}

at('loop').addEventListener('change', event => {
  chosen = Number(event.target.value);
  draw();
});
at('span').addEventListener('change', event => {
  seconds = Number(event.target.value);
  draw();
});
/** While it is paused a reader may still choose what the plots show, of the moments that are there. */
function pause(pauses) {
  frozen = pauses ? [...samples] : null;
  at('pause').setAttribute('aria-pressed', pauses);
  draw();
}

at('pause').addEventListener('click', () => pause(frozen === null));
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => plots.forEach(plot => plot.make()));
connect();
