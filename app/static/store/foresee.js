/* What an edit will do, so that the page shows it at once. The server's answer then brings the
   story as it really is; what it alone can know, such as the ids of new shots, waits for it. */
storyboard.foresee = (() => {
  const {state} = storyboard;

  /* The edges of the present neighbours; a new pair's are as new ones are. */
  function rejoin(story) {
    const known = new Map(story.edges.map(edge => [edge.owner, edge]));
    story.edges = story.shots.slice(1).map(({id: right}, i) => {
      const left = story.shots[i].id, owner = `${left}>${right}`;
      return known.get(owner) || {...state.catalogue.new_edge, owner, left, right};
    });
  }

  const EDITS = {
    set_title: (story, {title}) => { story.title = title; },
    set_settings: (story, {fields}) => Object.assign(story.settings, fields),
    set_soundtrack: (story, {fields}) => Object.assign(story.soundtrack || {}, fields),
    set_shot: (story, {id, fields}) => Object.assign(storyboard.shot(id) || {}, fields),
    set_shots: (story, {ids, fields}) => {
      for (const id of ids) Object.assign(storyboard.shot(id) || {}, fields);
    },
    set_card: (story, {id, colour}) => Object.assign(storyboard.shot(id) || {}, {colour}),
    set_edge: (story, {left, right, fields}) => {
      Object.assign(storyboard.edge(`${left}>${right}`) || {}, fields);
    },
    move: (story, {ids, before}) => {
      const staying = story.shots.filter(shot => !ids.includes(shot.id));
      const moving = story.shots.filter(shot => ids.includes(shot.id));
      const at = before ? staying.findIndex(shot => shot.id === before) : staying.length;
      if (at < 0) return;
      staying.splice(at, 0, ...moving);
      story.shots = staying;
      rejoin(story);
    },
    remove: (story, {ids}) => {
      story.shots = story.shots.filter(shot => !ids.includes(shot.id));
      rejoin(story);
    },
  };

  return command => EDITS[command.op] && EDITS[command.op](state.story, command);
})();
