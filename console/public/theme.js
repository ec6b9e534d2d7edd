// Before the first paint, so that nobody who has chosen sees the other theme flash. A file of its own, because the page may
// run no inline script.
const theme = localStorage.getItem('gofer-theme');
if (theme) document.documentElement.dataset.theme = theme;
