import {partAt, schedule} from '/static/store/schedule.js';
import {timedMarkers} from '/static/store/markers.js';
import {accept, set, state} from '/static/store/store.js';
import {secondAt} from '/static/store/footage.js';
import {stepOf} from '/static/timeline/film.js';
import {pasted} from '/static/timeline/prompts.js';
import {scale} from '/static/timeline/scale.js';
import {CATALOGUE, equal, storyOf, test} from './harness.js';

function open(lengths, rest) {
  state.catalogue = CATALOGUE;
  accept(storyOf(lengths, rest));
}

test('a second is as wide at every zoom, and a cut takes no room', () => {
  open([1, 3, 0.1], {fps: 10});
  state.story.edges[1].duration_s = 0;
  for (const zoom of [0.5, 40, 480]) {
    scale.setZoom(zoom);
    equal(scale.places.map(({width}) => Math.round(width / zoom * 10) / 10), [1, 1, 3, 0, 0.1]);
    equal(Math.round(scale.width / zoom * 10) / 10, 5.1);
    for (const time of [0, 0.5, 1.7, 5, 5.1]) {
      equal(Math.round(scale.timeAt(scale.xOf(time)) * 1000) / 1000, time);
    }
  }
});

test('a file on its way takes room but no time', () => {
  open([1, 1], {fps: 10});
  scale.setZoom(100);
  set({pending: [{key: 'file', name: 'x.png', before: 'b', doing: 'Reading'}]});
  equal(scale.places.map(({name, x}) => [name, x]), [['a', 0], ['a>b', 100], ['file', 200], ['b', 332]]);
  equal(scale.timeAt(250), 2);
  equal(scale.xOf(2.5), 382);
});

test('any story fits into the window', () => {
  open(Array(8).fill(600), {fps: 10});
  scale.setZoom(scale.fitting(700));
  equal(Math.round(scale.width), 700);
});

test('only what reaches into a stretch is found there', () => {
  open(Array(6).fill(1), {fps: 10});
  scale.setZoom(100);
  equal(scale.between(250, 420).places.map(({name}) => name), ['b', 'b>c', 'c']);
  equal(scale.between(250, 420).first, 2);
});

test('the schedule follows a length that is dragged', () => {
  open([1, 1], {fps: 10});
  const before = schedule();
  equal(schedule() === before, true);
  state.story.shots[0].duration_s = 2;
  equal(schedule().map(({end}) => end), [2, 3, 4]);
  equal(partAt(2.5).owner, 'a>b');
});

test('markers stand where their shots are', () => {
  open([1, 1], {fps: 10, markers: [
    {id: 'm', title: '', anchor: 'b', at_s: 0.5}, {id: 'n', title: '', anchor: null, at_s: 0.2}]});
  equal(timedMarkers().map(({id, time}) => [id, time]), [['n', 0.2], ['m', 2.5]]);
});

test('frames of a film are those that its shot shows', () => {
  const film = {
    file_s: 6, in_s: 1, out_s: 5, into_s: 1, end: false, speed: 1, reverse: false, freeze: false,
    frames: '',
  };
  equal([0, 1, 4].map(at => secondAt(film, at, false)), [2, 3, 5]);
  equal([3, 4, 7].map(at => secondAt(film, at, true)), [1, 2, 1]);
  equal([0, 1, 4].map(at => secondAt({...film, into_s: 0, speed: 2}, at, false)), [1, 3, 5]);
  equal([0, 1, 4].map(at => secondAt({...film, into_s: 0, reverse: true}, at, false)), [5, 4, 1]);
  equal(secondAt({...film, freeze: true}, 3, false), 1);
  equal([0.1, 0.25, 0.9, 4].map(stepOf), [250, 250, 500, 4000]);
});

test('pasted lines go into prompts of one kind', () => {
  const all = [['a', true], ['a>b', false], ['b', true], ['b>c', false], ['c', true]]
    .map(([owner, shot]) => ({owner, shot}));
  equal(pasted(all, 'b', ['x', 'y', 'z']), {b: 'x', c: 'y'});
  equal(pasted(all, 'a>b', ['x', 'y']), {'a>b': 'x', 'b>c': 'y'});
});
