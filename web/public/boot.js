// Runs before the first paint. No inline script: the policy allows files of this site.
// A chosen theme must never flash.
try {
  const theme = localStorage.getItem('assay.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage is closed to this page: the system's theme applies.
}

// A page of a former release, from some cache on the way, names scripts that its server no longer has. Without them nothing
// on it works, so it is loaded again, once; then it says what is wrong.
(() => {
  const KEY = 'assay.loadedAgainAt';
  const AGAIN_MS = 60_000;
  function loadAgain() {
    try {
      const now = Date.now();
      if (now - Number(sessionStorage.getItem(KEY) ?? 0) < AGAIN_MS) return false;
      sessionStorage.setItem(KEY, String(now));
    } catch {
      // Without a note of it, loading again might never end.
      return false;
    }
    location.reload();
    return true;
  }
  addEventListener(
    'error',
    ({ target }) => {
      const { dataset } = document.documentElement;
      if (!(target instanceof HTMLScriptElement) || 'alive' in dataset || 'broken' in dataset) return;
      dataset.broken = '';
      if (loadAgain()) return;
      const told = document.createElement('p');
      told.setAttribute('role', 'alert');
      told.className = 'bg-critical-soft px-4 py-3 text-sm text-critical';
      told.textContent =
        'Parts of this page are missing on its server, so it does not work. Load it again in a minute; the site may be being renewed.';
      // A script of the head can be missing before there is a body.
      if (document.body !== null) document.body.prepend(told);
      else addEventListener('DOMContentLoaded', () => document.body.prepend(told));
    },
    true,
  );
})();
