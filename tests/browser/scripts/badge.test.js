import {badgeOf} from '/static/stage/badge.js';
import {equal, test} from './harness.js';

/* What the badge says of a transition in the selection that is rendered. */
const said = more => badgeOf({
  title: 'Transition 1 → 2', take: false, named: true, rendered: true, standing: {state: 'ready'},
  quality: 'final', ...more,
});

test('a take that is looked at is a draft, whatever there is of the part', () => {
  equal(said({}), ['Transition 1 → 2']);
  const take = {title: 'Take 3', take: true};
  equal(said(take), ['Take 3 · draft']);
  equal(said({...take, named: false}), ['Take 3 · draft']);
  equal(said({...take, standing: {state: 'failed', reason: 'no room'}}), ['Take 3 · draft']);
  equal(said({...take, quality: 'draft'}), ['Take 3']);
  equal(said({...take, rendered: false}), ['Take 3 · not rendered']);
});

test('the badge tells drafts and what is not rendered, and why something failed', () => {
  equal(said({standing: {state: 'draft'}}), ['Transition 1 → 2 · draft']);
  equal(said({standing: {state: 'stale'}, rendered: false}), ['Transition 1 → 2 · not rendered']);
  equal(said({named: false, standing: {state: 'draft'}}), ['']);
  equal(said({standing: {state: 'failed', reason: 'no room'}}), ['Failed: no room', 'bad']);
  equal(said({missing: 'a.png: the file is missing'}), ['a.png: the file is missing', 'bad']);
});
