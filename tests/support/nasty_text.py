"""Text that would run, or turn the page over, where it is not shown as what it is."""

NASTY = (
    "<img src=x onerror=\"document.title='run'\">",
    "</script><script>document.title='run'</script>",
    "${document.title='run'}",
    "`${(()=>{document.title='run'})()}`",
    "{{value}} {{{value}}} <%= value %>",
    "javascript:document.title='run'",
    '" onmouseover="document.title=\'run\'" x="',
    "\u202egnp.exe\u202c \u2066x\u2069 \ufeff",
    "a\x00b\x07c\x1b[31md\x7f\u2028e",
    "𝔘𝔫𝔦 👩‍👩‍👧‍👦 é́́́́",
)
