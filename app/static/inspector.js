/* The inspector: the fields of the selected shot or transition, or of the story as a whole. */
storyboard.inspector = element => {
  const {state, send, set, h, button, refuse, put, attr, fields} = storyboard;
  const root = element.querySelector('.sb-inspector');
  const CAMERAS = {
    auto: 'Auto', still: 'Still', 'zoom-in': 'Zoom in', 'zoom-out': 'Zoom out',
    'pan-left': 'Pan left', 'pan-right': 'Pan right', 'tilt-up': 'Tilt up',
    'tilt-down': 'Tilt down', 'roll-left': 'Roll left', 'roll-right': 'Roll right',
    'dolly-in': 'Dolly in', 'dolly-out': 'Dolly out',
  };
  const FITS = {
    cover: 'Fill, crop the rest', contain: 'Show all, black bars', blur: 'Show all, blurred ground',
  };
  const words = name => name[0].toUpperCase() + name.slice(1).replaceAll('-', ' ');
  const engine = name => state.catalogue.engines.find(e => e.name === name);

  let panels = null;
  let target = '';  // which shot or edge the panel was last drawn for

  function build() {
    panels = {shot: shotPanel(), edge: edgePanel(), story: storyPanel()};
    root.append(...Object.values(panels).map(panel => panel.element));
  }

  /* The fields that shots and edges share. `get` gives the selected one, `change` edits it. */
  function generation(limits, task, get, change) {
    const prompt = fields.text('Prompt', {
      rows: 3, length: limits.prompt.length, commit: prompt => change({prompt}),
      placeholder: task === 'transition'
        ? 'How one scene becomes the other' : 'What is seen, and how it moves',
    });
    const negative = fields.text('Negative prompt', {
      length: limits.negative_prompt.length, commit: negative_prompt => change({negative_prompt}),
    });
    const duration = fields.number('Duration', {
      min: task === 'transition' ? limits.duration_s.min : 0.05, max: limits.duration_s.max,
      unit: 's', commit: duration_s => change({duration_s}),
    });
    const seed = fields.number('Seed', {
      min: limits.seed.min, max: limits.seed.max, step: 1, commit: seed => change({seed}),
    });
    const dice = button('Another seed', {image: 'dice', text: false, kind: 'quiet', action: () => {
      change({seed: crypto.getRandomValues(new Uint32Array(1))[0]});
    }});
    seed.element.querySelector('label').after(dice);
    seed.element.classList.add('sb-seed');
    const choice = fields.select('Engine', {commit: name => {
      const next = engine(name), now = get();
      // What the new engine lacks goes back to its own choice.
      const changed = {engine: name};
      if (!next.cameras.includes(now.camera)) changed.camera = 'auto';
      if ('style' in now && !next.styles.includes(now.style)) changed.style = 'auto';
      change(changed);
    }});
    const camera = fields.chips('Camera', {commit: camera => change({camera})});
    const strength = fields.range('Strength of the move', {
      min: 0, max: 2, step: 0.05, commit: strength => change({strength}),
    });
    const style = fields.select('Style', {commit: style => change({style})});

    function update(item) {
      const used = engine(item.engine) || engine('auto');
      const ignores = used.uses_prompt ? '' : `${used.title} does not read prompts`;
      prompt.update(item.prompt, {
        hint: ignores && item.prompt ? `${ignores}; kept for other engines` : '',
      });
      negative.update(item.negative_prompt, {reason: ignores});
      duration.update(item.duration_s, {
        hint: task === 'transition' ? '0 is a cut' : '',
      });
      const fixed = used.uses_seed ? '' : `${used.title} makes the same clip with every seed`;
      seed.update(item.seed, {reason: fixed});
      refuse(dice, fixed);
      choice.update(item.engine, {
        hint: used.missing || used.description,
        options: state.catalogue.engines.map(e => ({
          value: e.name, label: e.title,
          reason: e.missing ? 'its weights are not here, see Models'
            : e.tasks.includes(task) ? '' : `cannot ${task}`,
        })),
      });
      camera.update(item.camera, {
        options: state.catalogue.cameras.map(name => ({
          value: name, label: CAMERAS[name] || words(name),
          reason: used.cameras.includes(name) ? '' : `${used.title} has no such move`,
        })),
      });
      strength.update(item.strength, {
        reason: item.camera === 'still' || used.cameras.length < 3 ? 'Nothing moves here' : '',
      });
      style.update(item.style, {
        options: used.styles.map(name => ({value: name, label: words(name)})),
        reason: used.styles.length < 2 ? `${used.title} has one style` : '',
      });
    }
    const save = () => [prompt, negative, duration, seed].forEach(field => field.save());
    return {prompt, negative, duration, seed, choice, camera, strength, style, update, save};
  }

  function more(...children) {
    return h('details', {class: 'sb-more'}, h('summary', {}, 'More'), ...children);
  }

  /* How far the clips are, and below it why they failed. */
  function standingLines() {
    const why = storyboard.failure();
    return [h('p', {class: 'sb-standing'}), why.element, why];
  }

  function shotPanel() {
    let id = null;
    const limits = state.catalogue.limits.shot;
    const change = changed => storyboard.shot(id) && send('set_shot', {id, fields: changed});
    const heading = h('h2'), standing = standingLines();
    const picture = h('img', {class: 'sb-thumb', alt: ''});
    const title = fields.text('Title', {
      length: limits.title.length, commit: title => change({title}),
    });
    const form = generation(limits, 'animate', () => storyboard.shot(id), change);
    const caption = fields.text('Caption', {
      length: state.catalogue.limits.caption.text.length, placeholder: 'Words over the picture',
      commit: text => {
        const now = storyboard.shot(id).caption;
        const place = now ? now.place : storyboard.shot(id).kind === 'card' ? 'centre' : 'bottom';
        change({caption: text.trim() ? {text, place} : null});
      },
    });
    const place = fields.chips('Place of the caption', {commit: place => {
      change({caption: {...storyboard.shot(id).caption, place}});
    }});
    const rest = more(form.negative.element);
    const panel = h('div', {class: 'sb-panel'},
      h('div', {class: 'sb-heading'}, heading, standing[0]), standing[1],
      h('div', {class: 'sb-identity'}, picture, title.element), form.prompt.element,
      h('div', {class: 'sb-row'}, form.duration.element, form.seed.element),
      form.camera.element, form.strength.element, form.choice.element,
      caption.element, place.element, rest);
    return {
      element: panel, save: () => { title.save(); form.save(); caption.save(); },
      update(selected) {
        id = selected.id;
        const shot = storyboard.shot(id);
        const n = state.story.shots.findIndex(s => s.id === id) + 1;
        put(heading, 'textContent', `Shot ${n}`);
        say(standing, id);
        put(picture, 'hidden', !shot.thumb);
        attr(picture, 'src', shot.thumb);
        title.update(shot.title);
        form.update(shot);
        caption.update(shot.caption ? shot.caption.text : '');
        put(place.element, 'hidden', !shot.caption);
        place.update(shot.caption ? shot.caption.place : 'bottom', {options: [
          {value: 'bottom', label: 'Bottom'}, {value: 'centre', label: 'Centre'},
        ]});
        const plain = shot.kind === 'card', moves = [form.camera, form.strength];
        put(rest, 'hidden', plain);
        for (const part of [...moves, form.choice, form.prompt, form.seed]) {
          put(part.element, 'hidden', plain || (shot.kind === 'video' && moves.includes(part)));
        }
      },
    };
  }

  function edgePanel() {
    let left = null, right = null;
    const current = () => storyboard.edge(`${left}>${right}`);
    const change = changed => current() && send('set_edge', {left, right, fields: changed});
    const form = generation(state.catalogue.limits.edge, 'transition', current, change);
    const heading = h('h2'), standing = standingLines();
    const from = h('img', {alt: ''}), to = h('img', {alt: ''});
    const panel = h('div', {class: 'sb-panel'},
      h('div', {class: 'sb-heading'}, heading, standing[0]), standing[1],
      h('div', {class: 'sb-ends'}, from, storyboard.icon('right'), to),
      form.prompt.element,
      h('div', {class: 'sb-row'}, form.duration.element, form.seed.element),
      form.choice.element, form.style.element, form.camera.element, form.strength.element,
      more(form.negative.element));
    return {
      element: panel, save: form.save,
      update(selected) {
        [left, right] = selected.owner.split('>');
        const n = state.story.shots.findIndex(s => s.id === left) + 1;
        const cut = storyboard.standing(selected.owner).state === 'cut';
        put(heading, 'textContent', `${cut ? 'Cut' : 'Transition'} ${n} → ${n + 1}`);
        say(standing, selected.owner);
        for (const [image, id] of [[from, left], [to, right]]) {
          const shot = storyboard.shot(id);
          attr(image, 'src', shot.thumb);
          attr(image, 'alt', storyboard.name(shot));
          image.style.background = shot.colour || '';
        }
        form.update(current());
      },
    };
  }

  function say([line, , why], owner) {
    const {state: standing, percent} = storyboard.standing(owner);
    const text = {
      ready: 'Rendered', draft: 'Draft rendered', stale: 'Not rendered yet', queued: 'Waiting',
      rendering: `Rendering ${percent} %`, failed: 'Failed', cut: 'No frames',
    }[standing];
    put(line, 'textContent', text);
    attr(line, 'data-state', standing);
    why.update(owner);
  }

  function storyPanel() {
    const limits = state.catalogue.limits;
    const change = changed => send('set_settings', {fields: changed});
    const sound = changed => send('set_soundtrack', {fields: changed});
    const size = fields.select('Size', {commit: value => {
      const [width, height] = value.split('x').map(Number);
      change({width, height});
    }});
    const fps = fields.select('Frames a second', {commit: value => change({fps: Number(value)})});
    const fit = fields.select('Pictures of another shape', {commit: fit => change({fit})});
    const quality = fields.chips('Quality', {commit: quality => change({quality})});
    const fade = (label, name) => fields.number(label, {
      min: 0, max: limits.settings[name].max, unit: 's', commit: value => change({[name]: value}),
    });
    const fadeIn = fade('Fade in', 'fade_in_s'), fadeOut = fade('Fade out', 'fade_out_s');
    const format = fields.chips('File', {commit: format => set({format})});
    const track = h('div', {class: 'sb-track'}, storyboard.icon('music'), h('span'));
    const drop = button('Remove the soundtrack', {
      image: 'close', text: false, kind: 'quiet', action: () => send('remove_soundtrack'),
    });
    track.append(drop);
    const choose = fields.files('Choose music', {
      image: 'music', accept: state.catalogue.sounds,
      chosen: list => storyboard.uploadAll(list, ([file]) => send('add_soundtrack', {file})),
    });
    const volume = fields.range('Volume', {
      min: 0, max: 2, step: 0.05, commit: volume => sound({volume}),
    });
    const close = button('Close', {
      image: 'close', text: false, kind: 'quiet', action: () => set({panel: 'selection'}),
    });
    const panel = h('div', {class: 'sb-panel'},
      h('div', {class: 'sb-heading'}, h('h2', {}, 'Story settings'), close),
      size.element, h('div', {class: 'sb-row'}, fps.element, quality.element), fit.element,
      h('div', {class: 'sb-row'}, fadeIn.element, fadeOut.element), format.element,
      h('h3', {}, 'Soundtrack'), track, choose, volume.element);
    // A story file may hold a size or a rate that is in none of the lists.
    const named = (list, value, label) => (
      list.some(option => option.value === value) ? list : [...list, {value, label}]);
    return {
      element: panel, save: () => { fadeIn.save(); fadeOut.save(); },
      update() {
        const {settings, soundtrack} = state.story;
        put(close, 'hidden', !state.selected);
        const key = `${settings.width}x${settings.height}`;
        const sizes = state.catalogue.sizes.map(({width, height, label}) => (
          {value: `${width}x${height}`, label}));
        size.update(key, {options: named(sizes, key, key.replace('x', ' × '))});
        const rates = state.catalogue.fps.map(f => ({value: String(f), label: `${f} fps`}));
        fps.update(settings.fps, {
          options: named(rates, String(settings.fps), `${settings.fps} fps`),
        });
        fit.update(settings.fit, {
          options: state.catalogue.fits.map(value => ({value, label: FITS[value] || value})),
        });
        quality.update(settings.quality, {options: [
          {value: 'draft', label: 'Draft', title: 'Half the width and height, so much faster'},
          {value: 'final', label: 'Final'},
        ]});
        fadeIn.update(settings.fade_in_s);
        fadeOut.update(settings.fade_out_s);
        format.update(state.format, {
          options: ['mp4', 'webm', 'gif'].map(value => ({value, label: value.toUpperCase()})),
          hint: state.format === 'gif' ? 'A GIF has no sound and grows large'
            : state.format === 'webm' ? 'Takes longer to write than MP4' : '',
        });
        put(track, 'hidden', !soundtrack);
        // Its name without the part that tells it from another of the same name.
        put(track.children[1], 'textContent',
          soundtrack ? soundtrack.file.replace(/-[0-9a-f]{8}(\.\w+)$/, '$1') : '');
        put(choose.children[1], 'textContent', soundtrack ? 'Choose other music' : 'Choose music');
        put(volume.element, 'hidden', !soundtrack);
        if (soundtrack) volume.update(soundtrack.volume);
      },
    };
  }

  storyboard.onDraw(({story, selected, panel}) => {
    if (!state.catalogue) return;
    if (!panels) build();
    const kind = panel === 'story' || !selected ? 'story' : selected.kind;
    const now = [story.story, kind, kind === 'story' ? '' : storyboard.owner(selected)].join(' ');
    if (now !== target) {
      // Typed words belong to what was selected when they were typed.
      for (const one of Object.values(panels)) if (!one.element.hidden && target) one.save();
      if (root.contains(document.activeElement)) document.activeElement.blur();
      target = now;
      root.scrollTop = 0;
    }
    for (const [name, one] of Object.entries(panels)) put(one.element, 'hidden', name !== kind);
    panels[kind].update(selected);
  });
};
