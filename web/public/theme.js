// Runs before the first paint, so that a chosen theme never flashes. No inline script: the policy allows files of this site.
try {
  const theme = localStorage.getItem('assay.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage is closed to this page: the system's theme applies.
}
