import {dropPlace, gapAt, stepPlace} from '/static/timeline/order.js';
import {CATALOGUE, equal, fakeClock, settle, storyOf, test} from './harness.js';

const order = [...'abcde'];

test('shots are put down before a shot or last', () => {
  equal(dropPlace(order, ['a'], 'd'), {moving: ['a'], before: 'd'});
  equal(dropPlace(order, ['a'], null), {moving: ['a'], before: null});
  equal(dropPlace(order, ['d', 'e'], 'a'), {moving: ['d', 'e'], before: 'a'});
});

test('a drop where they are already changes nothing', () => {
  equal(dropPlace(order, ['b'], 'b'), null);
  equal(dropPlace(order, ['b'], 'c'), null);
  equal(dropPlace(order, ['b', 'c'], 'c'), null);
  equal(dropPlace(order, ['e'], null), null);
  equal(dropPlace(order, order, 'c'), null);
});

test('a drop on what moves along goes before the next that stays', () => {
  equal(dropPlace(order, ['a', 'c'], 'c'), {moving: ['a', 'c'], before: 'd'});
  equal(dropPlace(order, ['a', 'd', 'e'], 'd'), {moving: ['a', 'd', 'e'], before: null});
});

test('what was removed during the drag is left out', () => {
  equal(dropPlace(order, ['a', 'x'], 'c'), {moving: ['a'], before: 'c'});
  equal(dropPlace(order, ['x'], 'c'), null);
});

test('one step takes shots past their neighbour, and no further than the ends', () => {
  const steps = (moving, by) => stepPlace(order, [...moving], by);
  equal([steps('b', -1), steps('b', 1), steps('d', 1)], ['a', 'd', null]);
  equal([steps('ab', -1) === undefined, steps('de', 1) === undefined], [true, true]);
  equal([steps('', 1) === undefined, steps('bc', 1)], [true, 'e']);
});

test('a step brings shots together that are apart', () => {
  equal(stepPlace(order, ['b', 'd'], -1), 'a');
  equal(stepPlace(order, ['b', 'd'], 1), null);
  equal(stepPlace(order, ['a', 'c'], -1), 'b');  // the first cannot go further
  equal(stepPlace(order, ['c', 'e'], 1), null);
});

test('a point of the strip is a gap: left or right of the middle of a shot', () => {
  const places = [
    {name: 'a', kind: 'shot', x: 0, width: 100}, {name: 'a>b', kind: 'edge', x: 100, width: 60},
    {name: 'file', kind: 'pending', x: 160, width: 40}, {name: 'b', kind: 'shot', x: 200, width: 100},
  ];
  equal([0, 49, 51, 249].map(x => gapAt(places, x)),
    [{before: 'a', x: 0}, {before: 'a', x: 0}, {before: 'b', x: 150}, {before: 'b', x: 150}]);
  equal(gapAt(places, 251), {before: null, x: 300});
  equal(gapAt([], 7), {before: null, x: 0});
});

/* The strip's part that takes in files, with what it was told and what it made. */
async function dropping() {
  fakeClock();
  const store = await import('/static/store/store.js');
  const {dropping: begin} = await import('/static/timeline/drop.js');
  store.state.catalogue = CATALOGUE;
  store.accept(storyOf([1, 1]));
  store.select({kind: 'shot', id: 'a'});
  const made = [], refused = [], offered = [], uploads = [];
  window.fetch = (_, {body}) => new Promise(resolve => {
    const {name} = body.get('files');
    /** @type {(status: number, answer: unknown) => void} */
    const answer = (status, said) => resolve({ok: status < 300, status, json: async () => said});
    uploads.push({
      name, done: () => answer(200, [`/${name}`]), fail: detail => answer(400, {detail}),
    });
  });
  const line = {
    element: document.body, mark() {}, gallery: () => document.createElement('ul'),
    here: () => 'b', refused: names => refused.push(...names),
    offerScenes: ids => offered.push(...ids),
    make: async (op, fields) => {
      made.push([op, fields.before, fields.files.map(({name}) => name)]);
      return ['new'];
    },
  };
  begin(line);
  const shown = () => store.state.pending.map(({name, before, doing}) => [name, before, doing]);
  return {line, made, refused, offered, uploads, shown};
}
const files = (names, type = 'image/png') => names.map(name => new File(['x'], name, {type}));

test('files become shots in the order in which they were dropped', async () => {
  const {line, made, offered, uploads, shown} = await dropping();
  const all = line.addFiles(files(['1.png', '2.png']), 'a');
  await settle();
  equal(shown(), [['1.png', 'a', 'Uploading'], ['2.png', 'a', 'Waiting']]);
  uploads[0].done();
  await settle();
  equal([uploads.length, shown()[1][2], made], [2, 'Uploading', []]);
  uploads[1].done();
  await all;
  equal([made, offered, shown()], [[['add_media', 'a', ['1.png', '2.png']]], ['new'], []]);
});

test('a file that is refused leaves alone, and the others come in', async () => {
  const warn = console.warn;
  console.warn = () => {};
  const {line, made, refused, uploads, shown} = await dropping();
  const dropped = [...files(['1.png']), ...files(['notes.txt'], 'text/plain'), ...files(['2.PNG'], '')];
  const all = line.addFiles(dropped, null);
  await settle();
  equal(refused.map(line => line.split(':')[0]), ['notes.txt']);
  uploads[0].fail('too large');
  await settle();
  equal(shown(), [['2.PNG', null, 'Uploading']]);
  uploads[1].done();
  await all;
  console.warn = warn;
  equal([made, shown()], [[['add_media', null, ['2.PNG']]], []]);
});

test('more than 200 files are several commands, one after the other', async () => {
  const {line, made, uploads} = await dropping();
  const names = Array.from({length: 201}, (_, i) => `${i}.png`);
  const all = line.addFiles(files(names), null);
  for (let i = 0; i < names.length; i++) {
    await settle();
    uploads[i].done();
  }
  await all;
  equal(made.map(([, , its]) => its.length), [200, 1]);
  equal(made.flatMap(([, , its]) => its), names);
});
