import {lookFields, lookName, looksByKind} from '/static/dialogs/all_looks.js';
import {equal, test} from './harness.js';

const tasks = ['transition'];
const ENGINES = [
  {name: 'auto', title: 'Automatic', tasks, styles: ['auto', 'push', 'fade'], cameras: ['auto', 'still']},
  {name: 'camera', title: 'Camera', tasks, styles: ['auto', 'push', 'dissolve', 'iris'], cameras: ['auto']},
  {name: 'morph', title: 'Morph', tasks, styles: ['auto'], cameras: ['auto']},
  {name: 'ltx', title: 'LTX', tasks, styles: ['auto', 'push'], cameras: ['auto']},
  {name: 'wan', title: 'Wan', missing: 'No weights'},
  {name: 'extend', title: 'Extend', tasks: ['extend']},
];

test('every look is there once, under its kind, and each model by itself', () => {
  const found = looksByKind(ENGINES).map(([kind, looks]) => (
    [kind, ...looks.map(({engine, title}) => `${engine}: ${title}`)]));
  equal(found, [
    ['Chosen for your pictures', 'auto: Automatic'],
    ['Dissolves', 'auto: Fade'],
    ['Camera', 'auto: Push'],
    ['Morphs', 'morph: Morph'],
    ['Wipes', 'camera: Iris'],
    ['By a model', 'ltx: LTX', 'ltx: LTX: Push', 'wan: Wan'],
  ]);
});

test('the look of a transition is found whichever engine makes it', () => {
  equal(lookName('morph', 'auto', ['auto']), 'morph');
  equal(lookName('auto', 'morph', ['auto', 'morph']), 'morph');
  equal(lookName('crossfade', 'dissolve', ['auto', 'dissolve']), lookName('auto', 'fade', ['auto', 'fade']));
  equal(lookName('ltx', 'push', ['auto', 'push']), 'ltx push');
});

test('a look gives back a move that its engine lacks, and ends a cut', () => {
  const edge = {camera: 'still', duration_s: 0}, set = look => lookFields(edge, look, ENGINES, 0.5);
  equal(set({engine: 'auto', style: 'push'}), {engine: 'auto', style: 'push', duration_s: 0.5});
  equal(set({engine: 'camera', style: 'iris'}),
    {engine: 'camera', style: 'iris', camera: 'auto', duration_s: 0.5});
  equal(set({engine: 'auto', style: 'cut'}), {engine: 'auto', style: 'cut'});
});
