/* Dark or light is what the root element says, from the first paint on. Gradio's own parts go by a
   class of the body, which Gradio sets anew when it has come, and whenever the system changes, as
   the system is: what was chosen here counts. */
const {body, documentElement: root} = document;
const keep = () => body.classList.toggle('dark', root.dataset.theme === 'dark');
const watcher = new MutationObserver(keep);
watcher.observe(root, {attributeFilter: ['data-theme']});
watcher.observe(body, {attributeFilter: ['class']});
keep();
