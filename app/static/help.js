/* The overlay `?`: every key that the parts of the page have said they know. */
storyboard.help = element => {
  const {h, shortcut, shortcuts} = storyboard;
  const mac = /Mac|iPhone|iPad/.test(navigator.platform);
  const COLUMNS = [['Playing', 'Story'], ['Timeline', 'Editing']];
  const NAMES = {
    ' ': 'Space', Escape: 'Esc', ArrowLeft: '←', ArrowRight: '→',
    ...(mac ? {Ctrl: '⌘', Alt: '⌥', Shift: '⇧'} : {}),
  };
  const {box, open} = storyboard.dialog(element, {opened: draw});

  const caps = keys => keys.split(/(?<=.)\+/)  // not at the key + itself
    .map(key => h('kbd', {}, NAMES[key] || key));
  const ways = keys => keys.flatMap((one, i) => [i ? ' or ' : '', ...caps(one)]);

  function list(group) {
    const lines = shortcuts().filter(known => known.group === group)
      .map(({keys, label}) => h('div', {}, h('dt', {}, label), h('dd', {}, ...ways(keys))));
    return h('section', {}, h('h3', {}, group), h('dl', {}, ...lines));
  }

  function draw() {
    box.querySelector('.sb-dialog-body').replaceChildren(
      ...COLUMNS.map(groups => h('div', {}, ...groups.map(list))));
  }

  storyboard.openHelp = open;
  shortcut('?', {label: 'Keyboard shortcuts', group: 'Story', act: open});
};
