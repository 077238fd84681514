import {understood, understoodLine} from '/static/inspector/understood.js';
import {state} from '/static/store/store.js';
import {CATALOGUE, equal, test} from './harness.js';

function readings() {
  state.catalogue = {
    ...CATALOGUE,
    camera_phrases: [['dolly|push(es|ing)? in', 'dolly-in'], ['\\bpan\\b', 'pan-right']],
    readings: {
      camera: {styles: [], words: []}, layers: {styles: [['\\biris\\b', 'iris']], words: []},
      mini: {styles: [], words: ['dusk', 'a', 'city']},
    },
  };
}
const auto = {camera: 'auto', style: 'auto'};

test('a prompt is understood as far as the engine has words for it', () => {
  readings();
  equal(understood('Push in, an IRIS opens', 'layers', auto), ['Dolly in', 'Iris']);
  equal(understood('push in', 'layers', {camera: 'still', style: 'auto'}), []);
  equal(understood('push in, iris', 'layers', {camera: 'auto'}), ['Dolly in']);
  equal(understood('push in, a city; skyscrapers. Dusk', 'mini', auto), ['Dolly in', 'a city', 'dusk']);
  equal(understood('a city', 'prose', auto), null);
});

test('the line under a prompt says what is read of it', () => {
  readings();
  const engine = (name, uses_prompt = true) => ({name, title: name, uses_prompt});
  equal(understoodLine('push in', engine('camera'), auto), 'Understood: dolly in');
  equal(understoodLine('sunset', engine('camera'), auto), 'Nothing understood: camera reads camera words only');
  equal(understoodLine('', engine('layers'), auto), 'layers reads words for camera moves and styles only');
  equal(understoodLine('sea', engine('prose'), auto), 'prose reads the whole prompt');
  equal(understoodLine('sea', engine('morph', false), auto), 'morph does not read prompts; kept for other engines');
  equal(understoodLine('', engine('morph', false), auto), '');
});
