import {promptLines} from '/static/dialogs/prompt_lines.js';
import {hits} from '/static/timeline/hits.js';
import {equal, storyOf, test} from './harness.js';

test('shots are found by title and prompt, transitions by prompt, all words in any case', () => {
  const story = storyOf([1, 1, 1]);
  Object.assign(story.shots[0], {title: 'Café', prompt: 'rain at night'});
  Object.assign(story.shots[2], {title: 'Night train'});
  story.edges[0].prompt = 'into the NIGHT';
  equal(hits(story, 'night'), ['a', 'a>b', 'c']);
  equal(hits(story, 'cafe rain'), ['a']);
  equal(hits(story, ' '), []);
  equal(hits(story, 'sun'), []);
  equal(hits({...story, shots: [], edges: []}, 'night'), []);
});

test('a text has a prompt on each line, and an empty line leaves its shot as it is', () => {
  equal(promptLines('a harbour, at dawn\r\n\r\n  fog "here"\n'),
    [{n: 1, prompt: 'a harbour, at dawn'}, {n: 3, prompt: 'fog "here"'}]);
  equal(promptLines(''), []);
});

test('a CSV has its prompts in a column, and may say which shots are meant', () => {
  equal(promptLines('\uFEFFShot;Title;Prompt\n2;x;"one; two\n three ""so"""\nno;y;z\n0;y;z\n1;y;'),
    [{n: 2, prompt: 'one; two three "so"'}]);
  equal(promptLines('prompt,notes\nfog,late\n,\nsea'),
    [{n: 1, prompt: 'fog'}, {n: 3, prompt: 'sea'}]);
  equal(promptLines('prompt\tshot\n"open'), []);
});
