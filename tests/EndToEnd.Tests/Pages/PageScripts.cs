namespace AdminPortal.EndToEnd.Pages;

/// <summary>What is asked of a page that is open: each is a function that runs in it.</summary>
internal static class PageScripts
{
    /// <summary>Elements that make the page wider than the window, the innermost ones; none where it fits.</summary>
    public const string TooWide = """
        () => {
            const window = document.documentElement.clientWidth;
            if (document.documentElement.scrollWidth <= window) return [];
            const wide = [...document.body.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > window + 1);
            return ['wider than the window', ...wide.filter(e => !wide.some(w => w !== e && e.contains(w))).slice(0, 5).map(e => `<${e.localName} class="${e.className}"> ${e.textContent.trim().slice(0, 60)}`)];
        }
        """;

    /// <summary>Words that are too pale for their ground (WCAG 2.2, 1.4.3), with the contrast they have.</summary>
    public const string Pale = """
        () => {
            const context = Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d', { willReadFrequently: true });
            const known = new Map();
            const rgba = colour => {
                if (!known.has(colour)) {
                    context.clearRect(0, 0, 1, 1);
                    context.fillStyle = colour;
                    context.fillRect(0, 0, 1, 1);
                    const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
                    known.set(colour, [r, g, b, a / 255]);
                }
                return known.get(colour);
            };
            const over = (top, ground) => [0, 1, 2].map(i => top[i] * top[3] + ground[i] * (1 - top[3])).concat(1);
            const light = colour => colour.slice(0, 3).map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
            const contrast = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
            const dark = document.documentElement.dataset.bsTheme === 'dark';
            const ground = element => {
                const layers = [];
                for (let e = element; e; e = e.parentElement) layers.push(rgba(getComputedStyle(e).backgroundColor));
                return layers.reverse().reduce((below, layer) => over(layer, below), dark ? [0, 0, 0, 1] : [255, 255, 255, 1]);
            };
            const pale = [];
            const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
            while (walker.nextNode()) {
                const element = walker.currentNode.parentElement, words = walker.currentNode.textContent.trim();
                const box = element.getBoundingClientRect(), style = getComputedStyle(element);
                if (!words || box.width < 2 || box.height < 2 || ['SCRIPT', 'NOSCRIPT', 'OPTION'].includes(element.tagName)) continue;
                if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) || element.closest('[disabled], [aria-disabled=true]')) continue;
                const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
                const below = ground(element), found = contrast(over(rgba(style.color), below), below);
                if (found < (large ? 3 : 4.5) - 0.01) pale.push(`${found.toFixed(2)} <${element.localName} class="${element.className}"> ${words.slice(0, 40)}`);
            }
            return [...new Set(pale)].slice(0, 5);
        }
        """;

    /// <summary>Controls that nobody can name who does not see them.</summary>
    public const string Nameless = """
        () => [...document.querySelectorAll('button, a[href], input:not([type=hidden]), select, textarea')]
            .filter(e => e.checkVisibility() && !e.ariaLabel && !e.getAttribute('aria-labelledby') && !(e.labels && e.labels.length) && !e.textContent.trim() && !e.title)
            .map(e => `nobody can name ${e.outerHTML.slice(0, 80)}`)
        """;

    /// <summary>What the page left with the browser besides cookies.</summary>
    public const string Kept = "() => [...Object.keys(localStorage), ...Object.keys(sessionStorage)].map(key => `keeps ${key} with the browser`)";

    /// <summary>Characters that act instead of showing, where a person reads; and whether somebody's text ran as a script.</summary>
    public const string Acts = """
        () => {
            const acting = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\u00AD\u061C\u200B-\u200F\u2028-\u202E\u2060-\u206F\uFEFF]/;
            const found = window.planted ? ['a text ran as a script'] : [];
            const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
            while (walker.nextNode()) if (acting.test(walker.currentNode.textContent)) found.push(`characters act in: ${encodeURIComponent(walker.currentNode.textContent.trim().slice(0, 60))}`);
            for (const e of document.querySelectorAll('[title], [aria-label], [alt], [placeholder]'))
                for (const name of ['title', 'aria-label', 'alt', 'placeholder']) if (acting.test(e.getAttribute(name) ?? '')) found.push(`characters act in ${name} of <${e.localName}>`);
            return found;
        }
        """;

    /// <summary>All that a person may read on the page.</summary>
    public const string Words = "() => document.documentElement.textContent";

    /// <summary>The addresses of links to other pages.</summary>
    public const string Links = """
        () => [...document.querySelectorAll('a[href]')].filter(a => a.origin === location.origin && !a.hasAttribute('download')).map(a => a.pathname + a.search)
        """;

    /// <summary>Where each form is sent that changes something, and whether it carries the token against forgery.</summary>
    public const string UnsafeForms = """
        () => [...document.querySelectorAll('form')].filter(f => f.method === 'post').flatMap(f =>
            [f.action, ...[...f.elements].filter(e => e.hasAttribute('formaction')).map(e => e.formAction)].map(action => ({ action, guarded: !!new FormData(f).get('__RequestVerificationToken') })))
            .concat([...document.querySelectorAll('[hx-post], [hx-put], [hx-patch], [hx-delete]')].filter(e => e.localName !== 'form' && !e.closest('form')).map(e =>
                ({ action: new URL(e.getAttribute('hx-post') ?? e.getAttribute('hx-put') ?? e.getAttribute('hx-patch') ?? e.getAttribute('hx-delete'), location).href, guarded: true })))
        """;

    /// <summary>Sends the first form with that action without its token, as another site's page would; answers the status.</summary>
    public const string Forge = """
        async action => {
            const form = [...document.querySelectorAll('form')].find(f => f.action === action || [...f.elements].some(e => e.formAction === action));
            const fields = form ? new FormData(form) : new FormData();
            fields.delete('__RequestVerificationToken');
            const answer = await fetch(action, { method: 'POST', body: fields, redirect: 'manual' });
            await answer.text();
            return answer.status;
        }
        """;
}
