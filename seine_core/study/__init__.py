"""Which of several methods people prefer: a blind study in the browser, side by side, two clips at
a time, as in the SEINE paper's user study (arXiv 2310.20700)."""
