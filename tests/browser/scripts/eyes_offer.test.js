import {CATALOGUE, equal, storyOf, test} from './harness.js';

const SEES = {name: 'auto', title: 'Automatic', missing: '', eyes_missing: true};
const BLIND = {...SEES, name: 'crossfade', eyes_missing: false};
const EYES = {name: 'eyes', title: 'Sharper eyes', bytes: 163732589};

/* The offer beside a story of three pictures, in a visit that begins; whether it shows for a part. */
async function visit({eyes = EYES, engines = [SEES, BLIND], between = 1} = {}) {
  const store = await import('/static/store/store.js');
  const {eyesOffer} = await import('/static/inspector/eyes_offer.js');
  store.state.catalogue = {...CATALOGUE, eyes, engines};
  const story = storyOf([1, 2, 3], {between, engines});
  story.shots.forEach(shot => Object.assign(shot, {kind: 'image', thumb: ''}));
  store.accept(story);
  const offer = eyesOffer();
  const showsFor = selected => {
    offer.update(selected);
    return !offer.element.hidden;
  };
  return {...store, offer, showsFor, begin: eyesOffer};
}
const shot = id => ({kind: 'shot', id}), edge = owner => ({kind: 'edge', owner});

test('sharper eyes are offered for the first part that they would change, and no other', async () => {
  const {offer, showsFor, state} = await visit();
  state.story.shots[0].engine = 'crossfade';
  state.story.shots[1].kind = 'card';
  equal(['a', 'b'].map(id => showsFor(shot(id))), [false, false]);
  equal([showsFor(edge('a>b')), showsFor(null), showsFor(edge('a>b'))], [true, false, true]);
  equal(offer.element.textContent.startsWith('Sharper eyes, 0.2 GB: faces stay whole'), true);
  equal([showsFor(edge('b>c')), showsFor(edge('a>b'))], [false, false]);
});

test('who refuses sharper eyes is offered them on no later visit', async () => {
  const {offer, showsFor, begin} = await visit();
  equal(showsFor(shot('a')), true);
  offer.element.querySelector('[aria-label="Do not offer it again"]').click();
  equal([offer.element.hidden, showsFor(shot('a'))], [true, false]);
  const later = begin();
  later.update(shot('a'));
  equal(later.element.hidden, true);
});

test('sharper eyes are not offered for a cut, where they are, or where nobody may fetch them', async () => {
  equal((await visit({between: 0})).showsFor(edge('a>b')), false);
  equal((await visit({engines: [BLIND, {...SEES, eyes_missing: false}]})).showsFor(shot('a')), false);
  equal((await visit({eyes: null})).showsFor(shot('a')), false);
});
