/* The Models panel: the engines that suit this machine, then what each needs, whether it is here, and
   its download. It opens from the header and asks the server itself; a timer there polls while
   something is downloaded. */
import {dialog} from '../kit/dialog.js';
import {attr, button, h, put, refuse, setWidth} from '../kit/dom.js';
import {about, downloadSize as size, memorySize, seconds} from '../kit/words.js';
import {hear, send} from '../store/store.js';

/**
 * @param {HTMLElement} element
 * @param {Zone<ModelsList>} zone */
export function mountModels(element, {value, watch, send: ask}) {
  let sought = '';  // the model that it was opened for
  const {box} = dialog('models', element, {opened: at => {
    sought = at;
    ask({op: 'list'});
    seek();
  }});
  box.addEventListener('close', () => send('sync'));  // what waited for weights may go on
  const reason = element.querySelector('.sb-models-closed');
  const machine = element.querySelector('.sb-models-machine');
  const suited = element.querySelector('.sb-models-suited');
  const research = element.querySelector('details');
  const [best, others, baselines] = element.querySelectorAll('.sb-models-list');
  /** Engines that need no model. @type {Map<string, {root: HTMLElement, fit: HTMLElement}>} */
  const ready = new Map();
  /** @type {Map<string, ReturnType<typeof makeRow>>} */
  const rows = new Map();

  /** The model that is sought, as soon as there are any. */
  function seek() {
    if (!rows.has(sought)) return;
    const {root} = rows.get(sought);
    if (research.contains(root)) research.open = true;
    root.focus();
    sought = '';
  }

  /** @type {(url: string, text: string) => HTMLElement} */
  const link = (url, text) => h('a', {href: url, target: '_blank', rel: 'noopener noreferrer'}, text);

  /** Fill a list, and leave one that is right, for the focus may be in it.
   * @param {Element} list
   * @param {HTMLElement[]} articles */
  function fill(list, articles) {
    const same = articles.length === list.children.length
      && articles.every((article, i) => list.children[i] === article);
    if (!same) list.replaceChildren(...articles);
  }

  /** @type {(found: Recommended['machine']) => string} */
  const facts = ({gpu, gpu_memory: own, memory, cores, free}) => [
    gpu ? `${gpu}, ${memorySize(own)}` : 'No GPU', memory ? `${memorySize(memory)} of memory` : '',
    cores === 1 ? '1 core' : `${cores} cores`, `${size(free)} free for models`,
  ].filter(Boolean).join(' · ');

  /** @type {(engine: Suited, than: Recommended) => string} */
  const says = (engine, {clip_s: length, width, height, machine: {free}}) => [
    `Takes ${about(engine.seconds)} for a transition of ${seconds(length)} at ${width} × ${height}`,
    engine.measured ? ', as measured here. ' : '. ',
    engine.to_come ? `${size(engine.to_come)} to download; ${size(free)} are free.`
      : 'Nothing to download.',
  ].join('');

  /** @param {Suited} engine */
  function makeReady(engine) {
    const fit = h('p', {class: 'sb-models-fit'});
    const root = h('article', {'aria-label': engine.title}, h('div', {class: 'sb-models-head'},
      h('h4', {}, engine.title), h('span', {class: 'sb-models-state', 'data-state': 'complete'}, 'Ready')), fit);
    ready.set(engine.engine, {root, fit});
    return {root, fit};
  }

  /** @param {Model} model */
  function makeRow(model) {
    const parts = {
      fit: h('p', {class: 'sb-models-fit'}),
      state: h('span', {class: 'sb-models-state'}),
      bar: h('div', {class: 'sb-bar-of', role: 'progressbar', 'aria-label': `Downloading ${model.title}`,
        'aria-valuemin': '0', 'aria-valuemax': '100'}, h('div')),
      doing: h('div', {class: 'sb-models-doing', role: 'status'}),
      hand: h('ul'),
      download: button('Download', {image: 'download', action: () => {
        ask({op: 'download', name: model.name});
      }}),
      free: button('Free memory', {kind: 'quiet', action: () => ask({op: 'free'})}),
      cancel: button('Cancel', {kind: 'quiet', action: () => ask({op: 'cancel', name: model.name})}),
    };
    const licences = model.licences.flatMap(({name, url, note}, i) => [
      i ? ', ' : '', link(url, name), note ? ` (${note})` : '']);
    const sources = model.sources.flatMap((url, i) => [
      i ? ', ' : '', link(url, url.replace('https://huggingface.co/', ''))]);
    const byHand = h('details', {}, h('summary', {}, 'Put the files there by hand'), parts.hand);
    const root = h('article', {'aria-label': model.title, tabindex: '-1'},
      h('div', {class: 'sb-models-head'}, h('h4', {}, model.title), parts.state, parts.free, parts.cancel,
        parts.download),
      parts.fit,
      h('p', {}, `For ${model.purpose}.`),
      h('p', {class: 'sb-models-terms'}, 'By downloading it you accept: ', ...licences, '. From ', ...sources, '.'),
      parts.bar, parts.doing, byHand);
    return {...parts, root, byHand, lines: ''};
  }

  /** @type {(model: Model, closed: string) => void} */
  const show = (model, closed) => {
    if (!rows.has(model.name)) rows.set(model.name, makeRow(model));
    const parts = rows.get(model.name);
    const busy = model.state === 'downloading';
    const near = model.estimate ? 'about ' : '';
    put(parts.state, 'textContent', {
      complete: model.loaded ? 'Ready, in memory' : 'Ready', partial: `Incomplete, ${size(model.here)} here`,
      missing: `Not here, ${near}${size(model.bytes)}`,
      downloading: model.stopping ? 'Stopping…' : 'Downloading…',
    }[model.state]);
    attr(parts.state, 'data-state', model.state);
    put(parts.fit, 'textContent', model.lacks && `Not for this machine: it ${model.lacks}.`);
    put(parts.download, 'hidden', busy || model.state === 'complete');
    put(parts.cancel, 'hidden', !busy);
    put(parts.free, 'hidden', !model.loaded);
    refuse(parts.download, closed);
    refuse(parts.free, closed);
    refuse(parts.cancel, closed || (model.stopping ? 'It stops at the next piece' : ''));
    put(parts.download.querySelector('span'), 'textContent', model.state === 'partial'
      ? 'Go on downloading' : `Download ${near}${size(model.bytes)}`);
    const percent = model.total ? Math.floor(model.done / model.total * 100) : 0;
    put(parts.bar, 'hidden', !busy);
    attr(parts.bar, 'aria-valuenow', percent);
    setWidth(parts.bar, percent);
    put(parts.doing, 'textContent', !busy ? model.message
      : model.total ? `${model.file} · ${size(model.done)} of ${size(model.total)}` : 'Asking the hub…');
    attr(parts.doing, 'data-bad', model.failed ? 'yes' : null);
    put(parts.byHand, 'hidden', !model.by_hand.length);
    const lines = model.by_hand.join('\n');
    if (parts.lines !== lines) {
      parts.lines = lines;
      parts.hand.replaceChildren(...model.by_hand.map(line => h('li', {}, `Put ${line}`)));
    }
  }

  const draw = () => {
    const {models = [], closed = '', recommended} = value();
    put(reason, 'textContent', closed);
    models.forEach(model => show(model, closed));
    const engines = recommended ? recommended.engines : [];
    put(suited, 'hidden', !engines.length);
    if (recommended) put(machine, 'textContent', facts(recommended.machine));
    fill(best, engines.map(engine => {
      const {root, fit} = rows.get(engine.model) || ready.get(engine.engine) || makeReady(engine);
      put(fit, 'textContent', says(engine, recommended));
      return root;
    }));
    /** @param {boolean} wanted */
    const rest = wanted => models
      .filter(({name, research: is}) => is === wanted && !engines.some(({model}) => model === name))
      .map(({name}) => rows.get(name).root);
    // What is not for this machine comes last.
    models.sort((a, b) => Number(Boolean(a.lacks)) - Number(Boolean(b.lacks)));
    fill(others, rest(false));
    fill(baselines, rest(true));
    put(research, 'hidden', !baselines.children.length);
    seek();
  };
  watch('value', () => {
    hear(value().messages);
    draw();
  });
  draw();
}
