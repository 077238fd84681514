import {CATALOGUE, NEW_EDGE, equal, fakeClock, settle, storyOf, test} from './harness.js';

/* The store of a page that shows a story of three cards; `answer` is the server's. */
async function opened() {
  const clock = fakeClock(), sent = [];
  const store = await import('/static/store/store.js');
  store.state.catalogue = CATALOGUE;
  store.accept(storyOf([1, 2, 3]));
  store.connect(batch => sent.push(structuredClone(batch)));
  const answer = more => store.accept({...storyOf([1, 2, 3]), ack: sent.at(-1).seq, ...more});
  const ops = () => sent.map(batch => batch.ops.map(({op}) => op).join(' '));
  return {...store, clock, sent, ops, answer};
}
const ids = ({shots}) => shots.map(({id}) => id).join('');

test('an edit is seen at once, and an answer that knows less does not take it back', async () => {
  const {state, send, answer} = await opened();
  send('set_title', {title: 'First'});
  send('set_title', {title: 'Second'});
  equal(state.story.title, 'Second');
  answer({title: 'First', rev: 2});
  equal(state.story.title, 'Second');
  answer({title: 'Second', rev: 3});
  equal([state.story.title, state.story.rev], ['Second', 3]);
});

test('of two answers the later one stays, whichever comes first', async () => {
  const {state, accept, follow} = await opened();
  accept({...storyOf([1, 2, 3]), ack: 0, answer: 7, rev: 5, title: 'Later'});
  accept({...storyOf([1, 2, 3]), ack: 0, answer: 6, rev: 4, title: 'Earlier'});
  equal([state.story.title, state.story.rev], ['Later', 5]);
  const percent = n => ({a: {state: 'rendering', percent: n, reason: ''}});
  follow({answer: 9, story: state.story.story, rev: 5, states: percent(80)});
  follow({answer: 8, story: state.story.story, rev: 5, states: percent(40)});
  equal(state.progress.states.a.percent, 80);
});

test('undo of what is unanswered follows it, and shows when it is done', async () => {
  const {state, send, sent, ops, answer} = await opened(), done = [];
  send('set_title', {title: 'After'}).then(() => done.push('title'));
  send('undo').then(() => done.push('undo'));
  equal([ops(), state.story.title], [['set_title'], 'After']);
  answer({title: 'After', rev: 2});
  await settle();
  equal([ops(), sent[1].rev, state.story.title, done], [['set_title', 'undo'], 2, 'After', []]);
  answer({title: 'Before', rev: 3});
  await settle();
  equal([state.story.title, done], ['Before', ['title', 'undo']]);
});

test('an edit after an unanswered undo comes after it', async () => {
  const {send, ops, answer, state} = await opened();
  for (const op of ['undo', 'undo', 'redo']) send(op);
  send('remove', {ids: ['a']});
  equal([ops(), ids(state.story)], [['undo'], 'bc']);
  answer();
  equal(ops(), ['undo', 'undo redo remove']);
});

test('a move keeps the transitions of pairs that stay, and new pairs have new ones', async () => {
  const {state, send} = await opened();
  send('move', {ids: ['a'], before: null});
  equal(ids(state.story), 'bca');
  equal(state.story.edges.map(({owner, prompt, duration_s}) => [owner, prompt, duration_s]),
    [['b>c', 'to c', 1], ['c>a', NEW_EDGE.prompt, NEW_EDGE.duration_s]]);
  send('move', {ids: ['c', 'a'], before: 'b'});
  equal(ids(state.story), 'cab');
  send('move', {ids: ['c'], before: 'gone'});
  equal(ids(state.story), 'cab');
});

test('every edit that is foreseen changes what it names, and nothing where that is gone', async () => {
  const {state, send} = await opened();
  const before = JSON.stringify(state.story);
  send('set_shot', {id: 'x', fields: {title: 'T'}});
  send('set_edge', {left: 'a', right: 'c', fields: {duration_s: 9}});
  send('set_sound', {id: 'x', fields: {volume: 2}});
  send('move_sound', {id: 'x', start_s: 2});
  send('remove_track', {id: 'x'});
  equal(JSON.stringify(state.story), before);
  send('set_many', {changes: [{owners: ['a', 'c', 'x', 'a>x'], fields: {camera: 'still'}}]});
  send('set_card', {id: 'b', colour: '#ffffff'});
  send('set_edge', {left: 'a', right: 'b', fields: {duration_s: 2}});
  send('set_settings', {fields: {fps: 30}});
  equal(state.story.shots.map(({camera, colour}) => [camera, colour]),
    [['still', '#204060'], ['auto', '#ffffff'], ['still', '#204060']]);
  equal([state.story.edges[0].duration_s, state.story.settings.fps], [2, 30]);
});

test('shots and transitions are picked together, and a range is of one kind', async () => {
  const {state, select, pick, pickAll} = await opened();
  select({kind: 'edge', owner: 'a>b'});
  equal(state.picked, ['a>b']);
  pick('c');
  equal([state.selected.id, state.picked], ['c', ['a>b', 'c']]);
  pick('c');
  equal([state.selected.owner, state.picked], ['a>b', ['a>b']]);
  pick('a>b');  // the last one stays
  equal(state.picked, ['a>b']);
  pick('b>c', {range: true});
  equal(state.picked, ['a>b', 'b>c']);
  select({kind: 'shot', id: 'a'});
  pick('c', {range: true});
  equal(state.picked, ['a', 'b', 'c']);
  pick('b>c', {range: true});
  equal(state.picked, ['a', 'a>b', 'b', 'b>c']);
  pickAll(['a>b', 'c']);
  equal([state.selected.owner, state.picked], ['a>b', ['a>b', 'c']]);
});

test('the neighbour of what was removed is selected', async () => {
  const {state, send, select} = await opened();
  select({kind: 'shot', id: 'b'});
  send('remove', {ids: ['b']});
  equal([state.selected.id, state.picked], ['c', ['c']]);
  send('remove', {ids: ['c']});
  equal(state.selected.id, 'a');
  send('remove', {ids: ['a']});
  equal([state.selected, state.picked], [null, []]);
});

test('shots are picked one by one and in ranges', async () => {
  const {state, select, pick} = await opened();
  select({kind: 'shot', id: 'b'});
  pick('c', {range: true});
  equal(state.picked, ['b', 'c']);
  pick('a', {range: true});
  equal([state.picked, state.selected.id], [['a', 'b'], 'a']);
  pick('b');
  equal([state.picked, state.selected.id], [['a'], 'a']);
  pick('a');
  equal(state.picked, ['a']);  // the last one stays
  pick('c');
  pick('b', {range: true});  // from the one that was picked last
  equal(state.picked, ['b', 'c']);
});

test('a change from elsewhere is asked for, but not while this page has edits under way', async () => {
  const {follow, send, sent, ops, answer} = await opened();
  const progress = rev => ({story: 'one', rev, states: {}});
  follow(progress(1));
  follow({...progress(9), story: 'two'});
  equal(sent, []);
  send('set_title', {title: 'After'});
  follow(progress(2));
  equal(ops(), ['set_title']);
  answer({rev: 2});
  follow(progress(2));
  equal(ops(), ['set_title']);
  follow(progress(3));
  equal(ops(), ['set_title', 'sync']);
});

test('a finished render of the story is shown, one that was over before is not', async () => {
  const {state, follow} = await opened();
  const job = (id, busy) => ({id, kind: 'story', busy, state: busy ? 'running' : 'done'});
  follow({story: 'one', rev: 1, states: {}, job: job('old', false)});
  equal(state.view, 'story');
  follow({story: 'one', rev: 1, states: {}, job: job('new', true)});
  follow({story: 'one', rev: 1, states: {}, job: job('new', false)});
  equal(state.view, 'video');
});

test('what is unanswered when the page goes is sent by the next one', async () => {
  const {send} = await opened();
  send('set_title', {title: 'A'});
  send('set_title', {title: 'B'});
  window.dispatchEvent(new Event('pagehide'));
  const sent = [], next = await import('/static/store/store.js?next');
  next.state.catalogue = CATALOGUE;
  next.connect(batch => sent.push(batch));
  next.accept(storyOf([1], {rev: 4}));
  next.accept(storyOf([1], {rev: 5, ack: 1}));
  equal(sent.map(({seq, rev, ops}) => [seq, rev, ops[0].title]), [[1, 4, 'A'], [2, 5, 'B']]);
  equal(sessionStorage.getItem('storyboard-unanswered'), null);
});

test('drawing waits while the pointer is down, and comes after its click', async () => {
  const {clock, onDraw, send, state} = await opened();
  clock.pass(100);
  let drawn = 0;
  onDraw(() => { drawn += 1; });
  clock.pass(100);
  equal(drawn, 1);
  const press = type => window.dispatchEvent(new PointerEvent(type, {button: 0}));
  press('pointerdown');
  send('set_title', {title: 'After'});
  clock.pass(500);
  equal([drawn, state.story.title], [1, 'After']);
  press('pointerup');
  clock.pass(0);
  equal(drawn, 2);
  press('pointerdown');
  send('set_title', {title: 'Later'});
  clock.pass(1000);  // a release that never comes
  equal(drawn, 3);
});
