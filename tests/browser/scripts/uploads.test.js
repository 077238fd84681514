import {equal, test} from './harness.js';

const named = (...names) => names.map(name => new File([], name));
const names = files => files.map(file => file.name);

test('files that were selected together come in natural order', async () => {
  const {inOrder} = await import('/static/kit/uploads.js');
  const chosen = named('shot11.mp4', 'Shot2.mp4', 'b.png', 'shot1.mp4', 'a 10.png', 'a 9.png');
  equal(names(inOrder(chosen)),
    ['a 9.png', 'a 10.png', 'b.png', 'shot1.mp4', 'Shot2.mp4', 'shot11.mp4']);
  equal(names(chosen).slice(0, 2), ['shot11.mp4', 'Shot2.mp4']);
});

test('files of one name stay as they were', async () => {
  const {inOrder} = await import('/static/kit/uploads.js');
  const twins = named('a.png', 'a.png');
  equal(inOrder(twins).every((file, i) => file === twins[i]), true);
});
