// Forms in which HTML mail attacks its reader, gathered from what was published about mail programs, sanitisers and
// browsers. Each says what would be seen if it worked. Deliberately absent: how they are rendered (see attacks.spec.ts).

/** What shows that an attack worked. */
export type Effect = "script" | "request" | "outside";

export interface Attack {
  name: string;
  html: string;
  effect: Effect;
  /** Whoever reads has to click on what is marked with `data-click`. */
  click?: boolean;
}

/** Stands for code that tells the page around the frame. */
const RUN = "@RUN@";
/** The same, written in character references. */
const RUN_CODED = "@CODED@";
/** Stands for an address that must never be asked for. */
const ASK = "@ASK@";

/** The HTML of an attack with its code and its address in place. */
export function armed(attack: Attack, run: string, ask: string): string {
  const coded = [...run].map((c) => `&#${c.charCodeAt(0)};`).join("");
  return attack.html.replaceAll(RUN_CODED, coded).replaceAll(RUN, run).replaceAll(ASK, ask);
}

const attacks: Attack[] = [];

function forms(family: string, effect: Effect, list: string[], click = false): void {
  list.forEach((html, at) => attacks.push({ name: `${family} ${at + 1}`, html, effect, click }));
}

/** Words in character references. */
const entity = (text: string) => [...text].map((c) => `&#${c.charCodeAt(0)};`).join("");
const hex = (text: string) => [...text].map((c) => `&#x${c.charCodeAt(0).toString(16)}`).join("");

forms("script element", "script", [
  `<script>${RUN}</script>`,
  `<SCRIPT>${RUN}</SCRIPT>`,
  `<script >${RUN}</script >`,
  `<script/x>${RUN}</script>`,
  `<script\n>${RUN}</script\n>`,
  `<script type=module>${RUN}</script>`,
  `<script type="text/ecmascript">${RUN}</script>`,
  `<script language=javascript>${RUN}</script>`,
  `<script src="data:text/javascript,${RUN}"></script>`,
  `<<script>${RUN}//<</script>`,
  `<script>${RUN}`,
  `<scr<script></script>ipt>${RUN}</script><script>${RUN}</script>`,
  `<svg><script>${RUN}</script></svg>`,
  `<svg><script>${RUN}</svg>`,
  `<svg><script href="data:text/javascript,${RUN}" /></svg>`,
  `<svg xmlns:xlink="http://www.w3.org/1999/xlink"><script xlink:href="data:text/javascript,${RUN}"></script></svg>`,
  `<math><mtext><script>${RUN}</script></mtext></math>`,
  `<table><script>${RUN}</script></table>`,
  `<select><script>${RUN}</script></select>`,
  `</title><script>${RUN}</script>`,
  `<!-- --><script>${RUN}</script><!-- -->`,
  `<!--><script>${RUN}</script>-->`,
  `<!--[if gte IE 4]><p><![endif]--><script>${RUN}</script>`,
  `<![CDATA[<script>]]><script>${RUN}</script>`,
  `<?xml version="1.0"?><script>${RUN}</script>`,
]);

forms("handler that fires by itself", "script", [
  `<img src=x onerror="${RUN}">`,
  `<IMG SRC=x OnErRoR="${RUN}">`,
  `<img/src=x/onerror="${RUN}">`,
  `<img\nsrc=x\nonerror\n=\n"${RUN}">`,
  `<img src=x onerror='${RUN}'`,
  `<img src=x onerror="${RUN_CODED}">`,
  `<img src="x" title="a>b" onerror="${RUN}">`,
  `<img """><img src=x onerror="${RUN}">">`,
  `<img src="data:image/png;base64,!" onerror="${RUN}">`,
  `<img srcset=",,,,,x" onerror="${RUN}">`,
  `<img src=data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAAC onload="${RUN}">`,
  `<image src=x onerror="${RUN}">`,
  `<picture><source srcset=x><img onerror="${RUN}"></picture>`,
  `<input type=image src=x onerror="${RUN}">`,
  `<input autofocus onfocus="${RUN}">`,
  `<textarea autofocus onfocus="${RUN}"></textarea>`,
  `<select autofocus onfocus="${RUN}"></select>`,
  `<button autofocus onfocus="${RUN}">x</button>`,
  `<a href=# autofocus onfocus="${RUN}">x</a>`,
  `<div tabindex=1 autofocus onfocus="${RUN}">x</div>`,
  `<div contenteditable autofocus onfocusin="${RUN}">x</div>`,
  `<body onload="${RUN}">`,
  `<body onpageshow="${RUN}">`,
  `<html onload="${RUN}"><body onload="${RUN}">`,
  `<p>x</p><body onload="${RUN}">`,
  `<frameset onload="${RUN}">`,
  `<iframe onload="${RUN}"></iframe>`,
  `<iframe src="about:blank" onload="${RUN}"></iframe>`,
  `<embed src="data:text/html,x" onload="${RUN}">`,
  `<object data="data:text/html,x" onload="${RUN}"></object>`,
  `<object data="x:x" onerror="${RUN}"></object>`,
  `<video src=x onerror="${RUN}"></video>`,
  `<video><source src=x onerror="${RUN}"></video>`,
  `<video onloadstart="${RUN}"><source></video>`,
  `<video poster=x src=x onerror="${RUN}">`,
  `<audio src=x onerror="${RUN}"></audio>`,
  `<audio onloadstart="${RUN}" src=x></audio>`,
  `<audio src="data:audio/wav;base64,UklGRiQAAABXQVZFZm10IBAAAAABAAEARKwAAIhYAQACABAAZGF0YQAAAAA=" onloadedmetadata="${RUN}"></audio>`,
  `<script src="data:," onload="${RUN}"></script>`,
  `<script src="x:x" onerror="${RUN}"></script>`,
  `<style onload="${RUN}"></style>`,
  `<style>p{}</style><style onload="${RUN}">a{}</style>`,
  `<link rel=stylesheet href="data:text/css," onload="${RUN}">`,
  `<link rel=stylesheet href="x:x" onerror="${RUN}">`,
  `<details open ontoggle="${RUN}">x</details>`,
  `<details open ontoggle="${RUN}"><summary>x</summary></details>`,
  `<marquee onstart="${RUN}">x</marquee>`,
  `<style>@keyframes x{from{left:0}to{left:1px}}</style><p style="animation:x 10ms" onanimationstart="${RUN}">x</p>`,
  `<style>@keyframes x{}</style><b style="animation-name:x;animation-duration:1ms" onanimationend="${RUN}">x</b>`,
  `<style>@keyframes x{from{left:0}to{left:1px}}</style><xss style="animation:x 1ms 2" onanimationiteration="${RUN}">x</xss>`,
  `<style>p{opacity:0;transition:opacity 1ms;@starting-style{opacity:1}}</style><p ontransitionrun="${RUN}">x</p>`,
  `<svg onload="${RUN}">`,
  `<svg/onload="${RUN}">`,
  `<svg onload="${RUN}" onload="1">`,
  `<svg><g/onload="${RUN}"></svg>`,
  `<svg><image href=x onerror="${RUN}"></svg>`,
  `<svg><animate onbegin="${RUN}" attributeName=x dur=1s></svg>`,
  `<svg><set onbegin="${RUN}" attributeName=x></svg>`,
  `<svg><animateTransform onbegin="${RUN}" attributeName=transform></svg>`,
  `<svg><animate onend="${RUN}" attributeName=x dur=10ms></svg>`,
  `<svg><discard onbegin="${RUN}"></svg>`,
  `<svg><style onload="${RUN}"></style></svg>`,
  `<svg><foreignObject><body onload="${RUN}"><img src=x onerror="${RUN}"></foreignObject></svg>`,
  `<math><mi><img src=x onerror="${RUN}"></mi></math>`,
  `<xss contenteditable tabindex=1 autofocus onfocus="${RUN}">x</xss>`,
  `<dialog open onbeforetoggle="1"><input autofocus onfocus="${RUN}"></dialog>`,
  `<p style="content-visibility:auto" oncontentvisibilityautostatechange="${RUN}">x</p>`,
  `<a\x0bonclick=1><img src=x onerror="${RUN}">`,
  `<img \x00src=x onerror="${RUN}">`,
  `<x/><img/**/src=x onerror="${RUN}">`,
  `<a title="</a><img src=x onerror=1>"><img src=x onerror="${RUN}">`,
]);

forms("markup that two readers take differently", "script", [
  `<noscript><p title="</noscript><img src=x onerror=&quot;${RUN}&quot;>">`,
  `<svg></p><style><a id="</style><img src=x onerror='${RUN}'>">`,
  `<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=x onerror=&quot;${RUN}&quot;&gt;">`,
  `<form><math><mtext></form><form><mglyph><style></math><img src=x onerror="${RUN}">`,
  `<svg><desc><title><svg><style><a id="</style><img src=x onerror='${RUN}'>"></style>`,
  `<math><annotation-xml encoding="text/html"><style><img src=x onerror="${RUN}"></style></annotation-xml></math>`,
  `<xmp><p title="</xmp><img src=x onerror='${RUN}'>">`,
  `<textarea><p title="</textarea><img src=x onerror='${RUN}'>">`,
  `<title><p title="</title><img src=x onerror='${RUN}'>">`,
  `<noembed><p title="</noembed><img src=x onerror='${RUN}'>">`,
  `<noframes><p title="</noframes><img src=x onerror='${RUN}'>">`,
  `<iframe><p title="</iframe><img src=x onerror='${RUN}'>"></iframe>`,
  `<style><p title="</style><img src=x onerror='${RUN}'>">`,
  `<template><img src=x onerror=1></template><img src=x onerror="${RUN}">`,
  `<listing>&lt;img src=x onerror="1"&gt;</listing><img src=x onerror="${RUN}">`,
  `<table><tr><td><svg><foreignObject><p></table><img src=x onerror="${RUN}">`,
  `<b><a><b><a><table><a><img src=x onerror="${RUN}"></table>`,
  `<select><option><style></select><img src=x onerror="${RUN}"></style>`,
  `<svg><title><![CDATA[</title><img src=x onerror="${RUN}">]]></svg>`,
  `<!--!><img src=x onerror="${RUN}">-->`,
  `<!---><img src=x onerror="${RUN}">--->`,
  `<!-- --!><img src=x onerror="${RUN}">`,
  `<a href="x"title="y"><img src="x"onerror="${RUN}">`,
  `<div title="&lt;img src=x onerror=1&gt;"></div><img src=x onerror="${RUN}">`,
]);

forms("address that is code", "script", [
  `<iframe src="javascript:${RUN}"></iframe>`,
  `<iframe src=" javascript:${RUN}"></iframe>`,
  `<iframe src="java\tscript:${RUN}"></iframe>`,
  `<iframe src="java&#10;script:${RUN}"></iframe>`,
  `<iframe src="${entity("javascript:")}${RUN}"></iframe>`,
  `<iframe src="${hex("javascript")}:${RUN}"></iframe>`,
  `<iframe src="JaVaScRiPt:${RUN}"></iframe>`,
  `<iframe src="&#1;javascript:${RUN}"></iframe>`,
  `<iframe src="javascript&colon;${RUN}"></iframe>`,
  `<iframe srcdoc="<script>${RUN}</script>"></iframe>`,
  `<iframe srcdoc="&lt;img src=x onerror=&quot;${RUN}&quot;&gt;"></iframe>`,
  `<iframe src="data:text/html,<script>${RUN}</script>"></iframe>`,
  `<object data="javascript:${RUN}"></object>`,
  `<object data="data:text/html,<script>${RUN}</script>"></object>`,
  `<embed src="javascript:${RUN}">`,
  `<embed src="data:text/html,<script>${RUN}</script>">`,
  `<frameset><frame src="javascript:${RUN}"></frameset>`,
  `<meta http-equiv=refresh content="0;url=javascript:${RUN}"><iframe src="javascript:${RUN}"></iframe>`,
]);

forms("address that is code, behind a click", "script", [
  `<a data-click href="javascript:${RUN}">x</a>`,
  `<a data-click href="\x01javascript:${RUN}">x</a>`,
  `<a data-click href="java&Tab;script:${RUN}">x</a>`,
  `<a data-click href="java&NewLine;script:${RUN}">x</a>`,
  `<a data-click href=" &#14; javascript:${RUN}">x</a>`,
  `<a data-click href="&#x6A;avascript:${RUN}">x</a>`,
  `<a data-click href="javascript://%0a${RUN}">x</a>`,
  `<a data-click href="JAVASCRIPT:${RUN}">x</a>`,
  `<svg><a data-click href="javascript:${RUN}"><text y=20>x</text></a></svg>`,
  `<svg><a data-click xlink:href="javascript:${RUN}"><text y=20>x</text></a></svg>`,
  `<svg><a data-click><animate attributeName=href values="javascript:${RUN}"/><text y=20>x</text></a></svg>`,
  `<svg><a data-click><set attributeName=href to="javascript:${RUN}"/><text y=20>x</text></a></svg>`,
  `<form action="javascript:${RUN}"><input data-click type=submit></form>`,
  `<form><button data-click formaction="javascript:${RUN}">x</button></form>`,
  `<form id=f></form><button data-click form=f formaction="javascript:${RUN}">x</button>`,
  `<p data-click onclick="${RUN}">x</p>`,
  `<p data-click onpointerdown="${RUN}">x</p>`,
  `<p data-click onmousemove="${RUN}">x</p>`,
  `<label data-click for=i>x</label><input id=i onclick="${RUN}">`,
  `<details><summary data-click onclick="${RUN}">x</summary></details>`,
  `<base href="javascript:${RUN}//"><a data-click href="#">x</a><p data-click onclick="${RUN}">x</p>`,
  `<map name=m><area data-click shape=default href="javascript:${RUN}"></map><img usemap=#m width=50 height=50 src=data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7>`,
], true);

forms("element that loads", "request", [
  `<img src="${ASK}">`,
  `<img src=" ${ASK}">`,
  `<IMG SRC=${ASK}>`,
  `<img srcset="${ASK} 1x">`,
  `<img srcset="${ASK} 100w" sizes=100px>`,
  `<img src=data:, srcset="${ASK}">`,
  `<image src="${ASK}">`,
  `<picture><source srcset="${ASK}"><img></picture>`,
  `<input type=image src="${ASK}">`,
  `<video src="${ASK}" autoplay></video>`,
  `<video poster="${ASK}"></video>`,
  `<video preload=auto><source src="${ASK}"></video>`,
  `<audio src="${ASK}" autoplay></audio>`,
  `<video src=data:, ><track default src="${ASK}"></video><img src="${ASK}">`,
  `<iframe src="${ASK}"></iframe>`,
  `<iframe srcdoc="<img src=&quot;${ASK}&quot;>"></iframe>`,
  `<frameset><frame src="${ASK}"></frameset>`,
  `<object data="${ASK}"></object>`,
  `<object type=image/png data="${ASK}"></object>`,
  `<embed src="${ASK}">`,
  `<script src="${ASK}"></script>`,
  `<script type=module src="${ASK}"></script>`,
  `<link rel=stylesheet href="${ASK}">`,
  `<link rel="alternate stylesheet" href="${ASK}"><link rel=stylesheet href="${ASK}">`,
  `<link rel=preload as=image href="${ASK}">`,
  `<link rel=preload as=font crossorigin href="${ASK}">`,
  `<link rel=modulepreload href="${ASK}">`,
  `<link rel=prefetch href="${ASK}">`,
  `<body background="${ASK}">x</body>`,
  `<table background="${ASK}"><tr><td>x</table>`,
  `<table><tr><td background="${ASK}">x</table>`,
  `<svg><image href="${ASK}" width=9 height=9></svg>`,
  `<svg><image xlink:href="${ASK}" width=9 height=9></svg>`,
  `<svg><use href="${ASK}#x"></svg><svg><image href="${ASK}"></svg>`,
  `<svg><filter id=f><feImage href="${ASK}"/></filter><rect width=9 height=9 filter=url(#f) /></svg>`,
  `<svg><script href="${ASK}"></script></svg>`,
  `<svg><style>@import "${ASK}";</style></svg>`,
  `<svg><rect width=9 height=9 style="fill:red;background:url(${ASK})"/><image href="${ASK}"/></svg>`,
  `<base href="${ASK}/"><img src=relative>`,
  `<p><img src="data:," onerror=1><img/src="${ASK}"/>`,
  `<table><img src="${ASK}"></table>`,
  `<title></title><img src="${ASK}">`,
  `<!--><img src="${ASK}">-->`,
  `<math href="${ASK}"><mtext><img src="${ASK}"></mtext></math>`,
]);

forms("style that loads", "request", [
  `<style>@import url(${ASK});</style>`,
  `<style>@import "${ASK}";</style>`,
  `<style>@IMPORT '${ASK}';</style>`,
  `<style>@\\69mport "${ASK}";</style>`,
  `<style>/**/@import/**/"${ASK}";</style>`,
  `<style>@charset "utf-8";@import url("${ASK}") layer(x);</style>`,
  `<style>p{background:url(${ASK})}</style><p>x</p>`,
  `<style>p{background-image:url("${ASK}")}</style><p>x</p>`,
  `<style>p{background:u\\72l(${ASK})}</style><p>x</p>`,
  `<style>p{background:url(${ASK}</style><p>x</p>`,
  `<style>p{background:image-set(url(${ASK}) 1x)}</style><p>x</p>`,
  `<style>p{background:image-set("${ASK}" 1x)}</style><p>x</p>`,
  `<style>p{background:-webkit-image-set(url(${ASK}) 1x)}</style><p>x</p>`,
  `<style>p{--x:url(${ASK});background:var(--x)}</style><p>x</p>`,
  `<style>p{background:cross-fade(url(${ASK}),url(data:,),50%);background:url(${ASK})}</style><p>x</p>`,
  `<style>li{list-style:url(${ASK})}</style><ul><li>x</ul>`,
  `<style>p::before{content:url(${ASK})}</style><p>x</p>`,
  `<style>p{border-image:url(${ASK}) 1;border:1px solid}</style><p>x</p>`,
  `<style>p{mask:url(${ASK})}</style><p>x</p>`,
  `<style>p{-webkit-mask-image:url(${ASK})}</style><p>x</p>`,
  `<style>p{shape-outside:url(${ASK});float:left;width:9px}</style><p>x</p>`,
  `<style>p{filter:url(${ASK}#f);background:url(${ASK})}</style><p>x</p>`,
  `<style>@font-face{font-family:x;src:url(${ASK})}p{font-family:x}</style><p>x</p>`,
  `<style>@font-face{font-family:x;src:url(${ASK});unicode-range:U+41}</style><p style="font-family:x">A</p>`,
  `<style>@media screen{p{background:url(${ASK})}}</style><p>x</p>`,
  `<style>@supports(display:block){p{background:url(${ASK})}}</style><p>x</p>`,
  `<style>input[value^="s"]{background:url(${ASK})}</style><input value=secret>`,
  `<style>p{background:url('${ASK}' ) }</style><p>x</p>`,
  `<style>p{background:/**/url(/**/${ASK});background:url(${ASK})}</style><p>x</p>`,
  `<style><!-- p{background:url(${ASK})} --></style><p>x</p>`,
  `<link rel=stylesheet href="data:text/css,p{background:url(${ASK})}"><p>x</p>`,
  `<p style="background:url(${ASK})">x</p>`,
  `<p style="background-image:url('${ASK}')">x</p>`,
  `<p style='background:url("${ASK}")'>x</p>`,
  `<p style="background:u\\72l(${ASK})">x</p>`,
  `<p style="background:\\75\\72\\6c(${ASK})">x</p>`,
  `<p style="background:url(${ASK}">x</p>`,
  `<p style="background:image-set('${ASK}' 1x)">x</p>`,
  `<p style="--x:url(${ASK});background:var(--x)">x</p>`,
  `<p style="background:URL(${ASK})">x</p>`,
  `<p style="background:&#117;rl(${ASK})">x</p>`,
  `<p style="color:red;/*;*/background:url(${ASK})">x</p>`,
  `<p style="color:&quot;;background:url(${ASK})">x</p><p style="background:url(${ASK})">x</p>`,
  `<ul><li style="list-style-image:url(${ASK})">x</ul>`,
  `<p style="border:1px solid;border-image:url(${ASK}) 1">x</p>`,
  `<p style="cursor:url(${ASK}),auto;background:url(${ASK})">x</p>`,
  `<p style="-webkit-mask:url(${ASK})">x</p>`,
  `<p style="mask-image:url(${ASK})">x</p>`,
  `<font style="background:url(${ASK})">x</font>`,
  `<body style="background:url(${ASK})">x`,
  `<html style="background:url(${ASK})">x`,
  `<div style="background:url( ${ASK} )">x</div>`,
]);

forms("leaving by itself", "request", [
  `<meta http-equiv=refresh content="0;url=${ASK}">`,
  `<meta http-equiv="Refresh" content="0; URL='${ASK}'">`,
  `<META HTTP-EQUIV=REFRESH CONTENT="0 ${ASK}">`,
  `<p>x<meta http-equiv=refresh content="0;${ASK}">`,
  `<svg><foreignObject><meta http-equiv=refresh content="0;url=${ASK}"></foreignObject></svg><meta http-equiv=refresh content="0;url=${ASK}">`,
  `<noscript><meta http-equiv=refresh content="0;url=${ASK}"></noscript><meta http-equiv=refresh content="0;url=${ASK}">`,
]);

forms("leaving behind a click that is no link", "request", [
  `<form action="${ASK}"><input data-click type=submit></form>`,
  `<form action="${ASK}" method=post><button data-click>x</button></form>`,
  `<form action="${ASK}" target=_blank><button data-click>x</button></form>`,
  `<form><button data-click formaction="${ASK}">x</button></form>`,
  `<form action="${ASK}"><input data-click type=image src=data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7 width=50 height=50></form>`,
  `<form id=f action="${ASK}"></form><p><button data-click form=f>x</button></p>`,
  `<a data-click href="#here" ping="${ASK}">x</a>`,
], true);

forms("changing the page around", "outside", [
  `<script>top.document.title = "changed"</script>`,
  `<script>top.location = "${ASK}"</script>`,
  `<img src=x onerror="parent.document.body.innerHTML = ''">`,
  `<svg onload="parent.document.title = 'changed'">`,
  `<script>parent.document.querySelector("h1").textContent = "changed"</script>`,
  `<script>top.history.pushState({}, "", "/changed")</script>`,
  `<iframe srcdoc="<script>top.document.title = 'changed'</script>"></iframe>`,
  `<iframe src="javascript:top.document.title = 'changed'"></iframe>`,
]);

forms("changing the page around, behind a click", "outside", [
  `<a data-click href="${ASK}" target=_top>x</a>`,
  `<a data-click href="${ASK}" target=_parent>x</a>`,
  `<base target=_top><a data-click href="${ASK}">x</a>`,
  `<form action="${ASK}" target=_top><button data-click>x</button></form>`,
  `<form action="${ASK}" target=_parent><button data-click>x</button></form>`,
  `<a data-click href="javascript:void(top.document.title = 'changed')">x</a>`,
], true);

export const ATTACKS: readonly Attack[] = attacks;
