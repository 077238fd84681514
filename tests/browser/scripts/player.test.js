import {CATALOGUE, equal, fakeClock, storyOf, test} from './harness.js';

/* The player of a story at ten frames a second that is not rendered: cards of `lengths` seconds. */
async function opened(lengths = [2, 3], between = 1) {
  const clock = fakeClock();
  const store = await import('/static/store/store.js');
  const {onTime, player} = await import('/static/stage/player.js');
  store.state.catalogue = CATALOGUE;
  store.accept(storyOf(lengths, {between}));
  store.select(null);
  store.set({view: 'story'});
  clock.pass(100);
  return {...store, clock, onTime, player, at: () => Math.round(player.time * 100) / 100};
}
const near = (time, wanted) => {
  if (Math.abs(time - wanted) > 0.05) throw new Error(`at ${time} s, expected about ${wanted} s`);
};

test('time passes as the clock does, and stands at the last frame', async () => {
  const {clock, player, at} = await opened();
  equal([player.duration, player.playing], [6, false]);
  player.play();
  clock.pass(1000);
  near(player.time, 1);
  clock.pass(3000);
  near(player.time, 4);
  player.pause();
  equal(player.playing, false);
  const stood = at();
  clock.pass(1000);
  equal(at(), stood);
  player.play();
  clock.pass(5000);
  equal([at(), player.playing], [5.9, false]);
  player.play();  // again from the beginning
  clock.pass(500);
  near(player.time, 0.5);
});

test('a page that was not drawn for long does not jump ahead', async () => {
  const {clock, player} = await opened();
  player.play();
  clock.pass(100);
  const before = player.time, now = performance.now();
  performance.now = () => now;  // the frames come, the clock in them says five seconds later
  const frames = [];
  const frame = window.requestAnimationFrame;
  window.requestAnimationFrame = act => frames.push(act);
  clock.pass(17);
  frames.shift()(now + 5000);
  window.requestAnimationFrame = frame;
  if (player.time - before > 0.3) throw new Error(`from ${before} to ${player.time} s`);
});

test('a looping story begins anew, and turning it off lets it end', async () => {
  const {clock, player, at} = await opened();
  player.setLoop(true);
  player.play();
  clock.pass(7500);
  near(player.time, 1.5);
  player.setLoop(false);
  clock.pass(5000);
  equal([at(), player.playing], [5.9, false]);
});

test('backwards it goes to the start, and there it stops', async () => {
  const {clock, player, at} = await opened();
  player.seek(1.5);
  player.shuttle(-1);
  clock.pass(500);
  near(player.time, 1);
  clock.pass(2000);
  equal([at(), player.playing], [0, false]);
});

test('each press is twice as fast up to four, and the other way it turns', async () => {
  const {clock, player} = await opened([30]);
  const rates = [1, 1, 1, 1, -1, -1, 1].map(direction => {
    player.shuttle(direction);
    return player.rate;
  });
  equal(rates, [1, 2, 4, 4, -1, -2, 1]);
  player.seek(0);
  player.shuttle(1);
  clock.pass(2000);
  near(player.time, 4);  // at two a second: it ran at 1 when it was pressed
});

test('a step is a frame, and none leads out', async () => {
  const {player, at} = await opened();
  player.seek(1);
  player.step(1);
  equal(at(), 1.1);
  player.step(-20);
  equal(at(), 0);
  player.step(1000);
  equal(at(), 5.9);
});

test('a selected shot plays alone, and a seek beyond it shows the story', async () => {
  const {clock, player, select, state, at} = await opened();
  select({kind: 'shot', id: 'b'});
  equal([player.scope, player.range.from, player.range.to, at()], ['selection', 3, 6, 3]);
  player.play();
  clock.pass(4000);
  equal([at(), player.playing], [5.9, false]);
  player.seek(4);
  equal(state.view, 'selection');
  player.seek(1);
  equal([state.view, at()], ['story', 1]);
});

test('a transition plays with a second around it', async () => {
  const {clock, player, select, at} = await opened();
  select({kind: 'edge', owner: 'a>b'});
  equal([player.range.from, player.range.to, at()], [1, 4, 2]);
  player.play();
  equal(at(), 1);
  clock.pass(5000);
  equal([at(), player.playing], [3.9, false]);
});

test('one part that plays once gives the time back where it was', async () => {
  const {clock, player, at} = await opened();
  player.seek(0.5);
  player.playOnly('b');
  equal(at(), 3);
  clock.pass(1000);
  near(player.time, 4);
  clock.pass(3000);
  equal([at(), player.playing], [0.5, false]);
});

test('the playhead stays in its shot when the story changes before it', async () => {
  const {accept, clock, player, at} = await opened();
  player.seek(4);  // a second into b
  accept(storyOf([3.5, 3], {rev: 2}));
  clock.pass(50);
  equal(at(), 5.5);
  accept(storyOf([3.5, 0.5], {rev: 3}));
  clock.pass(50);
  equal(at(), 4.9);  // as far as there is of it
});

test('listeners hear of each place that is shown', async () => {
  const {onTime, player} = await opened(), heard = [];
  onTime(time => heard.push(time));
  player.seek(2);
  player.step(1);
  equal(heard.map(time => Math.round(time * 10)), [20, 21]);
});

const parts = [
  {owner: 'a', kind: 'shot', frames: 20, start: 0, end: 2},
  {owner: 'a>b', kind: 'edge', frames: 10, start: 2, end: 3},
  {owner: 'b', kind: 'shot', frames: 30, start: 3, end: 6},
];

test('a part plays from its clips only where all its frames are there and load', async () => {
  const {lay} = await import('/static/stage/pieces.js');
  const clips = {a: [{url: '1', frames: 12}, {url: '2', frames: 8}], b: [{url: '3', frames: 29}]};
  const pieces = broken => lay(parts, {
    clipsOf: owner => clips[owner] || [], broken: new Set(broken), fps: 10,
  }).map(({part, url, start, end}) => [part.owner, url, start, end]);
  equal(pieces([]), [['a', '1', 0, 1.2], ['a', '2', 1.2, 2], ['a>b', null, 2, 3], ['b', null, 3, 6]]);
  equal(pieces(['2'])[0], ['a', null, 0, 2]);
});

test('a cut plays with a second around it, and what is gone plays as the whole', async () => {
  const {pieceAt, rangeOf} = await import('/static/stage/pieces.js');
  const cut = [parts[0], {...parts[2], start: 2, end: 5}];
  equal(rangeOf(cut, 'a>b'), {from: 1, to: 3, first: 2});
  equal(rangeOf(parts, 'a>b', true), {from: 2, to: 3, first: 2});
  equal(rangeOf(parts, 'x>b'), {from: 0, to: 6, first: 0});
  equal(rangeOf([], ''), {from: 0, to: 0, first: 0});
  equal([0, 2, 5.9, 6, 99].map(time => pieceAt(parts, time).owner), ['a', 'a>b', 'b', 'b', 'b']);
  equal(pieceAt([], 0), null);
});
