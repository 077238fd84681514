/* The Models panel: what each engine needs, whether it is here, and its download. It opens from the
   header and asks the server itself; a timer there polls while something is downloaded. */
import {dialog} from '../kit/dialog.js';
import {attr, button, h, put, refuse, setWidth} from '../kit/dom.js';
import {downloadSize as size} from '../kit/words.js';
import {send} from '../store/store.js';

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
  const list = element.querySelector('.sb-models-list');
  const reason = element.querySelector('.sb-models-closed');
  /** @type {Map<string, ReturnType<typeof makeRow>>} */
  const rows = new Map();

  /** The model that is sought, as soon as there are any. */
  function seek() {
    if (!rows.has(sought)) return;
    rows.get(sought).root.focus();
    sought = '';
  }

  /** @type {(url: string, text: string) => HTMLElement} */
  const link = (url, text) => h('a', {href: url, target: '_blank', rel: 'noopener noreferrer'}, text);

  /** @param {Model} model */
  function makeRow(model) {
    const parts = {
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
      h('div', {class: 'sb-models-head'}, h('h3', {}, model.title), parts.state, parts.free, parts.cancel,
        parts.download),
      h('p', {}, `For ${model.purpose}.`),
      h('p', {class: 'sb-models-terms'}, 'By downloading it you accept: ', ...licences, '. From ', ...sources, '.'),
      parts.bar, parts.doing, byHand);
    list.append(root);
    return {...parts, root, byHand, lines: ''};
  }

  /** @type {(model: Model, closed: string) => void} */
  const show = (model, closed) => {
    if (!rows.has(model.name)) rows.set(model.name, makeRow(model));
    const parts = rows.get(model.name);
    const busy = model.state === 'downloading';
    const about = model.estimate ? 'about ' : '';
    put(parts.state, 'textContent', {
      complete: model.loaded ? 'Ready, in memory' : 'Ready', partial: `Incomplete, ${size(model.here)} here`,
      missing: `Not here, ${about}${size(model.bytes)}`,
      downloading: model.stopping ? 'Stopping…' : 'Downloading…',
    }[model.state]);
    attr(parts.state, 'data-state', model.state);
    put(parts.download, 'hidden', busy || model.state === 'complete');
    put(parts.cancel, 'hidden', !busy);
    put(parts.free, 'hidden', !model.loaded);
    refuse(parts.download, closed);
    refuse(parts.free, closed);
    refuse(parts.cancel, closed || (model.stopping ? 'It stops at the next piece' : ''));
    put(parts.download.querySelector('span'), 'textContent', model.state === 'partial'
      ? 'Go on downloading' : `Download ${about}${size(model.bytes)}`);
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
    const {models = [], closed = ''} = value();
    put(reason, 'textContent', closed);
    models.forEach(model => show(model, closed));
    seek();
  };
  watch('value', draw);
  draw();
}
