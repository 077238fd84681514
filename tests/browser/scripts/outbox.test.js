import {makeOutbox} from '/static/store/outbox.js';
import {equal, fakeClock, settle, test} from './harness.js';

const view = (ack, rev = ack, story = 'one') => ({ack, rev, story});

/* An outbox for the story `one`, with what it has sent and been told. */
function connected(left = []) {
  const clock = fakeClock(), sent = [], lost = [];
  const outbox = makeOutbox({tab: 'tab', left, heard: is => lost.push(is)});
  outbox.connect(batch => sent.push(structuredClone(batch)));
  outbox.answer(view(0, 1));
  outbox.release();
  return {outbox, clock, sent, lost, ops: () => sent.map(({ops}) => ops.map(({op}) => op).join(''))};
}

test('one batch is under way, and the rest waits in order', () => {
  const {outbox, ops, sent} = connected();
  for (const op of 'abc') outbox.add({op});
  equal(ops(), ['a']);
  equal(outbox.answer(view(1, 2)), 'more');
  equal(ops(), ['a', 'bc']);
  equal(sent.map(({seq, rev, story, tab}) => [seq, rev, story, tab]),
    [[1, 1, 'one', 'tab'], [2, 2, 'one', 'tab']]);
});

test('nothing is sent before there is a story, nor without a way to it', () => {
  const sent = [];
  const outbox = makeOutbox({tab: 'tab', left: [], heard() {}});
  outbox.add({op: 'a'});
  outbox.connect(batch => sent.push(batch.ops.length));
  equal(sent, []);
  equal(outbox.quiet, false);
});

test('what nobody answers is sent again as it was, later each time', () => {
  const {outbox, clock, sent, lost} = connected();
  outbox.add({op: 'a'});
  outbox.add({op: 'b'});
  const counts = [2999, 1, 5999, 1, 12000, 19999, 1, 20000].map(ms => {
    clock.pass(ms);
    return sent.length;
  });
  equal(counts, [1, 2, 2, 3, 4, 4, 5, 6]);
  equal(sent.every(batch => JSON.stringify(batch) === JSON.stringify(sent[0])), true);
  equal(lost, [false, false, true, true, true]);
  outbox.answer(view(1));
  equal(lost.at(-1), false);
  equal(sent.at(-1).ops, [{op: 'b'}]);
});

test('an answered batch is not sent again', () => {
  const {outbox, clock, sent, lost} = connected();
  outbox.add({op: 'a'});
  outbox.answer(view(1));
  outbox.release();
  clock.pass(60_000);
  equal([sent.length, outbox.quiet, lost], [1, true, [false]]);
});

test('a batch that the server is still at is no lost one', () => {
  const {outbox, clock, sent, lost} = connected();
  outbox.add({op: 'a'});
  for (let late = 0; late < 5; late += 1) {
    clock.pass(3000);  // sent again, and told that nothing after the one before is done
    equal(outbox.answer(view(0)), 'old');
  }
  equal([outbox.quiet, lost.includes(true)], [false, false]);
  equal(sent.every(batch => batch.seq === 1), true);
  equal(outbox.answer(view(1)), 'latest');
  equal(outbox.quiet, true);
});

test('an older answer loses, under way and afterwards', () => {
  const {outbox} = connected();
  outbox.add({op: 'a'});
  equal(outbox.answer(view(1)), 'latest');
  outbox.add({op: 'b'});
  equal(outbox.answer(view(1)), 'old');  // the first one was asked twice
  equal(outbox.answer(view(0)), 'old');
  equal(outbox.answer(view(2)), 'latest');
  equal(outbox.answer(view(1)), 'old');
  equal(outbox.rev, 2);
  equal(outbox.answer(view(0, 5)), 'latest');  // not of a batch: somebody else's edit
  equal(outbox.rev, 5);
});

test('who sent something goes on when a story has come that knows of it', async () => {
  const {outbox} = connected(), done = [];
  for (const op of 'ab') outbox.add({op}).then(() => done.push(op));
  outbox.answer(view(1));
  await settle();
  equal(done, []);  // b waits, so the page still shows what it foresaw
  outbox.answer(view(2));
  outbox.release();
  await settle();
  equal(done, ['a', 'b']);
});

test('what was meant for another story is dropped, and nobody waits for it', async () => {
  const {outbox, sent} = connected(), done = [];
  outbox.add({op: 'open_story'});
  outbox.add({op: 'b'}).then(() => done.push('b'));
  equal(outbox.answer(view(1, 1, 'two')), 'latest');
  outbox.release();
  await settle();
  equal([sent.length, done, outbox.quiet], [1, ['b'], true]);
});

test('a batch has at most 200 commands', () => {
  const {outbox, sent} = connected();
  for (let i = 0; i < 402; i++) outbox.add({op: 'a', i});
  for (const ack of [1, 2, 3]) outbox.answer(view(ack));
  equal(sent.map(({ops}) => ops.length), [1, 200, 200, 1]);
  equal(sent.flatMap(({ops}) => ops.map(({i}) => i)), Array.from({length: 402}, (_, i) => i));
});

test('what an earlier page left goes first, as it was, to its own story', () => {
  const left = [
    {seq: 9, tab: 'old', story: 'two', rev: 3, ops: [{op: 'x'}]},
    {seq: 7, tab: 'old', story: 'one', rev: 3, ops: [{op: 'y'}]},
    {seq: 8, tab: 'old', story: 'one', rev: 3, ops: [{op: 'z'}]},
  ];
  const {outbox, sent} = connected(left);
  outbox.add({op: 'a'});
  for (const ack of [7, 8, 1]) outbox.answer(view(ack));
  equal(sent.map(({seq, tab, ops}) => `${tab} ${seq} ${ops[0].op}`),
    ['old 7 y', 'old 8 z', 'tab 1 a']);
});

test('the next page is left what is under way and what waits', () => {
  const {outbox} = connected();
  equal(outbox.unanswered(), []);
  for (const op of 'abc') outbox.add({op});
  equal(outbox.unanswered().map(({seq, ops}) => [seq, ops.map(({op}) => op)]),
    [[1, ['a']], [2, ['b', 'c']]]);
});
